use sip_message::headers::CallId;

use super::*;
use crate::fixture::{answer, at, header, message, summary, uri};

const EXPIRES: HeaderName = HeaderName::EXPIRES;

fn config() -> SubscriberConfig {
    SubscriberConfig {
        local: "\"Bob\" <sip:bob@example.test>".into(),
        target: uri("sip:alice@example.test"),
        contact: uri("sip:bob@192.0.2.1"),
        package: "presence".into(),
        accept: vec!["application/pidf+xml".into(), "text/plain".into()],
        expires: Some(600),
        user_agent: Some("test".into()),
        route: vec!["<sip:edge;lr>".into()],
    }
}

/// A subscriber, its last request, and what it has put out since.
struct Fixture {
    subscriber: Subscriber,
    sent: Option<Message>,
}

impl Fixture {
    fn new(config: SubscriberConfig) -> Self {
        let subscriber = Subscriber::new(config, [7; 32]).unwrap();
        Self { subscriber, sent: None }
    }

    fn outputs(&mut self) -> Vec<String> {
        let mut shown = Vec::new();
        while let Some(output) = self.subscriber.poll_output() {
            shown.push(match output {
                SubscriberOutput::Challenged { response } => format!("challenged {}", summary(&response)),
                SubscriberOutput::Ended { reason } => format!("ended {reason:?}"),
                SubscriberOutput::Established { expires } => format!("established {expires}"),
                SubscriberOutput::Notified {
                    state,
                    subscription_state,
                    terminated,
                } => {
                    let text = state.map(|body| String::from_utf8_lossy(&body.bytes).into_owned());
                    format!("notified {text:?} {subscription_state} {terminated}")
                }
                SubscriberOutput::Respond { id, response } => format!("respond {} {}", id.0, summary(&response)),
                SubscriberOutput::Send { request, target } => {
                    let text = format!("send to {target}: {}", summary(&request));
                    self.sent = Some(request);
                    text.replace(" | Event: presence", "")
                        .replace(" | Accept: application/pidf+xml, text/plain", "")
                }
            });
        }
        shown
    }

    fn subscribe(&mut self, now: u64) -> Vec<String> {
        self.subscriber.subscribe(at(now));
        self.outputs()
    }

    fn respond(&mut self, now: u64, status: u16, lines: &[(HeaderName, &str)]) -> Vec<String> {
        let response = answer(self.sent.as_ref().unwrap(), status, lines);
        self.subscriber
            .handle_input(at(now), SubscriberInput::Response(&response));
        self.outputs()
    }

    fn fail(&mut self, now: u64) -> Vec<String> {
        self.subscriber.handle_input(at(now), SubscriberInput::Failed);
        self.outputs()
    }

    fn timeout(&mut self, now: u64) -> Vec<String> {
        self.subscriber.handle_input(at(now), SubscriberInput::Timeout);
        self.outputs()
    }

    /// A NOTIFY within the dialog of the last request.
    fn notify_from(&self, tag: &str, cseq: u32, lines: &[&str], body: &str) -> Message {
        let sent = self.sent.as_ref().unwrap();
        let from = format!("From: <sip:alice@example.test>;tag={tag}");
        let to = format!("To: {}", header(sent, HeaderName::FROM));
        let call_id = format!("Call-ID: {}", header(sent, HeaderName::CALL_ID));
        let cseq = format!("CSeq: {cseq} NOTIFY");
        let mut all = vec![
            "NOTIFY sip:bob@192.0.2.1 SIP/2.0",
            "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK2",
            &from,
            &to,
            &call_id,
            &cseq,
        ];
        all.extend(lines);
        if !body.is_empty() {
            all.push("Content-Type: text/plain");
        }
        message(&all, body)
    }

    fn handle_notify(&mut self, now: u64, request: &Message) -> Vec<String> {
        let id = RequestId(3);
        self.subscriber
            .handle_input(at(now), SubscriberInput::Notify { id, request });
        self.outputs()
    }

    fn notify(&mut self, now: u64, cseq: u32, state: &str, body: &str) -> Vec<String> {
        let state = format!("Subscription-State: {state}");
        let lines = ["Event: presence", "Contact: <sip:alice@192.0.2.9>", &*state];
        let request = self.notify_from("peer", cseq, &lines, body);
        self.handle_notify(now, &request)
    }

    /// Subscribed at 0 for 600 seconds, with the first NOTIFY taken.
    fn subscribed() -> Self {
        let mut fixture = Self::new(config());
        fixture.subscribe(0);
        fixture.respond(0, 200, &[(EXPIRES, "600")]);
        fixture.notify(0, 1, "active;expires=600", "open");
        assert_eq!(fixture.subscriber.poll_timeout(), Some(at(540)));
        fixture
    }
}

const FIRST: &str = "send to sip:edge;lr: SUBSCRIBE sip:alice@example.test SIP/2.0 | CSeq: 1 SUBSCRIBE | \
                     Route: <sip:edge;lr> | Expires: 600";

fn in_dialog(cseq: u32, expires: u32) -> String {
    format!(
        "send to sip:alice@192.0.2.9: SUBSCRIBE sip:alice@192.0.2.9 SIP/2.0 | CSeq: {cseq} SUBSCRIBE | Expires: {expires}"
    )
}

#[test]
fn the_first_subscribe_byte_for_byte() {
    let mut fixture = Fixture::new(config());
    assert_eq!(fixture.subscribe(0), [FIRST]);
    let sent = fixture.sent.unwrap();
    let call_id = header(&sent, HeaderName::CALL_ID);
    let from = header(&sent, HeaderName::FROM);
    assert!(call_id.len() == 32 && from.len() == "\"Bob\" <sip:bob@example.test>;tag=".len() + 16);
    let expected = message(
        &[
            "SUBSCRIBE sip:alice@example.test SIP/2.0",
            "Max-Forwards: 70",
            &format!("From: {from}"),
            "To: <sip:alice@example.test>",
            &format!("Call-ID: {call_id}"),
            "CSeq: 1 SUBSCRIBE",
            "Route: <sip:edge;lr>",
            "Contact: <sip:bob@192.0.2.1>",
            "Event: presence",
            "Expires: 600",
            "Accept: application/pidf+xml, text/plain",
            "User-Agent: test",
        ],
        "",
    );
    assert_eq!(sent, expected);
}

#[test]
fn accepted_notified_refreshed() {
    let mut fixture = Fixture::new(config());
    fixture.subscribe(0);
    assert!(!fixture.subscriber.is_active());
    assert_eq!(fixture.respond(0, 200, &[(EXPIRES, "300")]), ["established 300"]);
    assert!(fixture.subscriber.is_active());
    assert_eq!(
        fixture.notify(1, 1, "active;expires=299", "open"),
        [
            "respond 3 200 OK | CSeq: 1 NOTIFY",
            "notified Some(\"open\") active;expires=299 false"
        ]
    );
    assert!(fixture.timeout(1).is_empty());
    assert_eq!(fixture.subscriber.poll_timeout(), Some(at(265)));
    assert_eq!(fixture.timeout(265), [in_dialog(2, 600)]);
    assert_eq!(fixture.subscriber.poll_timeout(), None);
    assert_eq!(fixture.respond(266, 200, &[(EXPIRES, "600")]), ["established 600"]);
    assert_eq!(fixture.notify(266, 2, "active;expires=600", "").len(), 2);
    assert_eq!(fixture.subscriber.poll_timeout(), Some(at(266 + 540)));
}

#[test]
fn a_notify_before_the_2xx_makes_the_dialog() {
    let mut fixture = Fixture::new(config());
    fixture.subscribe(0);
    let lines = [
        "Event: presence",
        "Subscription-State: active;expires=600",
        "Contact: <sip:alice@192.0.2.9>",
        "Record-Route: <sip:p2;lr>, <sip:p1;lr>",
    ];
    let request = fixture.notify_from("peer", 7, &lines, "open");
    assert!(fixture.subscriber.matches(&request));
    assert_eq!(
        fixture.handle_notify(0, &request),
        [
            "respond 3 200 OK | CSeq: 7 NOTIFY",
            "notified Some(\"open\") active;expires=600 false"
        ]
    );
    let with_contact = (HeaderName::CONTACT, "<sip:new@192.0.2.9>");
    let recorded = (HeaderName::RECORD_ROUTE, "<sip:other;lr>");
    assert_eq!(
        fixture.respond(1, 200, &[(EXPIRES, "600"), with_contact, recorded]),
        ["established 600"]
    );
    // The route set is the NOTIFY's (RFC 6665 section 4.4.1), and Timer N has stopped.
    assert_eq!(
        fixture.timeout(541),
        [
            "send to sip:p2;lr: SUBSCRIBE sip:new@192.0.2.9 SIP/2.0 | CSeq: 2 SUBSCRIBE | \
          Route: <sip:p2;lr>, <sip:p1;lr> | Expires: 600"
        ]
    );
}

#[test]
fn without_a_notify_the_subscription_fails() {
    let mut fixture = Fixture::new(config());
    fixture.subscribe(0);
    fixture.respond(0, 200, &[]);
    assert_eq!(fixture.subscriber.poll_timeout(), Some(at(32)));
    assert!(fixture.timeout(31).is_empty());
    assert_eq!(fixture.timeout(32), ["ended Timeout"]);
    assert!(!fixture.subscriber.is_active());
    assert_eq!(fixture.subscriber.poll_timeout(), None);
    let late = fixture.notify(33, 1, "active;expires=5", "");
    assert_eq!(late, ["respond 3 481 Call/Transaction Does Not Exist | CSeq: 1 NOTIFY"]);
    let mut polite = Fixture::new(config());
    polite.subscribe(0);
    polite.respond(0, 204, &[(EXPIRES, "600")]);
    assert_eq!(polite.subscriber.poll_timeout(), Some(at(540)));
}

#[test]
fn the_first_subscribe_is_refused() {
    for (status, reason) in [
        (403, "ended Rejected(StatusCode(403))"),
        (481, "ended Rejected(StatusCode(481))"),
    ] {
        let mut fixture = Fixture::new(config());
        fixture.subscribe(0);
        assert_eq!(fixture.respond(0, status, &[]), [reason]);
    }
    let mut fixture = Fixture::new(config());
    fixture.subscribe(0);
    assert_eq!(fixture.fail(32), ["ended Failed"]);
    let first = header(fixture.sent.as_ref().unwrap(), HeaderName::CALL_ID);
    assert_eq!(fixture.subscribe(40), [FIRST]);
    assert_ne!(header(fixture.sent.as_ref().unwrap(), HeaderName::CALL_ID), first);
}

#[test]
fn a_challenge_is_answered_with_the_next_cseq() {
    let mut fixture = Fixture::new(config());
    fixture.subscribe(0);
    let challenge = [(HeaderName::WWW_AUTHENTICATE, "Digest realm=\"x\", nonce=\"y\"")];
    assert_eq!(
        fixture.respond(0, 401, &challenge),
        ["challenged 401 Unauthorized | CSeq: 1 SUBSCRIBE"]
    );
    assert_eq!(fixture.subscriber.poll_timeout(), None);
    assert!(fixture.fail(0).is_empty());
    let first = header(fixture.sent.as_ref().unwrap(), HeaderName::FROM);
    let headers = [
        (HeaderName::AUTHORIZATION, "Digest username=\"bob\"".to_owned()),
        (HeaderName::SUBJECT, "two\r\nlines".to_owned()),
    ];
    fixture.subscriber.retry(at(5), &headers);
    assert_eq!(
        fixture.outputs(),
        [format!(
            "{} | Authorization: Digest username=\"bob\"",
            FIRST.replace("CSeq: 1", "CSeq: 2")
        )]
    );
    assert_eq!(header(fixture.sent.as_ref().unwrap(), HeaderName::FROM), first);
    assert!(fixture.sent.as_ref().unwrap().header(HeaderName::SUBJECT).is_none());
    assert_eq!(fixture.respond(5, 200, &[(EXPIRES, "600")]), ["established 600"]);
    fixture.subscriber.retry(at(5), &headers);
    assert!(fixture.outputs().is_empty());

    let mut fixture = Fixture::subscribed();
    fixture.timeout(540);
    fixture.respond(540, 407, &[]);
    fixture.subscriber.abandon(at(540));
    assert_eq!(fixture.outputs(), ["ended Rejected(StatusCode(407))"]);
}

#[test]
fn too_brief_asks_for_longer_once() {
    let mut fixture = Fixture::new(config());
    fixture.subscribe(0);
    let again = fixture.respond(0, 423, &[(HeaderName::MIN_EXPIRES, "1800")]);
    assert_eq!(again, [FIRST.replace("CSeq: 1", "CSeq: 2").replace("600", "1800")]);
    assert_eq!(
        fixture.respond(0, 423, &[(HeaderName::MIN_EXPIRES, "7200")]),
        ["ended Rejected(StatusCode(423))"]
    );
    let mut fixture = Fixture::new(config());
    fixture.subscribe(0);
    assert_eq!(fixture.respond(0, 423, &[]), ["ended Rejected(StatusCode(423))"]);
}

#[test]
fn a_forgotten_subscription_is_made_anew() {
    let mut fixture = Fixture::subscribed();
    let old = header(fixture.sent.as_ref().unwrap(), HeaderName::CALL_ID);
    fixture.timeout(540);
    assert_eq!(fixture.respond(540, 481, &[]), [FIRST]);
    assert_ne!(header(fixture.sent.as_ref().unwrap(), HeaderName::CALL_ID), old);
    assert_eq!(fixture.respond(540, 200, &[(EXPIRES, "600")]), ["established 600"]);
    // One that was never accepted is not: a peer cannot keep us busy.
    let mut fixture = Fixture::new(config());
    fixture.subscribe(0);
    fixture.notify(0, 1, "active", "");
    assert_eq!(fixture.respond(0, 481, &[]), ["ended Rejected(StatusCode(481))"]);
}

#[test]
fn a_refresh_that_fails_leaves_the_subscription_for_its_time() {
    let mut fixture = Fixture::subscribed();
    fixture.timeout(540);
    assert!(fixture.respond(540, 500, &[]).is_empty());
    assert!(fixture.subscriber.is_active());
    assert_eq!(fixture.subscriber.poll_timeout(), Some(at(570)));
    assert_eq!(fixture.timeout(570), [in_dialog(3, 600)]);
    assert!(fixture.fail(571).is_empty());
    assert_eq!(fixture.timeout(585), [in_dialog(4, 600)]);
    assert!(fixture.respond(585, 503, &[(HeaderName::RETRY_AFTER, "60")]).is_empty());
    assert_eq!(fixture.subscriber.poll_timeout(), Some(at(600)));
    assert_eq!(fixture.timeout(600), ["ended Timeout"]);
    for status in [404, 405, 410, 416, 480, 482, 485, 489, 501, 604] {
        let mut fixture = Fixture::subscribed();
        fixture.timeout(540);
        let reason = format!("ended Rejected(StatusCode({status}))");
        assert_eq!(fixture.respond(540, status, &[]), [reason]);
    }
}

#[test]
fn unsubscribing_ends_with_the_last_notify() {
    let mut fixture = Fixture::subscribed();
    fixture.subscriber.unsubscribe(at(10));
    fixture.subscriber.unsubscribe(at(10));
    assert_eq!(fixture.outputs(), [in_dialog(2, 0)]);
    assert!(fixture.respond(10, 200, &[(EXPIRES, "0")]).is_empty());
    assert_eq!(fixture.notify(10, 2, "active;expires=590", "x").len(), 2);
    assert_eq!(fixture.subscriber.poll_timeout(), Some(at(42)));
    assert_eq!(
        fixture.notify(11, 3, "terminated;reason=timeout", "closed"),
        [
            "respond 3 200 OK | CSeq: 3 NOTIFY",
            "notified Some(\"closed\") terminated;reason=timeout true",
            "ended Unsubscribed"
        ]
    );
    // Without the last NOTIFY, or when it is refused, we have left all the same.
    let mut fixture = Fixture::subscribed();
    fixture.subscriber.unsubscribe(at(10));
    fixture.outputs();
    fixture.respond(10, 200, &[]);
    assert_eq!(fixture.timeout(42), ["ended Unsubscribed"]);
    for status in [403, 481, 500] {
        let mut fixture = Fixture::subscribed();
        fixture.subscriber.unsubscribe(at(10));
        fixture.outputs();
        assert_eq!(fixture.respond(10, status, &[]), ["ended Unsubscribed"]);
    }
}

#[test]
fn unsubscribing_waits_for_the_request_under_way() {
    let contact = (HeaderName::CONTACT, "<sip:alice@192.0.2.9>");
    let mut fixture = Fixture::new(config());
    fixture.subscribe(0);
    fixture.subscriber.unsubscribe(at(0));
    assert!(fixture.outputs().is_empty());
    assert_eq!(
        fixture.respond(1, 200, &[(EXPIRES, "600"), contact]),
        ["established 600".to_owned(), in_dialog(2, 0)]
    );
    // Before any dialog a refusal is an end as well, and a challenge need not be answered.
    let mut fixture = Fixture::new(config());
    fixture.subscribe(0);
    fixture.subscriber.unsubscribe(at(0));
    assert_eq!(fixture.fail(1), ["ended Unsubscribed"]);
    let mut fixture = Fixture::new(config());
    fixture.subscribe(0);
    fixture.respond(0, 401, &[]);
    fixture.subscriber.unsubscribe(at(0));
    assert_eq!(fixture.outputs(), ["ended Unsubscribed"]);
    // The credentials for a challenged refresh serve to leave.
    let mut fixture = Fixture::subscribed();
    fixture.timeout(540);
    fixture.respond(540, 401, &[]);
    fixture.subscriber.unsubscribe(at(541));
    assert!(fixture.outputs().is_empty());
    fixture.subscriber.retry(at(541), &[]);
    assert_eq!(fixture.outputs(), [in_dialog(3, 0)]);
}

#[test]
fn a_fetch_is_one_notify() {
    let mut fixture = Fixture::new(SubscriberConfig {
        expires: Some(0),
        ..config()
    });
    assert_eq!(fixture.subscribe(0), [FIRST.replace("600", "0")]);
    assert!(fixture.respond(0, 200, &[(EXPIRES, "0")]).is_empty());
    assert_eq!(
        fixture.notify(0, 1, "terminated;reason=timeout", "open"),
        [
            "respond 3 200 OK | CSeq: 1 NOTIFY",
            "notified Some(\"open\") terminated;reason=timeout true",
            "ended Unsubscribed"
        ]
    );
}

#[test]
fn the_notifier_ends_it() {
    let mut fixture = Fixture::subscribed();
    let ended = fixture.notify(5, 2, "terminated;reason=probation;retry-after=9", "");
    assert_eq!(
        ended[1..],
        [
            "notified None terminated;reason=probation;retry-after=9 true",
            "ended Terminated { reason: Some(\"probation\"), retry_after: Some(9) }"
        ]
    );
}

#[test]
fn notifies_that_are_refused() {
    let mut fixture = Fixture::subscribed();
    fixture.notify(0, 10, "active", "");
    let state = "Subscription-State: active";
    let contact = "Contact: <sip:alice@192.0.2.9>";
    let mut refused = |tag: &str, cseq: u32, lines: &[&str], body: &str| {
        let request = fixture.notify_from(tag, cseq, lines, body);
        let mut outputs = fixture.handle_notify(0, &request);
        assert_eq!(outputs.len(), 1, "{outputs:?}");
        outputs.remove(0)
    };
    let event = "Event: presence";
    assert_eq!(
        refused("peer", 11, &["Event: dialog", state], ""),
        "respond 3 489 Bad Event | CSeq: 11 NOTIFY | Allow-Events: presence"
    );
    let none = "respond 3 481 Call/Transaction Does Not Exist | CSeq: 11 NOTIFY";
    assert_eq!(refused("peer", 11, &["Event: presence;id=1", state], ""), none);
    assert_eq!(refused("fork", 11, &[event, state, contact], ""), none);
    let bad = "respond 3 400 Bad Request | CSeq: 11 NOTIFY";
    assert_eq!(refused("peer", 11, &[event], ""), bad);
    assert_eq!(refused("peer", 11, &[event, "Subscription-State: ;"], ""), bad);
    assert_eq!(refused("peer", 11, &[event, state, "Contact: *"], ""), bad);
    assert_eq!(
        refused("peer", 11, &[event, state, "Content-Encoding: gzip"], "x"),
        "respond 3 415 Unsupported Media Type | CSeq: 11 NOTIFY | Accept-Encoding: identity"
    );
    assert_eq!(
        refused("peer", 9, &[event, state], ""),
        "respond 3 500 Server Internal Error | CSeq: 9 NOTIFY"
    );
    // The same NOTIFY again is answered and not told twice.
    assert_eq!(
        refused("peer", 10, &[event, state], ""),
        "respond 3 200 OK | CSeq: 10 NOTIFY"
    );
    let request = fixture.notify_from("peer", 12, &[event, state], "x");
    let other = request.edit().set(&CallId::new("other").unwrap()).finish();
    assert!(fixture.subscriber.matches(&request) && !fixture.subscriber.matches(&other));
    let untagged = request.edit().remove(HeaderName::TO).finish();
    assert!(!fixture.subscriber.matches(&untagged));
    // The first NOTIFY has to say where to go.
    let mut fixture = Fixture::new(config());
    fixture.subscribe(0);
    let request = fixture.notify_from("peer", 1, &[event, state], "");
    assert_eq!(
        fixture.handle_notify(0, &request),
        ["respond 3 400 Bad Request | CSeq: 1 NOTIFY"]
    );
}

#[test]
fn a_notify_moves_the_target_and_shortens_the_time() {
    let mut fixture = Fixture::subscribed();
    let lines = [
        "Event: presence",
        "Contact: <sip:moved@192.0.2.8>",
        "Subscription-State: active;expires=60",
    ];
    let request = fixture.notify_from("peer", 2, &lines, "");
    fixture.handle_notify(100, &request);
    assert_eq!(fixture.subscriber.poll_timeout(), Some(at(130)));
    let sent = fixture.timeout(130);
    assert!(sent[0].starts_with("send to sip:moved@192.0.2.8: SUBSCRIBE sip:moved@192.0.2.8 "));
}

#[test]
fn how_long_may_be_left_to_the_package() {
    let without = || {
        Fixture::new(SubscriberConfig {
            expires: None,
            ..config()
        })
    };
    let first = FIRST.replace(" | Expires: 600", "");
    let mut fixture = without();
    assert_eq!(fixture.subscribe(0), [&*first]);
    assert_eq!(fixture.respond(0, 200, &[(EXPIRES, "7200")]), ["established 7200"]);
    fixture.notify(0, 1, "active;expires=7200", "open");
    assert_eq!(fixture.subscriber.poll_timeout(), Some(at(6480)));
    let refresh = in_dialog(2, 600).replace(" | Expires: 600", "");
    assert_eq!(fixture.timeout(6480), [refresh]);
    fixture.respond(6480, 200, &[(EXPIRES, "7200")]);
    fixture.subscriber.unsubscribe(at(6490));
    assert_eq!(fixture.outputs(), [in_dialog(3, 0)]);

    // A notifier that does not say either means the usual hour; one that wants a longer time is told one.
    let mut fixture = without();
    fixture.subscribe(0);
    assert_eq!(fixture.respond(0, 200, &[]), ["established 3600"]);
    let mut fixture = without();
    fixture.subscribe(0);
    let longer = fixture.respond(0, 423, &[(HeaderName::MIN_EXPIRES, "60")]);
    assert_eq!(longer, [FIRST.replace("CSeq: 1", "CSeq: 2").replace("600", "60")]);
}

#[test]
fn answers_to_other_requests_are_passed_over() {
    let mut fixture = Fixture::subscribed();
    fixture.subscriber.set_expires(1200);
    fixture.subscriber.refresh(at(10));
    fixture.subscriber.refresh(at(10));
    let old = fixture.sent.clone().unwrap();
    assert_eq!(fixture.outputs(), [in_dialog(2, 1200)]);
    for stale in [answer(&old, 200, &[]), answer(fixture.sent.as_ref().unwrap(), 100, &[])] {
        fixture
            .subscriber
            .handle_input(at(10), SubscriberInput::Response(&stale));
        assert!(fixture.outputs().is_empty());
    }
    assert_eq!(fixture.respond(11, 200, &[]), ["established 1200"]);
}

#[test]
fn a_configuration_that_cannot_be_written_is_an_error() {
    for broken in [
        SubscriberConfig {
            local: "<".into(),
            ..config()
        },
        SubscriberConfig {
            package: "two words".into(),
            ..config()
        },
        SubscriberConfig {
            accept: vec!["pidf".into()],
            ..config()
        },
        SubscriberConfig {
            user_agent: Some("a\r\nb".into()),
            ..config()
        },
        SubscriberConfig {
            route: vec!["<nowhere>".into()],
            ..config()
        },
    ] {
        assert!(Subscriber::new(broken, [0; 32]).is_err());
    }
}
