use std::fmt::{self, Write as _};

use compact_str::CompactString;

use crate::InvalidValue;
use crate::xml::chars;

/// The id of a tuple, a person, a device or a part of one: an `xs:ID`, that is a name without a colon that starts with
/// a letter or `_`.
///
/// RFC 3863 calls it an arbitrary string in the text and `xs:ID` in the schema, and peers do send ids that are none,
/// such as numbers. What a peer sent is therefore read through [`Id::escape`], so that what this crate writes
/// validates, and the same id of a peer is the same id here every time.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Id(CompactString);

impl Id {
    /// The id as it stands.
    ///
    /// # Errors
    ///
    /// Not an `xs:ID`.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidValue> {
        let id = id.into();
        if !chars::is_ncname(&id) {
            return Err(InvalidValue::new(
                "the id",
                "a name that starts with a letter or `_` and has no colon",
                &id,
            ));
        }
        Ok(Self(id.into()))
    }

    /// An id from any text: itself where it is an `xs:ID`, otherwise with each character that cannot stand there as
    /// `_x` and its code in hexadecimal and `_`.
    ///
    /// ```
    /// # use pidf::Id;
    /// assert_eq!(Id::escape("desk")?.as_str(), "desk");
    /// assert_eq!(Id::escape("42")?.as_str(), "_x0034_2");
    /// assert_eq!(Id::escape("sip:bob")?.as_str(), "sip_x003A_bob");
    /// # Ok::<(), pidf::InvalidValue>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Empty.
    pub fn escape(text: &str) -> Result<Self, InvalidValue> {
        if text.is_empty() {
            return Err(InvalidValue::new("the id", "some text", text));
        }
        if chars::is_ncname(text) {
            return Ok(Self(text.into()));
        }
        let mut id = CompactString::with_capacity(text.len());
        for c in text.chars() {
            let allowed = if id.is_empty() {
                chars::is_name_start(c)
            } else {
                chars::is_name_char(c)
            };
            if allowed {
                id.push(c);
            } else {
                // Formatting into a string does not fail.
                let _ = write!(id, "_x{:04X}_", u32::from(c));
            }
        }
        Ok(Self(id))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        for id in ["a", "_1", "t4.nn5", "ID-orchard", "\u{D55C}\u{AE00}"] {
            assert_eq!(Id::new(id).unwrap().as_str(), id);
            assert_eq!(Id::escape(id).unwrap().as_str(), id);
        }
        for id in ["", "1", "-a", "a b", "a:b", "a\0"] {
            assert!(Id::new(id).is_err(), "{id:?}");
        }
        assert_eq!(Id::escape("-a b\0").unwrap().as_str(), "_x002D_a_x0020_b_x0000_");
        assert!(Id::escape("").is_err());
    }
}
