use bytes::Bytes;
use sip_benches::{Sink, ours};
use sip_message::Message;

use crate::{Codec, Relay};

pub(crate) struct SipMessage;

impl Codec for SipMessage {
    const NAME: &'static str = "sip-message";

    type Message = Message;
    type Value<'a> = &'a Message;

    fn parse(bytes: &Bytes) -> Message {
        ours::parse(bytes)
    }

    fn typed(message: &Message, sink: &mut impl Sink) {
        ours::typed(message, sink);
    }

    fn value(message: &Message) -> &Message {
        message
    }

    fn write(value: &Self::Value<'_>) -> impl AsRef<[u8]> {
        // A message is its bytes; the peers write into a buffer of their own.
        Bytes::copy_from_slice(value.as_bytes())
    }

    fn respond(request: &Message) -> impl AsRef<[u8]> {
        ours::respond(request).as_bytes().clone()
    }
}

impl Relay for SipMessage {
    fn relay(request: &mut Message) -> impl AsRef<[u8]> {
        ours::relay(request).as_bytes().clone()
    }
}
