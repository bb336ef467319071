use std::fmt;

use super::{Occurrence, TypedHeader};
use crate::{HeaderName, NameAddr, Uri, ValueError, grammar};

/// `PAssertedID-value = name-addr / addr-spec`: who the sender is, as an element that the receiver trusts has found out.
/// There may be two values, one with a SIP URI and one with a `tel` URI.
///
/// The header has no parameters. Those of the URI stand in its angle brackets (RFC 8217 section 4): a value with any
/// behind it is refused, as `tel:7042;phone-context=example.test` is without brackets, so that no other identity is read
/// than the one that was asserted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PAssertedIdentity<'a>(NameAddr<'a>);

impl<'a> PAssertedIdentity<'a> {
    /// An identity.
    ///
    /// # Errors
    /// When the address has parameters of the header.
    pub fn new(address: NameAddr<'a>) -> Result<Self, ValueError> {
        if address.params().is_empty() {
            Ok(Self(address))
        } else {
            Err(ValueError::new("an address without parameters behind the URI", 0))
        }
    }

    /// The address.
    #[must_use]
    pub const fn address(&self) -> &NameAddr<'a> {
        &self.0
    }

    /// The URI of the address.
    #[must_use]
    pub const fn uri(&self) -> Uri<'a> {
        self.0.uri()
    }
}

impl<'a> TypedHeader<'a> for PAssertedIdentity<'a> {
    const NAME: HeaderName = HeaderName::P_ASSERTED_IDENTITY;
    const OCCURRENCE: Occurrence = Occurrence::List;
    const SECTION: &'static str = "3325 section 9.1";

    fn parse(value: &'a str) -> Result<Self, ValueError> {
        let address = NameAddr::parse(value)?;
        if address.params().is_empty() {
            return Ok(Self(address));
        }
        // Parameters are slices of the value.
        let name = address.params().iter().next();
        let at = name.map_or(0, |(name, _)| grammar::offset_in(value.as_bytes(), name));
        Err(ValueError::new(
            "the end of the value",
            value[..at].rfind(';').unwrap_or(at),
        ))
    }
}

impl fmt::Display for PAssertedIdentity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_rfc_3325_section_9_1() {
        let sip = PAssertedIdentity::parse("\"Cullen Jennings\" <sip:fluffy@cisco.com>").unwrap();
        assert_eq!(sip.address().display_name().unwrap(), "Cullen Jennings");
        let tel = PAssertedIdentity::parse("tel:+14085264000").unwrap();
        assert_eq!(tel.uri().scheme(), "tel");
        assert_eq!(PAssertedIdentity::parse("<fluffy@cisco.com>").unwrap_err().offset(), 1);
    }

    #[test]
    fn there_are_no_parameters_behind_the_uri() {
        assert!(PAssertedIdentity::parse("<tel:7042;phone-context=example.test>").is_ok());
        for (text, at) in [
            ("tel:7042;phone-context=example.test", 8),
            ("<sip:a@b>;tag=1 ", 9),
            ("\"A\" <sip:a@b> ;x", 14),
            ("\"sip:a@b;x\" <sip:a@b>;y", 21),
        ] {
            assert_eq!(PAssertedIdentity::parse(text).unwrap_err().offset(), at, "{text:?}");
        }
        let address = NameAddr::new(Uri::parse("sip:a@b").unwrap());
        let params = crate::Params::new().with_flag("x").unwrap();
        assert!(PAssertedIdentity::new(address.clone()).is_ok());
        assert!(PAssertedIdentity::new(address.with_params(params)).is_err());
    }
}
