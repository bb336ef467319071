use std::fmt;
use std::str::FromStr;

use crate::element::check_extension;
use crate::extension::typed_methods;
use crate::{Element, Extension, InvalidElement, InvalidValue, extension};

/// The status of a tuple: the basic value and what extensions add (RFC 3863 section 4.1.3).
///
/// The default has neither. RFC 3863 asks for at least one value; its schema and this crate accept none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Status {
    basic: Option<Basic>,
    extensions: Vec<Element>,
}

impl Status {
    /// A status with a basic value.
    pub fn new(basic: Basic) -> Self {
        Self {
            basic: Some(basic),
            extensions: Vec::new(),
        }
    }

    /// Adds an extension status value.
    ///
    /// # Errors
    ///
    /// The element is in no namespace or in PIDF's own.
    pub fn with_extension(mut self, extension: Element) -> Result<Self, InvalidValue> {
        check_extension(&extension)?;
        self.extensions.push(extension);
        Ok(self)
    }

    /// What the reader found. The extensions are known to be some.
    pub(crate) fn from_parts(basic: Option<Basic>, extensions: Vec<Element>) -> Self {
        Self { basic, extensions }
    }

    pub(crate) const fn extensions_mut(&mut self) -> &mut Vec<Element> {
        &mut self.extensions
    }

    /// The basic value.
    pub const fn basic(&self) -> Option<Basic> {
        self.basic
    }

    /// The extension status values, in order.
    pub fn extensions(&self) -> &[Element] {
        &self.extensions
    }

    typed_methods!();
}

/// Whether a tuple's address is ready to take an instant message, or generally available (RFC 3863 section 4.1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Basic {
    /// Not available.
    Closed,
    /// Available.
    Open,
}

impl FromStr for Basic {
    type Err = InvalidValue;

    /// Reads `open` and `closed`, and what users of the draft wrote: any case, white space around it, `close`.
    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let value = text.trim();
        if value.eq_ignore_ascii_case("open") {
            Ok(Self::Open)
        } else if value.eq_ignore_ascii_case("closed") || value.eq_ignore_ascii_case("close") {
            Ok(Self::Closed)
        } else {
            Err(InvalidValue::new("the basic status", "`open` or `closed`", value))
        }
    }
}

impl fmt::Display for Basic {
    /// `open` or `closed`, as RFC 3863 spells it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "closed",
            Self::Open => "open",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_values() {
        for text in ["open", " OPEN ", "\n  Open\t"] {
            assert_eq!(text.parse(), Ok(Basic::Open), "{text:?}");
        }
        for text in ["closed", " CLOSED ", "CLOSE", "close"] {
            assert_eq!(text.parse(), Ok(Basic::Closed), "{text:?}");
        }
        for text in ["", "busy", "opened", "o pen", "open closed"] {
            assert!(text.parse::<Basic>().is_err(), "{text:?}");
        }
    }
}
