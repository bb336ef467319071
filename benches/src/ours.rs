//! The operations that are measured, with sip-message.

use bytes::Bytes;
use sip_message::{
    HeaderName, Host, Message, MessageBuilder, StatusCode, Transport,
    headers::{CSeq, CallId, Contact, Event, Expires, From, To, Via},
};

use crate::{Field, PROXY_BRANCH, PROXY_HOST, PROXY_PORT, Sink, TO_TAG};

/// Bytes to an indexed message. The message shares the bytes; nothing is copied.
///
/// # Panics
/// When the bytes are no message.
#[must_use]
pub fn parse(bytes: &Bytes) -> Message {
    Message::parse(bytes.clone()).expect("a message")
}

/// What an element looks at before it knows what to do.
///
/// # Panics
/// When one of these headers is malformed, or one that every message has is absent.
pub fn typed(message: &Message, sink: &mut impl Sink) {
    let top: Via = message.typed().expect("well-formed").expect("there");
    let from: From = message.typed().expect("well-formed").expect("there");
    let to: To = message.typed().expect("well-formed").expect("there");
    let call_id: CallId = message.typed().expect("well-formed").expect("there");
    let cseq: CSeq = message.typed().expect("well-formed").expect("there");
    let contact: Option<Contact> = message.typed().expect("well-formed");
    let expires: Option<Expires> = message.typed().expect("well-formed");
    let event: Option<Event> = message.typed().expect("well-formed");
    if let Some(branch) = top.branch() {
        sink.see(Field::Branch, branch);
    }
    if let Some(tag) = from.tag() {
        sink.see(Field::FromTag, tag);
    }
    if let Some(tag) = to.tag() {
        sink.see(Field::ToTag, tag);
    }
    sink.see(Field::CallId, call_id.as_str());
    sink.see(Field::CSeqNumber, cseq.number());
    sink.see(Field::CSeqMethod, cseq.method());
    if let Some(uri) = contact.as_ref().and_then(Contact::uri) {
        sink.see(Field::ContactUri, uri);
    }
    if let Some(expires) = expires {
        sink.see(Field::Expires, expires.0);
    }
    if let Some(event) = event {
        sink.see(Field::EventPackage, event.package());
    }
}

/// The 200 to a request, written.
///
/// # Panics
/// Never: the tag is a token.
#[must_use]
pub fn respond(request: &Message) -> Message {
    MessageBuilder::reply_to(request, StatusCode::OK, Some(TO_TAG))
        .expect("a token")
        .build()
}

/// The request as a proxy forwards it: Via pushed, Max-Forwards lowered, the first Route removed if there is one.
///
/// # Panics
/// When Max-Forwards is malformed.
#[must_use]
pub fn relay(request: &Message) -> Message {
    let host = Host::parse(PROXY_HOST).expect("a host");
    let via = Via::new(Transport::Udp, host, Some(PROXY_PORT), PROXY_BRANCH).expect("a token");
    request
        .edit()
        .push_front(&via)
        .pop_front(HeaderName::ROUTE)
        .lower_max_forwards()
        .expect("a number")
        .finish()
}
