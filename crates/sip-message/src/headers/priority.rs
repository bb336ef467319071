use std::fmt;

use super::TypedHeader;
use crate::{HeaderName, ValueError, grammar};

/// `priority-value`: how urgent the request is for the one who is asked, in the sender's eyes (RFC 3261 section 20.26).
/// Compares in any case.
#[derive(Clone, Copy, Debug, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Priority<'a>(&'a str);

impl<'a> Priority<'a> {
    /// Life, limb or property are in danger.
    pub const EMERGENCY: Self = Self("emergency");
    /// What a request without the header has.
    pub const NORMAL: Self = Self("normal");
    /// Less than normal.
    pub const NON_URGENT: Self = Self("non-urgent");
    /// More than normal.
    pub const URGENT: Self = Self("urgent");

    /// Any priority.
    ///
    /// # Errors
    /// When `priority` is not a token.
    pub fn new(priority: &'a str) -> Result<Self, ValueError> {
        grammar::exact(grammar::token, priority).map(Self)
    }

    /// The priority as written.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.0
    }
}

impl PartialEq for Priority<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(other.0)
    }
}

impl<'a> TypedHeader<'a> for Priority<'a> {
    const NAME: HeaderName = HeaderName::PRIORITY;
    const SECTION: &'static str = "3261 section 20.26";

    fn parse(value: &'a str) -> Result<Self, ValueError> {
        grammar::whole(grammar::token, value).map(Self)
    }
}

impl fmt::Display for Priority<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priorities_compare_in_any_case() {
        assert_eq!(Priority::parse("Non-Urgent").unwrap(), Priority::NON_URGENT);
        assert_ne!(Priority::URGENT, Priority::NON_URGENT);
        assert_eq!(Priority::parse("psap-callback").unwrap().as_str(), "psap-callback");
        assert_eq!(Priority::parse("normal;x").unwrap_err().offset(), 6);
        assert!(Priority::new("normal\r\nX: y").is_err());
    }
}
