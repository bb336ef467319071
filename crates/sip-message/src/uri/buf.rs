use std::fmt;

use crate::{Uri, ValueError};

/// A URI that owns its text.
///
/// ```
/// use sip_message::UriBuf;
///
/// let uri = UriBuf::parse("sip:bob@192.0.2.4:5060")?;
/// assert_eq!(uri.as_uri().as_sip().and_then(|sip| sip.port()), Some(5060));
/// # Ok::<(), sip_message::ValueError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UriBuf(Box<str>);

impl UriBuf {
    /// Takes a text that is a URI.
    ///
    /// # Errors
    /// As [`Uri::parse`].
    pub fn parse(text: impl Into<Box<str>>) -> Result<Self, ValueError> {
        let text = text.into();
        Uri::parse(&text)?;
        Ok(Self(text))
    }

    /// The parts.
    #[must_use]
    pub fn as_uri(&self) -> Uri<'_> {
        Uri::parse(&self.0).expect("the text was parsed when the value was made and cannot change")
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Uri<'_>> for UriBuf {
    fn from(uri: Uri<'_>) -> Self {
        Self(uri.as_str().into())
    }
}

impl fmt::Display for UriBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UriBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
