use std::fmt;

use nom::{Parser, character::complete::char};

use super::TypedHeader;
use crate::{HeaderName, ValueError, grammar};

/// `1*DIGIT "." 1*DIGIT`: the version of MIME that the body follows (RFC 3261 section 20.24). There is only 1.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MimeVersion {
    /// The number before the dot.
    pub major: u32,
    /// The number after the dot.
    pub minor: u32,
}

impl MimeVersion {
    /// `1.0`
    pub const V1_0: Self = Self { major: 1, minor: 0 };
}

impl TypedHeader<'_> for MimeVersion {
    const NAME: HeaderName = HeaderName::MIME_VERSION;
    const SECTION: &'static str = "3261 section 20.24";

    fn parse(value: &str) -> Result<Self, ValueError> {
        let dot = |input| grammar::expect("a dot", char('.'))(input);
        let (major, _, minor) = grammar::whole(|input| (grammar::number, dot, grammar::number).parse(input), value)?;
        Ok(Self { major, minor })
    }
}

impl fmt::Display for MimeVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for MimeVersion {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_numbers_with_a_dot() {
        assert_eq!(MimeVersion::parse("1.0").unwrap(), MimeVersion::V1_0);
        assert_eq!(MimeVersion::V1_0.to_string(), "1.0");
        for (text, at) in [
            ("1", 1),
            ("1.", 2),
            (".0", 0),
            ("1 .0", 1),
            ("1.4294967296", 2),
            ("1.0 (x)", 4),
        ] {
            assert_eq!(MimeVersion::parse(text).unwrap_err().offset(), at, "{text:?}");
        }
    }
}
