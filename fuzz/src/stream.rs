use sip_message::{Limits, Message, StreamDecoder, StreamError, StreamEvent};

/// What a stream brings does not depend on how it is cut, and nothing on it is lost: messages and keep-alives, one
/// after the other, are the stream.
pub fn stream(data: &[u8]) {
    let whole = read([data].into_iter());
    assert_eq!(read(pieces(data)), whole);
    assert_eq!(read(data.chunks(1)), whole);

    let mut written = Vec::new();
    for event in &whole.events {
        match event {
            StreamEvent::Message(message) => {
                assert_eq!(Message::parse(message.as_bytes().clone()).as_ref(), Ok(message));
                written.extend_from_slice(message.as_bytes());
            }
            StreamEvent::Ping => written.extend_from_slice(b"\r\n\r\n"),
            StreamEvent::Pong => written.extend_from_slice(b"\r\n"),
        }
    }
    assert!(data.starts_with(&written));
    if whole.error.is_none() {
        assert_eq!(written.len() + whole.left, data.len());
    }
}

#[derive(Debug, PartialEq)]
struct Read {
    events: Vec<StreamEvent>,
    error: Option<StreamError>,
    left: usize,
}

fn read<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> Read {
    // Small, so that the fuzzer comes to the limits.
    let limits = Limits {
        message: 2_048,
        head: 1_024,
        headers: 32,
        ..Limits::default()
    };
    let mut decoder = StreamDecoder::new(limits);
    let mut events = Vec::new();
    for chunk in chunks {
        decoder.push(chunk);
        loop {
            match decoder.next_event() {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(decoder.next_event(), Err(StreamError::Failed));
                    let error = Some(error);
                    return Read { events, error, left: 0 };
                }
            }
        }
    }
    Read {
        events,
        error: None,
        left: decoder.buffered(),
    }
}

/// Cuts the data into pieces of 1 to 64 bytes, at places that depend on all of it, so that seeds need no byte for it.
fn pieces(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mix = |state: u64, byte: u8| (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let mut state = data.iter().fold(0xcbf2_9ce4_8422_2325, |state, byte| mix(state, *byte));
    let mut rest = data;
    std::iter::from_fn(move || {
        state = mix(state, 1);
        let size = usize::try_from(state >> 58).unwrap_or_default() + 1;
        let (piece, after) = rest.split_at(size.min(rest.len()));
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}
