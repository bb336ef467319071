//! Alert-Info, Call-Info and Error-Info: a URI in angle brackets with parameters.

use nom::Parser;

use crate::{Params, Uri, ValueError, grammar};

/// `LAQUOT absoluteURI RAQUOT *( SEMI generic-param )`
pub(crate) fn parse(value: &str) -> Result<(Uri<'_>, Params<'_>), ValueError> {
    grammar::whole(|input| (bracketed_uri, Params::parse).parse(input), value)
}

fn bracketed_uri(input: &str) -> grammar::Parsed<'_, Uri<'_>> {
    let Some(inner) = input.strip_prefix('<') else {
        return grammar::fail(input, "a URI in angle brackets");
    };
    let Some(end) = inner.find('>') else {
        return grammar::fail(input, "a closing angle bracket");
    };
    match Uri::parse(&inner[..end]) {
        Ok(uri) => Ok((&inner[end + 1..], uri)),
        Err(error) => grammar::fail(&inner[error.offset()..], error.expected()),
    }
}

macro_rules! info_header {
    ($(#[$doc:meta])* $type:ident, $name:ident, $section:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        pub struct $type<'a> {
            uri: $crate::Uri<'a>,
            params: $crate::Params<'a>,
        }

        impl<'a> $type<'a> {
            /// A URI without parameters.
            #[must_use]
            pub const fn new(uri: $crate::Uri<'a>) -> Self {
                let params = $crate::Params::new();
                Self { uri, params }
            }

            /// The same with other parameters.
            #[must_use]
            pub fn with_params(self, params: $crate::Params<'a>) -> Self {
                Self { params, ..self }
            }

            /// The URI.
            #[must_use]
            pub const fn uri(&self) -> $crate::Uri<'a> {
                self.uri
            }

            /// The parameters of the header (not of the URI).
            #[must_use]
            pub const fn params(&self) -> &$crate::Params<'a> {
                &self.params
            }
        }

        impl<'a> $crate::headers::TypedHeader<'a> for $type<'a> {
            const NAME: $crate::HeaderName = $crate::HeaderName::$name;
            const OCCURRENCE: $crate::headers::Occurrence = $crate::headers::Occurrence::List;
            const SECTION: &'static str = $section;

            fn parse(value: &'a str) -> Result<Self, $crate::ValueError> {
                let (uri, params) = $crate::headers::info::parse(value)?;
                Ok(Self { uri, params })
            }
        }

        impl std::fmt::Display for $type<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "<{}>{}", self.uri, self.params)
            }
        }
    };
}

pub(crate) use info_header;
