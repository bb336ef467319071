//! Is the cost per byte the same for small and large messages? Reads and writes messages from 300 bytes to 64 kB and
//! with 5 to 5,000 header lines, prints a Markdown table and draws `benches/flatness.svg`:
//! `cargo run --release -p sip-benches --example flatness`.

mod plot;

use std::{error::Error, fmt::Write as _, fs, hint::black_box, time::Instant};

use bytes::Bytes;
use plot::{Plot, Series};
use sip_benches::{Parts, Unseen, ours};
use sip_message::{Limits, Message};

/// Beyond the default limits of sip-message, which end at 256 header lines and 32 kB of them.
const LIMITS: Limits = Limits {
    message: 1 << 20,
    head: 1 << 20,
    headers: 10_000,
    ..Limits::DEFAULT
};

/// With the headers that follow and an empty body, a message of 300 bytes.
const START: &str = "MESSAGE sip:bob@example.test SIP/2.0\r\n\
    Via: SIP/2.0/UDP 192.0.2.41;branch=z9hG4bK61d3f0a955\r\n\
    Max-Forwards: 70\r\n\
    To: <sip:bob@example.test>\r\n\
    From: <sip:alice@example.test>;tag=730914482\r\n\
    Call-ID: 2041773906@192.0.2.41\r\n\
    CSeq: 1 MESSAGE\r\n";

struct Kind {
    name: &'static str,
    colour: &'static str,
    messages: Vec<String>,
}

struct Point {
    bytes: usize,
    headers: usize,
    read: f64,
    written: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let kinds = [
        Kind {
            name: "body grows",
            colour: "#0b6e4f",
            messages: [0, 300, 1_000, 3_000, 10_000, 30_000, 65_000].map(with_body).to_vec(),
        },
        Kind {
            name: "header value grows",
            colour: "#1f5fb4",
            messages: [0, 300, 1_000, 3_000, 10_000, 30_000, 65_000]
                .map(with_long_header)
                .to_vec(),
        },
        Kind {
            name: "header lines grow in number",
            colour: "#b4431f",
            messages: [0, 5, 15, 45, 150, 500, 1_500, 5_000].map(with_headers).to_vec(),
        },
    ];
    let mut table = String::from(
        "| | bytes | header lines | parse and typed, ns | ns per byte | build, ns | ns per byte |\n\
         | --- | --: | --: | --: | --: | --: | --: |\n",
    );
    let mut reads = Vec::new();
    let mut writes = Vec::new();
    for kind in &kinds {
        let points: Vec<_> = kind.messages.iter().map(|text| measure(text)).collect();
        for point in &points {
            let size = to_f64(point.bytes);
            let (bytes, headers, read, written) = (point.bytes, point.headers, point.read, point.written);
            let (per_read, per_written) = (read / size, written / size);
            let name = kind.name;
            writeln!(
                table,
                "| {name} | {bytes} | {headers} | {read:.0} | {per_read:.2} | {written:.0} | {per_written:.2} |"
            )?;
        }
        let series = |value: fn(&Point) -> f64, dashed| Series {
            name: format!("{}: {}", if dashed { "build" } else { "parse and typed" }, kind.name),
            colour: kind.colour,
            dashed,
            points: points
                .iter()
                .map(|point| (to_f64(point.bytes), value(point) / to_f64(point.bytes)))
                .collect(),
        };
        reads.push(series(|point| point.read, false));
        writes.push(series(|point| point.written, true));
    }
    reads.append(&mut writes);
    let plot = Plot {
        title: "sip-message: time per byte by size of the message",
        x: "size of the message, bytes",
        y: "time per byte of the message, ns",
        series: reads,
    };
    fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/flatness.svg"), plot.to_string())?;
    #[expect(clippy::print_stdout, reason = "this is a program")]
    {
        print!("{table}");
    }
    Ok(())
}

fn with_body(length: usize) -> String {
    let body = "x".repeat(length);
    format!("{START}Content-Type: text/plain;charset=UTF-8\r\nContent-Length: {length}\r\n\r\n{body}")
}

fn with_long_header(length: usize) -> String {
    let value = "word ".repeat(length / 5 + 1);
    format!(
        "{START}Subject: what it is about, {}\r\nContent-Length: 0\r\n\r\n",
        value.trim_end()
    )
}

fn with_headers(lines: usize) -> String {
    let headers = "Supported: path, outbound\r\n".repeat(lines);
    format!("{START}{headers}Content-Length: 0\r\n\r\n")
}

fn measure(text: &str) -> Point {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    let parse = || Message::parse_with(bytes.clone(), &LIMITS).expect("a message");
    let message = parse();
    let parts = Parts::of(&message);
    Point {
        bytes: bytes.len(),
        headers: message.headers().len(),
        read: fastest(|| {
            let message = parse();
            ours::typed(&message, &mut Unseen);
            black_box(message);
        }),
        written: fastest(|| {
            black_box(black_box(&parts).write());
        }),
    }
}

/// Nanoseconds of one call: the fastest of many runs of a millisecond or two, which is the one that was disturbed least.
fn fastest(mut call: impl FnMut()) -> f64 {
    let mut calls = 1_u32;
    loop {
        let start = Instant::now();
        (0..calls).for_each(|_| call());
        if start.elapsed().as_millis() >= 1 {
            break;
        }
        calls *= 2;
    }
    let run = |_| {
        let start = Instant::now();
        (0..calls).for_each(|_| call());
        start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
    };
    (0..60).map(run).fold(f64::INFINITY, f64::min)
}

fn to_f64(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}
