//! What becomes of messages (RFC 5438) and who composes them (RFC 3994), with a server between two user agents.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

use cpim::{
    imdn::{DeliveryStatus, DisplayStatus, Notification, NotifyRequest},
    is_composing::State,
};
use sip_message::{HeaderName, Message, Method, Transport, headers::CSeq};
use sip_test::{AgentHost, Handle, Link, ServerHost, Simulation, corpus, setup};
use sip_transaction::{Destination, Flow};
use sip_ua::{Content, Event, Input, OpId, Output, RegisterOptions, UserAgent};

const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);
const ALL: [NotifyRequest; 3] = [
    NotifyRequest::PositiveDelivery,
    NotifyRequest::NegativeDelivery,
    NotifyRequest::Display,
];
const DELIVERED: Notification = Notification::Delivery(DeliveryStatus::Delivered);
const DISPLAYED: Notification = Notification::Display(DisplayStatus::Displayed);

struct Scene {
    simulation: Simulation,
    alice: Handle<AgentHost>,
    bob: Handle<AgentHost>,
}

fn address(host: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, host], 5060))
}

impl Scene {
    /// Alice and Bob, both registered, who let each other know of deliveries.
    fn new(seed: u64, link: Link) -> Self {
        let mut simulation = Simulation::new(seed);
        let both = |host| [(Transport::Udp, address(host)), (Transport::Tcp, address(host))];
        let config = setup::server(&mut simulation, address(1));
        let server = ServerHost::new(config, setup::USERS).unwrap();
        simulation.add(server, &both(1));
        let mut agent = |user: &str, host: u8| {
            let to = Destination::Address {
                transport: Transport::Udp,
                remote: address(1),
            };
            let config = setup::agent(&mut simulation, user, address(host), to);
            simulation.add(AgentHost::new(config), &both(host))
        };
        let (alice, bob) = (agent("alice", 2), agent("bob", 3));
        let mut scene = Self { simulation, alice, bob };
        scene.simulation.set_link(link);
        for who in [alice, bob] {
            scene.command(who, |agent, _| agent.set_delivery_notifications(true));
            scene.command(who, |agent, now| agent.register(now, RegisterOptions::default()));
            scene.until(who, |event| matches!(event, Event::Registered { .. }));
        }
        scene
    }

    fn command<T>(&mut self, who: Handle<AgentHost>, command: impl FnOnce(&mut UserAgent, Instant) -> T) -> T {
        self.simulation.with(who, |host, now| host.command(now, command))
    }

    fn until(&mut self, who: Handle<AgentHost>, is: impl Fn(&Event) -> bool) {
        let result = self
            .simulation
            .run_until(MINUTE, |simulation| simulation.host(who).saw(&is));
        result.unwrap_or_else(|error| panic!("{error}\n{}", self.simulation.transcript()));
    }

    fn pass(&mut self, time: Duration) {
        self.simulation.run_for(time).unwrap();
    }

    fn events(&self, who: Handle<AgentHost>) -> impl Iterator<Item = &Event> {
        self.simulation.host(who).events().iter().map(|(_, event)| event)
    }

    /// Sends a text, and waits until it is there.
    fn say(&mut self, from: Handle<AgentHost>, to: &str) {
        let uri = setup::aor(to).to_uri();
        let op = self.command(from, |agent, now| {
            agent.send_message(now, &uri, Content::Text("hi".to_owned()))
        });
        self.until(
            from,
            move |event| matches!(event, Event::MessageSent { op: sent, .. } if *sent == op),
        );
    }

    /// Bob is seen to do this, in order.
    fn states(&self, who: Handle<AgentHost>) -> Vec<State> {
        let states = self.events(who).filter_map(|event| match event {
            Event::Composing { state, .. } => Some(*state),
            _ => None,
        });
        states.collect()
    }

    /// The MESSAGEs of a type that came to this host, each once.
    fn bodies_at(&self, host: u8, content_type: &str) -> Vec<Vec<u8>> {
        let mut bodies = BTreeMap::new();
        for (entry, message) in self.simulation.transcript().messages() {
            let is_it = message.method() == Some(Method::Message)
                && message
                    .header(HeaderName::CONTENT_TYPE)
                    .is_some_and(|field| field.value() == content_type.as_bytes());
            if is_it && entry.to == address(host) {
                let call_id = message.header(HeaderName::CALL_ID).unwrap().value().to_vec();
                let cseq = message.typed::<CSeq>().unwrap().unwrap().number();
                bodies.insert((call_id, cseq), message.body().to_vec());
            }
        }
        bodies.into_values().collect()
    }
}

/// Shows Bob's messages to him as they come, until nothing is left to do.
fn read_all(scene: &mut Scene) {
    let mut seen = 0;
    for _ in 0..20 {
        scene.pass(5 * SECOND);
        let ids: Vec<_> = scene
            .events(scene.bob)
            .filter_map(|event| match event {
                Event::MessageReceived { display, .. } => *display,
                _ => None,
            })
            .collect();
        for id in ids.into_iter().skip(seen) {
            seen += 1;
            scene.command(scene.bob, |agent, now| agent.displayed(now, id)).unwrap();
        }
    }
}

#[test]
fn a_sender_is_told_of_each_message_once_whatever_the_network_does() {
    let mut lost = 0;
    for seed in 0..20 {
        let mut scene = Scene::new(seed, Link::bad());
        let bob = setup::aor("bob").to_uri();
        let ops: Vec<OpId> = ["one", "two", "three"]
            .into_iter()
            .map(|text| {
                let message = cpim::Message::builder().text(text);
                scene.command(scene.alice, |agent, now| agent.send_asking(now, &bob, message, &ALL))
            })
            .collect();
        read_all(&mut scene);
        let mut told: Vec<(OpId, Notification)> = scene
            .events(scene.alice)
            .filter_map(|event| match event {
                Event::Disposition { op, from_aor, imdn } => {
                    assert_eq!(from_aor.as_ref(), Some(&setup::aor("bob")));
                    Some((op.unwrap(), imdn.notification().unwrap()))
                }
                _ => None,
            })
            .collect();
        told.sort();
        let expected: Vec<_> = ops.iter().flat_map(|op| [(*op, DELIVERED), (*op, DISPLAYED)]).collect();
        assert_eq!(told, expected, "{}", scene.simulation.transcript());
        // Nothing answers a notification: Alice sends her three messages, and Bob two notifications of each.
        let is_idle = |who: Handle<AgentHost>| scene.simulation.host(who).agent().is_idle();
        assert!(is_idle(scene.alice) && is_idle(scene.bob));
        assert_eq!(scene.bodies_at(3, "message/cpim").len(), 3);
        let notifications = scene.bodies_at(2, "message/cpim");
        assert_eq!(notifications.len(), 6);
        lost += scene
            .simulation
            .transcript()
            .entries()
            .iter()
            .filter(|entry| entry.arrives.is_none())
            .count();
    }
    assert!(lost > 20, "{lost}");
}

#[test]
fn composing_is_seen_whatever_the_network_does() {
    for seed in 0..20 {
        let mut scene = Scene::new(seed, Link::bad());
        scene.say(scene.bob, "alice");
        let bob = setup::aor("bob").to_uri();
        for _ in 0..40 {
            scene.command(scene.alice, |agent, now| agent.composing(now, &bob));
            scene.pass(SECOND);
        }
        assert_eq!(
            scene.states(scene.bob),
            [State::Active],
            "{}",
            scene.simulation.transcript()
        );
        // She stops; 15 seconds later Bob is told, after 32 at the latest.
        scene.pass(50 * SECOND);
        assert_eq!(scene.states(scene.bob), [State::Active, State::Idle]);
        scene.command(scene.alice, |agent, now| agent.composing(now, &bob));
        scene.pass(35 * SECOND);
        scene.say(scene.alice, "bob");
        scene.pass(MINUTE);
        let again = [State::Active, State::Idle, State::Active, State::Idle];
        assert_eq!(scene.states(scene.bob), again, "{}", scene.simulation.transcript());
        // Bob saw the message, and Alice nothing of all this.
        assert!(
            scene
                .simulation
                .host(scene.bob)
                .saw(|event| matches!(event, Event::MessageReceived { .. }))
        );
        assert!(scene.states(scene.alice).is_empty());
    }
}

#[test]
fn who_vanishes_while_composing_has_stopped_a_minute_later() {
    let mut scene = Scene::new(3, Link::default());
    scene.say(scene.bob, "alice");
    let bob = setup::aor("bob").to_uri();
    scene.command(scene.alice, |agent, now| agent.composing(now, &bob));
    scene.pass(SECOND);
    assert_eq!(scene.states(scene.bob), [State::Active]);
    scene.simulation.set_link(Link::cut());
    scene.pass(58 * SECOND);
    assert_eq!(scene.states(scene.bob), [State::Active]);
    scene.pass(2 * SECOND);
    assert_eq!(scene.states(scene.bob), [State::Active, State::Idle]);
}

#[test]
fn what_the_server_relays_it_relays_as_it_is() {
    let mut scene = Scene::new(5, Link::default());
    scene.say(scene.bob, "alice");
    let bob = setup::aor("bob").to_uri();
    scene.command(scene.alice, |agent, now| agent.composing(now, &bob));
    let message = cpim::Message::builder().text("안녕하세요");
    scene.command(scene.alice, |agent, now| agent.send_asking(now, &bob, message, &ALL));
    read_all(&mut scene);
    for (content_type, came_to, count) in [
        ("application/im-iscomposing+xml", 3, 1),
        ("message/cpim", 3, 1),
        ("message/cpim", 2, 2),
    ] {
        let sent = scene.bodies_at(1, content_type);
        let arrived = scene.bodies_at(came_to, content_type);
        assert_eq!(arrived.len(), count, "{content_type}");
        assert!(arrived.iter().all(|body| sent.contains(body)), "{content_type}");
    }
}

/// What a client of the corpus sent, as the user agent for which it was gets it.
fn hear(agent: &mut UserAgent, now: Instant, bytes: Vec<u8>) -> (u16, Vec<Event>, Vec<Message>) {
    let message = Message::parse(bytes).unwrap();
    let flow = Flow {
        transport: Transport::Udp,
        local: address(2),
        remote: address(1),
        connection: 0,
    };
    agent.handle_input(now, Input::Received { message, flow });
    let (mut events, mut sent) = (Vec::new(), Vec::new());
    while let Some(output) = agent.poll_output() {
        match output {
            Output::Event(event) => events.push(event),
            Output::Transmit { bytes, .. } => sent.push(Message::parse(bytes).unwrap()),
        }
    }
    let response = sent.remove(0);
    (response.status().unwrap().as_u16(), events, sent)
}

/// In a line: what is reported of a message, and what goes out for it.
fn outcome(events: &[Event], sent: &[Message]) -> String {
    let events = events.iter().map(|event| match event {
        Event::Composing { state, .. } => state.as_str().to_owned(),
        Event::Disposition { op: None, imdn, .. } => {
            format!("{} {}", imdn.notification().unwrap().status(), imdn.message_id())
        }
        Event::MessageReceived { content, display, .. } => {
            let (kind, text) = match content {
                Content::Cpim(message) => ("cpim", message.text().unwrap()),
                Content::Other { .. } => ("other", ""),
                Content::Text(text) => ("text", text.as_str()),
            };
            let asks = if display.is_some() { ", asks" } else { "" };
            format!("{kind} {text:?}{asks}")
        }
        other => panic!("{other:?}"),
    });
    let sent = sent.iter().map(|request| {
        let message = cpim::Message::parse(request.body_bytes()).unwrap();
        let told = message.imdn().notifications(&cpim::Limits::default()).unwrap();
        format!(
            "> {} {}",
            told[0].notification().unwrap().status(),
            told[0].message_id()
        )
    });
    events.chain(sent).collect::<Vec<_>>().join("; ")
}

#[test]
fn every_message_of_the_clients_is_understood() {
    let Some(root) = corpus::root("every_message_of_the_clients_is_understood") else {
        return;
    };
    let mut outcomes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, bytes) in corpus::files(&root, "clients") {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.ends_with("-MESSAGE.sip") || name.contains("-200-") {
            continue;
        }
        let mut simulation = Simulation::new(7);
        let to = Destination::Address {
            transport: Transport::Udp,
            remote: address(1),
        };
        let config = setup::agent(&mut simulation, "alice", address(2), to);
        let now = simulation.epoch().0;
        let mut alice = UserAgent::new(config);
        alice.set_delivery_notifications(true);
        let (status, events, sent) = hear(&mut alice, now, bytes);
        assert_eq!(status, 200, "{}", path.display());
        let client = path.parent().unwrap().to_string_lossy().into_owned();
        outcomes.entry(client).or_default().push(outcome(&events, &sent));
    }
    let found: Vec<String> = outcomes
        .into_iter()
        .flat_map(|(client, mut lines)| {
            // A request and the same with credentials.
            lines.dedup();
            lines.into_iter().map(move |line| format!("{client}: {line}"))
        })
        .collect();
    let expected = [
        "baresip-tcp: text \"hello from baresip über\"",
        "baresip-udp: text \"hello from baresip über\"",
        r#"linphone-udp: text "\"hello from linphone über\"""#,
        "linphone-udp: delivered VHy05Rr0oj",
        r#"linphone-udp: text "\"reply from bob\"""#,
        "linphone-udp: delivered QybUNoJHby",
        "linphone-udp-cpim: cpim \"hello from linphone über\", asks; > delivered 0ebq-EQ9trkC",
        "linphone-udp-cpim: delivered 0ebq-EQ9trkC",
        "linphone-udp-cpim: cpim \"reply from bob\", asks; > delivered iy9HUzSxgfuB",
        "linphone-udp-cpim: delivered iy9HUzSxgfuB",
        r#"linphone-udp-gruu: text "\"hello from linphone über\"""#,
        "linphone-udp-gruu: delivered 6pINQuW3kd",
        r#"linphone-udp-gruu: text "\"reply from bob\"""#,
        "linphone-udp-gruu: delivered C-g1x5L-J1",
        "npm-sipjs: text \"hello from SIP.js über\"",
        "npm-sipjs: cpim \"hi in cpim\"",
        "npm-sipjs: active",
        "npm-sipjs: text \"hello from SIP.js über\"",
        "npm-sipjs: cpim \"hi in cpim\"",
        "npm-sipjs: active",
        "twinkle-udp: text \"hello from twinkle über\"",
        "twinkle-udp: text \"reply from bob\"",
    ];
    assert_eq!(found, expected);
}
