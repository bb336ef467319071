use sip_message::{HeaderName, Message, StatusCode, UriBuf};
use sip_ua::{Content, Event, Failure, Input, OpId};

use crate::script::{Script, ids, method, take, text};

fn bob() -> UriBuf {
    UriBuf::parse("sip:bob@example.test").unwrap()
}

fn send(script: &mut Script, text: &str) -> OpId {
    script
        .agent
        .send_message(script.now, &bob(), Content::Text(text.to_owned()))
}

#[test]
fn a_text_is_counted_in_bytes() {
    let mut script = Script::new();
    let op = send(&mut script, "안녕하세요");
    let request = script.sent();
    assert_eq!(method(&request), "MESSAGE");
    assert_eq!(request.request_uri().unwrap().as_str(), "sip:bob@example.test");
    assert_eq!(text(&request, HeaderName::TO), "<sip:bob@example.test>");
    assert_eq!(text(&request, HeaderName::CONTENT_TYPE), "text/plain;charset=UTF-8");
    assert_eq!(text(&request, HeaderName::CONTENT_LENGTH), "15");
    assert_eq!(request.body(), "안녕하세요".as_bytes());
    assert_eq!(text(&request, HeaderName::DATE), "Tue, 14 Nov 2023 22:13:20 GMT");
    // RFC 3428 section 4.
    assert!(request.header(HeaderName::CONTACT).is_none());
    script.answer(&request, StatusCode::TRYING);
    script.no_event();
    script.answer(&request, StatusCode::ACCEPTED);
    let (id, status) = take!(script.event(),
        Event::MessageSent { op, status } => (op, status));
    assert_eq!((id, status), (op, StatusCode::ACCEPTED));
    assert!(script.agent.is_idle());
}

#[test]
fn an_envelope_is_sent_as_it_is() {
    let mut script = Script::new();
    let message = cpim::Message::builder()
        .from(cpim::Uri::new("im:alice@example.test").unwrap())
        .to(cpim::Uri::new("im:bob@example.test").unwrap())
        .text("안녕하세요")
        .build();
    let content = Content::Cpim(message.clone());
    script.agent.send_message(script.now, &bob(), content);
    let request = script.sent();
    assert_eq!(text(&request, HeaderName::CONTENT_TYPE), "message/cpim");
    assert_eq!(request.body(), message.as_bytes());

    script.answer(&request, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let failure = take!(script.event(), Event::Failed { failure, .. } => failure);
    let (status, reason, response) = take!(failure,
        Failure::Rejected { status, reason, response } => (status, reason, response));
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(reason, "Unsupported Media Type");
    assert_eq!(response.status(), Some(status));
}

#[test]
fn messages_to_one_recipient_do_not_overtake_each_other() {
    let mut script = Script::new();
    let ops = [
        send(&mut script, "one"),
        send(&mut script, "two"),
        send(&mut script, "three"),
    ];
    let carol = UriBuf::parse("sip:carol@example.test").unwrap();
    script
        .agent
        .send_message(script.now, &carol, Content::Text("other".to_owned()));
    let (one, other) = (script.sent(), script.sent());
    assert_eq!((one.body(), other.body()), (&b"one"[..], &b"other"[..]));
    script.silence();
    script.answer(&one, StatusCode::NOT_FOUND);
    let two = script.sent();
    assert_eq!(two.body(), b"two");
    assert_ne!(ids(&two), ids(&one));
    script.silence();
    script.answer(&two, StatusCode::OK);
    let three = script.sent();
    assert_eq!(three.body(), b"three");
    script.answer(&three, StatusCode::OK);
    script.answer(&other, StatusCode::OK);
    take!(script.event(), Event::Failed { op, .. } => assert_eq!(op, ops[0]));
    take!(script.event(), Event::MessageSent { op, .. } => assert_eq!(op, ops[1]));
    take!(script.event(), Event::MessageSent { op, .. } => assert_eq!(op, ops[2]));
    assert!(script.agent.is_idle());
    send(&mut script, "four");
    assert_eq!(script.sent().body(), b"four");
}

#[test]
fn nobody_answers() {
    let mut script = Script::new();
    send(&mut script, "one");
    send(&mut script, "two");
    script.seconds(33);
    take!(script.event(), Event::Failed { failure: Failure::Timeout, .. } => ());
    script.no_event();
    let last = |script: &mut Script| -> Message {
        let mut last = script.sent();
        for _ in 0..20 {
            if last.body() == b"two" {
                break;
            }
            last = script.sent();
        }
        last
    };
    let two = last(&mut script);
    script.answer(&two, StatusCode::OK);
    take!(script.event(), Event::MessageSent { .. } => ());
}

#[test]
fn the_way_is_gone() {
    let mut script = Script::new();
    send(&mut script, "one");
    let server = script_server();
    script.input(Input::SendFailed { to: server });
    take!(script.event(), Event::Failed { failure: Failure::Transport, .. } => ());
    assert!(script.agent.is_idle());
}

fn script_server() -> sip_transaction::Destination {
    sip_transaction::Destination::Address {
        transport: sip_message::Transport::Udp,
        remote: crate::script::flow().remote,
    }
}

#[test]
fn instant_inboxes_are_resolved() {
    let mut script = Script::new();
    let inbox = UriBuf::parse("im:bob@example.test").unwrap();
    script
        .agent
        .send_message(script.now, &inbox, Content::Text("hi".to_owned()));
    let request = script.sent();
    assert_eq!(request.request_uri().unwrap().as_str(), "sip:bob@example.test");
    assert_eq!(text(&request, HeaderName::TO), "<sip:bob@example.test>");
}

#[test]
fn one_request_uri_has_one_transaction_however_it_is_written() {
    let mut script = Script::new();
    for to in [
        "im:bob@example.test",
        "sip:bob@example.test",
        "SIP:%62ob@Example.TEST;x=1",
    ] {
        let to = UriBuf::parse(to).unwrap();
        let content = Content::Text("hi".to_owned());
        script.agent.send_message(script.now, &to, content);
    }
    for uri in [
        "sip:bob@example.test",
        "sip:bob@example.test",
        "SIP:%62ob@Example.TEST;x=1",
    ] {
        let request = script.sent();
        assert_eq!(request.request_uri().unwrap().as_str(), uri);
        script.silence();
        script.answer(&request, StatusCode::OK);
    }
    script.silence();
    assert!(script.agent.is_idle());
}

#[test]
fn what_cannot_be_written_is_not_sent() {
    let mut script = Script::new();
    let odd = Content::Other {
        content_type: "text\r\nX: y".to_owned(),
        bytes: bytes::Bytes::new(),
    };
    script.agent.send_message(script.now, &bob(), odd);
    let headers = UriBuf::parse("sip:bob@example.test?subject=x").unwrap();
    script
        .agent
        .send_message(script.now, &headers, Content::Text("x".to_owned()));
    script.silence();
    for _ in 0..2 {
        take!(script.event(), Event::Failed { failure: Failure::InvalidRequest(_), .. } => ());
    }
    let markup = Content::Other {
        content_type: "text/html".to_owned(),
        bytes: "<p>".into(),
    };
    script.agent.send_message(script.now, &bob(), markup);
    let request = script.sent();
    assert_eq!(text(&request, HeaderName::CONTENT_TYPE), "text/html");
    assert_eq!(request.body(), b"<p>");
}
