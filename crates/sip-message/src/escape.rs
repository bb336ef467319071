//! Percent escapes (RFC 3261 section 25.1, RFC 3986 section 2.1) and the characters that each part of a URI may carry
//! without one.

use std::borrow::Cow;

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')')
}

/// `user`: unreserved and user-unreserved.
pub(crate) const fn is_user(byte: u8) -> bool {
    is_unreserved(byte) || matches!(byte, b'&' | b'=' | b'+' | b'$' | b',' | b';' | b'?' | b'/')
}

/// `password`.
pub(crate) const fn is_password(byte: u8) -> bool {
    is_unreserved(byte) || matches!(byte, b'&' | b'=' | b'+' | b'$' | b',')
}

/// `paramchar`.
pub(crate) const fn is_param(byte: u8) -> bool {
    is_unreserved(byte) || matches!(byte, b'[' | b']' | b'/' | b':' | b'&' | b'+' | b'$')
}

/// `hname` and `hvalue`.
pub(crate) const fn is_header(byte: u8) -> bool {
    is_unreserved(byte) || matches!(byte, b'[' | b']' | b'/' | b'?' | b':' | b'+' | b'$')
}

/// Any character that RFC 3986 has in a URI, brackets and the fragment's `#` among them.
pub(crate) const fn is_uric(byte: u8) -> bool {
    is_user(byte) || matches!(byte, b':' | b'@' | b'[' | b']' | b'#')
}

/// Whether every byte is allowed or part of a complete escape; else the offset of the first that is not.
pub(crate) fn check(text: &str, allowed: impl Fn(u8) -> bool) -> Result<(), usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        at += match bytes[at] {
            b'%' if octet(&bytes[at..]).is_some() => 3,
            b'%' => return Err(at),
            byte if allowed(byte) => 1,
            _ => return Err(at),
        };
    }
    Ok(())
}

/// The octet that an escape at the start of `bytes` stands for.
fn octet(bytes: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    match bytes {
        [b'%', high, low, ..] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    }
}

/// The octets of a text with every escape undone once.
pub(crate) fn octets(text: &str) -> impl Iterator<Item = u8> + '_ {
    let mut rest = text.as_bytes();
    std::iter::from_fn(move || {
        let (&first, after) = rest.split_first()?;
        match octet(rest) {
            Some(octet) => {
                rest = &rest[3..];
                Some(octet)
            }
            None => {
                rest = after;
                Some(first)
            }
        }
    })
}

/// `reserved` of RFC 2396 section 2.2, and `%` itself: what such a character's escape stands for is not the character.
const fn is_reserved(byte: u8) -> bool {
    matches!(
        byte,
        b';' | b'/' | b'?' | b':' | b'@' | b'&' | b'=' | b'+' | b'$' | b',' | b'%'
    )
}

/// A text as it compares: "characters other than those in the reserved set are equivalent to their escape" (RFC 3261
/// section 19.1.4), so the escapes of reserved characters stay, with their digits in one case.
pub(crate) fn comparable(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    while let Some((&first, after)) = bytes.split_first() {
        bytes = match octet(bytes) {
            Some(octet) => {
                if is_reserved(octet) {
                    plain.extend(bytes[..3].iter().map(u8::to_ascii_uppercase));
                } else {
                    plain.push(octet);
                }
                &bytes[3..]
            }
            None => {
                plain.push(first);
                after
            }
        };
    }
    plain
}

/// The text with every escape undone once; what is not UTF-8 becomes U+FFFD.
pub(crate) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return text.into();
    }
    let bytes: Vec<u8> = octets(text).collect();
    String::from_utf8_lossy(&bytes).into_owned().into()
}

/// The text with every byte that is not allowed as an escape.
pub(crate) fn escape(octets: impl Iterator<Item = u8>, allowed: impl Fn(u8) -> bool) -> String {
    let mut escaped = String::new();
    for octet in octets {
        if allowed(octet) {
            escaped.push(char::from(octet));
        } else {
            const HEX: &[u8; 16] = b"0123456789ABCDEF";
            escaped.push('%');
            escaped.push(char::from(HEX[usize::from(octet >> 4)]));
            escaped.push(char::from(HEX[usize::from(octet & 15)]));
        }
    }
    escaped
}
