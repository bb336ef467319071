use std::{borrow::Cow, fmt};

use nom::Parser;

use super::TypedHeader;
use crate::{HeaderName, Params, ValueError, grammar};

/// `disp-type *( SEMI disp-param )`: what the body is there for (RFC 3261 section 20.11).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ContentDisposition<'a> {
    disposition: &'a str,
    params: Params<'a>,
}

impl<'a> ContentDisposition<'a> {
    /// A disposition: `render`, `session`, `icon`, `alert`, or another token.
    ///
    /// # Errors
    /// When `disposition` is not a token.
    pub fn new(disposition: &'a str) -> Result<Self, ValueError> {
        let disposition = grammar::exact(grammar::token, disposition)?;
        let params = Params::new();
        Ok(Self { disposition, params })
    }

    /// The same with other parameters.
    #[must_use]
    pub fn with_params(self, params: Params<'a>) -> Self {
        Self { params, ..self }
    }

    /// The disposition as written.
    #[must_use]
    pub const fn disposition(&self) -> &'a str {
        self.disposition
    }

    /// Whether this is that disposition, in any case.
    #[must_use]
    pub fn is(&self, disposition: &str) -> bool {
        self.disposition.eq_ignore_ascii_case(disposition)
    }

    /// Whether a receiver that does not know the body's type or disposition must refuse the message: so it is, unless
    /// `handling` is `optional`.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.params
            .value("handling")
            .is_none_or(|handling| !handling.eq_ignore_ascii_case("optional"))
    }

    /// The `filename` (RFC 2183 section 2.3): a proposal of the sender, which may be any text. Do not use it as a path.
    #[must_use]
    pub fn filename(&self) -> Option<Cow<'_, str>> {
        self.params.value("filename")
    }

    /// All parameters.
    #[must_use]
    pub const fn params(&self) -> &Params<'a> {
        &self.params
    }
}

impl<'a> TypedHeader<'a> for ContentDisposition<'a> {
    const NAME: HeaderName = HeaderName::CONTENT_DISPOSITION;
    const SECTION: &'static str = "3261 section 20.11";

    fn parse(value: &'a str) -> Result<Self, ValueError> {
        let (disposition, params) = grammar::whole(|input| (grammar::token, Params::parse).parse(input), value)?;
        Ok(Self { disposition, params })
    }
}

impl fmt::Display for ContentDisposition<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.disposition, self.params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_required_unless_it_says_optional() {
        let read = |text| ContentDisposition::parse(text).unwrap();
        assert!(read("session").is("Session"));
        assert!(read("session").is_required());
        assert!(read("recipient-list; handling=required").is_required());
        assert!(!read("recipient-list-history ; handling = Optional").is_required());
        let signed = read("attachment; filename=smime.p7s;handling=required");
        assert_eq!(signed.filename().unwrap(), "smime.p7s");
        assert_eq!(signed.to_string(), "attachment; filename=smime.p7s;handling=required");
    }

    #[test]
    fn what_is_no_disposition_is_refused() {
        for (text, at) in [("", 0), ("a b", 2), ("a/b", 1)] {
            assert_eq!(ContentDisposition::parse(text).unwrap_err().offset(), at, "{text:?}");
        }
        assert!(ContentDisposition::parse("render;handling=").is_err());
        assert!(ContentDisposition::new("render\r\n").is_err());
    }
}
