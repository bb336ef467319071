use sip_message::{Aor, HeaderName, Message, StatusCode};
use sip_ua::{Event, Failure, OpId, SubscribeOptions};

use crate::script::{Script, cseq, ids, method, status, take, text};

const OPEN: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
    <presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"pres:bob@example.test\">\
    <tuple id=\"t1\"><status><basic>open</basic></status></tuple></presence>";

fn bob() -> Aor {
    Aor::parse("bob@example.test").unwrap()
}

fn subscribe(script: &mut Script, expires: Option<u32>) -> (OpId, Message) {
    let options = SubscribeOptions {
        expires,
        ..SubscribeOptions::default()
    };
    let op = script.agent.subscribe(script.now, &bob(), options);
    (op, script.sent())
}

/// Hands a NOTIFY in; the status of its answer.
fn notify(script: &mut Script, request: &Message) -> u16 {
    script.receive(request.clone());
    status(&script.sent())
}

/// A subscription for so many seconds that has got its first NOTIFY.
fn established(script: &mut Script, expires: &str) -> (OpId, Message) {
    let (op, request) = subscribe(script, Some(3600));
    script.accept(&request, expires);
    take!(script.event(), Event::Subscribed { .. } => ());
    let first = script.notify(&request, 1, &format!("active;expires={expires}"), OPEN);
    assert_eq!(notify(script, &first), 200);
    take!(script.event(), Event::Notified { .. } => ());
    (op, request)
}

#[test]
fn a_presentity_is_watched() {
    let mut script = Script::new();
    let (op, request) = subscribe(&mut script, None);
    assert_eq!(method(&request), "SUBSCRIBE");
    assert_eq!(request.request_uri().unwrap().as_str(), "sip:bob@example.test");
    assert_eq!(text(&request, HeaderName::EVENT), "presence");
    assert!(request.header(HeaderName::EXPIRES).is_none());
    assert_eq!(
        text(&request, HeaderName::CONTACT),
        "<sip:alice@192.0.2.1:5070;transport=udp>"
    );
    let accept: Vec<_> = request
        .header_all(HeaderName::ACCEPT)
        .map(|field| field.value_str().unwrap().to_owned())
        .collect();
    assert_eq!(accept.join(", "), "application/pidf+xml, application/cpim-pidf+xml");
    script.accept(&request, "3600");
    let (id, presentity, expires) = take!(script.event(),
        Event::Subscribed { op, presentity, expires } => (op, presentity, expires));
    assert_eq!((id, presentity, expires), (op, bob(), 3600));

    let first = script.notify(&request, 1, "active;expires=3600", OPEN);
    assert_eq!(notify(&mut script, &first), 200);
    let (id, state, body, document) = take!(script.event(),
        Event::Notified { op, state, body, document, .. } => (op, state, body, document));
    assert_eq!((id, &*state), (op, "active;expires=3600"));
    assert_eq!(body.unwrap().bytes, OPEN);
    let document = document.unwrap().unwrap();
    assert_eq!(document.tuples()[0].status().basic(), Some(pidf::Basic::Open));

    // A body that is no document does not hide the NOTIFY.
    let second = script.notify(&request, 2, "active;expires=3000", "<presence");
    assert_eq!(notify(&mut script, &second), 200);
    let document = take!(script.event(), Event::Notified { document, .. } => document);
    assert!(document.unwrap().is_err());
    let third = script.notify(&request, 3, "active;expires=3000", "");
    assert_eq!(notify(&mut script, &third), 200);
    let (body, document) = take!(script.event(),
        Event::Notified { body, document, .. } => (body, document));
    assert!(body.is_none() && document.is_none());
}

#[test]
fn a_notify_may_come_first() {
    let mut script = Script::new();
    let (op, request) = subscribe(&mut script, Some(600));
    let first = script.notify(&request, 1, "active;expires=600", OPEN);
    assert_eq!(notify(&mut script, &first), 200);
    take!(script.event(), Event::Notified { op: id, .. } => assert_eq!(id, op));
    script.accept(&request, "600");
    take!(script.event(), Event::Subscribed { expires: 600, .. } => ());
    script.agent.refresh(script.now, op).unwrap();
    let refresh = script.sent();
    assert_eq!(ids(&refresh), ids(&request));
    assert!(text(&refresh, HeaderName::TO).contains("tag="));
}

#[test]
fn it_is_refreshed_by_itself_and_on_request() {
    let mut script = Script::new();
    let (op, request) = established(&mut script, "600");
    script.agent.refresh(script.now, op).unwrap();
    let refresh = script.sent();
    assert_eq!(ids(&refresh), ids(&request));
    assert_eq!(cseq(&refresh), cseq(&request) + 1);
    assert_eq!(refresh.request_uri().unwrap().as_str(), "sip:presence@192.0.2.100");
    script.accept(&refresh, "600");
    take!(script.event(), Event::Subscribed { op: id, .. } => assert_eq!(id, op));
    let second = script.notify(&request, 2, "active;expires=600", OPEN);
    assert_eq!(notify(&mut script, &second), 200);
    take!(script.event(), Event::Notified { .. } => ());
    script.silence();

    let by_itself = script.next_within(599);
    assert_eq!(cseq(&by_itself), cseq(&refresh) + 1);
    script.accept(&by_itself, "600");
    take!(script.event(), Event::Subscribed { .. } => ());
    script.no_event();
}

#[test]
fn it_ends_on_request_with_a_last_notify() {
    let mut script = Script::new();
    let (op, request) = established(&mut script, "600");
    script.agent.unsubscribe(script.now, op).unwrap();
    let end = script.sent();
    assert_eq!(text(&end, HeaderName::EXPIRES), "0");
    assert_eq!(cseq(&end), cseq(&request) + 1);
    script.accept(&end, "0");
    let last = script.notify(&request, 2, "terminated;reason=timeout", OPEN);
    assert_eq!(notify(&mut script, &last), 200);
    let mut events = Vec::new();
    for _ in 0..3 {
        events.push(script.event());
        if matches!(events.last(), Some(Event::SubscriptionEnded { .. })) {
            break;
        }
    }
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::Notified { state, .. } if state == "terminated;reason=timeout"))
    );
    take!(events.last(), Some(Event::SubscriptionEnded { op: id, presentity, .. })
        => assert_eq!((*id, presentity), (op, &bob())));
    script.no_event();
    assert!(script.agent.is_idle());
    assert!(script.agent.unsubscribe(script.now, op).is_err());

    let late = script.notify(&request, 3, "terminated", "");
    assert_eq!(notify(&mut script, &late), 481);
}

#[test]
fn the_notifier_may_end_it() {
    let mut script = Script::new();
    let (op, request) = established(&mut script, "600");
    let last = script.notify(&request, 2, "terminated;reason=noresource", "");
    assert_eq!(notify(&mut script, &last), 200);
    take!(script.event(), Event::Notified { .. } => ());
    let (id, reason) = take!(script.event(),
        Event::SubscriptionEnded { op, reason, .. } => (op, reason));
    assert_eq!((id, &*reason), (op, "noresource"));
    script.seconds(3600);
    script.silence();
    script.no_event();
}

#[test]
fn what_is_refused_fails() {
    let mut script = Script::new();
    let options = SubscribeOptions {
        package: "foo".to_owned(),
        ..SubscribeOptions::default()
    };
    let op = script.agent.subscribe(script.now, &bob(), options);
    let request = script.sent();
    assert_eq!(text(&request, HeaderName::EVENT), "foo");
    script.answer(&request, StatusCode::BAD_EVENT);
    let (id, failure) = take!(script.event(), Event::Failed { op, failure } => (op, failure));
    assert_eq!((id, failure.status()), (op, Some(StatusCode::BAD_EVENT)));
    script.no_event();
    assert!(script.agent.is_idle());

    for options in [
        SubscribeOptions {
            package: "pre sence".to_owned(),
            ..SubscribeOptions::default()
        },
        SubscribeOptions {
            accept: vec!["a\r\nb".to_owned()],
            ..SubscribeOptions::default()
        },
    ] {
        script.agent.subscribe(script.now, &bob(), options);
        script.silence();
        take!(script.event(), Event::Failed { failure: Failure::InvalidRequest(_), .. } => ());
    }
}

#[test]
fn nobody_answers() {
    let mut script = Script::new();
    subscribe(&mut script, Some(600));
    script.seconds(33);
    take!(script.event(), Event::Failed { failure: Failure::Timeout, .. } => ());
    script.no_event();
    assert!(script.agent.is_idle());
}

#[test]
fn an_interval_too_brief_is_made_longer() {
    let mut script = Script::new();
    let (_, brief) = subscribe(&mut script, Some(5));
    assert_eq!(text(&brief, HeaderName::EXPIRES), "5");
    let min = [(HeaderName::MIN_EXPIRES, "60")];
    script.answer_with(&brief, StatusCode::INTERVAL_TOO_BRIEF, &min);
    let longer = script.sent();
    assert_eq!(text(&longer, HeaderName::EXPIRES), "60");
    assert_eq!(cseq(&longer), cseq(&brief) + 1);
    script.accept(&longer, "60");
    take!(script.event(), Event::Subscribed { expires: 60, .. } => ());
}
