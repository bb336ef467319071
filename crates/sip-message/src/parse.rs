//! The scan that finds header lines and body. Values are not looked at here.

use ascii::AsciiStr;
use memchr::{memchr, memchr2};

use crate::{
    Limits, ParseError, ParseErrorKind, RawHeader, class,
    header_lines::{HeaderLine, HeaderLines},
    lanes::{self, NOWHERE, WINDOW},
    name::Known,
    start_line::StartIndex,
};

/// What the standard library looks at at once to tell a long text that is ASCII.
const ASCII_CHUNK: usize = 64;

/// Start line and header section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) start: StartIndex,
    pub(crate) lines: HeaderLines,
    /// Offset of the empty line.
    pub(crate) headers_end: u32,
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
            lines: HeaderLines::new(),
            headers_end: 0,
        }
    }

    /// Offset of the first octet of the body.
    #[inline]
    pub(crate) const fn body(&self) -> u32 {
        self.headers_end + 2
    }

    /// The value of a line.
    #[inline]
    pub(crate) fn value<'a>(&self, bytes: &'a [u8], at: usize) -> &'a [u8] {
        match self.lines.usual_value(at, bytes, self.headers_end) {
            Some(place) => &bytes[place],
            None => self.field(bytes, at).map_or(b"", |field| field.value()),
        }
    }

    /// The value of a line, if it is ASCII and stands where nearly every value does.
    #[inline(always)]
    pub(crate) fn ascii_value<'a>(&self, bytes: &'a [u8], at: usize) -> Option<&'a str> {
        let place = self.lines.usual_value(at, bytes, self.headers_end)?;
        let len = place.len();
        // Words and chunks are looked at faster than the octets that are left over, and behind a value there is more of the
        // head as a rule.
        let unit = if len < ASCII_CHUNK {
            size_of::<u64>()
        } else {
            ASCII_CHUNK
        };
        let more = bytes.get(place.start..place.start + (len | (unit - 1)) + 1);
        let text = match more.map(AsciiStr::from_ascii) {
            Some(Ok(text)) => &text[..len],
            _ => AsciiStr::from_ascii(&bytes[place]).ok()?,
        };
        Some(text.as_str())
    }

    /// A line.
    pub(crate) fn field<'a>(&self, bytes: &'a [u8], at: usize) -> Option<RawHeader<'a>> {
        Some(RawHeader::new(bytes, self.lines.get(at)?, self.next(at)))
    }

    /// Where the line behind one begins.
    #[inline]
    fn next(&self, at: usize) -> u32 {
        self.lines.start(at + 1).unwrap_or(self.headers_end)
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
        let mut breaks = Breaks::new(head);
        let end = breaks.line_end(at).ok_or_else(|| line_error(bytes, at, limit))?;
        self.start = StartIndex::read(&head[at..end], at)?;
        at = end + 2;
        if matches!(head.get(at), Some(b' ' | b'\t')) {
            return Err(ParseError::new(ParseErrorKind::LeadingFold, at));
        }
        // Whether the next line is the empty one.
        let mut is_end = head[at..].starts_with(b"\r\n");
        while !is_end {
            // Of an empty line there may be the CR, or nothing yet.
            if self.lines.len() >= limits.headers && !b"\r\n".starts_with(&bytes[at..]) {
                return Err(ParseError::new(ParseErrorKind::TooManyHeaders, at));
            }
            let mut end = breaks.line_end(at).ok_or_else(|| line_error(bytes, at, limit))?;
            // A fold and the empty line begin with an octet that no name has.
            while bytes.get(end + 2).is_some_and(|octet| *octet <= b' ') {
                if !matches!(bytes[end + 2], b' ' | b'\t') {
                    is_end = head[end + 2..].starts_with(b"\r\n");
                    break;
                }
                let from = end + 2;
                end = breaks.line_end(from).ok_or_else(|| line_error(bytes, from, limit))?;
            }
            match Known::at_start(&head[at..]) {
                Some((id, len)) => self.lines.push(HeaderLine::new(index(at), len, Some(id))),
                None => {
                    let (id, len) = name(&head[at..end], at)?;
                    self.lines.push(HeaderLine::new(index(at), len, id));
                }
            }
            at = end + 2;
        }
        self.headers_end = index(at);
        Ok(())
    }
}

/// Offsets fit `u32`: `Limits::head` and `Limits::message` are applied before any is taken.
#[expect(clippy::cast_possible_truncation, reason = "no limit is larger")]
const fn index(offset: usize) -> u32 {
    offset as u32
}

/// Where lines end, found for a window of octets at once.
struct Breaks<'a> {
    head: &'a [u8],
    // Where the window begins that the map is of.
    window: usize,
    // The octets that no line has.
    map: u64,
}

impl<'a> Breaks<'a> {
    const fn new(head: &'a [u8]) -> Self {
        Self {
            head,
            window: NOWHERE,
            map: 0,
        }
    }

    /// The offset of the CRLF that ends the line at `from`.
    #[inline(always)]
    fn line_end(&mut self, mut from: usize) -> Option<usize> {
        loop {
            let offset = from.wrapping_sub(self.window);
            if offset < WINDOW {
                let breaks = self.map >> offset;
                if breaks != 0 {
                    let end = from + breaks.trailing_zeros() as usize;
                    return self.head[end..].starts_with(b"\r\n").then_some(end);
                }
                from = self.window + WINDOW;
            }
            if from >= self.head.len() {
                return None;
            }
            self.window = from;
            self.map = breaks(self.head, from);
        }
    }
}

/// The map of a window. It is given the text alone, so that [`Breaks`] stay in registers.
#[inline(never)]
fn breaks(head: &[u8], from: usize) -> u64 {
    let [breaks] = lanes::maps(head, from, |octets| {
        [lanes::equal(octets, b'\r') | lanes::equal(octets, b'\n')]
    });
    breaks
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

/// What the name of a header line means, and how many octets of the line stand before the colon.
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
    Ok((Known::lookup(name), colon))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Message;

    #[test]
    fn a_line_may_be_of_any_length() {
        for before in 0..70 {
            for len in 0..200 {
                let mut head = vec![b'\t'; before];
                head.resize(before + len, b'a');
                head.extend(b"\r\n");
                let mut breaks = Breaks::new(&head);
                assert_eq!(breaks.line_end(before), Some(before + len));
                assert_eq!(breaks.line_end(before + len), Some(before + len));
                assert_eq!(breaks.line_end(before + len + 2), None);
                head[before + len] = b'\n';
                assert_eq!(Breaks::new(&head).line_end(before), None);
            }
        }
    }

    #[test]
    fn shapes_that_are_no_message() {
        let kind = |text: &str| Message::parse(text.to_owned()).unwrap_err().kind();
        assert_eq!(kind(""), ParseErrorKind::Truncated);
        assert_eq!(kind("\r\n\r\n"), ParseErrorKind::Truncated);
        assert_eq!(kind("OPTIONS sip:a SIP/2.0\r\nX: y\r\n"), ParseErrorKind::Truncated);
        assert_eq!(kind("OPTIONS sip:a\r\n\r\n"), ParseErrorKind::RequestLine);
        assert_eq!(kind("OPTIONS  SIP/2.0\r\n\r\n"), ParseErrorKind::RequestLine);
        assert_eq!(kind("SIP/2.0 2000 OK\r\n\r\n"), ParseErrorKind::StatusLine);
        assert_eq!(kind("SIP/2.0 700 OK\r\n\r\n"), ParseErrorKind::StatusLine);
        assert_eq!(
            kind("OPTIONS sip:a SIP/2.0\r\n folded: x\r\n\r\n"),
            ParseErrorKind::LeadingFold
        );
        assert_eq!(
            kind("OPTIONS sip:a SIP/2.0\r\nno colon\r\n\r\n"),
            ParseErrorKind::HeaderColon
        );
        assert_eq!(
            kind("OPTIONS sip:a SIP/2.0\r\nb d: x\r\n\r\n"),
            ParseErrorKind::HeaderName
        );
        assert_eq!(kind("OPTIONS sip:a SIP/2.0\nX: y\n\n"), ParseErrorKind::BareLineBreak);
        assert_eq!(
            kind("OPTIONS sip:a SIP/2.0\r\nX: a\rb\r\n\r\n"),
            ParseErrorKind::BareLineBreak
        );
    }
}
