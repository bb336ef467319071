//! Instant messages: a Message/CPIM read, a notification answered with and read, a body inflated, and documents of
//! growing size. The throughput of the last stays the same where the cost is linear.

use std::hint::black_box;

use cpim::{
    Address, Limits, Message, Uri,
    imdn::{DeliveryStatus, Imdn, MessageId, Notification, NotifyRequest, Request, Sender},
    inflate,
    is_composing::{IsComposing, State},
};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use miniz_oxide::deflate::compress_to_vec_zlib;

const DELIVERED: Notification = Notification::Delivery(DeliveryStatus::Delivered);

fn address(uri: &str) -> Address {
    Uri::new(uri).expect("a URI").into()
}

/// A message that asks for a notification.
fn im() -> Message {
    let sent_at = "2026-11-23T09:00:00Z".parse().expect("a date and time");
    let id = MessageId::from_random(1);
    Message::builder()
        .from(address("im:alice@example.test"))
        .to(address("im:bob@example.test"))
        .request_notifications(Request::new(id, sent_at, [NotifyRequest::PositiveDelivery]))
        .text("hello from alice")
        .build()
}

fn messages(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("message");
    let im = im();
    let bytes = im.as_bytes().clone();
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("read", |bencher| {
        bencher.iter(|| Message::parse(black_box(&bytes).clone()));
    });
    group.bench_function("read, From, To and text", |bencher| {
        bencher.iter(|| {
            let message = Message::parse(black_box(&bytes).clone()).expect("a message");
            (message.from().is_ok(), message.to().count(), message.text().is_some())
        });
    });
    group.bench_function("answer", |bencher| {
        bencher.iter(|| {
            let bob = address("im:bob@example.test");
            let mut sender = Sender::for_recipient(black_box(&im), bob).expect("it asks");
            sender.notify(DELIVERED, MessageId::from_random(2))
        });
    });
    group.finish();
}

fn documents(criterion: &mut Criterion) {
    let limits = Limits::default();
    let mut group = criterion.benchmark_group("messaging document");
    let sent_at = "2026-11-23T09:00:00Z".parse().expect("a date and time");
    let imdn = Imdn::new(MessageId::from_random(1), sent_at, DELIVERED).to_xml();
    let composing = IsComposing::new(State::Active).with_refresh(60).to_xml();
    group.throughput(Throughput::Bytes(composing.len() as u64));
    group.bench_function("isComposing", |bencher| {
        bencher.iter(|| IsComposing::parse(black_box(composing.as_bytes()), &limits));
    });
    for extensions in [0, 10, 100, 1_000] {
        let extension = "<e xmlns='urn:x' a='b'>text</e>".repeat(extensions);
        let document = imdn.replace("</imdn>", &format!("{extension}</imdn>"));
        group.throughput(Throughput::Bytes(document.len() as u64));
        let id = BenchmarkId::new("IMDN, extensions", extensions);
        group.bench_with_input(id, &document, |bencher, document| {
            bencher.iter(|| Imdn::parse(black_box(document.as_bytes()), &limits));
        });
    }
    let deflated = compress_to_vec_zlib(imdn.as_bytes(), 6);
    group.throughput(Throughput::Bytes(imdn.len() as u64));
    group.bench_function("IMDN, inflate", |bencher| {
        bencher.iter(|| inflate(black_box(&deflated), &limits));
    });
    group.finish();
}

criterion_group!(benches, messages, documents);
criterion_main!(benches);
