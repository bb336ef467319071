//! The scan that finds start line, header lines and body. Values are not looked at here.

use std::ops::Range;

use memchr::{memchr, memchr2};
use smallvec::SmallVec;

use crate::{
    Limits, ParseError, ParseErrorKind, class,
    lanes::{self, NOWHERE, WINDOW},
    name::{Known, KnownSet},
};

/// Where one header field stands. Its line ends where the next one begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeaderIndex {
    pub(crate) start: u32,
    pub(crate) value: u32,
    pub(crate) value_end: u32,
    pub(crate) id: Option<Known>,
}

impl HeaderIndex {
    /// The same header when what stood at one offset stands at another.
    pub(crate) const fn moved(self, from: u32, to: u32) -> Self {
        Self {
            start: self.start - from + to,
            value: self.value - from + to,
            value_end: self.value_end - from + to,
            id: self.id,
        }
    }
}

/// Where the parts of the start line end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StartIndex {
    /// `start..method_end SP uri_start..uri_end SP version_start..version_end`
    Request {
        start: u32,
        method_end: u32,
        uri_start: u32,
        uri_end: u32,
        version_start: u32,
        version_end: u32,
    },
    /// `start..version_end SP code SP reason_start..reason_end`
    Response {
        start: u32,
        version_end: u32,
        code: u16,
        reason_start: u32,
        reason_end: u32,
    },
}

/// Headers of a usual message fit without an allocation.
pub(crate) type HeaderIndexes = SmallVec<[HeaderIndex; 20]>;

/// A place that no octet holds.
const FAR: u8 = u8::MAX;

/// Start line and header section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) start: StartIndex,
    pub(crate) headers: HeaderIndexes,
    /// The headers that there are.
    pub(crate) seen: KnownSet,
    /// Those that stand on more than one line.
    pub(crate) repeated: KnownSet,
    /// Where in `headers` each has its first line, or [`FAR`].
    first: [u8; KnownSet::MAX],
    /// Offset of the empty line.
    pub(crate) headers_end: u32,
    /// Offset of the first octet of the body.
    pub(crate) body: u32,
}

impl Head {
    #[inline]
    pub(crate) fn new() -> Self {
        Self {
            start: StartIndex::Response {
                start: 0,
                version_end: 0,
                code: 0,
                reason_start: 0,
                reason_end: 0,
            },
            headers: HeaderIndexes::new(),
            seen: KnownSet::EMPTY,
            repeated: KnownSet::EMPTY,
            first: [FAR; KnownSet::MAX],
            headers_end: 0,
            body: 0,
        }
    }

    /// Adds a header behind the others.
    #[inline]
    pub(crate) fn push(&mut self, header: HeaderIndex) {
        self.push_at(self.headers.len(), header);
    }

    /// The same of a caller who counts the headers.
    #[inline(always)]
    fn push_at(&mut self, place: usize, header: HeaderIndex) {
        if let Some(id) = header.id {
            if self.seen.contains(id) {
                self.repeated.insert(id);
            } else {
                self.seen.insert(id);
                self.first[id as usize] = u8::try_from(place).unwrap_or(FAR);
            }
        }
        self.headers.push(header);
    }

    /// Puts the last header at a place before others.
    pub(crate) fn move_last_to(&mut self, place: usize) {
        if let Some(last) = self.headers.pop() {
            self.headers.insert(place, last);
        }
        for (at, header) in self.headers.iter().enumerate().rev() {
            if let Some(id) = header.id {
                self.first[id as usize] = u8::try_from(at).unwrap_or(FAR);
            }
        }
    }

    /// Reads the head of a message into an empty index.
    pub(crate) fn read(&mut self, bytes: &[u8], limits: &Limits) -> Result<(), ParseError> {
        let limit = limits.head.min(u32::MAX as usize);
        let head = &bytes[..bytes.len().min(limit)];
        // "Implementations processing SIP messages over stream-oriented transports MUST ignore any CRLF appearing
        // before the start-line" (RFC 3261 section 7.5); datagrams get the same.
        let mut at = 0;
        while head[at..].starts_with(b"\r\n") {
            at += 2;
        }
        let mut lines = Lines::new(head);
        let end = lines.end(at).ok_or_else(|| line_error(bytes, at, limit))?;
        self.start = start_line(&head[at..end], at)?;
        at = end + 2;
        if matches!(head.get(at), Some(b' ' | b'\t')) {
            return Err(ParseError::new(ParseErrorKind::LeadingFold, at));
        }
        let mut count = 0;
        while !head[at..].starts_with(b"\r\n") {
            if count >= limits.headers && at + 2 <= bytes.len() {
                return Err(ParseError::new(ParseErrorKind::TooManyHeaders, at));
            }
            // What nearly every header has: a known name that the colon follows at once.
            let known = lines
                .colon(at)
                .and_then(|colon| Some((Known::between(head, at, colon)?, colon)));
            let mut from = known.map_or(at, |(_, colon)| colon);
            let end = loop {
                let end = lines.end(from).ok_or_else(|| line_error(bytes, from, limit))?;
                from = end + 2;
                if !matches!(bytes.get(from), Some(b' ' | b'\t')) {
                    break end;
                }
            };
            let (id, colon) = match known {
                Some((id, colon)) => (Some(id), colon),
                None => name(&head[at..end], at)?,
            };
            self.push_at(count, header(head, at, colon, end, id));
            count += 1;
            at = end + 2;
        }
        self.headers_end = index(at);
        self.body = index(at + 2);
        Ok(())
    }

    /// Where in `headers` the first line of a header is.
    #[inline]
    pub(crate) fn position(&self, known: Known) -> Option<usize> {
        if !self.seen.contains(known) {
            return None;
        }
        match self.first[known as usize] {
            FAR => self.headers.iter().position(|index| index.id == Some(known)),
            at => Some(usize::from(at)),
        }
    }

    /// Where in `headers` the lines of a header may be; those of an application's own may be anywhere.
    #[inline]
    pub(crate) fn places(&self, known: Option<Known>) -> Range<usize> {
        let Some(known) = known else {
            return 0..self.headers.len();
        };
        match self.position(known) {
            None => 0..0,
            Some(first) if self.repeated.contains(known) => first..self.headers.len(),
            Some(first) => first..first + 1,
        }
    }
}

/// Offsets fit `u32`: `Limits::head` and `Limits::message` are applied before any is taken.
#[expect(clippy::cast_possible_truncation, reason = "no limit is larger")]
const fn index(offset: usize) -> u32 {
    offset as u32
}

/// Where lines end and where colons are, found for a window of octets at once.
struct Lines<'a> {
    head: &'a [u8],
    // Where the window begins that the maps are of.
    window: usize,
    breaks: u64,
    colons: u64,
}

impl<'a> Lines<'a> {
    const fn new(head: &'a [u8]) -> Self {
        Self {
            head,
            window: NOWHERE,
            breaks: 0,
            colons: 0,
        }
    }

    /// The offset of the CRLF that ends the line at `from`.
    #[inline(always)]
    fn end(&mut self, from: usize) -> Option<usize> {
        let at = self.next(from, |lines| lines.breaks)?;
        self.head[at..].starts_with(b"\r\n").then_some(at)
    }

    /// The offset of the next colon, which may be one of a later line.
    #[inline(always)]
    fn colon(&mut self, from: usize) -> Option<usize> {
        self.next(from, |lines| lines.colons)
    }

    #[inline(always)]
    fn next(&mut self, mut from: usize, map: impl Fn(&Self) -> u64) -> Option<usize> {
        loop {
            let offset = from.wrapping_sub(self.window);
            if offset < WINDOW {
                let marks = map(self) >> offset;
                if marks != 0 {
                    return Some(from + marks.trailing_zeros() as usize);
                }
                from = self.window + WINDOW;
            }
            if from >= self.head.len() {
                return None;
            }
            self.window = from;
            (self.breaks, self.colons) = breaks_and_colons(self.head, from);
        }
    }
}

/// The maps of a window. It is given the text alone, so that a scan over it stays in registers.
#[inline(never)]
fn breaks_and_colons(head: &[u8], from: usize) -> (u64, u64) {
    let [breaks, colons] = lanes::maps(head, from, |octets| {
        let breaks = lanes::equal(octets, b'\r') | lanes::equal(octets, b'\n');
        [breaks, lanes::equal(octets, b':')]
    });
    (breaks, colons)
}

/// Why there is no line at `from` within the limit.
#[cold]
fn line_error(bytes: &[u8], from: usize, limit: usize) -> ParseError {
    let head = &bytes[..bytes.len().min(limit)];
    let found = head.get(from..).and_then(|rest| memchr2(b'\r', b'\n', rest));
    match found.map(|at| from + at) {
        Some(at) if bytes[at..] == *b"\r" => ParseError::new(ParseErrorKind::Truncated, bytes.len()),
        // The line's CRLF, or its LF, is the first octet behind the limit.
        Some(at) if bytes[at..].starts_with(b"\r\n") => ParseError::new(ParseErrorKind::HeadTooLong, limit),
        Some(at) => ParseError::new(ParseErrorKind::BareLineBreak, at),
        None if bytes.len() > limit => ParseError::new(ParseErrorKind::HeadTooLong, limit),
        None => ParseError::new(ParseErrorKind::Truncated, bytes.len()),
    }
}

#[inline(always)]
fn header(head: &[u8], start: usize, colon: usize, end: usize, id: Option<Known>) -> HeaderIndex {
    let value = &head[colon + 1..end];
    let lead = match value {
        [b' ', first, ..] if !class::is(*first, class::LWS) => 1,
        _ => class::span(value, class::LWS),
    };
    let value = class::trim_end(&value[lead..], class::LWS);
    let value_start = colon + 1 + lead;
    HeaderIndex {
        start: index(start),
        value: index(value_start),
        value_end: index(value_start + value.len()),
        id,
    }
}

/// What the name of a header line means, and where in the message its colon is.
#[cold]
fn name(line: &[u8], start: usize) -> Result<(Option<Known>, usize), ParseError> {
    let Some(colon) = memchr(b':', line) else {
        return Err(ParseError::new(ParseErrorKind::HeaderColon, start));
    };
    // HCOLON = *( SP / HTAB ) ":" SWS
    let end = line[..colon].iter().rposition(|octet| !matches!(octet, b' ' | b'\t'));
    let name = &line[..end.map_or(0, |last| last + 1)];
    let len = class::span(name, class::TOKEN);
    if name.is_empty() || len < name.len() {
        return Err(ParseError::new(ParseErrorKind::HeaderName, start + len));
    }
    Ok((Known::lookup(name), start + colon))
}

fn start_line(line: &[u8], start: usize) -> Result<StartIndex, ParseError> {
    let end = start + line.len();
    // A method has no slash, and a version has one.
    let method = class::span(line, class::TOKEN);
    if line.get(method) == Some(&b'/') && is_sip_version(line.split(|byte| *byte == b' ').next().unwrap_or_default()) {
        return status_line(line, start);
    }
    let error = |offset| ParseError::new(ParseErrorKind::RequestLine, start + offset);
    let is_space = |byte: &u8| *byte == b' ';
    let last = line.iter().rposition(is_space).ok_or_else(|| error(line.len()))?;
    if line.get(method) != Some(&b' ') {
        let spaces = line.iter().filter(|byte| is_space(byte)).count();
        return Err(error(if spaces < 2 { line.len() } else { method }));
    }
    if last == method {
        return Err(error(line.len()));
    }
    if method == 0 || last == method + 1 {
        return Err(error(method));
    }
    if !is_sip_version(&line[last + 1..]) {
        return Err(error(last + 1));
    }
    Ok(StartIndex::Request {
        start: index(start),
        method_end: index(start + method),
        uri_start: index(start + method + 1),
        uri_end: index(start + last),
        version_start: index(start + last + 1),
        version_end: index(end),
    })
}

fn status_line(line: &[u8], start: usize) -> Result<StartIndex, ParseError> {
    let end = start + line.len();
    let version = memchr(b' ', line).unwrap_or(line.len());
    let error = |offset: usize| ParseError::new(ParseErrorKind::StatusLine, start + offset);
    let rest = line.get(version + 1..).ok_or_else(|| error(version))?;
    let (code, reason_start) = match rest {
        // The SP after the code is mandatory; that it is often left out with an empty reason does no harm.
        [a @ b'1'..=b'6', b @ b'0'..=b'9', c @ b'0'..=b'9'] => ([*a, *b, *c], end),
        [a @ b'1'..=b'6', b @ b'0'..=b'9', c @ b'0'..=b'9', b' ', ..] => ([*a, *b, *c], start + version + 5),
        _ => return Err(error(version + 1)),
    };
    let code = code.iter().fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    Ok(StartIndex::Response {
        start: index(start),
        version_end: index(start + version),
        code,
        reason_start: index(reason_start),
        reason_end: index(end),
    })
}

/// `"SIP" "/" 1*DIGIT "." 1*DIGIT`, any version: that it is not 2.0 is for the server to answer (505).
fn is_sip_version(text: &[u8]) -> bool {
    if text == b"SIP/2.0" {
        return true;
    }
    let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let Some((name, number)) = text.split_at_checked(4) else {
        return false;
    };
    let mut parts = number.splitn(2, |byte| *byte == b'.');
    name.eq_ignore_ascii_case(b"SIP/") && parts.next().is_some_and(digits) && parts.next().is_some_and(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_may_be_of_any_length() {
        for before in 0..70 {
            for len in 0..200 {
                let mut head = vec![b'\t'; before];
                head.resize(before + len, b'a');
                head.extend(b"\r\n");
                let mut lines = Lines::new(&head);
                assert_eq!(lines.end(before), Some(before + len));
                assert_eq!(lines.end(before + len), Some(before + len));
                assert_eq!(lines.end(before + len + 2), None);
                head[before + len] = b'\n';
                assert_eq!(Lines::new(&head).end(before), None);
            }
        }
    }
}
