use std::fmt;

use super::{MediaType, TypedHeader};
use crate::{HeaderName, ValueError};

/// `media-type`: what the body is (RFC 3261 section 20.15).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ContentType<'a>(
    /// The type.
    pub MediaType<'a>,
);

impl ContentType<'_> {
    /// Whether the body is of that type, as in `text/plain`, whatever the case and the parameters.
    #[must_use]
    pub fn is(&self, media_type: &str) -> bool {
        self.0.is(media_type)
    }
}

impl<'a> TypedHeader<'a> for ContentType<'a> {
    const NAME: HeaderName = HeaderName::CONTENT_TYPE;
    const SECTION: &'static str = "3261 section 20.15";

    fn parse(value: &'a str) -> Result<Self, ValueError> {
        MediaType::parse(value).map(Self)
    }
}

impl fmt::Display for ContentType<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
