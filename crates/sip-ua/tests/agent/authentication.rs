use sip_digest::Password;
use sip_message::{Aor, HeaderName, Message, StatusCode, UriBuf};
use sip_ua::{Content, Event, Failure, RegisterOptions, SubscribeOptions};

use crate::script::{REALM, Script, cseq, ids, take, text};

const UAS: (StatusCode, HeaderName) = (StatusCode::UNAUTHORIZED, HeaderName::AUTHORIZATION);
const PROXY: (StatusCode, HeaderName) = (
    StatusCode::PROXY_AUTHENTICATION_REQUIRED,
    HeaderName::PROXY_AUTHORIZATION,
);

fn register(script: &mut Script) -> Message {
    script.agent.register(script.now, RegisterOptions::default());
    script.sent()
}

fn hello(script: &mut Script) -> Message {
    let bob = UriBuf::parse("sip:bob@example.test").unwrap();
    script
        .agent
        .send_message(script.now, &bob, Content::Text("hello".to_owned()));
    script.sent()
}

#[test]
fn a_challenge_is_answered_and_its_nonce_used_again() {
    let mut script = Script::new();
    let bare = register(&mut script);
    assert!(bare.header(HeaderName::AUTHORIZATION).is_none());
    script.challenge(&bare, UAS.0, false);
    let (status, realm) = take!(script.event(),
        Event::Challenged { status, realm, .. } => (status, realm));
    assert_eq!((status, &*realm), (StatusCode::UNAUTHORIZED, REALM));
    let signed = script.sent();
    assert_eq!(ids(&signed), ids(&bare));
    assert_eq!(cseq(&signed), cseq(&bare) + 1);
    assert_eq!(script.verify(&signed, UAS.1), 1);
    script.answer(&signed, StatusCode::OK);
    take!(script.event(), Event::Registered { .. } => ());

    let refresh = script.next_within(3240);
    assert_eq!(cseq(&refresh), cseq(&signed) + 1);
    assert!(text(&refresh, UAS.1).contains("nc=00000002"));
    // The nonce is old by now.
    script.challenge(&refresh, UAS.0, true);
    take!(script.event(), Event::Challenged { .. } => ());
    let fresh = script.sent();
    assert_eq!(script.verify(&fresh, UAS.1), 1);
    assert_eq!(fresh.header_all(UAS.1).count(), 1);
    script.answer(&fresh, StatusCode::OK);
    take!(script.event(), Event::Registered { .. } => ());
}

#[test]
fn a_wrong_password_is_tried_once() {
    let mut script = Script::with(|config| config.password = Password::new("wrong"));
    let bare = register(&mut script);
    script.challenge(&bare, UAS.0, false);
    take!(script.event(), Event::Challenged { .. } => ());
    let signed = script.sent();
    script.challenge(&signed, UAS.0, false);
    let failure = take!(script.event(), Event::Failed { failure, .. } => failure);
    take!(failure, Failure::Authentication(StatusCode::UNAUTHORIZED) => ());
    script.silence();
    script.no_event();
    assert!(script.agent.is_idle());

    // The next one starts anew, without credentials that are known to be wrong.
    assert!(register(&mut script).header(UAS.1).is_none());
}

#[test]
fn a_fresh_answer_cannot_be_stale_for_ever() {
    let mut script = Script::new();
    let mut request = register(&mut script);
    for _ in 0..2 {
        script.challenge(&request, UAS.0, true);
        take!(script.event(), Event::Challenged { .. } => ());
        request = script.sent();
    }
    script.challenge(&request, UAS.0, true);
    take!(script.event(), Event::Failed { failure: Failure::BadChallenge(_), .. } => ());
    script.silence();
}

#[test]
fn a_proxy_is_answered_and_expected_to_ask_again() {
    let mut script = Script::new();
    let bare = hello(&mut script);
    script.challenge(&bare, PROXY.0, false);
    take!(script.event(), Event::Challenged { .. } => ());
    let signed = script.sent();
    assert_eq!(ids(&signed), ids(&bare));
    assert_eq!(cseq(&signed), cseq(&bare) + 1);
    assert_eq!(script.verify(&signed, PROXY.1), 1);
    assert!(signed.header(UAS.1).is_none());
    assert_eq!(signed.body(), b"hello");
    script.answer(&signed, StatusCode::OK);
    take!(script.event(), Event::MessageSent { status: StatusCode::OK, .. } => ());

    let next = hello(&mut script);
    assert_ne!(ids(&next), ids(&bare));
    assert_eq!(script.verify(&next, PROXY.1), 2);
    // Other methods were not challenged by it.
    assert!(register(&mut script).header(PROXY.1).is_none());
}

#[test]
fn a_proxy_and_a_user_agent_may_both_ask() {
    let mut script = Script::new();
    let bare = hello(&mut script);
    script.challenge(&bare, PROXY.0, false);
    let through = script.sent();
    assert_eq!(script.verify(&through, PROXY.1), 1);
    script.challenge(&through, UAS.0, false);
    let both = script.sent();
    assert_eq!(cseq(&both), cseq(&bare) + 2);
    assert_eq!(script.verify(&both, PROXY.1), 2);
    assert_eq!(script.verify(&both, UAS.1), 1);
    script.answer(&both, StatusCode::OK);
}

#[test]
fn answers_are_shown_to_nobody_else() {
    let mut script = Script::new();
    let bare = hello(&mut script);
    script.challenge(&bare, UAS.0, false);
    let signed = script.sent();
    script.answer(&signed, StatusCode::OK);
    let carol = UriBuf::parse("sip:carol@example.test").unwrap();
    script
        .agent
        .send_message(script.now, &carol, Content::Text("hello".to_owned()));
    assert!(script.sent().header(UAS.1).is_none());
    let again = hello(&mut script);
    assert_eq!(script.verify(&again, UAS.1), 2);
}

#[test]
fn a_challenge_without_a_way_to_answer_ends_the_request() {
    for headers in [
        &[][..],
        &[(HeaderName::WWW_AUTHENTICATE, r#"Basic realm="x""#)],
        &[(HeaderName::WWW_AUTHENTICATE, r#"Digest realm="x""#)],
        &[(
            HeaderName::WWW_AUTHENTICATE,
            r#"Digest realm="x", nonce="1", algorithm=SHA-3"#,
        )],
    ] {
        let mut script = Script::new();
        let request = register(&mut script);
        script.answer_with(&request, StatusCode::UNAUTHORIZED, headers);
        take!(script.event(), Event::Failed { failure: Failure::BadChallenge(_), .. } => ());
        script.silence();
        assert!(script.agent.is_idle());
    }
}

#[test]
fn a_subscription_and_its_refreshes_are_authenticated() {
    let mut script = Script::new();
    let bob = Aor::parse("bob@example.test").unwrap();
    script.agent.subscribe(script.now, &bob, SubscribeOptions::default());
    let bare = script.sent();
    script.challenge(&bare, UAS.0, false);
    take!(script.event(), Event::Challenged { status: StatusCode::UNAUTHORIZED, .. } => ());
    let signed = script.sent();
    assert_eq!(ids(&signed), ids(&bare));
    assert_eq!(cseq(&signed), cseq(&bare) + 1);
    assert_eq!(script.verify(&signed, UAS.1), 1);
    script.accept(&signed, "120");
    take!(script.event(), Event::Subscribed { expires: 120, .. } => ());
    let notify = script.notify(&signed, 1, "active;expires=120", "");
    script.receive(notify);
    script.skip();
    let refresh = script.next_within(119);
    assert_eq!(script.verify(&refresh, UAS.1), 2);
}

#[test]
fn a_wrong_password_ends_a_subscription() {
    let mut script = Script::with(|config| config.password = Password::new("wrong"));
    let bob = Aor::parse("bob@example.test").unwrap();
    let op = script.agent.subscribe(script.now, &bob, SubscribeOptions::default());
    for _ in 0..2 {
        let request = script.sent();
        script.challenge(&request, UAS.0, false);
    }
    take!(script.event(), Event::Challenged { .. } => ());
    let failure = take!(script.event(), Event::Failed { failure, .. } => failure);
    take!(failure, Failure::Authentication(StatusCode::UNAUTHORIZED) => ());
    script.silence();
    script.no_event();
    assert!(script.agent.refresh(script.now, op).is_err());
}

#[test]
fn a_user_name_that_cannot_be_written_is_a_failure() {
    let mut script = Script::with(|config| config.username = "al\r\nice".to_owned());
    let request = register(&mut script);
    script.challenge(&request, UAS.0, false);
    take!(script.event(), Event::Failed { failure: Failure::InvalidRequest(_), .. } => ());
    script.silence();
}
