//! Whatever comes, the server does not panic, answers are valid SIP, and what it holds for strangers is bounded.

use crate::harness::{Harness, flow};
use proptest::prelude::*;
use sip_message::Message;
use sip_server::Input;

const SEEDS: [&str; 4] = [
    "REGISTER sip:example.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\nFrom: <sip:alice@example.test>;tag=1\r\n\
     To: <sip:alice@example.test>\r\nCall-ID: p\r\nCSeq: 1 REGISTER\r\nContact: <sip:alice@192.0.2.9>;expires=60\r\n\r\n",
    "SUBSCRIBE sip:alice@example.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK2;rport\r\nRoute: <sip:192.0.2.1;lr>\r\n\
     From: \"B\" <sip:bob@example.test>;tag=1\r\nTo: <sip:alice@example.test>\r\nCall-ID: q\r\nCSeq: 1 SUBSCRIBE\r\n\
     Event: presence\r\nAccept: application/pidf+xml\r\nContact: <sip:bob@192.0.2.9>\r\n\r\n",
    "MESSAGE sip:bob@example.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK3\r\nMax-Forwards: 70\r\n\
     From: <sip:alice@example.test>;tag=1\r\nTo: <sip:bob@example.test>\r\nCall-ID: r\r\nCSeq: 1 MESSAGE\r\n\
     Proxy-Authorization: Digest username=\"alice\", realm=\"example.test\", nonce=\"00\", uri=\"sip:x\", response=\"00\"\r\n\
     Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi",
    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK4\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\n\
     Call-ID: s\r\nCSeq: 1 NOTIFY\r\n\r\n",
];

/// A message of the seeds with some bytes overwritten, taken out or doubled.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let edits = prop::collection::vec((any::<prop::sample::Index>(), 0..3_u8, any::<u8>()), 0..6);
    (prop::sample::select(&SEEDS[..]), edits).prop_map(|(seed, edits)| {
        let mut bytes = seed.as_bytes().to_vec();
        for (at, kind, byte) in edits {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => drop(bytes.remove(at)),
                _ => {
                    let tail = bytes.split_off(at);
                    bytes.extend_from_slice(&tail[..tail.len().min(40)]);
                    bytes.extend(tail);
                }
            }
            if bytes.is_empty() {
                bytes.push(b'x');
            }
        }
        bytes
    })
}

proptest! {
    #[test]
    fn mutated_requests_are_survived(messages in prop::collection::vec(mutated(), 1..20), pause in 0..100_u64) {
        let mut harness = Harness::new();
        for bytes in messages {
            if let Ok(message) = Message::parse(bytes) {
                // The harness checks that every answer is valid SIP.
                harness.input(Input::Received { message, flow: flow("alice") });
            }
        }
        harness.advance(pause);
        // Nobody has shown credentials, so nothing is kept.
        prop_assert!(harness.rows.is_empty());
        harness.advance(100);
        prop_assert_eq!(harness.server.poll_timeout(), None);
    }
}

#[test]
fn a_flood_of_strangers_leaves_nothing_behind() {
    let mut harness = Harness::new();
    for number in 0..5_000 {
        let text = SEEDS[1].replace("z9hG4bK2", &format!("z9hG4bK{number}"));
        harness.input(Input::Received {
            message: Message::parse(text).unwrap(),
            flow: flow("mallory"),
        });
    }
    // Challenges are stateless, so there is not even a timer.
    assert_eq!(harness.server.poll_timeout(), None);
    assert!(harness.rows.is_empty());
}
