use std::fmt;

use nom::Parser;

use super::{Occurrence, TypedHeader, accept};
use crate::{HeaderName, Params, ValueError, grammar};

/// `codings *( SEMI accept-param )`: a coding of the body that the sender reads (RFC 3261 section 20.2). Absent, only
/// `identity` is; the same holds for a header without any element.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct AcceptEncoding<'a> {
    coding: &'a str,
    params: Params<'a>,
}

impl<'a> AcceptEncoding<'a> {
    /// A coding, as in `gzip`, or `*` for any.
    ///
    /// # Errors
    /// When `coding` is not a token.
    pub fn new(coding: &'a str) -> Result<Self, ValueError> {
        let coding = grammar::exact(grammar::token, coding)?;
        let params = Params::new();
        Ok(Self { coding, params })
    }

    /// The same with a preference in thousandths.
    ///
    /// # Errors
    /// When `q` is over 1000.
    pub fn with_q(self, q: u16) -> Result<Self, ValueError> {
        let params = accept::with_q(&self.params, q)?;
        Ok(Self { params, ..self })
    }

    /// The coding as written; `*` is any.
    #[must_use]
    pub const fn coding(&self) -> &'a str {
        self.coding
    }

    /// The preference in thousandths, 1000 where no `q` is given or the one given is no number. 0 refuses the coding.
    #[must_use]
    pub fn q(&self) -> u16 {
        accept::q(&self.params)
    }

    /// Whether a coding is this one, in any case, or this is `*`.
    #[must_use]
    pub fn matches(&self, coding: &str) -> bool {
        self.coding == "*" || self.coding.eq_ignore_ascii_case(coding)
    }

    /// All parameters.
    #[must_use]
    pub const fn params(&self) -> &Params<'a> {
        &self.params
    }
}

impl<'a> TypedHeader<'a> for AcceptEncoding<'a> {
    const NAME: HeaderName = HeaderName::ACCEPT_ENCODING;
    const OCCURRENCE: Occurrence = Occurrence::List;
    const SECTION: &'static str = "3261 section 20.2";

    fn parse(value: &'a str) -> Result<Self, ValueError> {
        let (coding, params) = grammar::whole(|input| (grammar::token, Params::parse).parse(input), value)?;
        Ok(Self { coding, params })
    }
}

impl fmt::Display for AcceptEncoding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.coding, self.params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codings_and_preferences() {
        let gzip = AcceptEncoding::parse("gzip ;q=0.25").unwrap();
        assert!(gzip.matches("GZIP"));
        assert!(!gzip.matches("identity"));
        assert_eq!(gzip.q(), 250);
        assert_eq!(gzip, AcceptEncoding::new("gzip").unwrap().with_q(250).unwrap());
        assert!(AcceptEncoding::parse("*;q=0").unwrap().matches("deflate"));
        assert_eq!(AcceptEncoding::parse("gzip q=1").unwrap_err().offset(), 5);
        assert_eq!(AcceptEncoding::parse("").unwrap_err().offset(), 0);
        assert!(AcceptEncoding::new("gz\r\nX: ip").is_err());
    }
}
