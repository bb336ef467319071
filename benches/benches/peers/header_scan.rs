use std::{hint::black_box, mem::MaybeUninit};

use bytes::Bytes;
use httparse::Request;
use sip_benches::MESSAGES;

use crate::Group;

/// More than the header lines of any of the messages.
const MAX_HEADERS: usize = 32;

/// Start line and header lines of each message, with a start line that httparse takes.
fn blocks() -> Vec<Bytes> {
    let block = |bytes: &[u8]| {
        let line = bytes.windows(2).position(|two| two == b"\r\n").expect("a start line");
        let empty = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let end = empty.expect("an empty line") + 4;
        let mut block = b"GET / HTTP/1.1".to_vec();
        block.extend_from_slice(&bytes[line..end]);
        Bytes::from(block)
    };
    MESSAGES.map(|(_, bytes)| block(bytes)).to_vec()
}

/// Reads the lines of a block: name and value of each, nothing decoded.
fn read(block: &[u8], see: impl FnOnce(&[httparse::Header<'_>])) {
    let mut headers = [const { MaybeUninit::uninit() }; MAX_HEADERS];
    let mut request = Request::new(&mut []);
    let status = request.parse_with_uninit_headers(block, &mut headers);
    assert!(status.expect("header lines").is_complete());
    see(request.headers);
}

/// The reference for what a scan of the header lines costs.
pub(crate) fn scan(group: &mut Group<'_>) {
    let blocks = blocks();
    group.bench_function("httparse", |bencher| {
        bencher.iter(|| {
            for block in &blocks {
                read(black_box(block), |headers| {
                    black_box(headers);
                });
            }
        });
    });
}

/// The values by name, for each message.
pub(crate) fn values() -> Vec<Vec<(String, Vec<u8>)>> {
    let one = |block: &Bytes| {
        let mut lines = Vec::new();
        read(block, |headers| {
            lines.extend(headers.iter().map(|line| (line.name.to_owned(), line.value.to_vec())));
        });
        lines
    };
    blocks().iter().map(one).collect()
}
