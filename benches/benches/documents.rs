//! Presence documents: reading and writing, from one tuple to a thousand. The throughput stays the same where the cost
//! is linear. A document of some 400 bytes stands beside the bare scan of the same bytes by quick-xml: reading and
//! writing should take less than twice as long.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pidf::{Basic, Contact, Document, Format, Limits, Tuple, TupleId};
use quick_xml::events::Event;

fn document(tuples: usize) -> Document {
    let contact = Contact::new("sip:alice@example.test").expect("a URI");
    let tuple = |number| {
        let id = TupleId::new(format!("t{number}")).expect("an xs:ID");
        Tuple::new(id, Basic::Open).with_contact(contact.clone())
    };
    let empty = Document::new("pres:alice@example.test").expect("an entity");
    (0..tuples).map(tuple).fold(empty, Document::with_tuple)
}

/// A document of 406 bytes with every part that a tuple can have.
const USUAL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf"
  entity="pres:alice@example.test">
  <tuple id="desk">
    <status>
      <basic>open</basic>
    </status>
    <contact priority="0.8">sip:alice@192.0.2.7:5060;transport=tcp</contact>
    <note xml:lang="en">In a meeting until three o'clock</note>
    <timestamp>2026-11-23T09:00:00Z</timestamp>
  </tuple>
</presence>
"#;

/// One with a person, of 377 bytes.
const RICH: &str = r#"<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="pres:a@b.test">
<tuple id="t1"><status><basic>open</basic></status><contact>sip:a@b.test</contact></tuple>
<dm:person id="p1"><rpid:activities><rpid:on-the-phone/></rpid:activities><dm:note>Hi</dm:note></dm:person>
</presence>
"#;

/// Reads every event and does nothing with it.
fn scan(text: &str) {
    let mut reader = quick_xml::Reader::from_str(text);
    while !matches!(black_box(reader.read_event()), Ok(Event::Eof) | Err(_)) {}
}

fn against_a_scan(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("against a scan");
    for (name, text) in [("usual", USUAL), ("rich", RICH)] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_with_input(BenchmarkId::new("read and write", name), text, |bencher, text| {
            bencher.iter(|| {
                let document = Document::parse(black_box(text.as_bytes()), &Limits::default()).expect("a document");
                document.write(Format::Pidf)
            });
        });
        group.bench_with_input(BenchmarkId::new("quick-xml scan", name), text, |bencher, text| {
            bencher.iter(|| scan(black_box(text)));
        });
    }
    group.finish();
}

fn documents(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("document");
    for tuples in [1, 10, 100, 1_000] {
        let document = document(tuples);
        let text = document.write(Format::Pidf);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_with_input(BenchmarkId::new("read", tuples), &text, |bencher, text| {
            bencher.iter(|| Document::parse(black_box(text.as_bytes()), &Limits::default()));
        });
        group.bench_with_input(BenchmarkId::new("write", tuples), &document, |bencher, document| {
            bencher.iter(|| black_box(document).write(Format::Pidf));
        });
    }
    group.finish();
}

criterion_group!(benches, against_a_scan, documents);
criterion_main!(benches);
