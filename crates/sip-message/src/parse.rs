//! The scan that finds start line, header lines and body. Values are not looked at here.

use memchr::{memchr, memchr2};
use smallvec::SmallVec;

use crate::{
    Limits, ParseError, ParseErrorKind, grammar,
    name::{Known, KnownSet},
    words::Words,
};

/// Where one header field stands. Its line ends where the next one begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeaderIndex {
    pub(crate) start: u32,
    pub(crate) value: u32,
    pub(crate) value_end: u32,
    pub(crate) id: Option<Known>,
}

/// Where the parts of the start line end.
#[derive(Clone, Copy, Debug)]
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

/// Start line and header section.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) start: StartIndex,
    pub(crate) headers: HeaderIndexes,
    /// The headers that there are.
    pub(crate) seen: KnownSet,
    /// Those that stand on more than one line.
    pub(crate) repeated: KnownSet,
    /// Offset of the empty line.
    pub(crate) headers_end: u32,
    /// Offset of the first octet of the body.
    pub(crate) body: u32,
}

/// Offsets fit `u32`: `Limits::head` and `Limits::message` are applied before any is taken.
fn index(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

pub(crate) fn head(bytes: &[u8], limits: &Limits) -> Result<Head, ParseError> {
    let error = |kind, offset| Err(ParseError::new(kind, offset));
    let limit = limits.head.min(u32::MAX as usize);
    // "Implementations processing SIP messages over stream-oriented transports MUST ignore any CRLF appearing before
    // the start-line" (RFC 3261 section 7.5); datagrams get the same.
    let mut at = 0;
    while bytes[at..].starts_with(b"\r\n") {
        at += 2;
    }
    let line_end = line(bytes, at, limit)?;
    let start = start_line(bytes, at, line_end)?;
    at = line_end + 2;
    if matches!(bytes.get(at), Some(b' ' | b'\t')) {
        return error(ParseErrorKind::LeadingFold, at);
    }

    let mut headers = HeaderIndexes::new();
    let (mut seen, mut repeated) = (KnownSet::EMPTY, KnownSet::EMPTY);
    loop {
        match bytes.get(at..at + 2) {
            // The empty line counts, so that a stream that is over the limit is told apart at the same byte.
            Some(b"\r\n") if at + 2 > limit => return error(ParseErrorKind::HeadTooLong, limit),
            Some(b"\r\n") => break,
            Some(_) => {}
            None => return error(ParseErrorKind::Truncated, bytes.len()),
        }
        if headers.len() >= limits.headers {
            return error(ParseErrorKind::TooManyHeaders, at);
        }
        let mut end = line(bytes, at, limit)?;
        while matches!(bytes.get(end + 2), Some(b' ' | b'\t')) {
            end = line(bytes, end + 2, limit)?;
        }
        let header = header(bytes, at, end)?;
        if let Some(id) = header.id {
            repeated.insert_if(id, seen.contains(id));
            seen.insert_if(id, true);
        }
        headers.push(header);
        at = end + 2;
    }
    Ok(Head {
        start,
        headers,
        seen,
        repeated,
        headers_end: index(at),
        body: index(at + 2),
    })
}

/// The offset of the CRLF that ends the line at `from`.
fn line(bytes: &[u8], from: usize, limit: usize) -> Result<usize, ParseError> {
    let within = &bytes[..bytes.len().min(limit)];
    let found = within.get(from..).and_then(|rest| memchr2(b'\r', b'\n', rest));
    match found.map(|at| from + at) {
        Some(at) if bytes[at..].starts_with(b"\r\n") => Ok(at),
        Some(at) if bytes[at] == b'\r' && at + 1 == bytes.len() => {
            Err(ParseError::new(ParseErrorKind::Truncated, bytes.len()))
        }
        Some(at) => Err(ParseError::new(ParseErrorKind::BareLineBreak, at)),
        None if bytes.len() > limit => Err(ParseError::new(ParseErrorKind::HeadTooLong, limit)),
        None => Err(ParseError::new(ParseErrorKind::Truncated, bytes.len())),
    }
}

fn header(bytes: &[u8], start: usize, end: usize) -> Result<HeaderIndex, ParseError> {
    let line = &bytes[start..end];
    // What most names need: they are known, no longer than `Words`, and the colon follows at once.
    let words = bytes[start..].first_chunk().map(Words::load);
    let quick = words.and_then(|words| {
        let colon = words.colon().filter(|colon| *colon < line.len())?;
        Some((Known::of_words(&words.prefix(colon))?, colon))
    });
    let (id, colon) = match quick {
        Some((id, colon)) => (Some(id), colon),
        None => name(line, start)?,
    };
    let value = &line[colon + 1..];
    let lead = value.iter().take_while(|byte| is_lws(**byte)).count();
    let value_len = length_without(&value[lead..], is_lws);
    let value = start + colon + 1 + lead;
    Ok(HeaderIndex {
        start: index(start),
        value: index(value),
        value_end: index(value + value_len),
        id,
    })
}

/// What a header's name means, and where its colon is in the line.
#[cold]
fn name(line: &[u8], start: usize) -> Result<(Option<Known>, usize), ParseError> {
    let Some(colon) = memchr(b':', line) else {
        return Err(ParseError::new(ParseErrorKind::HeaderColon, start));
    };
    // HCOLON = *( SP / HTAB ) ":" SWS
    let name_len = length_without(&line[..colon], |byte| matches!(byte, b' ' | b'\t'));
    let name = &line[..name_len];
    if name.is_empty() || !name.iter().copied().all(grammar::is_token_byte) {
        let wrong = name
            .iter()
            .position(|byte| !grammar::is_token_byte(*byte))
            .unwrap_or_default();
        return Err(ParseError::new(ParseErrorKind::HeaderName, start + wrong));
    }
    Ok((Known::lookup(name), colon))
}

/// SP, HTAB and, as part of a fold, CR and LF.
const fn is_lws(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// The length without what ends a text.
fn length_without(text: &[u8], dropped: impl Fn(u8) -> bool) -> usize {
    text.iter().rposition(|byte| !dropped(*byte)).map_or(0, |last| last + 1)
}

fn start_line(bytes: &[u8], start: usize, end: usize) -> Result<StartIndex, ParseError> {
    let line = &bytes[start..end];
    if is_sip_version(line.split(|byte| *byte == b' ').next().unwrap_or_default()) {
        return status_line(line, start, end);
    }
    let error = |offset| ParseError::new(ParseErrorKind::RequestLine, start + offset);
    let first = memchr(b' ', line).ok_or_else(|| error(line.len()))?;
    let last = memchr::memrchr(b' ', line)
        .filter(|last| *last > first)
        .ok_or_else(|| error(line.len()))?;
    if let Some(wrong) = line[..first].iter().position(|byte| !grammar::is_token_byte(*byte)) {
        return Err(error(wrong));
    }
    if first == 0 || last == first + 1 {
        return Err(error(first));
    }
    if !is_sip_version(&line[last + 1..]) {
        return Err(error(last + 1));
    }
    Ok(StartIndex::Request {
        start: index(start),
        method_end: index(start + first),
        uri_start: index(start + first + 1),
        uri_end: index(start + last),
        version_start: index(start + last + 1),
        version_end: index(end),
    })
}

fn status_line(line: &[u8], start: usize, end: usize) -> Result<StartIndex, ParseError> {
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
    let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let Some((name, number)) = text.split_at_checked(4) else {
        return false;
    };
    let mut parts = number.splitn(2, |byte| *byte == b'.');
    name.eq_ignore_ascii_case(b"SIP/") && parts.next().is_some_and(digits) && parts.next().is_some_and(digits)
}
