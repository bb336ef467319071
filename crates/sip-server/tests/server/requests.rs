//! What the server answers, row by row of the paper, and what it refuses.

use crate::harness::{Harness, Sent, flow, via_count};
use sip_message::{
    HeaderName, Message, Method,
    headers::{CSeq, Expires, MaxForwards, SubscriptionState},
};
use sip_server::{Event, Input, Row, RowKey};
use sip_transaction::Destination;

pub(crate) const SUBSCRIBE: &str = "SUBSCRIBE sip:alice@example.test\r\nTo: <sip:alice@example.test>\r\nCall-ID: sub\r\n\
    Event: presence\r\nContact: <sip:bob@192.0.2.99>\r\n\r\n";
pub(crate) const MESSAGE: &str = "MESSAGE sip:bob@example.test\r\nTo: <sip:bob@example.test>\r\nCall-ID: im\r\n\
    Content-Type: text/plain\r\n\r\n\u{c548}\u{b155}\u{d558}\u{c138}\u{c694}";
const OPEN: &str = r#"<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:alice@example.test"><tuple id="t"><status><basic>open</basic></status><note>in</note></tuple></presence>"#;

pub(crate) fn statuses(sent: &[Sent]) -> Vec<u16> {
    sent.iter().map(Sent::status).collect()
}

fn publish(headers: &str, body: &str) -> String {
    format!(
        "PUBLISH sip:alice@example.test\r\nTo: <sip:alice@example.test>\r\nCall-ID: pub\r\nEvent: presence\r\n\
         {headers}\r\n{body}"
    )
}

/// The NOTIFY among what was sent, answered with 200.
pub(crate) fn notify(harness: &mut Harness, sent: &[Sent]) -> Message {
    let notify = sent
        .iter()
        .find(|sent| sent.message.method() == Some(Method::Notify))
        .expect("a NOTIFY");
    let message = notify.message.clone();
    harness.reply("bob", &message, 200);
    message
}

#[test]
fn a_wrong_event_is_refused_before_credentials_are_asked_for() {
    let mut harness = Harness::new();
    for event in ["Event: dialog\r\n", ""] {
        let sent = harness.send("bob", &SUBSCRIBE.replace("Event: presence\r\n", event));
        assert_eq!(statuses(&sent), [489]);
        assert_eq!(sent[0].header(HeaderName::ALLOW_EVENTS), "presence");
        let sent = harness.send("alice", &publish("", "").replace("Event: presence\r\n", event));
        assert_eq!(statuses(&sent), [489]);
    }
    assert_eq!(
        statuses(&harness.send("bob", &SUBSCRIBE.replace("presence", "Presence"))),
        [401]
    );
}

#[test]
fn a_subscription_lives_as_in_the_paper() {
    let mut harness = Harness::new();
    harness.register("alice", "");
    let first = harness.send("bob", SUBSCRIBE);
    assert_eq!(statuses(&first), [401]);
    assert!(first[0].header(HeaderName::WWW_AUTHENTICATE).contains("qop=\"auth\""));

    let sent = harness.send_as("bob", SUBSCRIBE);
    assert_eq!(sent[0].status(), 200);
    assert_eq!(sent[0].message.typed::<Expires>().unwrap(), Some(Expires(3600)));
    let first = notify(&mut harness, &sent);
    assert_eq!(
        first.typed::<SubscriptionState>().unwrap().unwrap().expires(),
        Some(3600)
    );
    assert!(String::from_utf8_lossy(first.body()).contains("<basic>open</basic>"));
    assert_eq!(
        harness
            .rows
            .values()
            .filter(|row| matches!(row, Row::Subscription(_)))
            .count(),
        1
    );

    // A change is told.
    let sent = harness.send_as(
        "alice",
        &publish(
            "Content-Type: application/pidf+xml\r\n",
            &OPEN.replace("open", "closed"),
        ),
    );
    assert_eq!(sent[0].status(), 200);
    let second = notify(&mut harness, &sent);
    assert!(String::from_utf8_lossy(second.body()).contains("<basic>closed</basic>"));
    assert!(second.typed::<CSeq>().unwrap().unwrap().number() > first.typed::<CSeq>().unwrap().unwrap().number());

    // The clock ends it.
    let sent = harness.advance(3601);
    let last = sent
        .iter()
        .filter(|sent| sent.message.method() == Some(Method::Notify))
        .map(|sent| sent.message.typed::<SubscriptionState>().unwrap().unwrap())
        .last()
        .expect("a last NOTIFY");
    assert!(last.is_terminated());
    assert_eq!(last.reason(), Some("timeout"));
    assert_eq!(
        harness
            .rows
            .values()
            .filter(|row| matches!(row, Row::Subscription(_)))
            .count(),
        0
    );
}

#[test]
fn expires_zero_ends_a_subscription() {
    let mut harness = Harness::new();
    let sent = harness.send_as("bob", SUBSCRIBE);
    let to_tag = sent[0].header(HeaderName::TO);
    notify(&mut harness, &sent);
    let refresh = SUBSCRIBE.replace("To: <sip:alice@example.test>", &format!("To: {to_tag}"));
    let sent = harness.send_as("bob", &refresh.replace("\r\n\r\n", "\r\nExpires: 600\r\n\r\n"));
    assert_eq!(sent[0].message.typed::<Expires>().unwrap(), Some(Expires(600)));
    notify(&mut harness, &sent);
    let sent = harness.send_as("bob", &refresh.replace("\r\n\r\n", "\r\nExpires: 0\r\n\r\n"));
    assert_eq!(sent[0].status(), 200);
    assert!(
        notify(&mut harness, &sent)
            .typed::<SubscriptionState>()
            .unwrap()
            .unwrap()
            .is_terminated()
    );
    let sent = harness.send_as("bob", &refresh);
    assert_eq!(statuses(&sent), [481]);
    // As a subscriber sends it that keeps to RFC 3261 section 12.2.1.1: to the server's Contact.
    let sent = harness.send_as(
        "bob",
        &refresh.replacen("sip:alice@example.test", "sip:192.0.2.1:5060", 1),
    );
    assert_eq!(statuses(&sent), [481]);
}

#[test]
fn both_document_types_are_there_by_accept() {
    let mut harness = Harness::new();
    harness.register("alice", "");
    for (accept, content_type, namespace) in [
        ("", "application/pidf+xml", "urn:ietf:params:xml:ns:pidf\""),
        (
            "Accept: application/cpim-pidf+xml\r\n",
            "application/cpim-pidf+xml",
            "urn:ietf:params:xml:ns:cpim-pidf\"",
        ),
    ] {
        let request = SUBSCRIBE
            .replace("Event:", &format!("{accept}Event:"))
            .replace("sub", accept.get(..6).unwrap_or("x"));
        let sent = harness.send_as("bob", &request);
        let notify = notify(&mut harness, &sent);
        assert_eq!(
            notify.header(HeaderName::CONTENT_TYPE).unwrap().value(),
            content_type.as_bytes()
        );
        assert!(String::from_utf8_lossy(notify.body()).contains(namespace));
    }
    let sent = harness.send_as("bob", &SUBSCRIBE.replace("Event:", "Accept: text/plain\r\nEvent:"));
    assert_eq!(statuses(&sent), [406]);
}

#[test]
fn a_message_is_relayed_with_a_via_and_one_hop_less() {
    let mut harness = Harness::new();
    harness.register("bob", ";methods=\"MESSAGE\"");
    let first = harness.send("alice", MESSAGE);
    assert_eq!(statuses(&first), [407]);
    let sent = harness.send_as("alice", MESSAGE);
    let [forwarded] = &sent[..] else { panic!("one request") };
    assert_eq!(
        forwarded.to,
        Destination::Address {
            transport: flow("bob").transport,
            remote: flow("bob").remote
        }
    );
    let request = &forwarded.message;
    assert_eq!(
        request.request_uri().unwrap().as_str(),
        format!("sip:bob@{}", flow("bob").remote)
    );
    assert_eq!(via_count(request), 2);
    assert_eq!(request.typed::<MaxForwards>().unwrap(), Some(MaxForwards(69)));
    assert!(request.header(HeaderName::PROXY_AUTHORIZATION).is_none());
    assert_eq!(request.body(), "\u{c548}\u{b155}\u{d558}\u{c138}\u{c694}".as_bytes());
    let sent = harness.reply("bob", request, 200);
    assert_eq!(statuses(&sent), [200]);
    assert_eq!(via_count(&sent[0].message), 1);
    assert_eq!(sent[0].to.remote(), flow("alice").remote);
}

#[test]
fn what_a_message_is_does_not_matter_to_who_relays_it() {
    let mut harness = Harness::new();
    harness.register("bob", "");
    for (call_id, content, body) in [
        ("a", "Content-Type: application/im-iscomposing+xml\r\n", "<not even XML"),
        (
            "b",
            "Content-Encoding: deflate\r\nContent-Type: message/imdn+xml\r\n",
            "x\u{9c}",
        ),
        (
            "c",
            "Content-Encoding: deflate\r\nPriority: non-urgent\r\nContent-Type: message/cpim\r\n",
            "\0",
        ),
    ] {
        let request = format!(
            "MESSAGE sip:bob@example.test\r\nTo: <sip:bob@example.test>\r\nCall-ID: {call_id}\r\n{content}\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let sent = harness.send_as("alice", &request);
        let [relayed] = &sent[..] else {
            panic!("{content}: one request")
        };
        assert_eq!(relayed.message.body(), body.as_bytes(), "{content}");
        assert!(relayed.message.to_string().contains(content), "{}", relayed.message);
        assert_eq!(statuses(&harness.reply("bob", &relayed.message, 200)), [200]);
    }
}

#[test]
fn a_retransmitted_message_is_relayed_once() {
    let mut harness = Harness::new();
    harness.register("bob", "");
    let refusal = harness.send("alice", MESSAGE);
    let sent = harness.authorize("alice", "alice", "alicepw", MESSAGE, &refusal[0].message);
    assert_eq!(sent.len(), 1);
    let relayed = sent[0].message.clone();
    // The request as alice sent it: what was forwarded, without what the proxy did to it.
    let again = relayed.edit().pop_front(HeaderName::VIA).finish();
    let sent = harness.input(Input::Received {
        message: again.clone(),
        flow: flow("alice"),
    });
    assert_eq!(sent.len(), 0);
    assert_eq!(statuses(&harness.reply("bob", &relayed, 200)), [200]);
    let sent = harness.input(Input::Received {
        message: again,
        flow: flow("alice"),
    });
    assert_eq!(statuses(&sent), [200]);
}

#[test]
fn a_message_goes_to_every_contact_that_takes_it() {
    let mut harness = Harness::new();
    assert_eq!(
        statuses(&harness.send_as("alice", &MESSAGE.replace("bob@", "nobody@"))),
        [404]
    );
    assert_eq!(statuses(&harness.send_as("alice", MESSAGE)), [480]);
    harness.register("bob", ";methods=\"INVITE,BYE\"");
    assert_eq!(statuses(&harness.send_as("alice", MESSAGE)), [480]);
    harness.send_as(
        "bob",
        "REGISTER sip:example.test\r\nTo: <sip:bob@example.test>\r\nCall-ID: reg-bob\r\n\
         Contact: <sip:bob@192.0.2.50>;methods=\"MESSAGE\", <sip:bob@192.0.2.51>\r\n\r\n",
    );
    let sent = harness.send_as("alice", MESSAGE);
    assert_eq!(sent.len(), 2);
    let (one, other) = (sent[0].message.clone(), sent[1].message.clone());
    assert_eq!(statuses(&harness.reply("bob", &one, 486)), []);
    assert_eq!(statuses(&harness.reply("bob", &other, 200)), [200]);
}

#[test]
fn identities_are_checked() {
    let mut harness = Harness::new();
    harness.register("bob", "");
    // Right credentials of another user.
    let refusal = harness.send("alice", MESSAGE);
    let sent = harness.authorize("alice", "bob", "bobpw", MESSAGE, &refusal[0].message);
    assert_eq!(statuses(&sent), [403]);
    // A wrong password and an unknown user look the same.
    for (user, password) in [("alice", "wrong"), ("mallory", "wrong")] {
        let refusal = harness.send("alice", MESSAGE);
        let sent = harness.authorize("alice", user, password, MESSAGE, &refusal[0].message);
        assert_eq!(statuses(&sent), [407]);
        assert!(!sent[0].header(HeaderName::PROXY_AUTHENTICATE).contains("stale=true"));
    }
    let foreign = MESSAGE.replace("Call-ID", "From: <sip:eve@elsewhere.test>;tag=1\r\nCall-ID");
    assert_eq!(statuses(&harness.send("alice", &foreign)), [403]);
    let other = publish("Content-Type: application/pidf+xml\r\n", OPEN).replace("PUBLISH sip:alice", "PUBLISH sip:bob");
    assert_eq!(statuses(&harness.send_as("alice", &other)), [403]);
    assert!(
        harness.has_event(|event| matches!(event, Event::Answered { reason, .. } if reason.contains("may not act")))
    );
}

#[test]
fn hops_loops_and_extensions_are_looked_at_first() {
    let mut harness = Harness::new();
    harness.register("bob", "");
    let with = |header: &str| MESSAGE.replace("Call-ID", &format!("{header}\r\nCall-ID"));
    assert_eq!(statuses(&harness.send("alice", &with("Max-Forwards: 0"))), [483]);
    let looped = with("Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKloop");
    assert_eq!(statuses(&harness.send("alice", &looped)), [482]);
    assert_eq!(
        statuses(&harness.send("alice", &with("Route: <sip:192.0.2.1;lr>"))),
        [407]
    );
    assert_eq!(
        statuses(&harness.send("alice", &with("Route: <sip:10.0.0.1;lr>"))),
        [403]
    );
    let sent = harness.send("alice", &with("Proxy-Require: one, two"));
    assert_eq!(
        (sent[0].status(), sent[0].header(HeaderName::UNSUPPORTED)),
        (420, "one, two".to_owned())
    );
    let sent = harness.send("bob", &SUBSCRIBE.replace("Event", "Require: eventlist\r\nEvent"));
    assert_eq!(statuses(&sent), [420]);
    assert_eq!(
        statuses(&harness.send(
            "alice",
            &MESSAGE.replace("sip:bob@example.test\r\nTo", "nobodyKnows:a\r\nTo")
        )),
        [416]
    );
    assert_eq!(
        statuses(&harness.send(
            "alice",
            &MESSAGE.replace("sip:bob@example.test\r\nTo", "sip:a@b.test\r\nTo")
        )),
        [404]
    );
}

#[test]
fn other_methods_are_told_what_is_allowed() {
    let mut harness = Harness::new();
    let options = "OPTIONS sip:example.test\r\nTo: <sip:example.test>\r\nCall-ID: o\r\n\r\n";
    let sent = harness.send("alice", options);
    assert_eq!(sent[0].status(), 200);
    assert!(sent[0].header(HeaderName::ALLOW).contains("MESSAGE"));
    for (method, status) in [("INVITE", 405), ("NOTIFY", 405), ("CANCEL", 481), ("NEWMETHOD", 501)] {
        let sent = harness.send("alice", &options.replace("OPTIONS", method));
        assert_eq!(statuses(&sent), [status], "{method}");
    }
    let sent = harness.send("alice", &options.replace("Call-ID", "Require: 100rel\r\nCall-ID"));
    assert_eq!(
        (sent[0].status(), sent[0].header(HeaderName::UNSUPPORTED)),
        (420, "100rel".to_owned())
    );
}

#[test]
fn registrations_are_for_the_domains_that_are_served() {
    let mut harness = Harness::new();
    let register = |uri: &str| {
        format!(
            "REGISTER {uri}\r\nTo: <sip:alice@example.test>\r\nCall-ID: r\r\nContact: <sip:alice@192.0.2.9>\r\n\r\n"
        )
    };
    for elsewhere in ["sip:elsewhere.test", "tel:+1"] {
        assert_eq!(statuses(&harness.send("alice", &register(elsewhere))), [404]);
    }
    for here in ["sip:Example.TEST", "sip:192.0.2.1:5060", "sip:198.51.100.1"] {
        assert_eq!(statuses(&harness.send_as("alice", &register(here))), [200]);
    }
}

#[test]
fn credentials_of_another_scheme_are_for_others() {
    let mut harness = Harness::new();
    let request = SUBSCRIBE.replace("Event:", "Authorization: Bearer abc\r\nEvent:");
    assert_eq!(statuses(&harness.send_as("bob", &request)), [200, 0]);
    let broken = SUBSCRIBE.replace("Event:", "Authorization: Digest realm\r\nEvent:");
    assert_eq!(statuses(&harness.send("bob", &broken)), [400]);
}

#[test]
fn publications_follow_rfc_3903() {
    let mut harness = Harness::new();
    let body = "Content-Type: application/pidf+xml\r\n";
    let sent = harness.send_as("alice", &publish(body, OPEN));
    let first = sent[0].header(HeaderName::SIP_ETAG);
    assert!(sent[0].status() == 200 && !first.is_empty());
    let sent = harness.send_as("alice", &publish(&format!("SIP-If-Match: {first}\r\n"), ""));
    let second = sent[0].header(HeaderName::SIP_ETAG);
    assert!(sent[0].status() == 200 && second != first);
    let sent = harness.send_as("alice", &publish(&format!("{body}SIP-If-Match: {first}\r\n"), OPEN));
    assert_eq!(statuses(&sent), [412]);
    let sent = harness.send_as(
        "alice",
        &publish(
            &format!("{body}SIP-If-Match: {second}\r\n"),
            &OPEN.replace("in<", "out<"),
        ),
    );
    assert_eq!(sent[0].status(), 200);
    let third = sent[0].header(HeaderName::SIP_ETAG);
    let document = harness
        .server
        .document(&sip_message::Aor::new("alice", "example.test").unwrap());
    assert_eq!(document.tuples()[0].notes()[0].text(), "out");
    let sent = harness.send_as(
        "alice",
        &publish(&format!("SIP-If-Match: {third}\r\nExpires: 0\r\n"), ""),
    );
    assert_eq!(sent[0].status(), 200);
    assert_eq!(
        harness
            .rows
            .keys()
            .filter(|key| matches!(key, RowKey::Publication { .. }))
            .count(),
        0
    );
    let sent = harness.send_as("alice", &publish(body, "<presence"));
    assert_eq!(sent[0].status(), 400);
    assert!(sent[0].header(HeaderName::WARNING).contains("presence document"));
    assert_eq!(
        statuses(&harness.send_as("alice", &publish("Content-Type: text/plain\r\n", "hi"))),
        [415]
    );
}

#[test]
fn nothing_is_said_before_it_is_durable() {
    let mut harness = Harness::new();
    harness.durable = false;
    let sent = harness.send_as("bob", SUBSCRIBE);
    assert_eq!(sent.len(), 0);
    let commits: Vec<_> = harness.commits.drain(..).collect();
    let sent: Vec<_> = commits
        .into_iter()
        .flat_map(|id| harness.input(Input::Committed(id)))
        .collect();
    assert_eq!(statuses(&sent), [200, 0]);
}

#[test]
fn state_outlives_the_server() {
    let mut harness = Harness::new();
    harness.register("alice", "");
    let sent = harness.send_as("bob", SUBSCRIBE);
    let to_tag = sent[0].header(HeaderName::TO);
    let before = notify(&mut harness, &sent);
    let rows = harness.rows.clone();
    harness.restart();
    assert_eq!(harness.rows, rows);

    let refresh = SUBSCRIBE.replace("To: <sip:alice@example.test>", &format!("To: {to_tag}"));
    let sent = harness.send_as("bob", &refresh);
    assert_eq!(sent[0].status(), 200);
    let after = notify(&mut harness, &sent);
    assert_eq!(after.body(), before.body());
    let cseq = |message: &Message| message.typed::<CSeq>().unwrap().unwrap().number();
    assert!(cseq(&after) > cseq(&before));
    // What expires while nobody runs is told when somebody does.
    harness.now += std::time::Duration::from_secs(4000);
    harness.restart();
    let sent = harness.advance(1);
    assert!(sent.iter().any(|sent| {
        sent.message
            .typed::<SubscriptionState>()
            .unwrap()
            .is_some_and(|state| state.is_terminated())
    }));
    let document = harness
        .server
        .document(&sip_message::Aor::new("alice", "example.test").unwrap());
    assert_eq!(document.tuples()[0].status().basic(), Some(pidf::Basic::Closed));
}

#[test]
fn a_challenge_may_be_answered_with_the_same_branch() {
    let mut harness = Harness::new();
    let text = |authorization: &str| {
        Message::parse(format!(
            "REGISTER sip:example.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKsame\r\n\
             From: <sip:alice@example.test>;tag=1\r\nTo: <sip:alice@example.test>\r\nCall-ID: p\r\nCSeq: 1 REGISTER\r\n\
             Contact: <sip:alice@192.0.2.9>\r\n{authorization}\r\n"
        ))
        .unwrap()
    };
    let sent = harness.input(Input::Received {
        message: text(""),
        flow: flow("alice"),
    });
    let value = sent[0].header(HeaderName::WWW_AUTHENTICATE);
    let mut client = sip_digest::Client::new("alice", sip_digest::Password::new("alicepw")).unwrap();
    let mut attempt = sip_digest::Attempt::new("REGISTER", "sip:example.test");
    let challenge = sip_digest::Challenge::parse(&value).unwrap();
    let answer = client
        .answer(&mut attempt, sip_digest::Challenger::UserAgent, &[challenge], "c")
        .unwrap();
    let message = text(&format!("Authorization: {answer}\r\n"));
    let sent = harness.input(Input::Received {
        message,
        flow: flow("alice"),
    });
    assert_eq!(statuses(&sent), [200]);
}
