use std::hint::black_box;

use bytes::Bytes;
use criterion::{BenchmarkGroup, measurement::WallTime};
use sip_benches::{MESSAGES, Parts, Sink, ours};
use sip_message::Message;

use crate::{Codec, Relay};

/// Measures what no peer does: the message made anew from its typed values.
pub(crate) fn build(group: &mut BenchmarkGroup<'_, WallTime>) {
    let messages = MESSAGES.map(|(_, bytes)| ours::parse(&Bytes::from_static(bytes)));
    let parts = messages.each_ref().map(Parts::of);
    group.bench_function("sip-message from typed values", |bencher| {
        bencher.iter(|| {
            for parts in &parts {
                black_box(black_box(parts).write());
            }
        });
    });
}

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
