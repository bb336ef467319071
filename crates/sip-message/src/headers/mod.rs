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
mod shapes;
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
