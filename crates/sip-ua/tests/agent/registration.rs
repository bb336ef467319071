use sip_message::{HeaderName, StatusCode};
use sip_ua::{Event, Failure, RegisterOptions};

use crate::script::{Script, cseq, ids, method, take, text};

const OURS: &str = "<sip:alice@192.0.2.1:5070;transport=udp>;expires=1800";

fn hour() -> RegisterOptions {
    RegisterOptions::default()
}

/// Registers for so many seconds.
fn registered(script: &mut Script, seconds: &str) -> sip_message::Message {
    script.agent.register(script.now, hour());
    let request = script.sent();
    script.answer_with(&request, StatusCode::OK, &[(HeaderName::EXPIRES, seconds)]);
    take!(script.event(), Event::Registered { .. } => ());
    request
}

#[test]
fn a_contact_says_which_methods_it_takes() {
    let mut script = Script::with(|config| config.display_name = Some("Alice".to_owned()));
    let options = RegisterOptions {
        expires: 3600,
        methods: vec!["MESSAGE".to_owned()],
    };
    let op = script.agent.register(script.now, options);
    assert!(!script.agent.is_idle());
    let request = script.sent();
    assert_eq!(request.request_uri().unwrap().as_str(), "sip:example.test");
    assert_eq!(
        text(&request, HeaderName::CONTACT),
        r#"<sip:alice@192.0.2.1:5070;transport=udp>;methods="MESSAGE""#
    );
    assert_eq!(text(&request, HeaderName::TO), r#""Alice" <sip:alice@example.test>"#);
    assert!(text(&request, HeaderName::FROM).starts_with(r#""Alice" <sip:alice@example.test>;tag="#));
    assert_eq!(text(&request, HeaderName::EXPIRES), "3600");
    assert_eq!(text(&request, HeaderName::USER_AGENT), "scripted");
    assert!(text(&request, HeaderName::VIA).starts_with("SIP/2.0/UDP 192.0.2.1:5070;"));

    let other = "<sip:alice@192.0.2.77>;expires=60";
    script.answer_with(
        &request,
        StatusCode::OK,
        &[
            (HeaderName::CONTACT, other),
            (HeaderName::CONTACT, OURS),
            (HeaderName::EXPIRES, "7"),
        ],
    );
    let (id, expires, contacts) = take!(script.event(),
        Event::Registered { op, expires, contacts } => (op, expires, contacts));
    assert_eq!((id, expires), (op, 1800));
    assert_eq!(contacts, [other, OURS]);
    assert!(script.agent.is_idle());
}

#[test]
fn a_binding_is_refreshed_before_it_expires() {
    let mut script = Script::new();
    let first = registered(&mut script, "600");
    script.seconds(539);
    script.silence();
    script.seconds(1);
    let second = script.sent();
    assert_eq!(method(&second), "REGISTER");
    assert_eq!(ids(&second), ids(&first));
    assert_eq!(cseq(&second), cseq(&first) + 1);
    script.answer_with(&second, StatusCode::OK, &[(HeaderName::EXPIRES, "60")]);
    assert_eq!(take!(script.event(), Event::Registered { expires, .. } => expires), 60);
    script.seconds(29);
    script.silence();
    script.seconds(1);
    assert_eq!(cseq(&script.sent()), cseq(&first) + 2);
}

#[test]
fn a_refresh_that_fails_for_now_is_tried_again() {
    let mut script = Script::new();
    registered(&mut script, "600");
    script.seconds(540);
    let refresh = script.sent();
    script.answer_with(
        &refresh,
        StatusCode::SERVICE_UNAVAILABLE,
        &[(HeaderName::RETRY_AFTER, "120")],
    );
    let failure = take!(script.event(), Event::Failed { failure, .. } => failure);
    assert!(failure.is_temporary());
    assert_eq!(failure.status(), Some(StatusCode::SERVICE_UNAVAILABLE));
    script.seconds(119);
    script.silence();
    script.seconds(1);

    // Nobody answers the next one.
    assert_eq!(cseq(&script.sent()), cseq(&refresh) + 1);
    script.seconds(33);
    take!(script.event(), Event::Failed { failure: Failure::Timeout, .. } => ());
    script.skip();
    script.seconds(59);
    let again = script.sent();
    assert_eq!(cseq(&again), cseq(&refresh) + 2);
    script.answer(&again, StatusCode::FORBIDDEN);
    take!(script.event(), Event::Failed { failure: Failure::Rejected { .. }, .. } => ());
    script.seconds(86_400);
    script.silence();
}

#[test]
fn an_interval_too_brief_is_made_longer_once() {
    let mut script = Script::new();
    let options = RegisterOptions {
        expires: 10,
        methods: Vec::new(),
    };
    script.agent.register(script.now, options);
    let brief = script.sent();
    let min = [(HeaderName::MIN_EXPIRES, "90")];
    script.answer_with(&brief, StatusCode::INTERVAL_TOO_BRIEF, &min);
    script.no_event();
    let longer = script.sent();
    assert_eq!(text(&longer, HeaderName::EXPIRES), "90");
    assert_eq!(ids(&longer), ids(&brief));
    assert_eq!(cseq(&longer), cseq(&brief) + 1);
    let min = [(HeaderName::MIN_EXPIRES, "900")];
    script.answer_with(&longer, StatusCode::INTERVAL_TOO_BRIEF, &min);
    let failure = take!(script.event(), Event::Failed { failure, .. } => failure);
    assert_eq!(failure.status(), Some(StatusCode::INTERVAL_TOO_BRIEF));
    script.silence();
}

#[test]
fn unregistering_waits_for_the_registration_and_ends_the_refreshes() {
    let mut script = Script::new();
    let register = script.agent.register(script.now, hour());
    let unregister = script.agent.unregister(script.now);
    let first = script.sent();
    script.silence();
    script.answer_with(&first, StatusCode::OK, &[(HeaderName::CONTACT, OURS)]);
    assert_eq!(take!(script.event(), Event::Registered { op, .. } => op), register);
    let second = script.sent();
    assert_eq!(text(&second, HeaderName::EXPIRES), "0");
    assert_eq!(
        text(&second, HeaderName::CONTACT),
        "<sip:alice@192.0.2.1:5070;transport=udp>"
    );
    assert_eq!(ids(&second), ids(&first));
    assert_eq!(cseq(&second), cseq(&first) + 1);
    script.answer(&second, StatusCode::OK);
    assert_eq!(take!(script.event(), Event::Unregistered { op } => op), unregister);
    script.seconds(86_400);
    script.silence();
    assert!(script.agent.is_idle());
    assert_eq!(script.agent.poll_timeout(), None);
}

#[test]
fn nobody_there_is_a_timeout() {
    let mut script = Script::new();
    let op = script.agent.register(script.now, hour());
    script.seconds(31);
    script.no_event();
    script.seconds(2);
    assert_eq!(
        take!(script.event(), Event::Failed { op, failure: Failure::Timeout } => op),
        op
    );
    assert!(script.agent.is_idle());
    assert_eq!(script.skip(), 11, "RFC 3261 section 17.1.2.1 counts eleven");
}

#[test]
fn methods_that_are_none_are_not_sent() {
    let mut script = Script::new();
    let options = RegisterOptions {
        expires: 3600,
        methods: vec!["MES SAGE".to_owned()],
    };
    script.agent.register(script.now, options);
    script.silence();
    take!(script.event(), Event::Failed { failure: Failure::InvalidRequest(_), .. } => ());
    registered(&mut script, "3600");
}
