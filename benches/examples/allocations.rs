//! Heap allocations of sip-message and the peers for each operation of the bench `peers`, the mean over the messages, as a
//! Markdown table: `cargo run --release -p sip-benches --example allocations`. A program of its own, because counting
//! would slow the benchmark down.

#[path = "../benches/peers/codec.rs"]
mod codec;
#[path = "../benches/peers/ezk.rs"]
mod ezk;
#[path = "../benches/peers/ours.rs"]
mod ours;
#[path = "../benches/peers/rsip.rs"]
mod rsip;
#[path = "../benches/peers/rsiprtp.rs"]
mod rsiprtp;
#[path = "../benches/peers/rsipstack.rs"]
mod rsipstack;

use std::hint::black_box;

use bytes::Bytes;
use codec::{Codec, Relay};
use sip_benches::{MESSAGES, Unseen};

fn main() {
    let mut table = String::from(
        "| allocations per message | parse | parse and typed | serialise | response | proxy |\n\
         | --- | --: | --: | --: | --: | --: |\n",
    );
    table += &row::<ours::SipMessage>(&relay::<ours::SipMessage>());
    table += &row::<rsipstack::Rsipstack>(&relay::<rsipstack::Rsipstack>());
    table += &row::<rsip::Rsip>(&relay::<rsip::Rsip>());
    table += &row::<ezk::Ezk>(&relay::<ezk::Ezk>());
    table += &row::<rsiprtp::Rsiprtp>("-");
    #[expect(clippy::print_stdout, reason = "this is a program")]
    {
        print!("{table}");
    }
}

fn row<C: Codec>(relay: &str) -> String {
    let all = |_: &Bytes| true;
    let parse = mean(all, |bytes| count(|| drop(black_box(C::parse(bytes)))));
    let typed = mean(all, |bytes| {
        count(|| {
            let message = C::parse(bytes);
            C::typed(&message, &mut Unseen);
            drop(black_box(message));
        })
    });
    let write = mean(all, |bytes| {
        let message = C::parse(bytes);
        let value = C::value(&message);
        count(|| drop(black_box(C::write(&value))))
    });
    let respond = mean(is_request, |bytes| {
        let request = C::parse(bytes);
        count(|| drop(black_box(C::respond(&request))))
    });
    format!("| {} | {parse} | {typed} | {write} | {respond} | {relay} |\n", C::NAME)
}

fn relay<C: Relay>() -> String {
    mean(is_request, |bytes| {
        let mut request = C::parse(bytes);
        count(|| drop(black_box(C::relay(&mut request))))
    })
}

fn count(operation: impl FnOnce()) -> u64 {
    allocation_counter::measure(operation).count_total
}

fn is_request(bytes: &Bytes) -> bool {
    !bytes.starts_with(b"SIP/")
}

/// The mean of a count over the messages that fit.
fn mean(fits: impl Fn(&Bytes) -> bool, count: impl Fn(&Bytes) -> u64) -> String {
    let mut counts = Vec::new();
    for (_, bytes) in MESSAGES {
        let bytes = Bytes::copy_from_slice(bytes);
        // The first to share the memory allocates the count of those who do.
        drop(bytes.clone());
        if fits(&bytes) {
            counts.push(count(&bytes));
        }
    }
    let messages = u64::try_from(counts.len()).expect("few");
    (counts.iter().sum::<u64>() / messages).to_string()
}
