//! The first line of a message.

use std::str;

use memchr::memchr;

use crate::{ExtensionMethod, Method, ParseError, ParseErrorKind, StatusCode, class, lanes};

/// The first line of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartLine<'a> {
    /// `Method SP Request-URI SP SIP-Version`
    Request {
        /// The method.
        method: Method<'a>,
        /// The Request-URI as written; [`Message::request_uri`](crate::Message::request_uri) reads it.
        uri: &'a [u8],
        /// The version, `SIP/2.0` as a rule.
        version: &'a str,
    },
    /// `SIP-Version SP Status-Code SP Reason-Phrase`
    Response {
        /// The version.
        version: &'a str,
        /// The status code.
        status: StatusCode,
        /// The reason phrase, which may be empty and in any language.
        reason: &'a [u8],
    },
}

/// Where the parts of the start line end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StartIndex {
    /// `start..method_end SP ..uri_end SP ..version_end`
    Request {
        start: u32,
        method_end: u32,
        uri_end: u32,
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

/// What nearly every Request-Line ends with.
const USUAL_END: &[u8; 8] = b" SIP/2.0";

impl StartIndex {
    /// Reads the line that stands at `start`.
    pub(crate) fn read(line: &[u8], start: usize) -> Result<Self, ParseError> {
        let end = start + line.len();
        // A method has no slash, and a version has one.
        let method = class::skip(line, lanes::capitals(line), class::TOKEN);
        if line.get(method) == Some(&b'/') {
            let version = memchr(b' ', line).unwrap_or(line.len());
            if is_sip_version(&line[..version]) {
                return status_line(line, start, version);
            }
        }
        let error = |offset| ParseError::new(ParseErrorKind::RequestLine, start + offset);
        let is_space = |byte: &u8| *byte == b' ';
        let is_usual = line.ends_with(USUAL_END);
        let last = match is_usual {
            true => Some(line.len() - USUAL_END.len()),
            false => line.iter().rposition(is_space),
        };
        let last = last.ok_or_else(|| error(line.len()))?;
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
        if !is_usual && !is_sip_version(&line[last + 1..]) {
            return Err(error(last + 1));
        }
        Ok(Self::Request {
            start: offset(start),
            method_end: offset(start + method),
            uri_end: offset(start + last),
            version_end: offset(end),
        })
    }

    /// Offset of the line, which line breaks may come before.
    pub(crate) const fn start(self) -> u32 {
        match self {
            Self::Request { start, .. } | Self::Response { start, .. } => start,
        }
    }

    /// Offset of the Request-URI, or of a Status-Line.
    pub(crate) const fn request_uri(self) -> u32 {
        match self {
            Self::Request { method_end, .. } => method_end + 1,
            Self::Response { start, .. } => start,
        }
    }

    /// Offset of the SIP-Version.
    pub(crate) const fn version(self) -> u32 {
        match self {
            Self::Request { uri_end, .. } => uri_end + 1,
            Self::Response { start, .. } => start,
        }
    }

    /// The parts, out of the message.
    pub(crate) fn line(self, bytes: &[u8]) -> StartLine<'_> {
        let slice = |start: u32, end: u32| bytes.get(start as usize..end as usize).unwrap_or_default();
        // Method and version were found to be ASCII.
        let ascii = |start, end| str::from_utf8(slice(start, end)).unwrap_or_default();
        match self {
            Self::Request {
                start,
                method_end,
                uri_end,
                version_end,
            } => StartLine::Request {
                method: Method::new(ascii(start, method_end)).unwrap_or(Method::Other(ExtensionMethod(""))),
                uri: slice(method_end + 1, uri_end),
                version: ascii(uri_end + 1, version_end),
            },
            Self::Response {
                start,
                version_end,
                code,
                reason_start,
                reason_end,
            } => StartLine::Response {
                version: ascii(start, version_end),
                status: StatusCode::new(code).unwrap_or(StatusCode::SERVER_INTERNAL_ERROR),
                reason: slice(reason_start, reason_end),
            },
        }
    }
}

/// The rest of a Status-Line, behind its SIP-Version.
fn status_line(line: &[u8], start: usize, version: usize) -> Result<StartIndex, ParseError> {
    let end = start + line.len();
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
        start: offset(start),
        version_end: offset(start + version),
        code,
        reason_start: offset(reason_start),
        reason_end: offset(end),
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

/// Offsets fit `u32`: the limits of the head are applied before any is taken.
#[expect(clippy::cast_possible_truncation, reason = "no limit is larger")]
const fn offset(at: usize) -> u32 {
    at as u32
}
