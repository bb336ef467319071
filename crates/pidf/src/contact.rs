use std::fmt;
use std::str::FromStr;

use compact_str::CompactString;

use crate::InvalidValue;
use crate::xml::chars;

/// The address at which a tuple's service is reached (RFC 3863 section 4.1.5).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Contact {
    uri: CompactString,
    priority: Option<Priority>,
}

impl Contact {
    /// A contact without a priority, which counts as the lowest.
    ///
    /// # Errors
    ///
    /// Empty, or with white space or a character that XML does not allow. The scheme's own grammar is not checked.
    pub fn new(uri: impl Into<String>) -> Result<Self, InvalidValue> {
        Self::from_text(&uri.into(), None)
    }

    /// A contact with a priority if there is one.
    pub(crate) fn from_text(uri: &str, priority: Option<Priority>) -> Result<Self, InvalidValue> {
        check_uri("the contact", uri)?;
        let uri = uri.into();
        Ok(Self { uri, priority })
    }

    /// States the priority.
    #[must_use]
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.priority = Some(priority);
        self
    }

    /// The address.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The priority; `None` counts as the lowest. A value of a peer that is out of range reads as `None`
    /// (RFC 3863 section 4.1.5).
    pub const fn priority(&self) -> Option<Priority> {
        self.priority
    }
}

/// The priority of a contact over the others: a decimal from 0 to 1 with at most three digits after the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Priority(u16);

impl Priority {
    /// 1, the highest.
    pub const MAX: Self = Self(1000);
    /// 0, the lowest.
    pub const MIN: Self = Self(0);

    /// The priority in thousandths: 800 is 0.8.
    ///
    /// # Errors
    ///
    /// More than 1000.
    pub fn new(thousandths: u16) -> Result<Self, InvalidValue> {
        if thousandths > Self::MAX.0 {
            return Err(InvalidValue::new(
                "the priority",
                "at most 1000 thousandths",
                &thousandths.to_string(),
            ));
        }
        Ok(Self(thousandths))
    }

    /// The priority in thousandths.
    pub const fn thousandths(self) -> u16 {
        self.0
    }
}

impl FromStr for Priority {
    type Err = InvalidValue;

    /// Reads `0`, `0.021`, `0.5`, `1.00`.
    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
        let places = fraction.bytes().chain(*b"000").take(3);
        let thousandths = || places.fold(0, |value, digit| value * 10 + u16::from(digit - b'0'));
        match (whole, digits.then(thousandths)) {
            ("0", Some(thousandths)) => Ok(Self(thousandths)),
            ("1", Some(0)) => Ok(Self::MAX),
            _ => Err(InvalidValue::new(
                "the priority",
                "a decimal from 0 to 1 with at most three digits after the point",
                text,
            )),
        }
    }
}

impl fmt::Display for Priority {
    /// The shortest form: `0`, `0.8`, `1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimal = format!("{}.{:03}", self.0 / 1000, self.0 % 1000);
        f.write_str(decimal.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Priority {
    /// The decimal as a number.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 1000.0)
    }
}

/// What every URI in a document must be, whatever its scheme.
pub(crate) fn check_uri(what: &'static str, uri: &str) -> Result<(), InvalidValue> {
    // All bytes are looked at without a branch, which the compiler makes steps of many.
    let is_plain = !uri.bytes().fold(false, |odd, byte| odd | !byte.is_ascii_graphic());
    let is_odd = |c: char| c.is_whitespace() || c.is_control();
    if uri.is_empty() || (!is_plain && uri.contains(is_odd)) {
        return Err(InvalidValue::new(what, "a URI, with no white space in it", uri));
    }
    if is_plain {
        return Ok(());
    }
    chars::check_text(what, uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priorities_of_the_rfc() {
        for (text, thousandths, written) in [
            ("0", 0, "0"),
            ("0.021", 21, "0.021"),
            ("0.5", 500, "0.5"),
            ("1.00", 1000, "1"),
            ("0.", 0, "0"),
            ("1.", 1000, "1"),
            ("0.100", 100, "0.1"),
        ] {
            let priority: Priority = text.parse().unwrap();
            assert_eq!(priority.thousandths(), thousandths);
            assert_eq!(priority.to_string(), written);
        }
        for text in [
            "", ".5", "1.001", "2", "0.1234", "-0", "+1", "0.5e1", "0,5", "00", "0. 5", "0.-1", "0.+1",
        ] {
            assert!(text.parse::<Priority>().is_err(), "{text:?}");
        }
        assert!(Priority::new(1001).is_err());
    }

    #[test]
    fn contacts_are_one_word() {
        assert!(Contact::new("tel:+09012345678").is_ok());
        assert!(Contact::new("").is_err());
        assert!(Contact::new("sip:a b").is_err());
        assert!(Contact::new("sip:a\0b").is_err());
    }
}
