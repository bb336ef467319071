//! Which octets the rules of RFC 3261 section 25.1 are made of, as bits of one table, so that a rule is read with one
//! look per octet.

/// A set of octets: one bit, or several, of [`TABLE`].
pub(crate) type Class = u8;

/// `DIGIT`.
pub(crate) const DIGIT: Class = 1;
/// SP, HTAB and the CRLF of a fold. That a CRLF is part of a fold was settled when the message was parsed.
pub(crate) const LWS: Class = 1 << 1;
/// What a quoted string may hold as it stands: anything but the closing quote, the backslash and NUL.
pub(crate) const QUOTED: Class = 1 << 2;
/// The colon, which IPv6 addresses have.
pub(crate) const COLON: Class = 1 << 3;
/// `token`: alphanum and ``-.!%*_+`'~``.
pub(crate) const TOKEN: Class = 1 << 4;
/// What `word`, of Call-ID, has besides the octets of a token.
pub(crate) const WORD_ONLY: Class = 1 << 5;

const TABLE: [Class; 256] = table();

const fn table() -> [Class; 256] {
    let mut table = [0; 256];
    let mut octet = 0_u8;
    loop {
        table[octet as usize] = class(octet);
        if octet == u8::MAX {
            return table;
        }
        octet += 1;
    }
}

const fn class(octet: u8) -> Class {
    let quoted = match octet {
        b'"' | b'\\' | b'\0' => 0,
        _ => QUOTED,
    };
    quoted
        | match octet {
            b'0'..=b'9' => DIGIT | TOKEN,
            b' ' | b'\t' | b'\r' | b'\n' => LWS,
            b':' => COLON | WORD_ONLY,
            b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~' => TOKEN,
            b'(' | b')' | b'<' | b'>' | b'\\' | b'"' | b'/' | b'?' | b'{' | b'}' | b'[' | b']' => WORD_ONLY,
            _ => 0,
        }
}

/// Whether an octet is of a class.
#[inline]
pub(crate) const fn is(octet: u8, class: Class) -> bool {
    TABLE[octet as usize] & class != 0
}

/// How many octets at the start are of a class.
#[inline]
pub(crate) fn span(octets: &[u8], class: Class) -> usize {
    skip(octets, 0, class)
}

/// Where the first octet from `at` on is that is not of a class.
#[inline]
pub(crate) fn skip(octets: &[u8], mut at: usize, class: Class) -> usize {
    while let Some(octet) = octets.get(at)
        && is(*octet, class)
    {
        at += 1;
    }
    at
}

/// The octets without those of a class at the end.
#[inline]
pub(crate) fn trim_end(octets: &[u8], class: Class) -> &[u8] {
    match octets.last() {
        Some(last) if is(*last, class) => {
            let kept = octets.iter().rposition(|octet| !is(*octet, class));
            &octets[..kept.map_or(0, |last| last + 1)]
        }
        _ => octets,
    }
}

/// The text without the octets of an ASCII class around it.
#[inline]
pub(crate) fn trim(text: &str, class: Class) -> &str {
    let rest = &text[span(text.as_bytes(), class)..];
    &rest[..trim_end(rest.as_bytes(), class).len()]
}
