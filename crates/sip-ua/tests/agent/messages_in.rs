use sip_message::{
    HeaderName, Message,
    headers::{Accept, Allow, Unsupported},
};
use sip_ua::{Content, Event};

use crate::script::{Script, ids, status, take, text};

/// What an instant message may be.
const READ: [&str; 5] = [
    "text/plain",
    "message/cpim",
    "text/*",
    "application/im-iscomposing+xml",
    "message/imdn+xml",
];

/// Hands a request in, and takes the response.
fn respond(script: &mut Script, request: &Message) -> Message {
    script.receive(request.clone());
    let response = script.sent();
    script.silence();
    response
}

fn content(event: Event) -> Content {
    take!(event, Event::MessageReceived { content, .. } => content)
}

fn accepted(response: &Message) -> Vec<String> {
    let types = response.typed_all::<Accept>();
    types.map(|one| one.unwrap().to_string()).collect()
}

fn allowed(response: &Message) -> Vec<String> {
    let methods = response.typed_all::<Allow>();
    methods.map(|one| one.unwrap().to_string()).collect()
}

#[test]
fn a_text_is_reported_once() {
    let mut script = Script::new();
    let request = script.message(1, "text/plain;charset=\"utf-8\"", "안녕하세요");
    let response = respond(&mut script, &request);
    assert_eq!(status(&response), 200);
    assert_eq!(ids(&response), ids(&request));
    // RFC 3428 section 7.
    assert_eq!(response.body(), b"");
    assert!(response.header(HeaderName::CONTACT).is_none());
    assert!(text(&response, HeaderName::TO).starts_with("<sip:alice@example.test>;tag="));
    assert_eq!(text(&response, HeaderName::SERVER), "scripted");
    let event = script.event();
    let (from, aor, name, content) = take!(event,
        Event::MessageReceived { from, from_aor, display_name, content, .. }
            => (from, from_aor, display_name, content));
    assert_eq!(from, "\"Bob B.\" <sip:bob@example.test>;tag=bob1");
    assert_eq!(aor.unwrap().as_str(), "sip:bob@example.test");
    assert_eq!(name.as_deref(), Some("Bob B."));
    assert_eq!(content, Content::Text("안녕하세요".to_owned()));

    // A retransmission, and the same by another branch.
    assert_eq!(status(&respond(&mut script, &request)), 200);
    let again = script.message(1, "text/plain", "안녕하세요");
    assert_eq!(status(&respond(&mut script, &again)), 200);
    script.no_event();

    // The next one of a client that keeps its Call-ID.
    let next = script.message(2, "text/plain", "둘");
    assert_eq!(status(&respond(&mut script, &next)), 200);
    assert_eq!(self::content(script.event()), Content::Text("둘".to_owned()));
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut script = Script::new();
    for cseq in 1..=1100 {
        let request = script.message(cseq, "text/plain", "x");
        script.receive(request);
        take!(script.event(), Event::MessageReceived { .. } => ());
    }
    script.skip();
    let newest = script.message(1100, "text/plain", "x");
    script.receive(newest);
    script.no_event();
    let oldest = script.message(1, "text/plain", "x");
    script.receive(oldest);
    take!(script.event(), Event::MessageReceived { .. } => ());
}

#[test]
fn an_envelope_is_opened() {
    let mut script = Script::new();
    let body = "From: <im:bob@example.test>\r\nTo: <im:alice@example.test>\r\n\r\n\
                Content-Type: text/plain;charset=utf-8\r\n\r\n안녕";
    let request = script.message(1, "Message/CPIM", body);
    assert_eq!(status(&respond(&mut script, &request)), 200);
    let message = take!(content(script.event()), Content::Cpim(message) => message);
    assert_eq!(message.text(), Some("안녕"));
    assert_eq!(message.as_bytes(), body.as_bytes());

    let request = script.message(2, "message/cpim", "From bob\r\n");
    let response = respond(&mut script, &request);
    assert_eq!(status(&response), 400);
    let line = response.to_string();
    assert!(
        line.starts_with("SIP/2.0 400 Message/CPIM: header line without a colon"),
        "{line}"
    );
    response.validate().unwrap();

    let required = format!("NS: x <http://x.test>\r\nRequire: x.y\r\n{body}");
    let request = script.message(3, "message/cpim", required);
    let response = respond(&mut script, &request);
    assert_eq!(status(&response), 400);
    assert!(response.to_string().contains("requires what is not understood: x.y"));
    script.no_event();
}

#[test]
fn a_deflated_body_is_inflated() {
    let mut script = Script::new();
    let deflated = &b"\x78\x9c\xcb\xc8\x04\x00\x01\x3b\x00\xd2"[..];
    for (cseq, encoding, body) in [
        (1, "deflate", deflated),
        (2, "identity,Deflate", deflated),
        (3, "deflate", &deflated[2..6]),
        (4, "identity", b"hi"),
    ] {
        let request = script.message(cseq, &format!("text/plain\r\nContent-Encoding: {encoding}"), body);
        assert_eq!(status(&respond(&mut script, &request)), 200, "{cseq}");
        assert_eq!(content(script.event()), Content::Text("hi".to_owned()));
    }
    let request = script.message(5, "text/plain\r\nContent-Encoding: deflate", "hi");
    let response = respond(&mut script, &request);
    assert_eq!(status(&response), 400);
    assert!(
        response.to_string().contains("Content-Encoding deflate: neither zlib"),
        "{response}"
    );
    script.no_event();
}

#[test]
fn headers_of_notifications_may_be_required() {
    let mut script = Script::new();
    let body = "NS: imdn <urn:ietf:params:imdn>\r\nRequire: imdn.Disposition-Notification\r\n\
                imdn.Disposition-Notification: display\r\n\r\nContent-Type: text/plain\r\n\r\nhi";
    let request = script.message(1, "message/cpim", body);
    assert_eq!(status(&respond(&mut script, &request)), 200);
    let message = take!(content(script.event()), Content::Cpim(message) => message);
    assert_eq!(message.text(), Some("hi"));
}

#[test]
fn other_types_are_text_or_refused() {
    let mut script = Script::new();
    for (cseq, content_type, body) in [
        (1, "text/html", &b"<p>"[..]),
        (2, "text/plain;charset=ISO-8859-1", b"\xe9"),
        (3, "text/plain", b"\xff\xfe"),
    ] {
        let request = script.message(cseq, content_type, body);
        assert_eq!(status(&respond(&mut script, &request)), 200);
        let (kind, bytes) = take!(content(script.event()),
            Content::Other { content_type, bytes } => (content_type, bytes));
        assert_eq!((&*kind, &bytes[..]), (content_type, body));
    }
    let request = script.message(4, "application/pdf", "%PDF");
    let response = respond(&mut script, &request);
    assert_eq!(status(&response), 415);
    assert_eq!(accepted(&response), READ);

    for encoding in ["gzip", "deflate, deflate", "deflate\r\nContent-Encoding: gzip"] {
        let request = script.message(5, &format!("text/plain\r\nContent-Encoding: {encoding}"), "x");
        let response = respond(&mut script, &request);
        assert_eq!(status(&response), 415, "{encoding}");
        assert_eq!(text(&response, HeaderName::ACCEPT_ENCODING), "deflate, identity");
    }

    let request = script.message(6, "nonsense", "x");
    assert_eq!(status(&respond(&mut script, &request)), 400);
    script.no_event();
    // A refused message may be sent again in another form.
    let request = script.message(4, "text/plain", "x");
    assert_eq!(status(&respond(&mut script, &request)), 200);
    take!(script.event(), Event::MessageReceived { .. } => ());
}

fn headers(method: &str) -> String {
    format!(
        "From: <sip:bob@example.test>;tag=1\r\nTo: <sip:alice@example.test>\r\nCall-ID: other\r\n\
         CSeq: 1 {method}\r\n"
    )
}

#[test]
fn abilities_are_told() {
    let mut script = Script::new();
    let request = script.request("OPTIONS", &headers("OPTIONS"), "");
    let response = respond(&mut script, &request);
    assert_eq!(status(&response), 200);
    assert_eq!(allowed(&response), ["MESSAGE", "NOTIFY", "OPTIONS"]);
    let documents = ["application/pidf+xml", "application/cpim-pidf+xml"];
    assert_eq!(accepted(&response), [&READ[..], &documents].concat());
}

#[test]
fn methods_of_others_are_refused() {
    let mut script = Script::new();
    for method in ["INFO", "INVITE", "SUBSCRIBE", "PING"] {
        let request = script.request(method, &headers(method), "");
        let response = respond(&mut script, &request);
        assert_eq!(status(&response), 405, "{method}");
        assert_eq!(allowed(&response), ["MESSAGE", "NOTIFY", "OPTIONS"]);
    }
    for method in ["CANCEL", "NOTIFY"] {
        let request = script.request(method, &headers(method), "");
        assert_eq!(status(&respond(&mut script, &request)), 481, "{method}");
    }
    let ack = script.request("ACK", &headers("ACK"), "");
    script.receive(ack);
    script.silence();
    script.no_event();
}

#[test]
fn extensions_are_refused() {
    let mut script = Script::new();
    let lines = format!("{}Require: 100rel, eventlist\r\n", headers("MESSAGE"));
    let request = script.request("MESSAGE", &lines, "");
    let response = respond(&mut script, &request);
    assert_eq!(status(&response), 420);
    let tags: Vec<_> = response.typed_all::<Unsupported>().map(Result::unwrap).collect();
    let tags: Vec<_> = tags.iter().map(Unsupported::as_str).collect();
    assert_eq!(tags, ["100rel", "eventlist"]);
    script.no_event();

    let request = script.request("MESSAGE", &headers("MESSAGE"), "").to_string();
    let request = request.replace("MESSAGE sip:alice@192.0.2.1:5070;transport=udp", "MESSAGE tel:1");
    let request = Message::parse(request).unwrap();
    assert_eq!(status(&respond(&mut script, &request)), 416);
}
