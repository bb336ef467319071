//! The text of parameters: what may stand in one, and how it is written.

use std::fmt::{self, Write};

/// A text that cannot be written into a header, because a line break in it would end the header.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{parameter} has a line break at byte {offset}, which no quoted-string can hold (RFC 3261 section 25.1)")]
pub struct InvalidText {
    parameter: &'static str,
    offset: usize,
}

impl InvalidText {
    /// The parameter that the text was meant for.
    #[must_use]
    pub const fn parameter(&self) -> &'static str {
        self.parameter
    }

    /// Where in the text the line break is, in bytes.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }
}

/// Passes a text that a quoted-string can hold: anything without CR and LF (RFC 3261 section 25.1, `quoted-pair`).
pub(crate) fn writable(parameter: &'static str, text: impl Into<String>) -> Result<String, InvalidText> {
    let text = text.into();
    match text.find(['\r', '\n']) {
        Some(offset) => Err(InvalidText { parameter, offset }),
        None => Ok(text),
    }
}

pub(crate) fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        if matches!(c, '"' | '\\') || (c.is_ascii_control() && c != '\t') {
            f.write_char('\\')?;
        }
        f.write_char(c)?;
    }
    f.write_char('"')
}

pub(crate) fn write_token_or_quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    if !text.is_empty() && text.bytes().all(is_token_byte) {
        f.write_str(text)
    } else {
        write_quoted(f, text)
    }
}

/// RFC 3261 section 25.1, `token`.
pub(crate) const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~'
        )
}
