use std::fmt;

use super::TypedHeader;
use crate::{HeaderName, ValueError, grammar};

/// `entity-tag / "*"`: the state that the subscriber has already, of which it wants no NOTIFY (RFC 5839 section 7.3;
/// the entity-tag is a token, RFC 3903 section 12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct SuppressIfMatch<'a>(&'a str);

impl<'a> SuppressIfMatch<'a> {
    /// `*`: no NOTIFY, whatever the state is.
    pub const ANY: Self = Self("*");

    /// An entity-tag that came in a NOTIFY. `*` is [`SuppressIfMatch::ANY`].
    ///
    /// # Errors
    /// When `tag` is not a token.
    pub fn new(tag: &'a str) -> Result<Self, ValueError> {
        grammar::exact(grammar::token, tag).map(Self)
    }

    /// The entity-tag; `None` for `*`.
    #[must_use]
    pub fn entity_tag(&self) -> Option<&'a str> {
        (self.0 != "*").then_some(self.0)
    }

    /// Whether the NOTIFY of a state with this entity-tag is unwanted.
    #[must_use]
    pub fn matches(&self, entity_tag: &str) -> bool {
        self.0 == "*" || self.0 == entity_tag
    }
}

impl<'a> TypedHeader<'a> for SuppressIfMatch<'a> {
    const NAME: HeaderName = HeaderName::SUPPRESS_IF_MATCH;
    const SECTION: &'static str = "5839 section 7.3";

    fn parse(value: &'a str) -> Result<Self, ValueError> {
        grammar::whole(grammar::token, value).map(Self)
    }
}

impl fmt::Display for SuppressIfMatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_matches_every_state() {
        let tag = SuppressIfMatch::parse("b4cf7").unwrap();
        assert!(tag.matches("b4cf7"));
        assert!(!tag.matches("B4CF7"));
        assert_eq!(tag.entity_tag(), Some("b4cf7"));
        let any = SuppressIfMatch::parse("*").unwrap();
        assert_eq!((any, any.entity_tag()), (SuppressIfMatch::ANY, None));
        assert!(any.matches("b4cf7"));
        assert_eq!(SuppressIfMatch::parse("\"b4\"").unwrap_err().offset(), 0);
        assert_eq!(SuppressIfMatch::parse("a, b").unwrap_err().offset(), 1);
        assert!(SuppressIfMatch::new("a\r\n").is_err());
    }
}
