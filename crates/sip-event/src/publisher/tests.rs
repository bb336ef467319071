use super::*;
use crate::fixture::{answer, at, header, message, summary, uri};

fn config() -> PublisherConfig {
    PublisherConfig {
        local: "\"Alice\" <sip:alice@example.test>".into(),
        target: uri("sip:alice@example.test"),
        package: "presence".into(),
        expires: 600,
        user_agent: Some("test".into()),
        route: Vec::new(),
    }
}

struct Fixture {
    publisher: Publisher,
    sent: Option<Message>,
}

impl Fixture {
    fn new() -> Self {
        Self {
            publisher: Publisher::new(config(), [7; 32]).unwrap(),
            sent: None,
        }
    }

    fn outputs(&mut self) -> Vec<String> {
        let mut shown = Vec::new();
        while let Some(output) = self.publisher.poll_output() {
            shown.push(match output {
                PublisherOutput::Challenged { response } => format!("challenged {}", summary(&response)),
                PublisherOutput::Failed { status } => format!("failed {:?}", status.map(StatusCode::as_u16)),
                PublisherOutput::Published { entity_tag, expires } => format!("published {entity_tag} {expires}"),
                PublisherOutput::Removed => "removed".to_owned(),
                PublisherOutput::Send { request, target } => {
                    assert_eq!(target.as_str(), "sip:alice@example.test");
                    let text = summary(&request).replace(" | Event: presence", "");
                    self.sent = Some(request);
                    text.replace("PUBLISH sip:alice@example.test SIP/2.0 | CSeq: ", "send ")
                }
            });
        }
        shown
    }

    fn publish(&mut self, now: u64, text: &'static str) -> Vec<String> {
        self.publisher.publish(at(now), Body::new("text/plain", text));
        self.outputs()
    }

    fn remove(&mut self, now: u64) -> Vec<String> {
        self.publisher.remove(at(now));
        self.outputs()
    }

    fn respond(&mut self, now: u64, status: u16, lines: &[(HeaderName, &str)]) -> Vec<String> {
        let response = answer(self.sent.as_ref().unwrap(), status, lines);
        self.publisher
            .handle_input(at(now), PublisherInput::Response(&response));
        self.outputs()
    }

    fn ok(&mut self, now: u64, tag: &str) -> Vec<String> {
        self.respond(now, 200, &[(HeaderName::SIP_ETAG, tag), (HeaderName::EXPIRES, "600")])
    }

    fn fail(&mut self, now: u64) -> Vec<String> {
        self.publisher.handle_input(at(now), PublisherInput::Failed);
        self.outputs()
    }

    fn timeout(&mut self, now: u64) -> Vec<String> {
        self.publisher.handle_input(at(now), PublisherInput::Timeout);
        self.outputs()
    }

    /// Published `one` at 0 as `t1` for 600 seconds.
    fn published() -> Self {
        let mut fixture = Self::new();
        fixture.publish(0, "one");
        fixture.ok(0, "t1");
        fixture
    }
}

#[test]
fn the_first_publish_byte_for_byte() {
    let mut fixture = Fixture::new();
    fixture.publish(0, "one");
    let sent = fixture.sent.unwrap();
    let from = header(&sent, HeaderName::FROM);
    let call_id = header(&sent, HeaderName::CALL_ID);
    let expected = message(
        &[
            "PUBLISH sip:alice@example.test SIP/2.0",
            "Max-Forwards: 70",
            &format!("From: {from}"),
            "To: <sip:alice@example.test>",
            &format!("Call-ID: {call_id}"),
            "CSeq: 1 PUBLISH",
            "Event: presence",
            "Expires: 600",
            "User-Agent: test",
            "Content-Type: text/plain",
        ],
        "one",
    );
    assert_eq!(sent, expected);
    assert!(from.starts_with("\"Alice\" <sip:alice@example.test>;tag="));
}

#[test]
fn publish_refresh_modify_remove() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.publish(0, "one"), ["send 1 PUBLISH | Expires: 600 | one"]);
    assert_eq!(fixture.publisher.entity_tag(), None);
    assert_eq!(fixture.ok(0, "t1"), ["published t1 600"]);
    assert_eq!(fixture.publisher.entity_tag(), Some("t1"));
    assert!(fixture.timeout(539).is_empty());
    assert_eq!(fixture.publisher.poll_timeout(), Some(at(540)));
    assert_eq!(
        fixture.timeout(540),
        ["send 2 PUBLISH | Expires: 600 | SIP-If-Match: t1"]
    );
    assert_eq!(fixture.publisher.poll_timeout(), None);
    assert_eq!(fixture.ok(541, "t2"), ["published t2 600"]);
    fixture.publisher.set_expires(900);
    assert_eq!(
        fixture.publish(600, "two"),
        ["send 3 PUBLISH | Expires: 900 | SIP-If-Match: t2 | two"]
    );
    assert_eq!(fixture.ok(600, "t3"), ["published t3 600"]);
    assert_eq!(fixture.remove(700), ["send 4 PUBLISH | Expires: 0 | SIP-If-Match: t3"]);
    assert_eq!(fixture.ok(700, "t4"), ["removed"]);
    assert_eq!(fixture.publisher.entity_tag(), None);
    assert_eq!(fixture.publisher.poll_timeout(), None);
    assert_eq!(fixture.remove(701), ["removed"]);
}

#[test]
fn what_is_published_while_one_is_under_way_leaves_one_document() {
    let mut fixture = Fixture::new();
    fixture.publish(0, "one");
    assert!(fixture.publish(0, "two").is_empty());
    assert!(fixture.publish(0, "three").is_empty());
    assert_eq!(
        fixture.ok(1, "t1"),
        [
            "published t1 600",
            "send 2 PUBLISH | Expires: 600 | SIP-If-Match: t1 | three"
        ]
    );
    assert_eq!(fixture.ok(1, "t2"), ["published t2 600"]);
    // During a refresh as well.
    fixture.timeout(541);
    assert!(fixture.publish(541, "four").is_empty());
    assert_eq!(
        fixture.ok(541, "t3"),
        [
            "published t3 600",
            "send 4 PUBLISH | Expires: 600 | SIP-If-Match: t3 | four"
        ]
    );
}

#[test]
fn a_412_publishes_the_whole_state_anew() {
    let mut fixture = Fixture::published();
    fixture.timeout(540);
    assert_eq!(fixture.respond(540, 412, &[]), ["send 3 PUBLISH | Expires: 600 | one"]);
    assert_eq!(fixture.ok(540, "t9"), ["published t9 600"]);
    fixture.publish(541, "two");
    assert_eq!(fixture.respond(541, 412, &[]), ["send 5 PUBLISH | Expires: 600 | two"]);
    // Without a condition 412 makes no sense and is an end.
    assert_eq!(fixture.respond(541, 412, &[]), ["failed Some(412)"]);
    let mut fixture = Fixture::published();
    fixture.remove(1);
    assert_eq!(fixture.respond(1, 412, &[]), ["removed"]);
    let mut fixture = Fixture::published();
    fixture.timeout(540);
    fixture.remove(540);
    assert_eq!(fixture.respond(540, 412, &[]), ["removed"]);
}

#[test]
fn challenges_are_answered_with_the_newest_state() {
    let credentials = [(HeaderName::AUTHORIZATION, "Digest x".to_owned())];
    let mut fixture = Fixture::new();
    fixture.publish(0, "one");
    assert_eq!(
        fixture.respond(0, 401, &[]),
        ["challenged 401 Unauthorized | CSeq: 1 PUBLISH"]
    );
    assert!(fixture.fail(0).is_empty());
    assert!(fixture.publish(0, "two").is_empty());
    fixture.publisher.retry(at(0), &credentials);
    assert_eq!(
        fixture.outputs(),
        ["send 2 PUBLISH | Expires: 600 | Authorization: Digest x | two"]
    );
    assert_eq!(fixture.ok(0, "t1"), ["published t1 600"]);
    fixture.timeout(540);
    fixture.respond(540, 401, &[]);
    fixture.publisher.retry(at(540), &credentials);
    assert_eq!(
        fixture.outputs(),
        ["send 4 PUBLISH | Expires: 600 | SIP-If-Match: t1 | Authorization: Digest x"]
    );
    fixture.respond(540, 401, &[]);
    fixture.remove(540);
    fixture.publisher.retry(at(540), &[]);
    assert_eq!(fixture.outputs(), ["send 5 PUBLISH | Expires: 0 | SIP-If-Match: t1"]);

    let mut fixture = Fixture::new();
    fixture.publish(0, "one");
    fixture.respond(0, 407, &[]);
    fixture.publisher.abandon(at(0));
    assert_eq!(fixture.outputs(), ["failed Some(407)"]);
    assert_eq!(fixture.publish(1, "two"), ["send 2 PUBLISH | Expires: 600 | two"]);
    fixture.respond(1, 407, &[]);
    assert_eq!(fixture.remove(1), ["removed"]);
    // A publication that expired while the user looked for the password is made anew.
    let mut fixture = Fixture::published();
    fixture.timeout(540);
    fixture.respond(540, 401, &[]);
    fixture.publisher.retry(at(600), &[]);
    assert_eq!(fixture.outputs(), ["send 3 PUBLISH | Expires: 600 | one"]);
}

#[test]
fn too_brief_asks_for_longer_once() {
    let brief = [(HeaderName::MIN_EXPIRES, "1800")];
    let mut fixture = Fixture::new();
    fixture.publish(0, "one");
    assert_eq!(
        fixture.respond(0, 423, &brief),
        ["send 2 PUBLISH | Expires: 1800 | one"]
    );
    assert_eq!(
        fixture.respond(0, 423, &[(HeaderName::MIN_EXPIRES, "9000")]),
        ["failed Some(423)"]
    );
    let mut fixture = Fixture::new();
    fixture.publish(0, "one");
    assert_eq!(fixture.respond(0, 423, &[]), ["failed Some(423)"]);
}

#[test]
fn failures_are_reported_and_what_is_up_is_kept_up() {
    let mut fixture = Fixture::new();
    fixture.publish(0, "one");
    assert_eq!(fixture.fail(32), ["failed None"]);
    assert_eq!(fixture.publisher.poll_timeout(), None);

    let mut fixture = Fixture::published();
    fixture.timeout(540);
    assert_eq!(fixture.respond(540, 503, &[]), ["failed Some(503)"]);
    assert_eq!(
        fixture.timeout(570),
        ["send 3 PUBLISH | Expires: 600 | SIP-If-Match: t1"]
    );
    assert_eq!(fixture.fail(602), ["failed None"]);
    // It has expired at the compositor.
    assert_eq!(fixture.timeout(603), ["send 4 PUBLISH | Expires: 600 | one"]);
    assert_eq!(fixture.fail(640), ["failed None"]);
    assert_eq!(fixture.publisher.poll_timeout(), None);

    let mut fixture = Fixture::published();
    fixture.publish(100, "two");
    let later = [(HeaderName::RETRY_AFTER, "20")];
    assert_eq!(fixture.respond(100, 503, &later), ["failed Some(503)"]);
    assert_eq!(
        fixture.timeout(120),
        ["send 3 PUBLISH | Expires: 600 | SIP-If-Match: t1 | two"]
    );
    assert_eq!(fixture.respond(120, 415, &[]), ["failed Some(415)"]);
    assert_eq!(fixture.publisher.poll_timeout(), None);
    assert_eq!(
        fixture.publish(130, "three"),
        ["send 4 PUBLISH | Expires: 600 | SIP-If-Match: t1 | three"]
    );
    assert!(fixture.publish(130, "four").is_empty());
    assert_eq!(
        fixture.respond(130, 415, &[]),
        [
            "failed Some(415)",
            "send 5 PUBLISH | Expires: 600 | SIP-If-Match: t1 | four"
        ]
    );
    assert_eq!(fixture.respond(130, 200, &[]), ["failed Some(200)"]);
    assert_eq!(fixture.publisher.entity_tag(), None);
}

#[test]
fn removing_waits_and_may_be_taken_back() {
    let mut fixture = Fixture::new();
    fixture.publish(0, "one");
    assert!(fixture.remove(0).is_empty());
    assert_eq!(
        fixture.ok(1, "t1"),
        ["published t1 600", "send 2 PUBLISH | Expires: 0 | SIP-If-Match: t1"]
    );
    assert!(fixture.publish(1, "two").is_empty());
    assert_eq!(fixture.ok(2, "t2"), ["removed", "send 3 PUBLISH | Expires: 600 | two"]);
    fixture.remove(2);
    assert_eq!(fixture.fail(34), ["failed None", "removed"]);

    let mut fixture = Fixture::published();
    fixture.remove(10);
    assert_eq!(fixture.respond(10, 500, &[]), ["failed Some(500)"]);
    assert_eq!(fixture.publisher.poll_timeout(), None);
    assert_eq!(fixture.remove(11), ["send 3 PUBLISH | Expires: 0 | SIP-If-Match: t1"]);
    let mut fixture = Fixture::published();
    assert_eq!(fixture.remove(600), ["removed"]);
}

#[test]
fn answers_to_other_requests_are_passed_over() {
    let mut fixture = Fixture::published();
    let old = fixture.sent.clone().unwrap();
    fixture.publish(1, "two");
    for stale in [answer(&old, 200, &[]), answer(fixture.sent.as_ref().unwrap(), 100, &[])] {
        fixture.publisher.handle_input(at(1), PublisherInput::Response(&stale));
        assert!(fixture.outputs().is_empty());
    }
    assert_eq!(fixture.ok(1, "t2"), ["published t2 600"]);
    assert_eq!(fixture.publish(2, "three").len(), 1);
    // A compositor that grants no time has kept nothing.
    assert_eq!(
        fixture.respond(2, 200, &[(HeaderName::SIP_ETAG, "t3"), (HeaderName::EXPIRES, "0")]),
        ["published t3 0"]
    );
    assert_eq!(
        (fixture.publisher.entity_tag(), fixture.publisher.poll_timeout()),
        (None, None)
    );
}

#[test]
fn a_configuration_that_cannot_be_written_is_an_error() {
    for broken in [
        PublisherConfig {
            local: "<".into(),
            ..config()
        },
        PublisherConfig {
            package: "two words".into(),
            ..config()
        },
        PublisherConfig {
            user_agent: Some("a\r\nb".into()),
            ..config()
        },
        PublisherConfig {
            route: vec!["<nowhere>".into()],
            ..config()
        },
    ] {
        assert!(Publisher::new(broken, [0; 32]).is_err());
    }
}
