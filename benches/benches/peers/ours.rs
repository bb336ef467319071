use bytes::Bytes;
use sip_benches::{Parts, Sink, ours};
use sip_message::Message;

use crate::{Codec, Relay};

pub(crate) struct SipMessage;

impl Codec for SipMessage {
    const NAME: &'static str = "sip-message";

    type Message = Message;
    // A message that was parsed is its bytes already, and handing them out is no writing. So it is written from its
    // values.
    type Value<'a> = Parts<'a>;

    fn parse(bytes: &Bytes) -> Message {
        ours::parse(bytes)
    }

    fn typed(message: &Message, sink: &mut impl Sink) {
        ours::typed(message, sink);
    }

    fn value(message: &Message) -> Parts<'_> {
        Parts::of(message)
    }

    fn write(value: &Self::Value<'_>) -> impl AsRef<[u8]> {
        value.write().as_bytes().clone()
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
