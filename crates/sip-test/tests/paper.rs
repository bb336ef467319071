//! The paper's scenario, server and two user agents, hours of it in moments.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{net::SocketAddr, time::Duration};

use pidf::{Basic, Document, Format, Tuple, TupleId};
use sip_message::{HeaderName, Message, Method, Transport, headers::SubscriptionState};
use sip_server::Row;
use sip_test::{AgentHost, Handle, Link, ServerHost, Simulation, setup};
use sip_transaction::Destination;
use sip_ua::{Content, Event, OpId, PublishOptions, RegisterOptions, SubscribeOptions};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

struct Paper {
    simulation: Simulation,
    server: Handle<ServerHost>,
    alice: Handle<AgentHost>,
    bob: Handle<AgentHost>,
}

impl Paper {
    fn new(seed: u64) -> Self {
        let address = |host: u8| SocketAddr::from(([192, 0, 2, host], 5060));
        let mut simulation = Simulation::new(seed);
        let config = setup::server(&mut simulation, address(1));
        let server = ServerHost::new(config, setup::USERS).unwrap();
        let server = simulation.add(server, &[(Transport::Udp, address(1)), (Transport::Tcp, address(1))]);
        let mut agent = |user: &str, host: u8| {
            let to = Destination::Address {
                transport: Transport::Udp,
                remote: address(1),
            };
            let config = setup::agent(&mut simulation, user, address(host), to);
            simulation.add(
                AgentHost::new(config),
                &[(Transport::Udp, address(host)), (Transport::Tcp, address(host))],
            )
        };
        let (alice, bob) = (agent("alice", 2), agent("bob", 3));
        Self {
            simulation,
            server,
            alice,
            bob,
        }
    }

    fn register(&mut self, who: Handle<AgentHost>, methods: &[&str]) {
        let options = RegisterOptions {
            methods: methods.iter().map(ToString::to_string).collect(),
            ..RegisterOptions::default()
        };
        self.simulation.with(who, |host, now| {
            host.command(now, |agent, now| agent.register(now, options))
        });
        self.settle();
    }

    fn bob_subscribes(&mut self, options: SubscribeOptions) -> OpId {
        let alice = setup::aor("alice");
        let op = self.simulation.with(self.bob, |host, now| {
            host.command(now, |agent, now| agent.subscribe(now, &alice, options))
        });
        self.settle();
        op
    }

    fn alice_publishes(&mut self, basic: Basic) {
        let tuple = Tuple::new(TupleId::new("pc").unwrap(), basic);
        let document = Document::new("pres:alice@example.test").unwrap().with_tuple(tuple);
        let options = PublishOptions {
            expires: 600,
            format: Format::Pidf,
        };
        self.simulation.with(self.alice, |host, now| {
            host.command(now, |agent, now| agent.publish(now, &document, options))
        });
        self.settle();
    }

    fn settle(&mut self) {
        self.simulation.run_for(SECOND).unwrap();
    }

    /// What bob was told of alice, in order.
    fn told(&self) -> Vec<Basic> {
        let events = self.simulation.host(self.bob).events().iter();
        let documents = events.filter_map(|(_, event)| match event {
            Event::Notified {
                document: Some(Ok(document)),
                ..
            } => document.tuples().first(),
            _ => None,
        });
        documents.filter_map(|tuple| tuple.status().basic()).collect()
    }

    /// The messages of a method, or the responses with a status, with the seconds at which they were sent.
    fn notifies(&self) -> Vec<(u64, Message)> {
        let messages = self.simulation.transcript().messages();
        let notifies = messages.filter(|(_, message)| message.method() == Some(Method::Notify));
        notifies
            .map(|(entry, message)| (entry.sent.as_secs(), message))
            .collect()
    }

    fn statuses(&self) -> Vec<u16> {
        let messages = self.simulation.transcript().messages();
        messages
            .filter_map(|(_, message)| Some(message.status()?.as_u16()))
            .collect()
    }

    fn subscriptions(&self) -> usize {
        let rows = self.simulation.host(self.server).rows().values();
        rows.filter(|row| matches!(row, Row::Subscription(_))).count()
    }
}

fn state(notify: &Message) -> SubscriptionState<'_> {
    notify.typed().unwrap().unwrap()
}

#[test]
fn presence_goes_from_one_user_to_the_other() {
    let mut paper = Paper::new(1);
    let op = paper.bob_subscribes(SubscribeOptions::default());
    assert_eq!(paper.told(), [Basic::Closed]);
    paper.register(paper.alice, &["MESSAGE"]);
    assert_eq!(paper.told(), [Basic::Closed, Basic::Open]);
    paper.alice_publishes(Basic::Closed);
    paper.alice_publishes(Basic::Open);
    assert_eq!(paper.told()[2..], [Basic::Closed, Basic::Open]);
    // Alice's registration and publication and bob's subscription are refreshed for a day and change nothing.
    paper.simulation.run_for(24 * HOUR).unwrap();
    assert!(paper.told()[4..].iter().all(|basic| *basic == Basic::Open));
    assert_eq!(paper.subscriptions(), 1);
    paper.simulation.with(paper.bob, |host, now| {
        host.command(now, |agent, now| agent.unsubscribe(now, op)).unwrap();
    });
    paper.settle();
    assert!(
        paper
            .simulation
            .host(paper.bob)
            .saw(|event| matches!(event, Event::SubscriptionEnded { .. }))
    );
    assert_eq!(paper.subscriptions(), 0);
    let notifies = paper.notifies();
    let (_, last) = notifies.last().unwrap();
    assert!(state(last).is_terminated());
}

#[test]
fn a_watcher_that_is_gone_loses_its_subscription_after_an_hour() {
    let mut paper = Paper::new(2);
    paper.register(paper.alice, &[]);
    paper.bob_subscribes(SubscribeOptions::default());
    let begun = paper.notifies()[0].0;
    assert_eq!(state(&paper.notifies()[0].1).expires(), Some(3_600));
    paper.simulation.set_link_between(paper.server, paper.bob, Link::cut());
    paper.simulation.run_for(2 * HOUR).unwrap();
    let notifies = paper.notifies();
    let (at, last) = notifies
        .iter()
        .find(|(_, notify)| state(notify).is_terminated())
        .unwrap();
    assert_eq!(state(last).reason(), Some("timeout"));
    assert!((3_599..=3_601).contains(&(at - begun)), "after {} s", at - begun);
    assert_eq!(paper.subscriptions(), 0);
}

#[test]
fn a_user_that_is_gone_is_closed_after_an_hour() {
    let mut paper = Paper::new(3);
    paper.register(paper.alice, &[]);
    paper.bob_subscribes(SubscribeOptions::default());
    assert_eq!(paper.told(), [Basic::Open]);
    paper
        .simulation
        .set_link_between(paper.server, paper.alice, Link::cut());
    paper.simulation.run_for(2 * HOUR).unwrap();
    assert_eq!(*paper.told().last().unwrap(), Basic::Closed);
}

#[test]
fn messages_are_challenged_relayed_and_read() {
    let mut paper = Paper::new(4);
    paper.register(paper.alice, &["MESSAGE"]);
    paper.register(paper.bob, &["MESSAGE"]);
    let to = setup::aor("bob").to_uri();
    let cpim = cpim::Message::builder()
        .from(cpim::Uri::new("im:alice@example.test").unwrap())
        .to(cpim::Uri::new("im:bob@example.test").unwrap())
        .text("안녕하세요")
        .build();
    for content in [Content::Text("안녕하세요".to_owned()), Content::Cpim(cpim)] {
        let sent = content.clone();
        paper.simulation.with(paper.alice, |host, now| {
            host.command(now, |agent, now| agent.send_message(now, &to, sent))
        });
        paper.settle();
        let arrived = |event: &Event| matches!(event, Event::MessageReceived { content: got, .. } if *got == content);
        assert!(paper.simulation.host(paper.bob).saw(arrived));
    }
    let relayed = paper.simulation.transcript().messages();
    let relayed: Vec<_> = relayed
        .filter(|(entry, message)| {
            message.method() == Some(Method::Message) && entry.from == SocketAddr::from(([192, 0, 2, 1], 5060))
        })
        .collect();
    assert_eq!(relayed.len(), 2);
    for (_, message) in relayed {
        assert_eq!(message.header_all(HeaderName::VIA).count(), 2);
    }
    assert!(paper.statuses().contains(&407));
}

#[test]
fn a_contact_for_other_methods_gets_no_message() {
    let mut paper = Paper::new(5);
    paper.register(paper.alice, &["MESSAGE"]);
    paper.register(paper.bob, &["INVITE", "BYE"]);
    let to = setup::aor("bob").to_uri();
    paper.simulation.with(paper.alice, |host, now| {
        host.command(now, |agent, now| {
            agent.send_message(now, &to, Content::Text("hello".to_owned()))
        })
    });
    paper.settle();
    assert!(paper.statuses().contains(&480));
    assert!(
        !paper
            .simulation
            .host(paper.bob)
            .saw(|event| matches!(event, Event::MessageReceived { .. }))
    );
}

#[test]
fn another_event_is_refused_before_a_challenge() {
    let mut paper = Paper::new(6);
    paper.bob_subscribes(SubscribeOptions {
        package: "dialog".to_owned(),
        ..SubscribeOptions::default()
    });
    assert_eq!(paper.statuses(), [489]);
}
