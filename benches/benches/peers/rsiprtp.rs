use bytes::Bytes;
use rsiprtp::sip::{SipMessage, SipResponse};
use sip_benches::{Field, Sink, TO_TAG};

use crate::Codec;

/// rsiprtp's message types have accessors that each decode the header anew; there are none for Expires and Event, and a
/// message that was received cannot be changed.
pub(crate) struct Rsiprtp;

impl Codec for Rsiprtp {
    const NAME: &'static str = "rsiprtp";

    type Message = SipMessage;
    type Value<'a> = &'a SipMessage;

    fn parse(bytes: &Bytes) -> SipMessage {
        SipMessage::parse(bytes).expect("a message")
    }

    fn typed(message: &SipMessage, sink: &mut impl Sink) {
        // Requests and responses have the same accessors without a trait for both.
        macro_rules! see {
            ($message:ident) => {{
                sink.see(Field::Branch, $message.via_branch().expect("there"));
                sink.see(Field::FromTag, $message.from_tag().expect("there"));
                if let Some(tag) = $message.to_tag() {
                    sink.see(Field::ToTag, tag);
                }
                sink.see(Field::CallId, $message.call_id().expect("there"));
                sink.see(Field::CSeqNumber, $message.cseq().expect("well-formed"));
                sink.see(Field::CSeqMethod, $message.cseq_method().expect("well-formed"));
                if let Some(uri) = $message.contact_uri() {
                    sink.see(Field::ContactUri, uri);
                }
            }};
        }
        match message {
            SipMessage::Request(request) => see!(request),
            SipMessage::Response(response) => see!(response),
        }
    }

    fn value(message: &SipMessage) -> &SipMessage {
        message
    }

    fn write(value: &Self::Value<'_>) -> impl AsRef<[u8]> {
        value.to_bytes()
    }

    fn respond(request: &SipMessage) -> impl AsRef<[u8]> {
        let request = request.as_request().expect("only requests are answered");
        SipResponse::builder()
            .status(200, "OK")
            .from_request(request)
            .to_tag(TO_TAG)
            .build()
            .expect("complete")
            .to_bytes()
    }
}
