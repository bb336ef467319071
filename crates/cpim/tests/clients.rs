//! Every MESSAGE that the clients of the corpus sent has its outcome here.

#![expect(clippy::disallowed_methods, reason = "tests read the corpus from disk")]

mod support;

use std::{collections::BTreeSet, fs};

use cpim::{
    Layout, Limits, Message,
    imdn::{DeliveryStatus, Imdn, Notification, Sender, Silence},
    inflate,
    is_composing::{IsComposing, State},
};

use crate::support::corpus;

/// What the body of a MESSAGE in `corpus/clients` is.
enum Body {
    Composing(State),
    Cpim {
        from: &'static str,
        text: &'static str,
        asks: bool,
    },
    /// An IMDN document, bare.
    Imdn(&'static str),
    /// An IMDN document in a Message/CPIM.
    ImdnInCpim {
        from: &'static str,
        id: &'static str,
    },
    Text,
}

#[test]
fn every_message_of_the_clients_has_its_outcome() {
    const ALICE: &str = "<sip:alice@example.test>";
    const BOB: &str = "<sip:bob@example.test>";
    let Some(corpus) = corpus() else { return };
    let limits = Limits::default();
    let hello = || Body::Cpim {
        from: ALICE,
        text: "hello from linphone über",
        asks: true,
    };
    let reply = || Body::Cpim {
        from: BOB,
        text: "reply from bob",
        asks: true,
    };
    let sip_js = || Body::Cpim {
        from: ALICE,
        text: "hi in cpim",
        asks: false,
    };
    let outcomes = [
        ("baresip-tcp", vec![("030", Body::Text), ("032", Body::Text)]),
        ("baresip-udp", vec![("030", Body::Text), ("032", Body::Text)]),
        (
            "linphone-udp",
            vec![
                ("030", Body::Text),
                ("032", Body::Text),
                ("034", Body::Imdn("VHy05Rr0oj")),
                ("038", Body::Imdn("VHy05Rr0oj")),
                ("042", Body::Text),
                ("044", Body::Text),
                ("046", Body::Imdn("QybUNoJHby")),
                ("050", Body::Imdn("QybUNoJHby")),
            ],
        ),
        (
            "linphone-udp-cpim",
            vec![
                ("030", hello()),
                ("032", hello()),
                (
                    "034",
                    Body::ImdnInCpim {
                        from: BOB,
                        id: "0ebq-EQ9trkC",
                    },
                ),
                (
                    "038",
                    Body::ImdnInCpim {
                        from: BOB,
                        id: "0ebq-EQ9trkC",
                    },
                ),
                ("042", reply()),
                ("044", reply()),
                (
                    "046",
                    Body::ImdnInCpim {
                        from: ALICE,
                        id: "iy9HUzSxgfuB",
                    },
                ),
                (
                    "050",
                    Body::ImdnInCpim {
                        from: ALICE,
                        id: "iy9HUzSxgfuB",
                    },
                ),
            ],
        ),
        (
            "linphone-udp-gruu",
            vec![
                ("024", Body::Text),
                ("026", Body::Text),
                ("028", Body::Imdn("6pINQuW3kd")),
                ("032", Body::Imdn("6pINQuW3kd")),
                ("036", Body::Text),
                ("038", Body::Text),
                ("040", Body::Imdn("C-g1x5L-J1")),
                ("044", Body::Imdn("C-g1x5L-J1")),
            ],
        ),
        (
            "npm-sipjs",
            vec![
                ("008", Body::Text),
                ("010", sip_js()),
                ("012", Body::Composing(State::Active)),
                ("016", Body::Text),
                ("018", sip_js()),
                ("020", Body::Composing(State::Active)),
            ],
        ),
        (
            "twinkle-udp",
            vec![
                ("030", Body::Text),
                ("032", Body::Text),
                ("048", Body::Text),
                ("050", Body::Text),
            ],
        ),
    ];
    let mut stated = BTreeSet::new();
    let mut present = BTreeSet::new();
    for (client, outcomes) in outcomes {
        let entries = fs::read_dir(corpus.join("clients").join(client)).expect(client);
        let names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let requests = names
            .iter()
            .filter(|name| name.ends_with("-MESSAGE.sip") && !name.contains("-200-"));
        present.extend(requests.clone().map(|name| format!("{client}/{}", &name[..3])));
        for (number, outcome) in outcomes {
            let file = requests.clone().find(|name| name.starts_with(number)).expect(number);
            stated.insert(format!("{client}/{number}"));
            let request = fs::read(corpus.join("clients").join(client).join(file)).unwrap();
            let end = request.windows(4).position(|four| four == b"\r\n\r\n").expect(file);
            let deflated = request.windows(25).any(|line| line == b"Content-Encoding: deflate");
            let body = request[end + 4..].to_vec();
            let body = if deflated {
                inflate(&body, &limits).expect(file)
            } else {
                body
            };
            check(file, body, deflated, &outcome);
        }
    }
    assert_eq!(stated, present);
}

fn check(file: &str, body: Vec<u8>, deflated: bool, outcome: &Body) {
    let limits = Limits::default();
    let imdn = |imdn: &Imdn, id: &str| {
        assert_eq!(imdn.message_id().as_str(), id, "{file}");
        assert_eq!(
            imdn.notification(),
            Some(Notification::Delivery(DeliveryStatus::Delivered)),
            "{file}"
        );
        assert_eq!(imdn.recipient_uri(), None, "{file}");
        assert!(imdn.date_time().is_ok(), "{file}");
    };
    match *outcome {
        Body::Composing(state) => {
            let read = IsComposing::parse(&body, &limits).expect(file);
            assert_eq!(
                read,
                IsComposing::new(state)
                    .with_content_type("text/plain")
                    .expect(file)
                    .with_refresh(90)
            );
        }
        Body::Cpim { from, text, asks } => {
            let message = Message::parse(body).expect(file);
            assert_eq!(
                (message.layout(), message.oddities()),
                (Layout::Separated, &[][..]),
                "{file}"
            );
            assert_eq!(message.from().expect(file).expect(file).to_string(), from, "{file}");
            assert_eq!(message.text(), Some(text), "{file}");
            let own = message.to().next().expect(file).expect(file);
            match Sender::for_recipient(&message, own) {
                Ok(sender) => {
                    assert!(asks, "{file}");
                    let wanted = sender.wanted().to_string();
                    assert_eq!(wanted, "positive-delivery, negative-delivery, display", "{file}");
                }
                Err(silence) => assert!(!asks && silence == Silence::NotAsked, "{file}: {silence}"),
            }
        }
        Body::Imdn(id) => {
            assert!(deflated, "{file}");
            imdn(&Imdn::parse(&body, &limits).expect(file), id);
        }
        Body::ImdnInCpim { from, id } => {
            assert!(deflated, "{file}");
            let message = Message::parse(body).expect(file);
            assert_eq!(message.oddities(), [], "{file}");
            assert_eq!(message.from().expect(file).expect(file).to_string(), from, "{file}");
            assert!(message.imdn().is_notification(), "{file}");
            // It has no Message-ID, which a notification must have.
            assert_eq!(message.imdn().message_id(), Ok(None), "{file}");
            let told = message.imdn().notifications(&limits).expect(file);
            assert_eq!(told.len(), 1, "{file}");
            imdn(&told[0], id);
        }
        Body::Text => {
            assert!(std::str::from_utf8(&body).is_ok(), "{file}");
            assert!(Message::parse(body).is_err(), "{file}");
        }
    }
}
