//! Characters and names of XML 1.0 (fifth edition), sections 2.2 and 2.3, and of Namespaces in XML 1.0.

use std::borrow::Cow;

use memchr::memchr;
use wide::u8x16;

use super::window::{self, at_most, equal, in_range};
use crate::InvalidValue;

/// `Char`: what may stand in a document, literally or by reference.
pub(crate) const fn is_char(c: char) -> bool {
    !matches!(c, '\0'..='\x08' | '\x0B' | '\x0C' | '\x0E'..='\x1F' | '\u{FFFE}' | '\u{FFFF}')
}

/// `S`: white space.
pub(crate) const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// [`is_space`] for a byte.
pub(crate) const fn is_space_byte(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Offset of the first character that XML does not allow.
pub(crate) fn find_illegal(text: &str) -> Option<usize> {
    // Only control characters and what begins with the byte EF can be illegal.
    let suspect = |lanes| {
        let space = equal(lanes, b'\t') | equal(lanes, b'\n') | equal(lanes, b'\r');
        (at_most(lanes, 0x1F) & !space) | equal(lanes, 0xEF)
    };
    if !window::any(text.as_bytes(), suspect) {
        return None;
    }
    let (offset, _) = text.char_indices().find(|(_, c)| !is_char(*c))?;
    Some(offset)
}

/// Refuses text that XML cannot carry.
pub(crate) fn check_text(what: &'static str, text: &str) -> Result<(), InvalidValue> {
    match find_illegal(text) {
        Some(_) => Err(InvalidValue::new(what, "text of characters that XML allows", text)),
        None => Ok(()),
    }
}

/// `NameStartChar` without the colon.
pub(crate) const fn is_name_start(c: char) -> bool {
    matches!(c,
        'A'..='Z' | '_' | 'a'..='z'
        | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}' | '\u{370}'..='\u{37D}'
        | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}'
        | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

/// `NameChar` without the colon.
pub(crate) const fn is_name_char(c: char) -> bool {
    is_name_start(c)
        || matches!(c,
            '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// What a byte can be in a name.
const BYTES: [u8; 256] = {
    let mut table = [OTHER; 256];
    let mut byte: u8 = 0;
    while byte < 128 {
        let c = byte as char;
        table[byte as usize] = if is_name_start(c) {
            START
        } else if is_name_char(c) {
            INNER
        } else if c == ':' {
            COLON
        } else {
            OTHER
        };
        byte += 1;
    }
    table
};
const START: u8 = 0;
const INNER: u8 = 1;
const COLON: u8 = 2;
/// No part of a name, or of a character that has more bytes.
const OTHER: u8 = 3;

fn class(byte: u8) -> u8 {
    BYTES.get(usize::from(byte)).copied().unwrap_or(OTHER)
}

/// `NCName`: a name without a colon.
pub(crate) fn is_ncname(name: &str) -> bool {
    let is_plain =
        name.bytes().next().is_some_and(|first| class(first) == START) && name.bytes().all(|byte| class(byte) <= INNER);
    is_plain || (!name.is_ascii() && name.starts_with(is_name_start) && name.chars().all(is_name_char))
}

/// The text without the white space around it.
pub(crate) fn trim(text: &str) -> &str {
    let bytes = text.as_bytes();
    let is_other = |byte: &u8| !is_space_byte(*byte);
    let start = bytes.iter().position(is_other).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(is_other).map_or(start, |last| last + 1);
    text.get(start..end).unwrap_or_default()
}

/// Whether XML keeps the name for itself.
pub(crate) fn is_reserved(name: &str) -> bool {
    name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("xml"))
}

/// Where the `QName` ends that begins at a place of a text, and where its colon is, if it is in ASCII and so is what comes
/// behind it. `None` where it is not, which [`split_qname`] decides for the rest of Unicode.
#[inline]
pub(crate) fn plain_qname(bytes: &[u8], start: usize) -> Option<(usize, Option<usize>)> {
    let starts_part = |at: usize| bytes.get(at).is_some_and(|byte| class(*byte) == START);
    if let Some([inner, colons]) = window::maps(bytes, start, |lanes| [inner(lanes), equal(lanes, b':')])
        && let length = (inner | colons).trailing_ones()
        && let colons = colons & ((1 << length) - 1)
        && length < u16::BITS
        && colons.count_ones() < 2
    {
        let end = start + length as usize;
        let colon = (colons != 0).then(|| start + colons.trailing_zeros() as usize);
        let is_plain = bytes.get(end).is_some_and(u8::is_ascii)
            && starts_part(start)
            && colon.is_none_or(|colon| starts_part(colon + 1));
        return is_plain.then_some((end, colon));
    }
    let first = plain_ncname(bytes, start)?;
    let (end, colon) = match bytes.get(first) {
        Some(b':') => (plain_ncname(bytes, first + 1)?, Some(first)),
        _ => (first, None),
    };
    let next = bytes.get(end)?;
    (next.is_ascii() && *next != b':').then_some((end, colon))
}

/// The lanes with a byte of [`is_name_char`].
#[inline]
fn inner(lanes: u8x16) -> u8x16 {
    let letters = in_range(lanes | u8x16::splat(0x20), b'a', b'z');
    letters | in_range(lanes, b'0', b'9') | in_range(lanes, b'-', b'.') | equal(lanes, b'_')
}

/// Where the name without a colon ends that begins at a place, as far as it is in ASCII.
#[inline]
fn plain_ncname(bytes: &[u8], start: usize) -> Option<usize> {
    if class(*bytes.get(start)?) != START {
        return None;
    }
    let mut end = start + 1;
    while bytes.get(end).is_some_and(|byte| class(*byte) <= INNER) {
        end += 1;
    }
    Some(end)
}

/// `QName`, split into prefix and local name.
pub(crate) fn split_qname(name: &str) -> Option<(Option<&str>, &str)> {
    match name.split_once(':') {
        Some((prefix, local)) => (is_ncname(prefix) && is_ncname(local)).then_some((Some(prefix), local)),
        None => is_ncname(name).then_some((None, name)),
    }
}

/// Where the text that begins at a place ends: before a tag, a reference or what else does not stand for itself.
#[inline]
pub(crate) fn plain_text(bytes: &[u8], start: usize) -> usize {
    window::find(bytes, start, |lanes| {
        equal(lanes, b'<') | equal(lanes, b'&') | equal(lanes, b'\r') | equal(lanes, b']')
    })
}

/// Line ends as XML 1.0 section 2.11 has them: CR LF and CR become LF.
pub(crate) fn normalize_lines(text: &str) -> Cow<'_, str> {
    if memchr(b'\r', text.as_bytes()).is_some() {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The character that a reference's text between `&` and `;` stands for. `None` where it is no reference that can be
/// resolved without a document type declaration.
pub(crate) fn resolve_reference(name: &str) -> Option<char> {
    let code = match name {
        "amp" => return Some('&'),
        "apos" => return Some('\''),
        "gt" => return Some('>'),
        "lt" => return Some('<'),
        "quot" => return Some('"'),
        _ => name.strip_prefix('#')?,
    };
    let (digits, radix) = match code.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (code, 10),
    };
    // Rust's own parser would take a sign.
    if !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let code = u32::from_str_radix(digits, radix).ok()?;
    char::from_u32(code).filter(|c| is_char(*c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        assert_eq!(resolve_reference("lt"), Some('<'));
        assert_eq!(resolve_reference("#65"), Some('A'));
        assert_eq!(resolve_reference("#x1F600"), Some('\u{1F600}'));
        assert_eq!(resolve_reference("#x0000000041"), Some('A'));
        for name in [
            "",
            "#",
            "#x",
            "#0",
            "#x0",
            "#xD800",
            "#x110000",
            "#99999999999",
            "#+65",
            "#X41",
            "nbsp",
            "#xFFFE",
        ] {
            assert_eq!(resolve_reference(name), None, "{name}");
        }
    }

    #[test]
    fn names() {
        assert_eq!(split_qname("a"), Some((None, "a")));
        assert_eq!(split_qname("p:a"), Some((Some("p"), "a")));
        for name in ["", ":", "a:", ":a", "a:b:c", "1a", "p:1", "a/", "a=\""] {
            assert_eq!(split_qname(name), None, "{name}");
        }
        assert_eq!(plain_qname(b"a1-:b ", 0), Some((5, Some(3))));
        for (text, found) in [("a>", (1, None)), ("p:a-1/", (5, Some(1))), ("_ ", (1, None))] {
            assert_eq!(plain_qname(text.as_bytes(), 0), Some(found), "{text}");
        }
        for text in [
            "",
            "a",
            ">",
            "1>",
            "-a>",
            "a:>",
            "a:1>",
            ":a>",
            "a:b:c>",
            "a\u{D55C}>",
            "\u{D55C}>",
        ] {
            assert_eq!(plain_qname(text.as_bytes(), 0), None, "{text}");
        }
        // Each byte in a name that is looked at sixteen bytes at a time, and in one that is not.
        for byte in 0..128 {
            for length in [14, 30] {
                let mut text = vec![b'a'; length];
                text.push(byte);
                text.extend_from_slice(b"b>                ");
                let expected = match class(byte) {
                    START | INNER => Some((length + 2, None)),
                    COLON => Some((length + 2, Some(length))),
                    _ => Some((length, None)),
                };
                assert_eq!(plain_qname(&text, 0), expected, "{byte} after {length}");
            }
            let expected = (class(byte) == START).then_some((2, None));
            assert_eq!(
                plain_qname(&[&[byte], &b"b>"[..], &[b' '; 16]].concat(), 0),
                expected,
                "{byte}"
            );
        }
        assert!(is_reserved("XmlFoo"));
        assert!(!is_reserved("x\u{D55C}"));
    }

    #[test]
    fn line_ends() {
        assert_eq!(normalize_lines("a\r\nb\rc\n\r\rd"), "a\nb\nc\n\n\nd");
    }

    #[test]
    fn illegal_characters() {
        assert_eq!(find_illegal("ab\tc\u{D55C}\u{F000}"), None);
        assert_eq!(find_illegal("ab\x0C"), Some(2));
        assert_eq!(find_illegal("\u{D55C}\u{FFFF}"), Some(3));
    }
}
