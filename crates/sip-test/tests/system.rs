//! A server and user agents on the virtual network.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{net::SocketAddr, time::Duration};

use sip_digest::{Algorithm, Algorithms};
use sip_message::{HeaderName, Method, Transport};
use sip_server::Row;
use sip_test::{AgentHost, Handle, Link, ServerHost, Simulation, setup};
use sip_transaction::Destination;
use sip_ua::{Content, Event, RegisterOptions, SubscribeOptions};

const HOUR: Duration = Duration::from_secs(3_600);
const MINUTE: Duration = Duration::from_secs(60);

struct Scene {
    simulation: Simulation,
    server: Handle<ServerHost>,
    alice: Handle<AgentHost>,
    bob: Handle<AgentHost>,
}

fn address(host: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, host], 5060))
}

impl Scene {
    fn new(seed: u64, transport: Transport) -> Self {
        Self::with_algorithms(seed, transport, Algorithms::default())
    }

    fn with_algorithms(seed: u64, transport: Transport, algorithms: Algorithms) -> Self {
        let mut simulation = Simulation::new(seed);
        let both = |host| [(Transport::Udp, address(host)), (Transport::Tcp, address(host))];
        let config = sip_server::Config {
            algorithms,
            ..setup::server(&mut simulation, address(1))
        };
        let server = ServerHost::new(config, setup::USERS).unwrap();
        let server = simulation.add(server, &both(1));
        let mut agent = |user: &str, host: u8| {
            let to = Destination::Address {
                transport,
                remote: address(1),
            };
            let config = setup::agent(&mut simulation, user, address(host), to);
            simulation.add(AgentHost::new(config), &both(host))
        };
        let (alice, bob) = (agent("alice", 2), agent("bob", 3));
        Self {
            simulation,
            server,
            alice,
            bob,
        }
    }

    fn register(&mut self, who: Handle<AgentHost>) {
        self.simulation.with(who, |host, now| {
            host.command(now, |agent, now| agent.register(now, RegisterOptions::default()))
        });
    }

    fn until(&mut self, who: Handle<AgentHost>, is: impl Fn(&Event) -> bool) {
        let result = self
            .simulation
            .run_until(MINUTE, |simulation| simulation.host(who).saw(&is));
        result.unwrap_or_else(|error| panic!("{error}\n{}", self.simulation.transcript()));
    }

    fn say(&mut self, text: &str) {
        let to = setup::aor("bob").to_uri();
        let content = Content::Text(text.to_owned());
        self.simulation.with(self.alice, |host, now| {
            host.command(now, |agent, now| agent.send_message(now, &to, content))
        });
    }

    fn heard(&self) -> Vec<&Content> {
        let events = self.simulation.host(self.bob).events().iter();
        events
            .filter_map(|(_, event)| match event {
                Event::MessageReceived { content, .. } => Some(content),
                _ => None,
            })
            .collect()
    }
}

fn is_registered(event: &Event) -> bool {
    matches!(event, Event::Registered { .. })
}

fn is_sent(event: &Event) -> bool {
    matches!(event, Event::MessageSent { .. })
}

/// Registrations, a subscription and messages over a bad network.
fn play(seed: u64, transport: Transport) -> Scene {
    let mut scene = Scene::new(seed, transport);
    scene.simulation.set_link(Link::bad());
    scene.register(scene.alice);
    scene.register(scene.bob);
    scene.until(scene.alice, is_registered);
    scene.until(scene.bob, is_registered);
    let alice = setup::aor("alice");
    scene.simulation.with(scene.bob, |host, now| {
        host.command(now, |agent, now| {
            agent.subscribe(now, &alice, SubscribeOptions::default())
        })
    });
    scene.until(scene.bob, |event| matches!(event, Event::Notified { .. }));
    for text in ["one", "two", "three"] {
        scene.say(text);
    }
    // Transactions end 32 s after the last message at the latest.
    scene.simulation.run_for(MINUTE).unwrap();
    scene
}

/// The server challenges with what it is told, in that order, and the user agent answers the strongest.
#[test]
fn the_algorithms_of_the_realm_are_those_of_the_configuration() {
    use Algorithm::{Md5, Sha256, Sha512_256Sess};
    for (configured, answered) in [
        (vec![Md5], Md5),
        (vec![Sha256], Sha256),
        (vec![Md5, Sha256], Sha256),
        (vec![Sha512_256Sess, Sha256, Md5], Sha512_256Sess),
    ] {
        let algorithms = Algorithms::new(configured.clone()).unwrap();
        let mut scene = Scene::with_algorithms(3, Transport::Udp, algorithms);
        scene.register(scene.alice);
        scene.register(scene.bob);
        scene.until(scene.alice, is_registered);
        scene.until(scene.bob, is_registered);
        scene.say("hello");
        scene.until(scene.alice, is_sent);
        assert_eq!(scene.heard().len(), 1);
        let values_of = |header: HeaderName| {
            let messages = scene.simulation.transcript().messages();
            let values = messages.flat_map(|(_, message)| {
                let values = message
                    .header_all(header)
                    .map(|field| field.value_str().unwrap().to_owned());
                values.collect::<Vec<_>>()
            });
            values
                .filter_map(|value| value.split("algorithm=").nth(1)?.split(',').next().map(str::to_owned))
                .map(|name| Algorithm::from_name(&name).unwrap())
                .collect::<Vec<_>>()
        };
        let offered = values_of(HeaderName::WWW_AUTHENTICATE);
        assert!(
            !offered.is_empty() && offered.len() % configured.len() == 0,
            "{offered:?}"
        );
        for challenges in offered.chunks(configured.len()) {
            assert_eq!(challenges, configured);
        }
        let answers = values_of(HeaderName::AUTHORIZATION);
        assert!(
            answers.len() >= 2 && answers.iter().all(|algorithm| *algorithm == answered),
            "{answers:?}"
        );
    }
}

#[test]
fn one_seed_gives_one_transcript() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let bytes = play(11, transport).simulation.transcript().to_bytes();
        assert!(bytes.len() > 5_000);
        assert!(
            play(11, transport).simulation.transcript().to_bytes() == bytes,
            "{transport}"
        );
        assert!(
            play(12, transport).simulation.transcript().to_bytes() != bytes,
            "{transport}"
        );
    }
}

#[test]
fn loss_and_duplication_are_lived_with() {
    let mut lost = 0;
    for seed in 0..20 {
        let scene = play(seed, Transport::Udp);
        lost += scene
            .simulation
            .transcript()
            .entries()
            .iter()
            .filter(|entry| entry.arrives.is_none())
            .count();
        let mut heard = scene.heard();
        heard.sort_by_key(|content| format!("{content:?}"));
        let texts = ["one", "three", "two"].map(|text| Content::Text(text.to_owned()));
        assert_eq!(
            heard,
            texts.iter().collect::<Vec<_>>(),
            "each once\n{}",
            scene.simulation.transcript()
        );
        let sent = scene
            .simulation
            .host(scene.alice)
            .events()
            .iter()
            .filter(|(_, event)| is_sent(event))
            .count();
        assert_eq!(sent, 3, "{}", scene.simulation.transcript());
    }
    assert!(lost > 20, "{lost}");
}

#[test]
fn a_registration_is_kept_for_a_day() {
    let mut scene = Scene::new(21, Transport::Udp);
    scene.register(scene.bob);
    scene.register(scene.alice);
    scene.simulation.run_for(HOUR * 24).unwrap();
    scene.say("good morning");
    scene.until(scene.alice, is_sent);
    assert_eq!(scene.heard().len(), 1);
    let registers = scene.simulation.transcript().messages();
    let registers = registers
        .filter(|(_, message)| message.method() == Some(Method::Register))
        .count();
    assert!((48..500).contains(&registers), "{registers} REGISTERs");
}

#[test]
fn what_was_said_survives_a_kill() {
    let mut scene = Scene::new(31, Transport::Udp);
    scene.register(scene.bob);
    scene.register(scene.alice);
    scene.until(scene.bob, is_registered);
    scene.until(scene.alice, is_registered);
    scene.simulation.with(scene.server, |server, _| server.kill());
    let rows = scene.simulation.host(scene.server).rows().clone();
    assert_eq!(rows.values().filter(|row| matches!(row, Row::Binding(_))).count(), 2);
    scene.say("into the dark");
    scene.simulation.run_for(Duration::from_secs(3)).unwrap();
    assert!(scene.heard().is_empty());
    let seed = scene.simulation.seed();
    scene
        .simulation
        .with(scene.server, |server, now| server.restart(now, seed));
    // The client's retransmissions find the new process (RFC 3261 section 17.1.2.2).
    scene.until(scene.alice, is_sent);
    assert_eq!(scene.heard(), [&Content::Text("into the dark".to_owned())]);
}

#[test]
fn what_is_not_durable_is_not_said() {
    let mut scene = Scene::new(41, Transport::Udp);
    scene.simulation.with(scene.server, |server, _| {
        server.set_commit_latency(Duration::from_secs(2));
    });
    scene.register(scene.bob);
    scene.simulation.run_for(Duration::from_secs(1)).unwrap();
    assert!(scene.simulation.host(scene.server).rows().is_empty());
    assert!(!scene.simulation.host(scene.bob).saw(is_registered));
    scene
        .simulation
        .with(scene.server, |server, _| server.set_store_fails(true));
    scene.simulation.run_for(MINUTE).unwrap();
    let server = scene.simulation.host(scene.server);
    assert!(server.server().is_none() && server.rows().is_empty());
    assert!(!scene.simulation.host(scene.bob).saw(is_registered));
}
