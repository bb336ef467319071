//! The message codec over eight messages as they are on the wire. `README.md` says what each group measures.

use std::hint::black_box;

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pidf::{Basic, Contact as PidfContact, Document, Format, Note, Priority, Tuple, TupleId};
use sip_benches::{MESSAGES, Parts, Unseen, ours};
use sip_message::{
    Host, Message, MessageBuilder, Method, NameAddr, RequestHead, Transport, Uri,
    headers::{CSeq, CallId, Contact, ContentType, Event, From, MediaType, SubscriptionState, To, Via},
};

fn parsed(bytes: &'static [u8]) -> Message {
    Message::parse(Bytes::from_static(bytes)).expect("the messages of this directory are messages")
}

/// Runs a measurement over each message, and over all of them in turn. The throughput is that of the message's bytes.
fn each<T>(
    criterion: &mut Criterion,
    group: &str,
    fits: impl Fn(&Message) -> bool,
    run: impl Fn(&Bytes, &Message) -> T,
) {
    let mut group = criterion.benchmark_group(group);
    let fitting: Vec<_> = MESSAGES
        .into_iter()
        .map(|(name, bytes)| (name, Bytes::from_static(bytes), parsed(bytes)))
        .filter(|(_, _, message)| fits(message))
        .collect();
    for (name, bytes, message) in &fitting {
        group.throughput(Throughput::Bytes(size(bytes)));
        group.bench_function(*name, |bencher| {
            bencher.iter(|| run(black_box(bytes), black_box(message)));
        });
    }
    group.throughput(Throughput::Bytes(fitting.iter().map(|(_, bytes, _)| size(bytes)).sum()));
    group.bench_function("all", |bencher| {
        bencher.iter(|| {
            for (_, bytes, message) in &fitting {
                black_box(run(black_box(bytes), black_box(message)));
            }
        });
    });
    group.finish();
}

fn size(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).expect("a message is short")
}

fn parse(criterion: &mut Criterion) {
    each(criterion, "parse", |_| true, |bytes, _| Message::parse(bytes.clone()));
}

fn parse_typed(criterion: &mut Criterion) {
    each(
        criterion,
        "parse and typed",
        |_| true,
        |bytes, _| {
            let message = ours::parse(bytes);
            ours::typed(&message, &mut Unseen);
            message
        },
    );
}

fn validate(criterion: &mut Criterion) {
    each(criterion, "validate", |_| true, |_, message| message.validate());
}

fn respond(criterion: &mut Criterion) {
    each(criterion, "response", Message::is_request, |_, message| {
        ours::respond(message)
    });
}

fn build(criterion: &mut Criterion) {
    let messages = MESSAGES.map(|(_, bytes)| parsed(bytes));
    let mut group = criterion.benchmark_group("build");
    for ((name, bytes), message) in MESSAGES.iter().zip(&messages) {
        let parts = Parts::of(message);
        group.throughput(Throughput::Bytes(size(bytes)));
        group.bench_function(*name, |bencher| bencher.iter(|| black_box(&parts).write()));
    }
    group.finish();
}

fn forward(criterion: &mut Criterion) {
    each(criterion, "proxy", Message::is_request, |_, message| {
        ours::relay(message)
    });
    let source = "192.0.2.99".parse().expect("an address");
    each(criterion, "received", Message::is_request, |_, message| {
        message.edit().set_source(source, 5060).expect("a Via").finish()
    });
}

fn document() -> Document {
    let contact = PidfContact::new("sip:alice@example.test").expect("a URI");
    let contact = contact.with_priority(Priority::new(800).expect("at most 1000"));
    let note = Note::new("At the desk until four")
        .expect("text")
        .with_lang("en")
        .expect("a language");
    let tuple = Tuple::new(TupleId::new("desk41").expect("an id"), Basic::Open)
        .with_contact(contact)
        .with_note(note);
    Document::new("pres:alice@example.test")
        .expect("a URI")
        .with_tuple(tuple)
}

/// The NOTIFY of a subscription's row: its values as text, as a store has them.
fn notify_of(document: &Document) -> Message {
    let address = |text| NameAddr::new(Uri::parse(text).expect("a URI"));
    let body = document.write(Format::Pidf);
    let via = Via::new(
        Transport::Tcp,
        Host::parse("presence.example.test").expect("a host"),
        None,
        "z9hG4bK2e7d55c0",
    );
    let event = Event::new("presence").expect("a token");
    MessageBuilder::request(&RequestHead {
        cseq: CSeq::new(6021, Method::Notify).expect("below the largest"),
        uri: Uri::parse("sip:carol@receiver.example.test").expect("a URI"),
        from: From::new(address("sip:alice@example.test"))
            .with_tag("19f2")
            .expect("a token"),
        to: To::new(address("sip:carol@example.test"))
            .with_tag("ab7c")
            .expect("a token"),
        call_id: CallId::new("4417@receiver.example.test").expect("a Call-ID"),
        max_forwards: 70,
    })
    .via(&via.expect("a token"))
    .header(&Contact::Address(address("sip:presence.example.test;transport=tcp")))
    .header(&event)
    .header(&SubscriptionState::active(3540))
    .body(
        &ContentType(MediaType::parse("application/pidf+xml").expect("a media type")),
        body,
    )
    .build()
}

fn notify(criterion: &mut Criterion) {
    let document = document();
    let message = notify_of(&document);
    message.validate().expect("what is built is valid");
    Document::parse(message.body(), &pidf::Limits::default()).expect("what is written can be read");
    let mut group = criterion.benchmark_group("notify");
    group.throughput(Throughput::Bytes(size(message.as_bytes())));
    group.bench_function("built", |bencher| bencher.iter(|| notify_of(black_box(&document))));
    group.finish();
}

criterion_group!(codec, parse, parse_typed, validate, build, respond, forward, notify);
criterion_main!(codec);
