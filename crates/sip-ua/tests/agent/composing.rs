//! isComposing (RFC 3994) both ways.

use cpim::is_composing::{IsComposing, State};
use sip_message::{HeaderName, Message, StatusCode, UriBuf};
use sip_ua::{Content, Event};

use crate::script::{Script, method, status, take, text};

const TYPE: &str = "application/im-iscomposing+xml";

fn bob() -> UriBuf {
    UriBuf::parse("sip:bob@example.test").unwrap()
}

/// Bob writes, as the `cseq`th request of his Call-ID. The response is of no interest.
fn hear(script: &mut Script, cseq: u32, content_type: &str, body: impl AsRef<[u8]>) {
    let request = script.message(cseq, content_type, body);
    script.receive(request);
    assert_eq!(status(&script.sent()), 200);
}

/// A script in which Bob has written to Alice.
fn acquainted() -> Script {
    let mut script = Script::new();
    hear(&mut script, 1, "text/plain", "hi");
    script.forget_events();
    script
}

fn type_(script: &mut Script) {
    script.agent.composing(script.now, &bob());
}

fn say(script: &mut Script, words: &str) {
    let content = Content::Text(words.to_owned());
    script.agent.send_message(script.now, &bob(), content);
}

/// The status that goes out next, and its request.
fn told(script: &mut Script) -> (IsComposing, Message) {
    let request = script.sent();
    assert_eq!(method(&request), "MESSAGE");
    assert_eq!(request.request_uri().unwrap().as_str(), "sip:bob@example.test");
    assert_eq!(text(&request, HeaderName::CONTENT_TYPE), TYPE);
    let status = IsComposing::parse(request.body(), &cpim::Limits::default()).unwrap();
    (status, request)
}

fn answered(script: &mut Script) -> IsComposing {
    let (status, request) = told(script);
    script.answer(&request, StatusCode::OK);
    status
}

fn active(refresh: u32) -> String {
    IsComposing::new(State::Active)
        .with_content_type("text/plain")
        .unwrap()
        .with_refresh(refresh)
        .to_xml()
}

fn change(event: Event) -> (String, Option<String>, State, Option<String>) {
    take!(event, Event::Composing { peer, author, state, content_type } =>
        (peer.to_string(), author.map(|author| author.to_string()), state, content_type))
}

fn of_bob(state: State) -> (String, Option<String>, State, Option<String>) {
    let text = (state == State::Active).then(|| "text/plain".to_owned());
    ("sip:bob@example.test".to_owned(), None, state, text)
}

#[test]
fn a_peer_is_seen_to_compose_until_its_message_comes() {
    let mut script = Script::new();
    hear(&mut script, 1, TYPE, active(90));
    assert_eq!(change(script.event()), of_bob(State::Active));
    script.seconds(60);
    hear(&mut script, 2, TYPE, active(90));
    script.seconds(60);
    script.no_event();
    hear(&mut script, 3, "text/plain", "hi");
    assert_eq!(change(script.event()), of_bob(State::Idle));
    take!(script.event(), Event::MessageReceived { .. } => ());
    script.seconds(200);
    script.no_event();
}

#[test]
fn a_peer_that_is_not_heard_of_again_has_stopped() {
    let mut script = Script::new();
    let without = IsComposing::new(State::Active).to_xml();
    for (cseq, body, seconds) in [(1, active(90), 90), (2, without, 120)] {
        hear(&mut script, cseq, TYPE, body);
        assert_eq!(change(script.event()).2, State::Active);
        script.seconds(seconds - 1);
        script.no_event();
        script.seconds(1);
        assert_eq!(change(script.event()), of_bob(State::Idle));
    }
    hear(&mut script, 3, TYPE, active(90));
    hear(&mut script, 4, TYPE, IsComposing::new(State::Idle).to_xml());
    assert_eq!(change(script.event()), of_bob(State::Active));
    assert_eq!(change(script.event()), of_bob(State::Idle));
    script.no_event();
}

#[test]
fn a_long_content_type_is_not_kept() {
    for (length, is_kept) in [(128, true), (129, false)] {
        let mut script = Script::new();
        let content_type = format!("text/{}", "x".repeat(length - "text/".len()));
        let status = IsComposing::new(State::Active)
            .with_content_type(&content_type)
            .unwrap();
        hear(&mut script, 1, TYPE, status.with_refresh(70).to_xml());
        let kept = is_kept.then_some(content_type);
        let (_, _, state, told) = change(script.event());
        assert_eq!((state, told), (State::Active, kept));
        // The rest of the status counts.
        script.seconds(69);
        script.no_event();
        script.seconds(1);
        assert_eq!(change(script.event()), of_bob(State::Idle));
    }
}

#[test]
fn an_envelope_names_who_composes() {
    let mut script = Script::new();
    let within = |from: &str| format!("From: <{from}>\r\n\r\nContent-Type: {TYPE}\r\n\r\n{}", active(60));
    hear(&mut script, 1, "message/cpim", within("im:bob@example.test"));
    assert_eq!(change(script.event()), of_bob(State::Active));
    hear(&mut script, 2, "message/cpim", within("im:carol@example.test"));
    let carol = change(script.event());
    assert_eq!(carol.1.as_deref(), Some("im:carol@example.test"));
    // What Bob himself says ends only his own.
    hear(&mut script, 3, "text/plain", "hi");
    assert_eq!(change(script.event()), of_bob(State::Idle));
    take!(script.event(), Event::MessageReceived { .. } => ());
    script.seconds(60);
    assert_eq!(change(script.event()).1, carol.1);
}

#[test]
fn what_is_no_status_is_refused() {
    let mut script = Script::new();
    let cpim = format!("\r\nContent-Type: {TYPE}\r\n\r\n<x/>");
    for (cseq, content_type, body) in [(1, TYPE, "<x/>"), (2, "message/cpim", &cpim)] {
        let request = script.message(cseq, content_type, body);
        script.receive(request);
        let response = script.sent();
        assert_eq!(status(&response), 400);
        assert!(response.to_string().contains("isComposing: line 1"), "{response}");
    }
    script.no_event();
}

#[test]
fn composing_is_told_once_and_the_message_ends_it() {
    let mut script = acquainted();
    type_(&mut script);
    assert_eq!(answered(&mut script).to_xml(), active(60));
    for _ in 0..20 {
        type_(&mut script);
        script.seconds(1);
    }
    say(&mut script, "hello");
    let request = script.sent();
    assert_eq!(request.body(), b"hello");
    script.answer(&request, StatusCode::OK);
    take!(script.event(), Event::MessageSent { .. } => ());
    script.seconds(100);
    script.silence();
    script.no_event();
}

#[test]
fn who_stops_is_told_of_and_who_goes_on_too() {
    let mut script = acquainted();
    type_(&mut script);
    assert_eq!(answered(&mut script).state(), State::Active);
    script.seconds(14);
    script.silence();
    script.seconds(1);
    let idle = answered(&mut script);
    assert_eq!(idle.state(), State::Idle);
    assert_eq!(idle.last_active().unwrap().to_string(), "2023-11-14T22:13:20Z");

    for second in 0..=60 {
        type_(&mut script);
        if second % 60 == 0 {
            assert_eq!(answered(&mut script).state(), State::Active, "{second}");
        }
        script.silence();
        script.seconds(1);
    }
    script.agent.idle(script.now, &bob());
    assert_eq!(answered(&mut script).state(), State::Idle);
    script.agent.idle(script.now, &bob());
    script.seconds(100);
    script.silence();
    // None of this is an operation of the application.
    script.no_event();
}

#[test]
fn strangers_and_groups_are_not_told() {
    let mut script = Script::new();
    type_(&mut script);
    hear(&mut script, 1, TYPE, active(60));
    type_(&mut script);
    let cpim = |headers: &str| format!("{headers}\r\nContent-Type: text/plain\r\n\r\nhi");
    let both = "To: <im:alice@example.test>\r\ncc: <im:carol@example.test>\r\n";
    hear(&mut script, 2, "message/cpim", cpim(both));
    type_(&mut script);
    // A list at Bob's address passes on what Carol wrote.
    hear(
        &mut script,
        3,
        "message/cpim",
        cpim("From: <im:carol@example.test>\r\n"),
    );
    type_(&mut script);
    script.silence();
    hear(&mut script, 4, "message/cpim", cpim("From: <im:bob@example.test>\r\n"));
    type_(&mut script);
    assert_eq!(answered(&mut script).state(), State::Active);
}

#[test]
fn who_does_not_take_it_is_not_told_again() {
    let mut script = acquainted();
    type_(&mut script);
    let (_, request) = told(&mut script);
    script.answer(&request, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    script.seconds(30);
    type_(&mut script);
    script.silence();
    script.no_event();
    say(&mut script, "hello");
    assert_eq!(script.sent().body(), b"hello");
}

#[test]
fn a_status_that_waits_is_not_told_to_who_does_not_take_it() {
    let mut script = acquainted();
    type_(&mut script);
    let (active, request) = told(&mut script);
    assert_eq!(active.state(), State::Active);
    script.agent.idle(script.now, &bob());
    script.answer(&request, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    script.silence();
    assert!(script.agent.is_idle());
}

#[test]
fn a_status_that_waits_gives_way_to_what_is_newer() {
    let mut script = acquainted();
    say(&mut script, "one");
    let one = script.sent();
    type_(&mut script);
    script.agent.idle(script.now, &bob());
    type_(&mut script);
    say(&mut script, "two");
    type_(&mut script);
    script.agent.idle(script.now, &bob());
    script.silence();
    script.answer(&one, StatusCode::OK);
    let two = script.sent();
    assert_eq!(two.body(), b"two");
    script.answer(&two, StatusCode::OK);
    assert_eq!(answered(&mut script).state(), State::Idle);
    script.silence();
}

#[test]
fn a_challenge_is_answered() {
    let mut script = acquainted();
    type_(&mut script);
    let (_, request) = told(&mut script);
    script.challenge(&request, StatusCode::PROXY_AUTHENTICATION_REQUIRED, false);
    let (status, request) = told(&mut script);
    assert_eq!(status.state(), State::Active);
    assert_eq!(script.verify(&request, HeaderName::PROXY_AUTHORIZATION), 1);
}

#[test]
fn conversations_are_bounded_and_who_is_forgotten_has_stopped() {
    let mut script = Script::new();
    let mut composing = 0_i32;
    for author in 0..600 {
        let body = format!(
            "From: <im:a{author}@example.test>\r\n\r\nContent-Type: {TYPE}\r\n\r\n{}",
            active(60)
        );
        hear(&mut script, author, "message/cpim", body);
        while let Some(event) = script.try_event() {
            composing += if change(event).2 == State::Active { 1 } else { -1 };
        }
    }
    assert_eq!(composing, 256);
    let long = format!(
        "From: <im:{}@example.test>\r\n\r\nContent-Type: {TYPE}\r\n\r\n{}",
        "a".repeat(600),
        active(60)
    );
    hear(&mut script, 600, "message/cpim", long);
    script.no_event();
}
