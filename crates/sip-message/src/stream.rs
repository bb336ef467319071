use std::mem;

use bytes::{Buf, Bytes, BytesMut};
use memchr::{memchr2_iter, memmem};

use crate::{HeaderError, Limits, Message, ParseError, ParseErrorKind, message, parse::Head};

/// Takes messages out of the bytes of a stream (RFC 3261 section 18.3): TCP, TLS.
///
/// ```
/// use sip_message::{StreamDecoder, StreamEvent};
///
/// let mut decoder = StreamDecoder::default();
/// decoder.push(b"\r\n\r\nOPTIONS sip:a@example.test SIP/2.0\r\nContent-Le");
/// assert!(matches!(decoder.next_event()?, Some(StreamEvent::Ping)));
/// assert!(decoder.next_event()?.is_none());
/// decoder.push(b"ngth: 2\r\n\r\nhi");
/// let Some(StreamEvent::Message(message)) = decoder.next_event()? else { panic!("a message") };
/// assert_eq!(message.body(), b"hi");
/// # Ok::<(), sip_message::StreamError>(())
/// ```
#[derive(Debug, Default)]
pub struct StreamDecoder {
    limits: Limits,
    buffer: BytesMut,
    state: State,
    expects_pong: bool,
}

#[derive(Debug, Default)]
enum State {
    /// A head is read and its body has not all come. The message ends at `end`.
    Body {
        head: Box<Head>,
        end: usize,
    },
    /// A framing error ended the stream.
    Failed,
    /// The end of the head is looked for from here on.
    #[default]
    Between,
    Head {
        scanned: usize,
    },
}

/// What a stream brings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every event is a message, and an allocation for each is what is avoided"
)]
pub enum StreamEvent {
    /// A message.
    Message(Message),
    /// A keep-alive CRLFCRLF, to be answered with CRLF (RFC 5626 section 3.5.1).
    Ping,
    /// A CRLF: the answer to a ping. A side that sends pings says so with [`StreamDecoder::expect_pong`].
    Pong,
}

/// Why a stream cannot be read on. The connection is to be closed: where the next message begins is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError {
    /// Content-Length cannot be read, or two disagree.
    #[error(transparent)]
    ContentLength(#[from] HeaderError),
    /// The message has no Content-Length, which streams cannot do without.
    #[error("no Content-Length in a message on a stream (RFC 3261 section 18.3)")]
    MissingContentLength(
        /// The header section, for an answer.
        Box<Message>,
    ),
    /// Start line or header section cannot be read.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// The stream failed before.
    #[error("the stream had failed before")]
    Failed,
}

impl StreamDecoder {
    /// A decoder with limits of the caller's choice.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Appends what came. Ask for events until there is none before the next call: then no more is held than one
    /// message within the limits and what was pushed last.
    pub fn push(&mut self, bytes: &[u8]) {
        if !matches!(self.state, State::Failed) {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// Says that this side has sent a keep-alive CRLFCRLF: the next CRLF between messages is the answer to it, and a
    /// [`Pong`](StreamEvent::Pong) at once. Otherwise a CRLF waits for what comes behind it, since two are a ping.
    ///
    /// ```
    /// use sip_message::{StreamDecoder, StreamEvent};
    ///
    /// let mut decoder = StreamDecoder::default();
    /// for _ in 0..3 {
    ///     decoder.expect_pong();
    ///     decoder.push(b"\r\n");
    ///     assert_eq!(decoder.next_event()?, Some(StreamEvent::Pong));
    /// }
    /// # Ok::<(), sip_message::StreamError>(())
    /// ```
    pub const fn expect_pong(&mut self) {
        self.expects_pong = true;
    }

    /// The next message or keep-alive. `Ok(None)` asks for more bytes.
    ///
    /// # Errors
    /// When the stream cannot be framed any more; every later call fails too. Offsets count from the first octet behind
    /// the event before. A CR or LF that is not part of a CRLF is an error when it comes, between messages too; other
    /// errors of a head are told when all of it is there.
    pub fn next_event(&mut self) -> Result<Option<StreamEvent>, StreamError> {
        let event = self.advance();
        if event.is_err() {
            self.state = State::Failed;
            self.buffer = BytesMut::new();
        }
        event
    }

    /// Bytes that wait for more. At the end of a stream, a CRLF among them may have been a keep-alive; anything else is a
    /// message that was cut off.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.buffer.len()
    }

    fn advance(&mut self) -> Result<Option<StreamEvent>, StreamError> {
        loop {
            match mem::take(&mut self.state) {
                State::Failed => return Err(StreamError::Failed),
                State::Between => {
                    if let Some(event) = self.keep_alive() {
                        return Ok(event);
                    }
                    self.state = State::Head { scanned: 0 };
                }
                State::Head { scanned } => {
                    let from = scanned.saturating_sub(3);
                    let found = memmem::find(&self.buffer[from..], b"\r\n\r\n").map(|at| from + at + 4);
                    if let Some(head_end) = found.filter(|end| *end <= self.limits.head) {
                        self.state = self.read_head(head_end)?;
                        continue;
                    }
                    if let Some(end) = self.bare_line_break(scanned) {
                        // No empty line is before it: what is read fails there at the latest.
                        Head::new().read(&self.buffer[..end], &self.limits)?;
                    }
                    if self.buffer.len() > self.limits.head {
                        return Err(ParseError::new(ParseErrorKind::HeadTooLong, self.limits.head).into());
                    }
                    self.state = State::Head {
                        scanned: self.buffer.len(),
                    };
                    return Ok(None);
                }
                State::Body { head, end } => {
                    if self.buffer.len() < end {
                        self.state = State::Body { head, end };
                        return Ok(None);
                    }
                    let bytes = self.buffer.split_to(end).freeze();
                    return Ok(Some(StreamEvent::Message(Message::from_parts(bytes, *head))));
                }
            }
        }
    }

    /// CRLFs between messages. `Some(None)` when more bytes must tell.
    fn keep_alive(&mut self) -> Option<Option<StreamEvent>> {
        if self.expects_pong && self.buffer.starts_with(b"\r\n") {
            self.expects_pong = false;
            self.buffer.advance(2);
            return Some(Some(StreamEvent::Pong));
        }
        let is_ping = self.buffer.starts_with(b"\r\n\r\n");
        if is_ping || (self.buffer.starts_with(b"\r\n") && self.buffer.get(2).is_some_and(|next| *next != b'\r')) {
            self.buffer.advance(if is_ping { 4 } else { 2 });
            return Some(Some(if is_ping { StreamEvent::Ping } else { StreamEvent::Pong }));
        }
        // "\r", "\r\n" and "\r\n\r" may still become either.
        (self.buffer.len() < 4 && b"\r\n\r\n".starts_with(&self.buffer[..])).then_some(None)
    }

    /// The end of the first line break that is no CRLF, with the octet that tells; what is before `scanned` has none. A
    /// head that has one can never be read, and a peer that writes such lines may never send what ends it.
    fn bare_line_break(&self, scanned: usize) -> Option<usize> {
        let within = &self.buffer[..self.buffer.len().min(self.limits.head)];
        // A CR may have come without the octet behind it.
        let from = scanned.saturating_sub(1);
        let mut breaks = memchr2_iter(b'\r', b'\n', within.get(from..)?).map(|at| from + at);
        breaks.find_map(|at| match self.buffer[at] {
            b'\n' => (!within[..at].ends_with(b"\r")).then_some(at + 1),
            _ => (*self.buffer.get(at + 1)? != b'\n').then_some(at + 2),
        })
    }

    fn read_head(&self, head_end: usize) -> Result<State, StreamError> {
        let head_bytes = &self.buffer[..head_end];
        let mut head = Box::new(Head::new());
        head.read(head_bytes, &self.limits)?;
        let Some(length) = message::content_length(&head, head_bytes)? else {
            let bytes = Bytes::copy_from_slice(head_bytes);
            return Err(StreamError::MissingContentLength(Box::new(Message::from_parts(
                bytes, *head,
            ))));
        };
        let end = (head.body() as usize).saturating_add(length);
        // Offsets in a message are of 32 bits.
        let limit = self.limits.message.min(u32::MAX as usize);
        if end > limit {
            return Err(ParseError::new(ParseErrorKind::MessageTooLong, limit).into());
        }
        Ok(State::Body { head, end })
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;

    const TWO: &[u8] =
        b"\r\n\r\nA sip:a SIP/2.0\r\nl: 3\r\n\r\nxyz\r\nB sip:b SIP/2.0\r\nContent-Length : 0\r\n\r\n\r\n\r\n";

    fn events(chunks: impl Iterator<Item = Vec<u8>>) -> Vec<StreamEvent> {
        let mut decoder = StreamDecoder::default();
        let mut events = Vec::new();
        for chunk in chunks {
            decoder.push(&chunk);
            while let Some(event) = decoder.next_event().unwrap() {
                events.push(event);
            }
        }
        events
    }

    #[test]
    fn any_split_gives_the_same_events() {
        let whole = events(std::iter::once(TWO.to_vec()));
        assert_eq!(whole.len(), 5);
        assert!(matches!(&whole[1], StreamEvent::Message(message) if message.body() == b"xyz"));
        assert_eq!(whole[2], StreamEvent::Pong);
        assert_eq!(whole[4], StreamEvent::Ping);
        for size in 1..TWO.len() {
            assert_eq!(events(TWO.chunks(size).map(<[u8]>::to_vec)), whole, "chunks of {size}");
        }
    }

    #[test]
    fn an_answer_to_a_ping_is_no_ping() {
        for size in 1..7 {
            let mut decoder = StreamDecoder::default();
            decoder.expect_pong();
            let mut events = Vec::new();
            for chunk in b"\r\n\r\n\r\n\r\nA sip:a SIP/2.0\r\nl: 0\r\n\r\n".chunks(size) {
                decoder.push(chunk);
                while let Some(event) = decoder.next_event().unwrap() {
                    events.push(event);
                }
            }
            let [
                StreamEvent::Pong,
                StreamEvent::Ping,
                StreamEvent::Pong,
                StreamEvent::Message(_),
            ] = &events[..]
            else {
                panic!("{events:?}")
            };
        }
    }

    const SMALL: Limits = Limits {
        message: 60,
        head: 40,
        headers: 2,
        ..Limits::DEFAULT
    };

    #[test]
    fn a_bare_line_break_is_an_error_when_it_comes() {
        for (text, kind, offset) in [
            ("\n", ParseErrorKind::BareLineBreak, 0),
            ("\rA", ParseErrorKind::BareLineBreak, 0),
            ("\r\r", ParseErrorKind::BareLineBreak, 0),
            ("\r\n\n", ParseErrorKind::BareLineBreak, 0),
            ("\r\n\r\n\n", ParseErrorKind::BareLineBreak, 0),
            ("\r\n\rA", ParseErrorKind::BareLineBreak, 2),
            ("A sip:a SIP/2.0\n", ParseErrorKind::BareLineBreak, 15),
            ("A sip:a SIP/2.0\r\nl: 0\r\n\n", ParseErrorKind::BareLineBreak, 23),
            ("A sip:a SIP/2.0\r\nl: 0\r\n\r\n\n", ParseErrorKind::BareLineBreak, 0),
            // What is wrong before it is told, as of a head that is there as a whole.
            ("GET / HTTP/1.1\r\nHost: a\n", ParseErrorKind::RequestLine, 6),
            ("A sip:a SIP/2.0\r\nl\r\n\n", ParseErrorKind::HeaderColon, 17),
            (
                "A sip:a SIP/2.0\r\nl: 0\r\nX: y\r\n\n",
                ParseErrorKind::TooManyHeaders,
                29,
            ),
        ] {
            let (told, before) = text.as_bytes().split_last().unwrap();
            let mut decoder = StreamDecoder::new(SMALL);
            for byte in before {
                decoder.push(&[*byte]);
                while decoder.next_event().unwrap().is_some() {}
            }
            decoder.push(&[*told]);
            let mut event = decoder.next_event();
            while matches!(event, Ok(Some(_))) {
                event = decoder.next_event();
            }
            assert_eq!(event, Err(ParseError::new(kind, offset).into()), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_error(
            pieces in vec(
                select(vec![
                    "\r", "\n", "\r\n", "\r\n\r\n", "A sip:a SIP/2.0\r\n", "X: y\r\n", "l: 2\r\n", "B", " ", "\0",
                ]),
                0..12,
            ),
            sizes in vec(1..9_usize, 1..6),
        ) {
            let stream = pieces.concat();
            let whole = read([stream.as_bytes()].into_iter());
            let mut rest = stream.as_bytes();
            let chunks = sizes.iter().cycle().map_while(|size| rest.split_off(..(*size).min(rest.len())));
            prop_assert_eq!(read(chunks.take_while(|chunk| !chunk.is_empty())), whole.clone());
            prop_assert_eq!(read(stream.as_bytes().chunks(1)), whole);
        }
    }

    /// What comes of a stream within small limits, what ends it, and what is left.
    fn read<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> (Vec<StreamEvent>, Option<StreamError>, usize) {
        let mut decoder = StreamDecoder::new(SMALL);
        let mut events = Vec::new();
        for chunk in chunks {
            decoder.push(chunk);
            loop {
                match decoder.next_event() {
                    Ok(Some(event)) => events.push(event),
                    Ok(None) => break,
                    Err(error) => return (events, Some(error), 0),
                }
            }
        }
        (events, None, decoder.buffered())
    }

    #[test]
    fn what_cannot_be_framed_ends_the_stream() {
        let fail = |text: &str| {
            let mut decoder = StreamDecoder::new(Limits {
                message: 200,
                head: 100,
                headers: 9,
                ..Limits::default()
            });
            decoder.push(text.as_bytes());
            let error = decoder.next_event().unwrap_err();
            assert_eq!(decoder.next_event(), Err(StreamError::Failed));
            error
        };
        assert!(matches!(
            fail("A sip:a SIP/2.0\r\nX: y\r\n\r\n"),
            StreamError::MissingContentLength(_)
        ));
        assert!(matches!(
            fail("A sip:a SIP/2.0\r\nl: 1\r\nl: 2\r\n\r\n"),
            StreamError::ContentLength(_)
        ));
        assert!(matches!(
            fail("A sip:a SIP/2.0\r\nl: -9\r\n\r\n"),
            StreamError::ContentLength(_)
        ));
        assert!(matches!(
            fail("A sip:a SIP/2.0\r\nl: 999\r\n\r\n"),
            StreamError::Parse(_)
        ));
        assert!(matches!(fail(&"y".repeat(101)), StreamError::Parse(_)));
    }

    #[test]
    fn the_limit_of_the_head_does_not_depend_on_the_chunks() {
        let message = "A sip:a SIP/2.0\r\nl: 0\r\n\r\n";
        for (limit, fits) in [(message.len(), true), (message.len() - 1, false)] {
            let limits = Limits {
                head: limit,
                ..Limits::default()
            };
            assert_eq!(Message::parse_with(message, &limits).is_ok(), fits);
            for size in 1..=message.len() {
                let mut decoder = StreamDecoder::new(limits);
                let mut last = Ok(None);
                for chunk in message.as_bytes().chunks(size) {
                    decoder.push(chunk);
                    last = decoder.next_event();
                }
                assert_eq!(last.is_ok(), fits, "chunks of {size}");
            }
        }
    }
}
