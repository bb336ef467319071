//! Whatever peers send, and in whatever order, the user agent goes on and stays small.

use std::time::Duration;

use cpim::imdn::NotifyRequest;
use pidf::{Basic, Document, Tuple, TupleId};
use proptest::{collection::vec, prelude::*, sample::select};
use sip_message::{Aor, HeaderName, Message, MessageBuilder, RawValue, StatusCode, Transport, UriBuf};
use sip_ua::{Content, Input, PublishOptions, ReceivedId, RegisterOptions, SubscribeOptions};

use crate::script::{Script, flow};

#[derive(Clone, Debug)]
enum Step {
    /// Answers one of the last requests: which, with what status, and with which headers.
    Answer(usize, u16, Vec<(HeaderName, &'static str)>),
    Bytes(Vec<u8>),
    Command(u8),
    Message(u32, &'static str, Vec<u8>),
    /// For one of the last requests, as if it began a dialog.
    Notify(usize, u32, &'static str, &'static str),
    Other(&'static str, &'static str),
    Pass(u64),
    SendFailed,
}

fn header() -> impl Strategy<Value = (HeaderName, &'static str)> {
    select(vec![
        (HeaderName::EXPIRES, "0"),
        (HeaderName::EXPIRES, "1"),
        (HeaderName::EXPIRES, "4294967295"),
        (HeaderName::EXPIRES, "99999999999999999999"),
        (HeaderName::MIN_EXPIRES, "4294967295"),
        (HeaderName::MIN_EXPIRES, "7200"),
        (HeaderName::RETRY_AFTER, "4294967295"),
        (
            HeaderName::CONTACT,
            "<sip:alice@192.0.2.1:5070;transport=udp>;expires=4294967295",
        ),
        (HeaderName::CONTACT, "<sip:presence@192.0.2.100>"),
        (HeaderName::CONTACT, "<<<"),
        (HeaderName::SIP_ETAG, "tag"),
        (HeaderName::RECORD_ROUTE, "<sip:192.0.2.100;lr>"),
        (
            HeaderName::WWW_AUTHENTICATE,
            r#"Digest realm="a", nonce="1", qop="auth""#,
        ),
        (
            HeaderName::WWW_AUTHENTICATE,
            r#"Digest realm="a", nonce="2", stale=true"#,
        ),
        (
            HeaderName::WWW_AUTHENTICATE,
            r#"Digest realm="b", nonce="3", algorithm=SHA-256"#,
        ),
        (
            HeaderName::PROXY_AUTHENTICATE,
            r#"Digest realm="a", nonce="4", qop="auth""#,
        ),
        (
            HeaderName::PROXY_AUTHENTICATE,
            r#"Digest realm="c", nonce="5", stale=true"#,
        ),
        (HeaderName::PROXY_AUTHENTICATE, "nonsense"),
    ])
}

/// What is not refused.
fn im_body() -> impl Strategy<Value = (&'static str, &'static str)> {
    const ASKS: &str = "From: <im:bob@example.test>\r\nTo: <im:alice@example.test>\r\nDateTime: 2026-11-23T09:00:00Z\r\n\
        NS: i <urn:ietf:params:imdn>\r\ni.Message-ID: x\r\n\
        i.Disposition-Notification: positive-delivery, display\r\n\r\nContent-Type: text/plain\r\n\r\nhi";
    const TOLD: &str = "<imdn xmlns='urn:ietf:params:xml:ns:imdn'><message-id>x</message-id><datetime/>\
        <delivery-notification><status><delivered/></status></delivery-notification></imdn>";
    const ACTIVE: &str = "<isComposing xmlns='urn:ietf:params:xml:ns:im-iscomposing'><state>active</state>\
        <refresh>4294967295</refresh></isComposing>";
    const IDLE: &str = "<isComposing xmlns='urn:ietf:params:xml:ns:im-iscomposing'><state>idle</state></isComposing>";
    select(vec![
        ("text/plain", "hi"),
        ("message/cpim", ASKS),
        ("message/imdn+xml", TOLD),
        ("application/im-iscomposing+xml", ACTIVE),
        ("application/im-iscomposing+xml", IDLE),
    ])
}

fn step() -> impl Strategy<Value = Step> {
    let code = select(vec![
        100, 200, 200, 200, 202, 299, 301, 400, 401, 401, 407, 407, 408, 412, 423, 423, 481, 489, 500, 503, 603,
    ]);
    let state = select(vec![
        "active;expires=600",
        "active;expires=4294967295",
        "pending",
        "terminated;reason=deactivated",
        "terminated;reason=probation;retry-after=4294967295",
        "",
        "=;=",
    ]);
    let body = select(vec![
        "",
        "<presence",
        "<presence xmlns='urn:ietf:params:xml:ns:pidf' entity='pres:a@b'/>",
    ]);
    let content_type = select(vec![
        "text/plain",
        "text/plain;charset=x",
        "message/cpim",
        "application/im-iscomposing+xml",
        "message/imdn+xml",
        "application/x",
        "\u{e9}",
        "*/*",
    ]);
    let method = select(vec![
        "INVITE", "ACK", "CANCEL", "OPTIONS", "NOTIFY", "MESSAGE", "BYE", "X",
    ]);
    let extra = select(vec!["", "Require: x\r\n", "Require: ,\r\n", "Event: a;b=\r\n"]);
    prop_oneof![
        6 => (0..6_usize, code, vec(header(), 0..4))
            .prop_map(|(which, code, headers)| Step::Answer(which, code, headers)),
        1 => vec(any::<u8>(), 0..200).prop_map(Step::Bytes),
        5 => any::<u8>().prop_map(Step::Command),
        2 => (any::<u32>(), content_type, vec(any::<u8>(), 0..80))
            .prop_map(|(cseq, content_type, body)| Step::Message(cseq, content_type, body)),
        2 => (any::<u32>(), im_body()).prop_map(|(cseq, (content_type, body))| {
            Step::Message(cseq, content_type, body.as_bytes().to_vec())
        }),
        4 => (0..6_usize, 0..9_u32, state, body)
            .prop_map(|(which, cseq, state, body)| Step::Notify(which, cseq, state, body)),
        1 => (method, extra).prop_map(|(method, extra)| Step::Other(method, extra)),
        3 => (0..5000_u64).prop_map(Step::Pass),
        1 => Just(Step::SendFailed),
    ]
}

fn command(script: &mut Script, which: u8) {
    let (now, bob) = (script.now, Aor::parse("bob@example.test").unwrap());
    let agent = &mut script.agent;
    let document = Document::new("pres:alice@example.test")
        .unwrap()
        .with_tuple(Tuple::new(TupleId::new("t").unwrap(), Basic::Open));
    let last = sip_ua::OpId(u64::from(which / 12));
    // What a command returns is of no interest: events tell what becomes of it.
    let to = UriBuf::parse("sip:bob@example.test").unwrap();
    match which % 12 {
        0 => _ = agent.register(now, RegisterOptions::default()),
        1 => _ = agent.unregister(now),
        2 => _ = agent.publish(now, &document, PublishOptions::default()),
        3 => _ = agent.unpublish(now),
        4 => _ = agent.subscribe(now, &bob, SubscribeOptions::default()),
        5 => _ = agent.refresh(now, last),
        6 => _ = agent.unsubscribe(now, last),
        7 => agent.composing(now, &to),
        8 => agent.idle(now, &to),
        9 => _ = agent.displayed(now, ReceivedId(u64::from(which / 12))),
        10 => {
            let message = cpim::Message::builder().text("x");
            _ = agent.send_asking(now, &to, message, &[NotifyRequest::Display]);
        }
        _ => _ = agent.send_message(now, &to, Content::Text("x".to_owned())),
    }
}

fn play(script: &mut Script, recent: &mut Vec<Message>, step: Step) {
    match step {
        Step::Answer(which, code, headers) => {
            let Some(request) = recent.iter().rev().nth(which).cloned() else {
                return;
            };
            let status = StatusCode::new(code).unwrap();
            let mut builder = MessageBuilder::reply_to(&request, status, Some("t")).unwrap();
            for (name, value) in headers {
                builder = builder.raw(name, RawValue::new(value).unwrap());
            }
            script.receive(builder.build());
        }
        Step::Bytes(bytes) => {
            if let Ok(message) = Message::parse(bytes) {
                script.receive(message);
            }
        }
        Step::Command(which) => command(script, which),
        Step::Message(cseq, content_type, body) => {
            let request = script.message(cseq, content_type, body);
            script.receive(request);
        }
        Step::Notify(which, cseq, state, body) => {
            let request = recent
                .iter()
                .rev()
                .filter(|request| request.header(HeaderName::EVENT).is_some())
                .nth(which)
                .cloned();
            if let Some(request) = request {
                let notify = script.notify(&request, cseq, state, body);
                script.receive(notify);
            }
        }
        Step::Other(method, extra) => {
            let headers = format!(
                "From: <sip:bob@example.test>;tag=1\r\nTo: <sip:alice@example.test>\r\n\
                 Call-ID: x\r\nCSeq: 1 {method}\r\n{extra}"
            );
            let request = script.request(method, &headers, "");
            script.receive(request);
        }
        Step::Pass(seconds) => script.pass(Duration::from_secs(seconds)),
        Step::SendFailed => script.input(Input::SendFailed {
            to: sip_transaction::Destination::Address {
                transport: Transport::Udp,
                remote: flow().remote,
            },
        }),
    }
    for message in script.take_sent() {
        if message.is_request() {
            recent.push(message);
        }
    }
    let excess = recent.len().saturating_sub(12);
    recent.drain(..excess);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn anything_may_come_at_any_time(steps in vec(step(), 1..60)) {
        let mut script = Script::new();
        script.agent.set_delivery_notifications(true);
        let mut recent = Vec::new();
        for step in steps {
            play(&mut script, &mut recent, step);
        }
        // Nobody answers any more: what was asked comes to an end.
        for which in 0..64 {
            _ = script.agent.unsubscribe(script.now, sip_ua::OpId(which));
        }
        script.agent.unregister(script.now);
        script.agent.unpublish(script.now);
        script.seconds(20_000);
        prop_assert!(script.agent.is_idle());
    }
}

/// What a stranger can make the user agent hold does not grow with how much he sends.
#[test]
fn strangers_cost_no_memory() {
    let mut script = Script::new();
    let size = |script: &mut Script, from: u32| {
        for at in from..from + 3000 {
            let long = "x".repeat(200);
            let message = script.message(at, "text/plain", "hi");
            let message = message.to_string().replace("bobs-call", &format!("{long}{at}"));
            script.receive(Message::parse(message).unwrap());
            let stray = script.message(at, "text/plain", "hi");
            script.receive(MessageBuilder::reply_to(&stray, StatusCode::OK, None).unwrap().build());
            script.skip();
            script.forget_events();
        }
        // Transactions remember their answers for 32 seconds.
        script.seconds(40);
        format!("{:?}", script.agent).len()
    };
    let first = size(&mut script, 0);
    let second = size(&mut script, 10_000);
    assert!(second < first + first / 10, "{first} then {second}");
}
