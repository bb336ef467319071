use std::fmt;

use crate::{ValueError, class};

/// The value of a header as text, for a header that has no type or whose value is at hand as text: one line, without
/// white space around it. What holds it can be written without a further check.
///
/// ```
/// use sip_message::RawValue;
///
/// const ALLOW: RawValue<'static> = RawValue::from_static("MESSAGE, OPTIONS");
/// assert_eq!(ALLOW.as_str(), "MESSAGE, OPTIONS");
/// assert_eq!(RawValue::new("a\r\nVia: b").unwrap_err().offset(), 1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RawValue<'a>(&'a str);

impl<'a> RawValue<'a> {
    /// Takes a text.
    ///
    /// # Errors
    /// When it has a CR, LF or NUL, or white space around it.
    pub const fn new(text: &'a str) -> Result<Self, ValueError> {
        match wrong(text.as_bytes()) {
            None => Ok(Self(text)),
            Some(at) => Err(ValueError::new("text of one line without white space around it", at)),
        }
    }

    /// Takes a text of the program's own.
    ///
    /// # Panics
    /// When [`RawValue::new`] refuses it; in a constant that is an error of the build.
    #[must_use]
    pub const fn from_static(text: &'static str) -> RawValue<'static> {
        assert!(
            wrong(text.as_bytes()).is_none(),
            "a header value is one line without white space around it"
        );
        RawValue(text)
    }

    /// The text.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.0
    }
}

/// The first octet that cannot stand where it does.
const fn wrong(octets: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at < octets.len() {
        let is_at_edge = at == 0 || at == octets.len() - 1;
        if matches!(octets[at], b'\r' | b'\n' | b'\0') || (is_at_edge && class::is(octets[at], class::LWS)) {
            return Some(at);
        }
        at += 1;
    }
    None
}

impl fmt::Display for RawValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raw_value_is_one_line() {
        for text in ["", "a", "a b", "\u{e9}", "a: b"] {
            assert_eq!(RawValue::new(text).unwrap().as_str(), text);
        }
        for (text, at) in [(" a", 0), ("a\t", 1), ("a\rb", 1), ("ab\n", 2), ("a\0", 1), (" ", 0)] {
            assert_eq!(RawValue::new(text).unwrap_err().offset(), at, "{text:?}");
        }
    }
}
