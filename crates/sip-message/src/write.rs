//! Header lines written into a buffer, and the index of a message that grows with them: what is built need not be read
//! again to be a [`Message`].

use std::{fmt::Write as _, mem};

use bytes::{BufMut, BytesMut};
use memchr::memchr2;

use crate::{
    HeaderName, Limits, Message, Method, RawHeader, RawValue, StatusCode, Uri, class,
    header_lines::{HeaderLine, HeaderLines},
    headers::{ContentLength, TypedHeader},
    parse::Head,
    start_line::StartIndex,
};

const VERSION: &[u8] = b"SIP/2.0";

/// A head that is written line by line. Offsets fit `u32`, or [`Writer::message`] panics.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    out: BytesMut,
    head: Head,
}

impl Writer {
    /// Writes a start line into an empty buffer. `start` says where its parts are.
    fn new(mut buffer: BytesMut, start: impl FnOnce(&mut BytesMut) -> StartIndex) -> Self {
        buffer.clear();
        let mut head = Head::new();
        head.start = start(&mut buffer);
        buffer.put_slice(b"\r\n");
        Self { out: buffer, head }
    }

    /// Writes a Request-Line.
    pub(crate) fn request(buffer: BytesMut, method: Method<'_>, uri: &Uri<'_>) -> Self {
        Self::new(buffer, |out| {
            out.put_slice(method.as_str().as_bytes());
            let method_end = offset(out.len());
            out.put_u8(b' ');
            out.put_slice(uri.as_str().as_bytes());
            let uri_end = offset(out.len());
            out.put_u8(b' ');
            out.put_slice(VERSION);
            StartIndex::Request {
                start: 0,
                method_end,
                uri_end,
                version_end: offset(out.len()),
            }
        })
    }

    /// Writes a Status-Line with the reason phrase of the RFCs.
    pub(crate) fn response(buffer: BytesMut, status: StatusCode) -> Self {
        Self::new(buffer, |out| {
            out.put_slice(VERSION);
            let version_end = offset(out.len());
            // A status code has three digits.
            let digit = |unit: u16| b'0' + u8::try_from(status.as_u16() / unit % 10).unwrap_or_default();
            out.put_slice(&[b' ', digit(100), digit(10), digit(1), b' ']);
            let reason_start = offset(out.len());
            out.put_slice(status.reason().as_bytes());
            StartIndex::Response {
                start: 0,
                version_end,
                code: status.as_u16(),
                reason_start,
                reason_end: offset(out.len()),
            }
        })
    }

    /// Writes a header behind the others.
    pub(crate) fn typed<'a, H: TypedHeader<'a>>(&mut self, header: &H) {
        self.line(&H::NAME, |out| write_value(out, header));
    }

    /// Writes a header whose value is text behind the others.
    pub(crate) fn raw(&mut self, name: &HeaderName, value: RawValue<'_>) {
        self.line(name, |out| out.put_slice(value.as_str().as_bytes()));
    }

    fn line(&mut self, name: &HeaderName, value: impl FnOnce(&mut BytesMut)) {
        let start = self.out.len();
        self.out.put_slice(name.as_str().as_bytes());
        self.out.put_slice(b": ");
        value(&mut self.out);
        self.out.put_slice(b"\r\n");
        self.push(HeaderLine::new(offset(start), name.as_str().len(), name.as_known()));
    }

    /// Copies every header of a name as it stands in another message.
    pub(crate) fn copy_all(&mut self, from: &Message, name: HeaderName) {
        for field in from.header_all(name) {
            let start = self.out.len();
            self.out.put_slice(field.line());
            self.push(field.indexed().at(offset(start)));
        }
    }

    /// Copies a header, and puts `more` behind its value.
    pub(crate) fn copy_with(&mut self, field: &RawHeader<'_>, more: &[&str]) {
        let start = self.out.len();
        let kept = field.offset() + field.value().len() - field.start();
        self.out.put_slice(&field.line()[..kept]);
        for text in more {
            self.out.put_slice(text.as_bytes());
        }
        self.out.put_slice(b"\r\n");
        self.push(field.indexed().at(offset(start)));
    }

    /// Moves the last header before that of the given place.
    pub(crate) fn move_last_to(&mut self, place: usize) {
        let lines = &mut self.head.lines;
        let last = lines.len().checked_sub(1).and_then(|last| lines.get(last));
        let (Some(last), Some(next)) = (last, lines.get(place)) else {
            return;
        };
        let len = self.out.len() - last.start as usize;
        self.out[next.start as usize..].rotate_right(len);
        lines.move_last_to(place, offset(len));
    }

    /// Whether a header is there, or may be: those of an application's own are not counted.
    pub(crate) fn has(&self, name: HeaderName) -> bool {
        self.head.lines.places(name.as_known()).next().is_some()
    }

    /// Takes every header of a name out.
    pub(crate) fn remove(&mut self, name: HeaderName) {
        if !self.has(name) {
            return;
        }
        let lines = mem::replace(&mut self.head.lines, HeaderLines::new());
        let mut to = lines.start(0).unwrap_or_default();
        for (at, line) in lines.iter().enumerate() {
            let next = lines.start(at + 1).unwrap_or(offset(self.out.len()));
            if RawHeader::new(&self.out, line, next).is(name) {
                continue;
            }
            self.out.copy_within(line.start as usize..next as usize, to as usize);
            self.push(line.at(to));
            to += next - line.start;
        }
        self.out.truncate(to as usize);
    }

    /// Gives a Status-Line another reason phrase; a Request-Line stays as it is.
    pub(crate) fn set_reason(&mut self, phrase: &str) {
        let StartIndex::Response {
            reason_start,
            reason_end,
            ..
        } = &mut self.head.start
        else {
            return;
        };
        let (from, to) = (*reason_end, offset(*reason_start as usize + phrase.len()));
        let tail = self.out.split_off(from as usize);
        self.out.truncate(*reason_start as usize);
        self.out.put_slice(phrase.as_bytes());
        self.out.put_slice(&tail);
        self.head.lines.shift(from, to);
        *reason_end = to;
    }

    /// Ends the head with the length of the body, and writes the body. Returns what is written.
    pub(crate) fn finish(mut self, body: &[u8]) -> (BytesMut, Head) {
        self.typed(&ContentLength(body.len() as u64));
        self.head.headers_end = offset(self.out.len());
        self.out.put_slice(b"\r\n");
        self.out.put_slice(body);
        (self.out, self.head)
    }

    /// Ends the head and writes the body, as [`Writer::finish`].
    ///
    /// # Panics
    /// When the message is longer than 4 GiB.
    pub(crate) fn message(self, body: &[u8]) -> Message {
        let (out, head) = self.finish(body);
        assert!(u32::try_from(out.len()).is_ok(), "a message is shorter than 4 GiB");
        debug_assert!(reads_back(&out, &head), "the index is the one that reading finds");
        Message::from_parts(out.freeze(), head)
    }

    fn push(&mut self, line: HeaderLine) {
        self.head.lines.push(line);
    }
}

/// Writes a header as a line of its own.
pub(crate) fn write_line<'a, H: TypedHeader<'a>>(out: &mut BytesMut, header: &H) {
    out.put_slice(H::NAME.as_str().as_bytes());
    out.put_slice(b": ");
    write_value(out, header);
    out.put_slice(b"\r\n");
}

/// Writes a header's value. Typed headers of this crate write no line break but the folds that they were parsed with. One
/// of an application might; it cannot smuggle in a header line.
pub(crate) fn write_value<'a, H: TypedHeader<'a>>(out: &mut BytesMut, header: &H) {
    let start = out.len();
    // A buffer that grows takes everything, and `Display` has no error of its own to give.
    let _ = write!(out, "{header}");
    let len = flatten(&mut out[start..]);
    out.truncate(start + len);
}

/// Makes one line of several: white space with a line break in it becomes the single SP that a fold stands for (RFC 3261
/// section 7.3.1). Returns how much is left.
fn flatten(value: &mut [u8]) -> usize {
    let Some(first) = memchr2(b'\r', b'\n', value) else {
        return value.len();
    };
    let mut from = class::trim_end(&value[..first], class::LWS).len();
    let mut to = from;
    while from < value.len() {
        let space = class::span(&value[from..], class::LWS);
        if memchr2(b'\r', b'\n', &value[from..from + space]).is_some() {
            value[to] = b' ';
            to += 1;
        } else {
            value.copy_within(from..from + space, to);
            to += space;
        }
        from += space;
        if let Some(octet) = value.get(from).copied() {
            value[to] = octet;
            from += 1;
            to += 1;
        }
    }
    to
}

fn reads_back(bytes: &[u8], head: &Head) -> bool {
    let mut read = Head::new();
    read.read(bytes, &Limits::UNBOUNDED).is_ok() && read == *head
}

/// An offset; those that do not fit are found when the message is finished.
#[expect(clippy::cast_possible_truncation, reason = "the length of the whole is checked")]
const fn offset(at: usize) -> u32 {
    at as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::From;

    #[test]
    fn a_fold_is_written_as_the_space_that_it_stands_for() {
        for (value, flat) in [
            ("a", "a"),
            ("a \t b", "a \t b"),
            ("a\r\n b", "a b"),
            ("a \r\n\t b  c\r\n \r\n d", "a b  c d"),
            ("a\r\nX: y\n", "a X: y "),
            ("\r\r", " "),
        ] {
            let mut value = value.as_bytes().to_vec();
            let len = flatten(&mut value);
            assert_eq!(
                value[..len].escape_ascii().to_string(),
                flat.as_bytes().escape_ascii().to_string()
            );
        }
        let folded = From::parse("\"Two\r\n  Words\" <sip:a@example.test>").unwrap();
        let mut out = BytesMut::new();
        write_value(&mut out, &folded);
        let written = std::str::from_utf8(&out).unwrap();
        assert_eq!(From::parse(written).unwrap().0.display_name(), folded.0.display_name());
    }
}
