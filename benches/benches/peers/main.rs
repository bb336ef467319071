//! sip-message beside the other SIP codecs on crates.io, over the eight messages, in one run. `README.md` says what each
//! group measures and what a peer cannot do.

mod check;
mod codec;
mod ezk;
mod header_scan;
mod ours;
mod rsip;
mod rsiprtp;
mod rsipstack;

use std::hint::black_box;

use bytes::Bytes;
use codec::{Codec, Relay};
use criterion::{
    BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use sip_benches::{MESSAGES, Parts, Unseen};

/// The messages as they come from a socket: in memory that is shared by counting.
fn received() -> Vec<Bytes> {
    MESSAGES.map(|(_, bytes)| Bytes::copy_from_slice(bytes)).to_vec()
}

/// The same, requests only.
fn requests<C: Codec>() -> Vec<C::Message> {
    let mut received = received();
    received.retain(|bytes| !bytes.starts_with(b"SIP/"));
    received.iter().map(C::parse).collect()
}

type Group<'a> = BenchmarkGroup<'a, WallTime>;

fn parse<C: Codec>(group: &mut Group<'_>) {
    let received = received();
    group.bench_function(C::NAME, |bencher| {
        bencher.iter(|| {
            for bytes in &received {
                black_box(C::parse(black_box(bytes)));
            }
        });
    });
}

fn parse_typed<C: Codec>(group: &mut Group<'_>) {
    let received = received();
    group.bench_function(C::NAME, |bencher| {
        bencher.iter(|| {
            for bytes in &received {
                let message = C::parse(black_box(bytes));
                C::typed(&message, &mut Unseen);
                black_box(message);
            }
        });
    });
}

fn write<C: Codec>(group: &mut Group<'_>) {
    let messages: Vec<_> = received().iter().map(C::parse).collect();
    let values: Vec<_> = messages.iter().map(C::value).collect();
    group.bench_function(C::NAME, |bencher| {
        bencher.iter(|| {
            for value in &values {
                black_box(C::write(black_box(value)).as_ref());
            }
        });
    });
}

/// Measures what no peer does: the message made anew from its typed values.
fn build(group: &mut Group<'_>) {
    let messages = MESSAGES.map(|(_, bytes)| sip_benches::ours::parse(&Bytes::from_static(bytes)));
    let parts = messages.each_ref().map(Parts::of);
    group.bench_function("sip-message from typed values", |bencher| {
        bencher.iter(|| {
            for parts in &parts {
                black_box(black_box(parts).write());
            }
        });
    });
}

fn respond<C: Codec>(group: &mut Group<'_>) {
    let requests = requests::<C>();
    group.bench_function(C::NAME, |bencher| {
        bencher.iter(|| {
            for request in &requests {
                black_box(C::respond(black_box(request)).as_ref());
            }
        });
    });
}

fn relay<C: Relay>(group: &mut Group<'_>) {
    let requests = requests::<C>();
    group.bench_function(C::NAME, |bencher| {
        // Some codecs change the message, so each round has copies of its own; making and dropping them is not measured.
        bencher.iter_batched_ref(
            || requests.clone(),
            |requests| {
                for request in requests {
                    black_box(C::relay(black_box(request)).as_ref());
                }
            },
            BatchSize::SmallInput,
        );
    });
}

/// Runs a group whose rounds are each over `messages` messages, so that the throughput is in messages.
fn grouped(criterion: &mut Criterion, name: &str, messages: u64, run: impl FnOnce(&mut Group<'_>)) {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(messages));
    run(&mut group);
    group.finish();
}

fn peers(criterion: &mut Criterion) {
    check::all();
    grouped(criterion, "peers/parse", 8, |group| {
        parse::<ours::SipMessage>(group);
        parse::<rsipstack::Rsipstack>(group);
        parse::<rsip::Rsip>(group);
        parse::<ezk::Ezk>(group);
        parse::<rsiprtp::Rsiprtp>(group);
        header_scan::scan(group);
    });
    grouped(criterion, "peers/parse and typed", 8, |group| {
        parse_typed::<ours::SipMessage>(group);
        parse_typed::<rsipstack::Rsipstack>(group);
        parse_typed::<rsip::Rsip>(group);
        parse_typed::<ezk::Ezk>(group);
        parse_typed::<rsiprtp::Rsiprtp>(group);
    });
    grouped(criterion, "peers/serialise", 8, |group| {
        write::<ours::SipMessage>(group);
        write::<rsipstack::Rsipstack>(group);
        write::<rsip::Rsip>(group);
        write::<ezk::Ezk>(group);
        write::<rsiprtp::Rsiprtp>(group);
        build(group);
    });
    grouped(criterion, "peers/response", 6, |group| {
        respond::<ours::SipMessage>(group);
        respond::<rsipstack::Rsipstack>(group);
        respond::<rsip::Rsip>(group);
        respond::<ezk::Ezk>(group);
        respond::<rsiprtp::Rsiprtp>(group);
    });
    grouped(criterion, "peers/proxy", 6, |group| {
        relay::<ours::SipMessage>(group);
        relay::<rsipstack::Rsipstack>(group);
        relay::<rsip::Rsip>(group);
        relay::<ezk::Ezk>(group);
    });
}

criterion_group!(benches, peers);
criterion_main!(benches);
