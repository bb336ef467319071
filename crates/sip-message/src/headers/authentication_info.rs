use std::fmt;

use super::{AuthParams, TypedHeader};
use crate::{HeaderName, ValueError, grammar};

/// `ainfo *( COMMA ainfo )`: what the one who was asked has to say after it took the credentials, as `nextnonce` and
/// `rspauth` of Digest (RFC 3261 section 20.6).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct AuthenticationInfo<'a>(AuthParams<'a>);

impl<'a> AuthenticationInfo<'a> {
    /// Takes the parameters.
    ///
    /// # Errors
    /// When there are none.
    pub fn new(params: AuthParams<'a>) -> Result<Self, ValueError> {
        params.filled().map(Self)
    }

    /// The parameters.
    #[must_use]
    pub const fn params(&self) -> &AuthParams<'a> {
        &self.0
    }
}

impl<'a> TypedHeader<'a> for AuthenticationInfo<'a> {
    const NAME: HeaderName = HeaderName::AUTHENTICATION_INFO;
    const SECTION: &'static str = "3261 section 20.6";

    fn parse(value: &'a str) -> Result<Self, ValueError> {
        grammar::whole(AuthParams::parse, value).map(Self)
    }
}

impl fmt::Display for AuthenticationInfo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_section_20_6() {
        let text = "nextnonce=\"47364c23432d2e131a5fb210812c\"";
        let info = AuthenticationInfo::parse(text).unwrap();
        assert_eq!(
            info.params().value("nextnonce").unwrap(),
            "47364c23432d2e131a5fb210812c"
        );
        assert_eq!(info.to_string(), text);
        let more = AuthenticationInfo::parse("qop=auth , rspauth=\"\",\r\n nc=00000001").unwrap();
        assert_eq!(more.params().get("nc"), Some("00000001"));
        for (text, at) in [
            ("", 0),
            ("qop", 3),
            ("qop=auth rspauth=\"\"", 9),
            ("Digest qop=auth", 7),
        ] {
            assert_eq!(AuthenticationInfo::parse(text).unwrap_err().offset(), at, "{text:?}");
        }
        assert!(AuthenticationInfo::new(AuthParams::new()).is_err());
    }
}
