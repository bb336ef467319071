//! Typed headers: one file each, all of the same shape.
//!
//! A typed header is a view over a raw value. [`Message::typed`](crate::Message::typed) reads one,
//! [`MessageBuilder::header`](crate::MessageBuilder::header) and [`Edit`](crate::Edit) write one. An application can
//! have its own: implement [`TypedHeader`] for it. [`for_each_typed_header!`](crate::for_each_typed_header) lists those
//! that are here.
//!
//! ```
//! use std::fmt;
//! use sip_message::{HeaderName, Message, ValueError, headers::TypedHeader};
//!
//! /// How many cups are left.
//! struct Coffee(u8);
//!
//! impl TypedHeader<'_> for Coffee {
//!     const NAME: HeaderName = HeaderName::from_static("X-Coffee");
//!     const SECTION: &'static str = "2324 section 2.2.2.1";
//!
//!     fn parse(value: &str) -> Result<Self, ValueError> {
//!         value.parse().map(Self).map_err(|_| ValueError::new("a number of cups", 0))
//!     }
//! }
//!
//! impl fmt::Display for Coffee {
//!     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
//!         self.0.fmt(f)
//!     }
//! }
//!
//! let message = Message::parse("OPTIONS sip:pot@example.test SIP/2.0\r\nx-coffee: 3\r\n\r\n")?;
//! assert_eq!(message.typed::<Coffee>()?.map(|coffee| coffee.0), Some(3));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

use crate::{HeaderName, ValueError};

mod accept;
mod accept_contact;
mod accept_encoding;
mod accept_language;
mod alert_info;
mod allow;
mod allow_events;
mod auth;
mod authentication_info;
mod authorization;
mod call_id;
mod call_info;
mod contact;
mod content_disposition;
mod content_encoding;
mod content_id;
mod content_language;
mod content_length;
mod content_type;
mod cseq;
mod date;
mod each;
mod error_info;
mod event;
mod expires;
mod feature;
mod feature_value;
mod from;
mod in_reply_to;
mod info;
mod max_forwards;
mod media_type;
mod mime_version;
mod min_expires;
mod organization;
mod p_asserted_identity;
mod path;
mod predicate;
mod preferences;
mod priority;
mod privacy;
mod proxy_authenticate;
mod proxy_authorization;
mod proxy_require;
mod reason;
mod record_route;
mod refer_to;
mod referred_by;
mod reject_contact;
mod reply_to;
mod request_disposition;
mod require;
mod retry_after;
mod route;
mod server;
mod service_route;
mod sip_etag;
mod sip_if_match;
mod subject;
mod subscription_state;
mod supported;
mod suppress_if_match;
mod text;
mod timestamp;
mod to;
mod unsupported;
mod user_agent;
mod via;
mod warning;
mod www_authenticate;

pub use accept::Accept;
pub use accept_contact::AcceptContact;
pub use accept_encoding::AcceptEncoding;
pub use accept_language::AcceptLanguage;
pub use alert_info::AlertInfo;
pub use allow::Allow;
pub use allow_events::AllowEvents;
pub use auth::{AuthParams, AuthValue};
pub use authentication_info::AuthenticationInfo;
pub use authorization::Authorization;
pub use call_id::CallId;
pub use call_info::CallInfo;
pub use contact::Contact;
pub use content_disposition::ContentDisposition;
pub use content_encoding::ContentEncoding;
pub use content_id::ContentId;
pub use content_language::ContentLanguage;
pub use content_length::ContentLength;
pub use content_type::ContentType;
pub use cseq::CSeq;
pub use date::Date;
pub use error_info::ErrorInfo;
pub use event::Event;
pub use expires::Expires;
pub use feature::{Feature, FeatureSet, FeatureTag};
pub use feature_value::{FeatureKind, FeatureValue, NumberRange};
pub use from::From;
pub use in_reply_to::InReplyTo;
pub use max_forwards::MaxForwards;
pub use media_type::MediaType;
pub use mime_version::MimeVersion;
pub use min_expires::MinExpires;
pub use organization::Organization;
pub use p_asserted_identity::PAssertedIdentity;
pub use path::Path;
pub use preferences::{CallerPreferences, TooManyPreferences};
pub use priority::Priority;
pub use privacy::Privacy;
pub use proxy_authenticate::ProxyAuthenticate;
pub use proxy_authorization::ProxyAuthorization;
pub use proxy_require::ProxyRequire;
pub use reason::Reason;
pub use record_route::RecordRoute;
pub use refer_to::ReferTo;
pub use referred_by::ReferredBy;
pub use reject_contact::RejectContact;
pub use reply_to::ReplyTo;
pub use request_disposition::RequestDisposition;
pub use require::Require;
pub use retry_after::RetryAfter;
pub use route::Route;
pub use server::Server;
pub use service_route::ServiceRoute;
pub use sip_etag::SipEtag;
pub use sip_if_match::SipIfMatch;
pub use subject::Subject;
pub use subscription_state::{SubscriptionState, SubscriptionStateValue};
pub use supported::Supported;
pub use suppress_if_match::SuppressIfMatch;
pub use timestamp::Timestamp;
pub use to::To;
pub use unsupported::Unsupported;
pub use user_agent::UserAgent;
pub use via::Via;
pub use warning::Warning;
pub use www_authenticate::WwwAuthenticate;

/// How often a header may stand in a message, and whether its value is a list (RFC 3261 section 7.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occurrence {
    /// On any number of lines, each with one value. Commas separate nothing, as in `WWW-Authenticate`.
    Lines,
    /// On any number of lines, each with a comma-separated list. `parse` reads one element, and refuses what has a comma
    /// between two. Quoted strings and angle brackets hide the commas in them.
    List,
    /// On one line, with one value.
    Once,
    /// As [`List`](Self::List), of words: quotes and angle brackets are characters as any other, as in `In-Reply-To`.
    Words,
}

/// A header with a grammar. `Display` writes the value, without the name; what it writes must be what `parse` reads.
pub trait TypedHeader<'a>: Sized + fmt::Display {
    /// The name.
    const NAME: HeaderName;

    /// How often the header may stand in a message.
    const OCCURRENCE: Occurrence = Occurrence::Once;

    /// The RFC and section of the grammar, as in `3261 section 20.42`.
    const SECTION: &'static str;

    /// Reads a value. White space around it is gone already, folds within it are not.
    ///
    /// # Errors
    /// When `value` breaks the grammar.
    fn parse(value: &'a str) -> Result<Self, ValueError>;

    /// Reads a value that looks as those of this header nearly always do; `None` when it looks different, and is left to
    /// [`parse`](Self::parse), which would read the same of this one. A type that is asked for in every message and has
    /// such a form reads it faster; the others, those of an application among them, do without.
    #[inline]
    fn parse_usual(value: &'a str) -> Option<Self> {
        Self::parse(value).ok()
    }
}

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
        address_header! { $(#[$doc])* $type, $name, $section, $occurrence, $crate::NameAddr::parse }
    };
    ($(#[$doc:meta])* $type:ident, $name:ident, $section:literal, $occurrence:ident, $parse:path) => {
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
                $crate::NameAddr::plain(value).map(Self)
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
        address_header! { $(#[$doc])* $type, $name, $section, List, $crate::NameAddr::parse_bracketed }
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
                let params = self.0.params().without("tag").with("tag", tag)?;
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
