use std::fmt;

use super::{Occurrence, TypedHeader};
use crate::{HeaderName, Method, ValueError};

/// `Method`: a method that the sender handles (RFC 3261 section 20.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Allow<'a>(
    /// The method.
    pub Method<'a>,
);

impl<'a> TypedHeader<'a> for Allow<'a> {
    const NAME: HeaderName = HeaderName::ALLOW;
    const OCCURRENCE: Occurrence = Occurrence::List;
    const SECTION: &'static str = "3261 section 20.5";

    fn parse(value: &'a str) -> Result<Self, ValueError> {
        Method::new(value).map(Self)
    }
}

impl fmt::Display for Allow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Allow<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}
