//! Disposition notifications (RFC 5438) both ways.

use std::time::Duration;

use cpim::imdn::{DeliveryStatus, DisplayStatus, Imdn, MessageId, Notification, NotifyRequest, Sender};
use sip_message::{HeaderName, Message, StatusCode, UriBuf};
use sip_ua::{Content, Event, Failure, OpId, ReceivedId, UnknownMessage};

use crate::script::{Script, method, status, take, text};

const ALL: [NotifyRequest; 3] = [
    NotifyRequest::PositiveDelivery,
    NotifyRequest::NegativeDelivery,
    NotifyRequest::Display,
];
const DELIVERED: Notification = Notification::Delivery(DeliveryStatus::Delivered);
const DISPLAYED: Notification = Notification::Display(DisplayStatus::Displayed);

pub(crate) fn bob() -> UriBuf {
    UriBuf::parse("sip:bob@example.test").unwrap()
}

/// A script in which Alice lets senders know of deliveries.
pub(crate) fn willing() -> Script {
    let mut script = Script::new();
    script.agent.set_delivery_notifications(true);
    script
}

/// What Bob's client sends to ask.
pub(crate) fn asking(wanted: &str, more: &str) -> String {
    format!(
        "From: <im:bob@example.test>\r\nTo: Alice <im:alice@example.test>\r\nDateTime: 2026-11-22T22:21:39Z\r\n\
         {more}NS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: 0ebq/EQ9=\r\n\
         imdn.Disposition-Notification: {wanted}\r\n\r\nContent-Type: text/plain\r\n\r\nhi"
    )
}

/// Hands a Message/CPIM in, which is taken. What follows is left to take.
pub(crate) fn hear(script: &mut Script, cseq: u32, body: impl AsRef<[u8]>) {
    let request = script.message(cseq, "message/cpim", body);
    script.receive(request);
    assert_eq!(status(&script.sent()), 200);
}

/// Which message the next event is of, for `displayed`.
pub(crate) fn display(script: &mut Script) -> Option<ReceivedId> {
    take!(script.event(), Event::MessageReceived { display, .. } => display)
}

/// The notification that goes out next.
pub(crate) fn notice(script: &mut Script) -> (Imdn, cpim::Message, Message) {
    let request = script.sent();
    assert_eq!(method(&request), "MESSAGE");
    assert_eq!(text(&request, HeaderName::CONTENT_TYPE), "message/cpim");
    let message = cpim::Message::parse(request.body_bytes()).unwrap();
    assert!(message.imdn().is_notification());
    let mut told = message.imdn().notifications(&cpim::Limits::default()).unwrap();
    assert_eq!(told.len(), 1);
    (told.remove(0), message, request)
}

fn send(script: &mut Script) -> (OpId, cpim::Message) {
    let message = cpim::Message::builder().text("hello");
    let op = script.agent.send_asking(script.now, &bob(), message, &ALL);
    let request = script.sent();
    assert_eq!(text(&request, HeaderName::CONTENT_TYPE), "message/cpim");
    let message = cpim::Message::parse(request.body_bytes()).unwrap();
    script.answer(&request, StatusCode::OK);
    let sent = take!(script.event(), Event::MessageSent { op, .. } => op);
    assert_eq!(sent, op);
    (op, message)
}

/// What a recipient tells of a message.
fn told(message: &cpim::Message, notification: Notification) -> cpim::Message {
    let bob = cpim::Address::from(cpim::Uri::new("im:bob@example.test").unwrap());
    let mut sender = Sender::for_recipient(message, bob).unwrap();
    sender.notify(notification, MessageId::from_random(1)).unwrap().message
}

fn disposition(event: Event) -> (Option<OpId>, String, Imdn) {
    take!(event, Event::Disposition { op, from_aor, imdn } => (op, from_aor.unwrap().to_string(), imdn))
}

#[test]
fn a_message_that_asks_says_who_when_and_what() {
    let mut script = Script::with(|config| config.display_name = Some("Alice \"A\"".to_owned()));
    script.seconds(5);
    let (_, message) = send(&mut script);
    assert_eq!(
        message.from().unwrap().unwrap().to_string(),
        "\"Alice \\\"A\\\"\"<sip:alice@example.test>"
    );
    assert_eq!(message.to().count(), 1);
    assert_eq!(
        message.date_time().unwrap().unwrap().to_string(),
        "2023-11-14T22:13:25Z"
    );
    assert_eq!(
        message.imdn().disposition_notification().unwrap().to_string(),
        "positive-delivery, negative-delivery, display"
    );
    assert_eq!(message.text(), Some("hello"));
    let id = message.imdn().message_id().unwrap().unwrap();
    let (_, other) = send(&mut script);
    assert_ne!(other.imdn().message_id().unwrap().unwrap(), id);
}

#[test]
fn what_comes_back_is_of_the_message_that_asked() {
    let mut script = Script::new();
    let (first, one) = send(&mut script);
    let (second, two) = send(&mut script);
    // Long after the transaction; there is no time after which none can come.
    script.pass(Duration::from_secs(100_000));
    for (cseq, message, notification, op) in [
        (1, &two, DELIVERED, second),
        (2, &one, DELIVERED, first),
        (3, &one, DISPLAYED, first),
    ] {
        hear(&mut script, cseq, told(message, notification).as_bytes());
        let (of, from, imdn) = disposition(script.event());
        assert_eq!((of, imdn.notification()), (Some(op), Some(notification)));
        assert_eq!(from, "sip:bob@example.test");
    }
    // A retransmission by another way.
    let again = script.message(3, "message/cpim", told(&one, DISPLAYED).as_bytes());
    script.receive(again);
    script.no_event();
    script.skip();
    // Nothing answers a notification.
    script.seconds(100);
    script.silence();
}

#[test]
fn notifications_come_bare_and_of_unknown_messages_too() {
    let mut script = Script::new();
    let (op, message) = send(&mut script);
    let bare = told(&message, DELIVERED).content_bytes();
    let request = script.message(1, "message/imdn+xml", &bare);
    script.receive(request);
    assert_eq!(status(&script.sent()), 200);
    assert_eq!(disposition(script.event()).0, Some(op));
    let other = String::from_utf8(bare.to_vec()).unwrap();
    let id = message.imdn().message_id().unwrap().unwrap();
    let other = other.replace(id.as_str(), "other");
    let request = script.message(2, "message/imdn+xml", other);
    script.receive(request);
    assert_eq!(status(&script.sent()), 200);
    let (op, _, imdn) = disposition(script.event());
    assert_eq!((op, imdn.message_id().as_str()), (None, "other"));
    let request = script.message(3, "message/imdn+xml", "<imdn/>");
    script.receive(request);
    let response = script.sent();
    assert_eq!(status(&response), 400);
    assert!(response.to_string().contains("IMDN: line 1"), "{response}");
    script.silence();
}

#[test]
fn an_aggregate_tells_of_each_recipient() {
    let mut script = Script::new();
    let (op, message) = send(&mut script);
    let id = message.imdn().message_id().unwrap().unwrap();
    let document = |recipient: &str, status: &str| {
        format!(
            "--b\r\nContent-Type: message/imdn+xml\r\n\r\n<imdn xmlns='urn:ietf:params:xml:ns:imdn'><message-id>{id}</message-id>\
             <datetime>2023-11-14T22:13:20Z</datetime><recipient-uri>im:{recipient}@example.test</recipient-uri>\
             <delivery-notification><status><{status}/></status></delivery-notification></imdn>\r\n"
        )
    };
    let body = format!(
        "From: <im:list@example.test>\r\n\r\nContent-Type: multipart/mixed; boundary=b\r\n\
         Content-Disposition: notification\r\n\r\n{}{}--b--\r\n",
        document("bob", "delivered"),
        document("carol", "failed")
    );
    hear(&mut script, 1, body);
    for (recipient, status) in [
        ("im:bob@example.test", "delivered"),
        ("im:carol@example.test", "failed"),
    ] {
        let (of, _, imdn) = disposition(script.event());
        assert_eq!((of, imdn.recipient_uri()), (Some(op), Some(recipient)));
        assert_eq!(imdn.notification().unwrap().status(), status);
    }
    script.no_event();
}

#[test]
fn a_delivery_is_told_at_once_and_a_display_when_it_is_seen() {
    let mut script = willing();
    hear(
        &mut script,
        1,
        asking("positive-delivery, negative-delivery, display", ""),
    );
    let (imdn, message, request) = notice(&mut script);
    assert_eq!(request.request_uri().unwrap().as_str(), "sip:bob@example.test");
    assert_eq!(text(&request, HeaderName::TO), "<sip:bob@example.test>");
    assert_eq!(
        message.from().unwrap().unwrap().to_string(),
        "Alice <im:alice@example.test>"
    );
    assert_eq!(
        message.to().next().unwrap().unwrap().to_string(),
        "<im:bob@example.test>"
    );
    assert_eq!(imdn.message_id().as_str(), "0ebq/EQ9=");
    assert_eq!(imdn.date_time_text(), "2026-11-22T22:21:39Z");
    assert_eq!(imdn.recipient_uri(), Some("im:alice@example.test"));
    assert_eq!(imdn.notification(), Some(DELIVERED));
    script.answer(&request, StatusCode::OK);
    let id = display(&mut script).unwrap();
    script.silence();

    script.agent.displayed(script.now, id).unwrap();
    let (imdn, _, request) = notice(&mut script);
    assert_eq!(imdn.notification(), Some(DISPLAYED));
    // How that goes is nothing that the application asked.
    script.answer(&request, StatusCode::NOT_FOUND);
    assert_eq!(script.agent.displayed(script.now, id), Err(UnknownMessage(id)));
    script.silence();
    script.no_event();
}

#[test]
fn only_what_is_asked_for_is_told() {
    let mut script = willing();
    hear(&mut script, 1, asking("display", ""));
    assert!(display(&mut script).is_some());
    hear(&mut script, 2, asking("positive-delivery", ""));
    assert!(display(&mut script).is_none());
    let (_, _, request) = notice(&mut script);
    script.answer(&request, StatusCode::OK);
    for (cseq, wanted) in [(3, "negative-delivery"), (4, "processing"), (5, "")] {
        hear(&mut script, cseq, asking(wanted, ""));
        assert!(display(&mut script).is_none(), "{wanted}");
    }
    // A message that is refused is told of by its response alone.
    let required = asking(
        "positive-delivery, negative-delivery",
        "NS: x <urn:x:y>\r\nRequire: x.y\r\n",
    );
    let request = script.message(6, "message/cpim", required);
    script.receive(request);
    assert_eq!(status(&script.sent()), 400);
    // A repetition was told of.
    hear(&mut script, 2, asking("positive-delivery", ""));
    script.silence();
    script.no_event();
}

#[test]
fn a_notification_that_asks_gets_no_notification() {
    let mut script = willing();
    let asks = asking("positive-delivery, negative-delivery, display", "");
    let document = "message/imdn+xml\r\n\r\n<imdn xmlns='urn:ietf:params:xml:ns:imdn'><message-id>x</message-id>\
        <datetime/><delivery-notification><status><delivered/></status></delivery-notification></imdn>";
    hear(&mut script, 1, asks.replace("text/plain\r\n\r\nhi", document));
    assert!(matches!(script.event(), Event::Disposition { op: None, .. }));
    let disposed = "text/plain\r\nContent-Disposition: notification\r\n\r\nhi";
    hear(&mut script, 2, asks.replace("text/plain\r\n\r\nhi", disposed));
    assert!(display(&mut script).is_none());
    script.no_event();
    script.silence();
}

#[test]
fn deliveries_are_private_unless_the_user_says_otherwise() {
    let mut script = Script::new();
    hear(&mut script, 1, asking("positive-delivery, display", ""));
    script.silence();
    // Each display is a choice of its own.
    let id = display(&mut script).unwrap();
    script.agent.displayed(script.now, id).unwrap();
    let (imdn, _, request) = notice(&mut script);
    assert_eq!(imdn.notification(), Some(DISPLAYED));
    script.answer(&request, StatusCode::OK);

    script.agent.set_delivery_notifications(true);
    script.silence();
    hear(&mut script, 2, asking("positive-delivery", ""));
    let (imdn, _, request) = notice(&mut script);
    assert_eq!(imdn.notification(), Some(DELIVERED));
    script.answer(&request, StatusCode::OK);

    script.agent.set_delivery_notifications(false);
    hear(&mut script, 3, asking("positive-delivery", ""));
    script.silence();
}

#[test]
fn nobody_is_told_nothing() {
    let mut script = willing();
    let body = asking("positive-delivery, display", "");
    let request = script.message(1, "message/cpim", &body);
    let request = request
        .to_string()
        .replace("<sip:bob@example.test>", "<sip:anonymous@anonymous.invalid>");
    script.receive(Message::parse(request).unwrap());
    assert_eq!(status(&script.sent()), 200);
    assert!(display(&mut script).is_none());
    hear(
        &mut script,
        2,
        body.replace("im:bob@example.test", "im:x;y@anonymous.invalid"),
    );
    assert!(display(&mut script).is_none());
    script.silence();
}

#[test]
fn a_notification_takes_the_way_that_intermediaries_asked_for() {
    let mut script = willing();
    let way = "NS: i <urn:ietf:params:imdn>\r\ni.IMDN-Record-Route: <im:near@example.test>\r\n\
               i.IMDN-Record-Route: <sip:far@example.test>\r\n";
    hear(&mut script, 1, asking("positive-delivery", way));
    let (_, message, request) = notice(&mut script);
    assert_eq!(request.request_uri().unwrap().as_str(), "sip:near@example.test");
    assert_eq!(message.imdn().route().count(), 2);
}

#[test]
fn a_notification_that_cannot_be_addressed_is_not_sent() {
    for (way, is_sent) in [
        ("sip:near@example.test", true),
        ("sip:near.example.test:5060", true),
        // A Request-URI has no headers.
        ("sip:near@example.test?subject=x", false),
        ("tel:+1-201-555-0123", false),
        ("mailto:near@example.test", false),
    ] {
        let mut script = willing();
        let way = format!("NS: i <urn:ietf:params:imdn>\r\ni.IMDN-Record-Route: <{way}>\r\n");
        hear(&mut script, 1, asking("positive-delivery", &way));
        assert_eq!(script.skip(), usize::from(is_sent), "{way}");
        // The message itself is as good as any.
        assert!(display(&mut script).is_none());
        script.no_event();
    }
}

#[test]
fn a_message_that_asks_and_cannot_be_addressed_is_not_sent() {
    let mut script = willing();
    let message = cpim::Message::builder().text("hello");
    let to = UriBuf::parse("sip:bob@example.test?subject=x").unwrap();
    let op = script.agent.send_asking(script.now, &to, message, &ALL);
    let failed = take!(script.event(), Event::Failed { op, failure: Failure::InvalidRequest(_) } => op);
    assert_eq!(failed, op);
    script.silence();
}

#[test]
fn a_text_asks_for_nothing() {
    let mut script = willing();
    let request = script.message(1, "text/plain", "hi");
    script.receive(request);
    assert_eq!(status(&script.sent()), 200);
    let (content, id) = take!(script.event(), Event::MessageReceived { content, display, .. } => (content, display));
    assert_eq!((content, id), (Content::Text("hi".to_owned()), None));
    script.silence();
}
