use std::fmt;

use nom::Parser;

use crate::{Params, ValueError, grammar};

/// `m-type SLASH m-subtype *( SEMI m-parameter )` (RFC 3261 section 25.1). Compares without regard to case in the type,
/// and with [`MediaType::is`] without parameters.
#[derive(Clone, Debug, Eq)]
pub struct MediaType<'a> {
    main: &'a str,
    sub: &'a str,
    params: Params<'a>,
}

impl<'a> MediaType<'a> {
    /// Reads a type, as in `text/plain;charset=UTF-8`.
    ///
    /// # Errors
    /// When `text` is none.
    pub fn parse(text: &'a str) -> Result<Self, ValueError> {
        let ((main, sub), params) = grammar::whole(|input| (grammar::media_range, Params::parse).parse(input), text)?;
        Ok(Self { main, sub, params })
    }

    /// The part before the slash.
    #[must_use]
    pub const fn main(&self) -> &'a str {
        self.main
    }

    /// The part after the slash.
    #[must_use]
    pub const fn sub(&self) -> &'a str {
        self.sub
    }

    /// The parameters.
    #[must_use]
    pub const fn params(&self) -> &Params<'a> {
        &self.params
    }

    /// Whether this is that type, as in `message/cpim`, whatever the case and the parameters.
    #[must_use]
    pub fn is(&self, media_type: &str) -> bool {
        media_type
            .split_once('/')
            .is_some_and(|(main, sub)| self.main.eq_ignore_ascii_case(main) && self.sub.eq_ignore_ascii_case(sub))
    }
}

impl PartialEq for MediaType<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.main.eq_ignore_ascii_case(other.main)
            && self.sub.eq_ignore_ascii_case(other.sub)
            && self.params == other.params
    }
}

impl fmt::Display for MediaType<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}{}", self.main, self.sub, self.params)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for MediaType<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut view = serializer.serialize_struct("MediaType", 2)?;
        view.serialize_field("type", &format_args!("{}/{}", self.main, self.sub))?;
        view.serialize_field("params", &self.params)?;
        view.end()
    }
}
