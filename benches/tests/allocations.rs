//! What is read of a message costs no heap allocation.

use allocation_counter::measure;
use bytes::{Bytes, BytesMut};
use sip_benches::{MESSAGES, Unseen, ours};
use sip_message::{Message, MessageBuilder, StatusCode};

/// Memory that is shared by counting. The first to share it allocates the count, as a transport has done before it hands
/// a datagram on.
fn received(bytes: &[u8]) -> Bytes {
    let received = Bytes::copy_from_slice(bytes);
    drop(received.clone());
    received
}

/// Heap allocations of an operation for each message.
fn allocations(mut operation: impl FnMut(&Bytes, &Message)) -> Vec<(&'static str, u64)> {
    let one = |(name, bytes): (&'static str, &[u8])| {
        let bytes = received(bytes);
        let message = ours::parse(&bytes);
        (name, measure(|| operation(&bytes, &message)).count_total)
    };
    MESSAGES.into_iter().map(one).collect()
}

fn none() -> Vec<(&'static str, u64)> {
    MESSAGES.map(|(name, _)| (name, 0)).to_vec()
}

#[test]
fn the_counter_counts() {
    let text = allocations(|_, message| drop(message.to_string()));
    assert!(text.iter().all(|(_, count)| *count > 0), "{text:?}");
}

#[test]
fn parse() {
    assert_eq!(allocations(|bytes, _| drop(ours::parse(bytes))), none());
}

#[test]
fn typed() {
    assert_eq!(allocations(|_, message| ours::typed(message, &mut Unseen)), none());
}

#[test]
fn a_reply_into_a_buffer_that_is_at_hand() {
    let mut buffer = BytesMut::with_capacity(2048);
    let counts = allocations(|_, request| {
        let builder = MessageBuilder::reply_in(std::mem::take(&mut buffer), request, StatusCode::OK, Some("4e1"));
        buffer = builder.expect("a token").into_buffer();
        assert!(buffer.ends_with(b"\r\nContent-Length: 0\r\n\r\n"));
    });
    assert_eq!(counts, none());
}
