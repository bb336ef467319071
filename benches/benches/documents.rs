//! Presence documents: reading and writing, from one tuple to a thousand. The throughput stays the same where the cost
//! is linear.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pidf::{Basic, Contact, Document, Format, Limits, Tuple, TupleId};

fn document(tuples: usize) -> Document {
    let contact = Contact::new("sip:alice@example.test").expect("a URI");
    let tuple = |number| {
        let id = TupleId::new(format!("t{number}")).expect("an xs:ID");
        Tuple::new(id, Basic::Open).with_contact(contact.clone())
    };
    let empty = Document::new("pres:alice@example.test").expect("an entity");
    (0..tuples).map(tuple).fold(empty, Document::with_tuple)
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

criterion_group!(benches, documents);
criterion_main!(benches);
