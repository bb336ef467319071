//! SIP messages (RFC 3261) for presence and instant messaging, without I/O.
//!
//! - [`Message::parse`] reads a datagram, [`StreamDecoder`] a stream, [`websocket::receive`] a WebSocket message. All
//!   keep the bytes as they came and index them; nothing is copied.
//! - [`Message::typed`] and [`Message::typed_all`] decode a header on demand ([`headers`] has the types). A header that
//!   is absent, malformed or fine are three different answers, and one broken header leaves the others readable.
//! - [`Message::validate`] checks what every element checks before it works on a message.
//! - [`MessageBuilder`] writes requests and responses; [`Message::edit`] changes a message the way a proxy does, leaving
//!   every other byte alone.
//! - [`body`] splits and builds bodies of several parts.
//! - [`Uri`] and [`Aor`] name who and where.
//!
//! ```
//! use sip_message::{Message, Method, headers::{Event, Expires, From}};
//!
//! let subscribe = Message::parse(
//!     "SUBSCRIBE sip:resource@example.test SIP/2.0\r\n\
//!      Via: SIP/2.0/TCP watcherhost.example.test;branch=z9hG4bKnashds7\r\n\
//!      To: <sip:resource@example.test>\r\n\
//!      From: <sip:user@example.test>;tag=xfg9\r\n\
//!      Call-ID: 2010@watcherhost.example.test\r\n\
//!      CSeq: 17766 SUBSCRIBE\r\n\
//!      Max-Forwards: 70\r\n\
//!      Event: presence\r\n\
//!      Accept: application/pidf+xml\r\n\
//!      Contact: <sip:user@watcherhost.example.test>\r\n\
//!      Expires: 600\r\n\
//!      Content-Length: 0\r\n\
//!      \r\n",
//! )?;
//! subscribe.validate()?;
//! assert_eq!(subscribe.method(), Some(Method::Subscribe));
//! assert!(subscribe.typed::<Event>()?.is_some_and(|event| event.is("presence")));
//! assert_eq!(subscribe.typed::<Expires>()?.map(|expires| expires.0), Some(600));
//! assert_eq!(subscribe.typed::<From>()?.and_then(|from| from.tag().map(str::to_owned)).as_deref(), Some("xfg9"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//! - `serde`: `Serialize` for the typed headers, used by the `decode` example.

pub mod body;
mod build;
mod class;
mod edit;
mod error;
mod grammar;
pub mod headers;
mod lanes;
mod limits;
mod list;
mod message;
mod method;
mod name;
mod name_addr;
mod params;
mod parse;
mod scan;
mod status;
mod stream;
mod transport;
mod uri;
mod validate;
pub mod websocket;
mod words;

pub use build::{MessageBuilder, RequestHead};
pub use edit::Edit;
pub use error::{HeaderError, HeaderErrorKind, ParseError, ParseErrorKind, ValueError};
pub use limits::Limits;
pub use message::{Message, RawHeader, StartLine};
pub use method::{ExtensionMethod, Method};
pub use name::HeaderName;
pub use name_addr::NameAddr;
pub use params::Params;
pub use status::StatusCode;
pub use stream::{StreamDecoder, StreamError, StreamEvent};
pub use transport::Transport;
pub use uri::{Aor, Host, HostName, MailboxUri, OtherUri, PhoneContext, SipUri, TelUri, Uri, UriBuf, UriKey, Urn};
pub use validate::Invalid;
