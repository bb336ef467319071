//! The shapes that several headers have, as macros that declare a type of it.

/// A header whose value is one number.
macro_rules! number_header {
    ($(#[$doc:meta])* $type:ident($number:ty), $name:ident, $section:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        pub struct $type(
            /// The number.
            pub $number,
        );

        impl $crate::headers::TypedHeader<'_> for $type {
            const NAME: $crate::HeaderName = $crate::HeaderName::$name;
            const SECTION: &'static str = $section;

            fn parse(value: &str) -> Result<Self, $crate::ValueError> {
                let mut scan = $crate::scan::Scan::value(value);
                let number = scan.number()?;
                scan.end()?;
                Ok(Self(number))
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

/// A header whose value, or each element of whose list, is one token.
macro_rules! token_header {
    ($(#[$doc:meta])* $type:ident, $name:ident, $section:literal, $occurrence:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        pub struct $type<'a>(&'a str);

        impl<'a> $type<'a> {
            /// Takes a token.
            ///
            /// # Errors
            /// When `token` is none.
            pub fn new(token: &'a str) -> Result<Self, $crate::ValueError> {
                $crate::grammar::exact($crate::grammar::token, token).map(Self)
            }

            /// The token.
            #[must_use]
            pub const fn as_str(&self) -> &'a str {
                self.0
            }
        }

        impl<'a> $crate::headers::TypedHeader<'a> for $type<'a> {
            const NAME: $crate::HeaderName = $crate::HeaderName::$name;
            const OCCURRENCE: $crate::headers::Occurrence = $crate::headers::Occurrence::$occurrence;
            const SECTION: &'static str = $section;

            fn parse(value: &'a str) -> Result<Self, $crate::ValueError> {
                let mut scan = $crate::scan::Scan::value(value);
                let token = scan.token("a token")?;
                scan.end()?;
                Ok(Self(token))
            }
        }

        impl std::fmt::Display for $type<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.0)
            }
        }
    };
}

/// A header whose value, or each element of whose list, is an address with parameters.
macro_rules! address_header {
    ($(#[$doc:meta])* $type:ident, $name:ident, $section:literal, $occurrence:ident) => {
        address_header! {
            $(#[$doc])* $type, $name, $section, $occurrence, $crate::NameAddr::parse, $crate::NameAddr::plain
        }
    };
    ($(#[$doc:meta])* $type:ident, $name:ident, $section:literal, $occurrence:ident, $parse:path, $plain:path) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        pub struct $type<'a>(
            /// The address.
            pub $crate::NameAddr<'a>,
        );

        impl<'a> $type<'a> {
            /// The URI of the address.
            #[must_use]
            pub const fn uri(&self) -> $crate::Uri<'a> {
                self.0.uri()
            }
        }

        impl<'a> $crate::headers::TypedHeader<'a> for $type<'a> {
            const NAME: $crate::HeaderName = $crate::HeaderName::$name;
            const OCCURRENCE: $crate::headers::Occurrence = $crate::headers::Occurrence::$occurrence;
            const SECTION: &'static str = $section;

            fn parse(value: &'a str) -> Result<Self, $crate::ValueError> {
                $parse(value).map(Self)
            }

            #[inline(always)]
            fn parse_usual(value: &'a str) -> Option<Self> {
                $plain(value).map(Self)
            }
        }

        impl std::fmt::Display for $type<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

/// A header whose list has `name-addr *( SEMI rr-param )`: unlike in other addresses, the brackets must be there, so that
/// an `lr` behind the URI is one of the URI.
macro_rules! route_header {
    ($(#[$doc:meta])* $type:ident, $name:ident, $section:literal) => {
        address_header! {
            $(#[$doc])* $type, $name, $section, List,
            $crate::NameAddr::parse_bracketed, $crate::NameAddr::plain_bracketed
        }
    };
}

/// `From` and `To`: an address whose `tag` parameter names one side of a dialog.
macro_rules! tagged_header {
    ($(#[$doc:meta])* $type:ident, $name:ident, $section:literal) => {
        address_header! { $(#[$doc])* $type, $name, $section, Once }

        impl<'a> $type<'a> {
            /// The address without a tag.
            #[must_use]
            pub const fn new(address: $crate::NameAddr<'a>) -> Self {
                Self(address)
            }

            /// The same address with this tag, instead of any it had.
            ///
            /// A tag of this side is a token; one of the peer is repeated as it came, which may be a host or a quoted
            /// string.
            ///
            /// # Errors
            /// When `tag` is none of these.
            pub fn with_tag(self, tag: &str) -> Result<$type<'a>, $crate::ValueError> {
                let params = self.0.params().clone().with("tag", tag)?;
                Ok($type(self.0.with_params(params)))
            }

            /// The tag (RFC 3261 section 19.3).
            #[must_use]
            pub fn tag(&self) -> Option<&str> {
                self.0.params().get("tag").flatten()
            }
        }
    };
}

/// A header of free text, which is `filled` or `may_be_empty`.
macro_rules! text_header {
    ($(#[$doc:meta])* $type:ident, $name:ident, $section:literal, $filling:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        pub struct $type<'a>(&'a str);

        impl<'a> $type<'a> {
            /// Takes a text of one line.
            ///
            /// # Errors
            /// When it has a CR, LF or NUL or white space around it, or is empty where the grammar wants something.
            pub fn new(text: &'a str) -> Result<Self, $crate::ValueError> {
                $crate::headers::text::single_line(text)
                    .and_then($crate::headers::text::$filling)
                    .map(Self)
            }

            /// The text as written; in a received message it may hold folds.
            #[must_use]
            pub const fn as_str(&self) -> &'a str {
                self.0
            }
        }

        impl<'a> $crate::headers::TypedHeader<'a> for $type<'a> {
            const NAME: $crate::HeaderName = $crate::HeaderName::$name;
            const SECTION: &'static str = $section;

            fn parse(value: &'a str) -> Result<Self, $crate::ValueError> {
                $crate::headers::text::folded(value)
                    .and_then($crate::headers::text::$filling)
                    .map(Self)
            }
        }

        impl std::fmt::Display for $type<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.0)
            }
        }
    };
}

/// A header of `"*" *( SEMI feature-param )`: a type with the field `params`.
macro_rules! feature_header {
    ($type:ident, $name:ident) => {
        impl<'a> $type<'a> {
            /// A feature set without any feature, which every contact matches.
            #[must_use]
            pub const fn new() -> Self {
                let params = $crate::Params::new();
                Self { params }
            }

            /// The same with a feature, instead of any of the same tag; without a value it is `TRUE`.
            ///
            /// # Errors
            /// When `tag` is no [`FeatureTag`](super::FeatureTag), or a string is not the only value.
            pub fn with_feature<'v>(
                self,
                tag: &str,
                values: impl IntoIterator<Item = $crate::headers::FeatureValue<'v>>,
            ) -> Result<Self, $crate::ValueError> {
                let params = $crate::headers::feature::with(&self.params, tag, values)?;
                Ok(Self { params })
            }

            /// The features.
            #[must_use]
            pub const fn features(&self) -> $crate::headers::FeatureSet<'_> {
                $crate::headers::FeatureSet::new(&self.params)
            }

            /// All parameters.
            #[must_use]
            pub const fn params(&self) -> &$crate::Params<'a> {
                &self.params
            }
        }

        impl<'a> $crate::headers::TypedHeader<'a> for $type<'a> {
            const NAME: $crate::HeaderName = $crate::HeaderName::$name;
            const OCCURRENCE: $crate::headers::Occurrence = $crate::headers::Occurrence::List;
            const SECTION: &'static str = "3841 section 10";

            fn parse(value: &'a str) -> Result<Self, $crate::ValueError> {
                let star = |input| $crate::grammar::expect("a star", nom::bytes::complete::tag("*"))(input);
                let (_, params) = $crate::grammar::whole(
                    |input| nom::Parser::parse(&mut (star, $crate::Params::parse), input),
                    value,
                )?;
                Ok(Self { params })
            }
        }

        impl std::fmt::Display for $type<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "*{}", self.params)
            }
        }
    };
}

pub(crate) use {
    address_header, feature_header, number_header, route_header, tagged_header, text_header, token_header,
};
