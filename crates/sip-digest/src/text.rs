//! The text of parameters: what may stand in one, and how it is written.

use std::fmt::{self, Write};

use wide::u8x16;

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
pub(crate) fn is_token_byte(byte: u8) -> bool {
    TOKEN[usize::from(byte)]
}

/// How long the token is that stands here.
#[inline]
pub(crate) fn token_len(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| is_token_byte(**byte)).count()
}

/// Looked up, because names are short and a jump that is guessed wrong costs more than the rest of them.
static TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~'
            );
        byte += 1;
    }
    table
};

/// How many bytes stand here before the first quote, backslash or control character below the space, all of which a
/// quoted-string treats in its own way. Sixteen bytes are looked at in one step, because most of a header is what stands
/// between quotes.
#[inline]
pub(crate) fn plain_len(bytes: &[u8]) -> usize {
    let (chunks, rest) = bytes.as_chunks::<16>();
    for (index, chunk) in chunks.iter().enumerate() {
        let lanes = u8x16::new(*chunk);
        let is_control = lanes.min(u8x16::splat(b' ' - 1)).simd_eq(lanes);
        let is_special = is_control | lanes.simd_eq(u8x16::splat(b'"')) | lanes.simd_eq(u8x16::splat(b'\\'));
        let marks = is_special.to_bitmask();
        if marks != 0 {
            return index * 16 + marks.trailing_zeros() as usize;
        }
    }
    let special = |byte: &u8| matches!(byte, ..b' ' | b'"' | b'\\');
    chunks.len() * 16 + rest.iter().position(special).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_bytes_end_at_every_special_one() {
        for special in 0..=u8::MAX {
            for at in 0..40 {
                for around in [b'x', b' ', b'!', 0x80, 0xff] {
                    let mut bytes = [around; 40];
                    bytes[at] = special;
                    let is_special = matches!(special, ..b' ' | b'"' | b'\\');
                    let expected = if is_special { at } else { 40 };
                    assert_eq!(plain_len(&bytes), expected, "{special:#x} at {at} in {around:#x}");
                }
            }
        }
    }
}
