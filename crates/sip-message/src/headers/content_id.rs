use std::fmt;

use super::TypedHeader;
use crate::{HeaderName, ValueError, grammar};

/// `msg-id = "<" id-left "@" id-right ">"`: names the body, so that another header or body part can refer to it by a
/// `cid` URI (RFC 8262 section 3.2; RFC 2045 section 7, RFC 2392).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ContentId<'a>(&'a str);

impl<'a> ContentId<'a> {
    /// Takes an identifier without the angle brackets, as in `foo4*foo1@bar.net`.
    ///
    /// # Errors
    /// When `id` is not `id-left "@" id-right`.
    pub fn new(id: &'a str) -> Result<Self, ValueError> {
        check(id)?;
        let is_dot = |at: usize| matches!(id.as_bytes().get(at), None | Some(b'.' | b'@'));
        let literal = id.find("@[").unwrap_or(id.len());
        match id
            .match_indices('.')
            .find(|(at, _)| *at < literal && (*at == 0 || is_dot(at - 1) || is_dot(at + 1)))
        {
            Some((at, _)) => Err(ValueError::new(
                "an identifier without dots side by side or at the end",
                at,
            )),
            None => Ok(Self(id)),
        }
    }

    /// The identifier without the angle brackets. Escaped, and with `cid:` before it, it is the URI that names the
    /// body.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.0
    }
}

/// `dot-atom-text "@" ( dot-atom-text / no-fold-literal )` of RFC 5322 section 3.6.4, whose atoms have any printable
/// character but specials. Empty atoms, as in `a..b@c`, are in many identifiers that mailers made; they are read, and
/// not written.
fn check(id: &str) -> Result<(), ValueError> {
    let at_sign = id.find('@').ok_or(ValueError::new("an @", id.len()))?;
    let (left, right) = (&id[..at_sign], &id[at_sign + 1..]);
    if let Some(wrong) = left.bytes().position(|byte| !is_atom_byte(byte)) {
        return Err(ValueError::new("a character of an identifier", wrong));
    }
    let literal = right.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let wrong = match literal {
        Some(text) => text
            .bytes()
            .position(|byte| !is_literal_byte(byte))
            .map(|wrong| wrong + 1),
        None => right.bytes().position(|byte| !is_atom_byte(byte)),
    };
    match wrong {
        Some(wrong) => Err(ValueError::new("a character of an identifier", at_sign + 1 + wrong)),
        None if left.is_empty() => Err(ValueError::new("an identifier before the @", 0)),
        None if right.is_empty() => Err(ValueError::new("an identifier after the @", id.len())),
        None => Ok(()),
    }
}

/// `atext` and the dot.
const fn is_atom_byte(byte: u8) -> bool {
    byte.is_ascii_graphic()
        && !matches!(
            byte,
            b'(' | b')' | b'<' | b'>' | b'[' | b']' | b':' | b';' | b'@' | b'\\' | b',' | b'"'
        )
}

/// `dtext` without angle brackets, of which no identifier in use has one.
const fn is_literal_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'[' | b']' | b'\\' | b'<' | b'>')
}

fn msg_id(input: &str) -> grammar::Parsed<'_, &str> {
    let Some(inner) = input.strip_prefix('<') else {
        return grammar::fail(input, "an identifier in angle brackets");
    };
    let Some(end) = inner.find('>') else {
        return grammar::fail(input, "a closing angle bracket");
    };
    match check(&inner[..end]) {
        Ok(()) => Ok((&inner[end + 1..], &inner[..end])),
        Err(error) => grammar::fail(&inner[error.offset()..], error.expected()),
    }
}

impl<'a> TypedHeader<'a> for ContentId<'a> {
    const NAME: HeaderName = HeaderName::CONTENT_ID;
    const SECTION: &'static str = "8262 section 3.2";

    fn parse(value: &'a str) -> Result<Self, ValueError> {
        grammar::whole(msg_id, value).map(Self)
    }
}

impl fmt::Display for ContentId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_stand_in_brackets() {
        let text = "<foo4*foo1@bar.net>";
        assert_eq!(ContentId::parse(text).unwrap().as_str(), "foo4*foo1@bar.net");
        assert_eq!(ContentId::parse(text).unwrap().to_string(), text);
        assert_eq!(
            ContentId::parse("<a@[192.0.2.1]>").unwrap(),
            ContentId::new("a@[192.0.2.1]").unwrap()
        );
        let cases = [
            ("a@b", 0),
            ("<a@b", 0),
            ("<ab>", 3),
            ("<@b>", 1),
            ("<a@>", 3),
            ("<a b@c>", 2),
            ("<a@b@c>", 4),
            ("<a@b> x", 6),
            ("<a@[b>", 3),
            ("<a\r\nX: y@b>", 2),
        ];
        for (text, at) in cases {
            assert_eq!(ContentId::parse(text).unwrap_err().offset(), at, "{text:?}");
        }
        assert_eq!(ContentId::parse("<.a..b@c.>").unwrap().as_str(), ".a..b@c.");
        assert!(ContentId::new("a.b@[192.0.2.1.]").is_ok());
        for text in [".a@b", "a.@b", "a..b@c", "a@.b", "a@b..c", "a@b."] {
            assert!(ContentId::new(text).is_err(), "{text:?}");
        }
        for text in ["", "a", "a@b>", "a@b\0", "é@b", "a@b\r\nX: y"] {
            assert!(ContentId::new(text).is_err(), "{text:?}");
        }
    }
}
