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
pub(crate) fn is_token_byte(byte: u8) -> bool {
    TOKEN[usize::from(byte)]
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
/// quoted-string treats in its own way. Eight bytes are looked at in one step, because most of a header is what stands
/// between quotes.
#[inline]
pub(crate) fn plain_len(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // With that bit turned over, the quote follows the control characters, and one comparison finds them all. A
        // byte that is below what is subtracted gets its high bit; a borrow may mark a byte after such a one too, never
        // before.
        let low = (word ^ (ONES * 2)).wrapping_sub(ONES * u64::from(b'"' - 1));
        let backslash = (word ^ (ONES * u64::from(b'\\'))).wrapping_sub(ONES);
        let marks = (low | backslash) & !word & HIGH;
        if marks != 0 {
            return index * 8 + marks.trailing_zeros() as usize / 8;
        }
    }
    let special = |byte: &u8| matches!(byte, ..b' ' | b'"' | b'\\');
    words.len() * 8 + rest.iter().position(special).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_bytes_end_at_every_special_one() {
        for special in 0..=u8::MAX {
            for at in 0..20 {
                for around in [b'x', b' ', b'!', 0x80, 0xff] {
                    let mut bytes = [around; 20];
                    bytes[at] = special;
                    let is_special = matches!(special, ..b' ' | b'"' | b'\\');
                    let expected = if is_special { at } else { 20 };
                    assert_eq!(plain_len(&bytes), expected, "{special:#x} at {at} in {around:#x}");
                }
            }
        }
    }
}
