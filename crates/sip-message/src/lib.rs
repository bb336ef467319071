//! SIP messages (RFC 3261) for presence and instant messaging, without I/O.
//!
//! Bytes in, values out, and back, without losing a byte. The crate has no socket, no clock and no random source, and what a
//! peer sends costs bounded memory and linear time.
//!
//! | to | use |
//! | --- | --- |
//! | read a datagram, a stream, a WebSocket message | [`Message::parse`], [`StreamDecoder`], [`websocket::receive`] |
//! | read a header | [`Message::typed`], [`Message::typed_all`], [`Message::header`]; the types are in [`headers`] |
//! | know whether a message may be worked on, and all that is wrong with it | [`Message::validate`], [`Message::findings`] |
//! | write a request or a response | [`MessageBuilder`] |
//! | change a message as a proxy does | [`Message::edit`] |
//! | send what was built or changed | [`Message::as_bytes`] |
//! | split or build a body of several parts | [`body`] |
//! | name who and where | [`Uri`], [`Aor`] |
//! | print a message as JSON | `json`, with the feature `serde` |
//!
//! # Read
//!
//! A [`Message`] owns the bytes that came and an index into them. Headers are there as they were written, in order; a typed
//! value is decoded when it is asked for, and borrows from the message. That a header is absent, malformed or fine are three
//! answers, and one broken header leaves the others readable.
//!
//! ```
//! use sip_message::{HeaderName, Message, Method, headers::{Event, Expires, From, Via}};
//!
//! let subscribe = Message::parse(
//!     "SUBSCRIBE sip:resource@example.test SIP/2.0\r\n\
//!      Via: SIP/2.0/TCP proxy.example.test;branch=z9hG4bK2, SIP/2.0/TCP watcher.example.test;branch=z9hG4bK1\r\n\
//!      To: <sip:resource@example.test>\r\n\
//!      f: \"A watcher\" <sip:user@example.test>;tag=xfg9\r\n\
//!      Call-ID: 2010@watcher.example.test\r\n\
//!      CSeq: 17766 SUBSCRIBE\r\n\
//!      Max-Forwards: 70\r\n\
//!      Event: presence\r\n\
//!      Expires: soon\r\n\
//!      X-Mood: curious\r\n\
//!      Content-Length: 0\r\n\
//!      \r\n",
//! )?;
//! assert_eq!(subscribe.method(), Some(Method::Subscribe));
//! assert!(subscribe.typed::<Event>()?.is_some_and(|event| event.is("presence")));
//!
//! // Compact or not, in any case.
//! let from = subscribe.typed::<From>()?.expect("it is there");
//! assert_eq!((from.uri().as_str(), from.tag()), ("sip:user@example.test", Some("xfg9")));
//!
//! // A list runs over lines and commas; `typed` gives its first element.
//! let hosts: Vec<_> = subscribe.typed_all::<Via>().flatten().map(|via| via.host().to_string()).collect();
//! assert_eq!(hosts, ["proxy.example.test", "watcher.example.test"]);
//!
//! // An error says what was expected where, and which RFC says so.
//! let error = subscribe.typed::<Expires>().unwrap_err();
//! assert_eq!(error.to_string(), "Expires: expected a number at byte 333 (RFC 3261 section 20.19)");
//!
//! // What has no type here is there as it was written.
//! let mood = subscribe.header(HeaderName::from_static("X-Mood")).expect("it is there");
//! assert_eq!(mood.value_str()?, "curious");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A header of your own is a type that implements [`TypedHeader`](headers::TypedHeader); see [`headers`].
//!
//! # Errors and levels of validity
//!
//! | level | where it is found | what to do |
//! | --- | --- | --- |
//! | no SIP message | [`ParseError`] of [`Message::parse`] | drop it; on a stream, close |
//! | invalid | [`Invalid`] of [`Message::validate`] | a server answers [`Invalid::status`], a client drops it |
//! | malformed header | [`HeaderError`] of [`Message::typed`] | what the element that needs the header does |
//! | odd | [`Oddity`] of [`Message::oddities`] | work on it; tell the sender's author |
//!
//! `validate` looks at what every element needs: version, Request-URI, Via, From, To, Call-ID, CSeq, Max-Forwards, and the
//! length of the body. It does not look at the other headers, so that a proxy need not care about what is not for it.
//! [`Message::findings`] collects all levels, for logs and for people.
//!
//! ```
//! use sip_message::{Finding, Message};
//!
//! let message = Message::parse("OPTIONS sip:a@example.test SIP/2.0\r\nCSeq: 1 INVITE\r\nExpires: x\r\n\r\n")?;
//! assert_eq!(message.validate().unwrap_err().status().as_u16(), 400);
//! let malformed = message.findings().into_iter().find(|finding| matches!(finding, Finding::Malformed(_)));
//! assert_eq!(malformed.expect("Expires").offset(), Some(61));
//! # Ok::<(), sip_message::ParseError>(())
//! ```
//!
//! # Build
//!
//! Values are checked when they are made, so a builder has nothing to refuse. Tags, branches and Call-IDs come from the
//! caller, who has random values. The Content-Length is the builder's own, and what may stand once stands once. A response
//! has what RFC 3261 section 8.2.6 wants of the request, and a tag in its To.
//!
//! ```
//! use sip_message::{
//!     Host, MessageBuilder, Method, NameAddr, RequestHead, StatusCode, Transport, Uri,
//!     headers::{CSeq, CallId, ContentType, From, To, TypedHeader, Via},
//! };
//!
//! let bob = Uri::parse("sip:bob@example.test")?;
//! let request = MessageBuilder::request(&RequestHead {
//!     cseq: CSeq::new(1, Method::Message)?,
//!     uri: bob,
//!     from: From::new(NameAddr::new(Uri::parse("sip:alice@example.test")?)).with_tag("49583")?,
//!     to: To::new(NameAddr::new(bob)),
//!     call_id: CallId::new("asd88asd77a@192.0.2.1")?,
//!     max_forwards: 70,
//! })
//! .via(&Via::new(Transport::Udp, Host::parse("192.0.2.1")?, None, "z9hG4bK776sgdkse")?)
//! .body(&ContentType::parse("text/plain;charset=utf-8")?, "안녕하세요")
//! .build();
//! let response = MessageBuilder::reply_to(&request, StatusCode::OK, Some("ab8asdasd9"))?.build();
//! assert_eq!(response.typed::<To>()?.and_then(|to| to.tag().map(str::to_owned)).as_deref(), Some("ab8asdasd9"));
//! # request.validate()?;
//! # response.validate()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Edit
//!
//! A proxy changes a few headers and must leave the rest alone. An [`Edit`] is a list of splices over the bytes. Each of its
//! operations refers to the message as it was received, so a header is named in one of them.
//!
//! ```
//! use sip_message::{HeaderName, Host, Message, Transport, Uri, headers::Via};
//!
//! let received = Message::parse(
//!     "MESSAGE sip:bob@example.test SIP/2.0\r\nRoute: <sip:p.example.test;lr>\r\nmax-forwards: 70\r\nX-Odd:  kept \r\n\r\n",
//! )?;
//! let via = Via::new(Transport::Udp, Host::parse("p.example.test")?, None, "z9hG4bK9")?;
//! let forwarded = received
//!     .edit()
//!     .set_request_uri(&Uri::parse("sip:bob@192.0.2.4")?)
//!     .pop_front(HeaderName::ROUTE)
//!     .lower_max_forwards()?
//!     .push_front(&via)
//!     .finish();
//! assert_eq!(
//!     forwarded.to_string(),
//!     "MESSAGE sip:bob@192.0.2.4 SIP/2.0\r\nVia: SIP/2.0/UDP p.example.test;branch=z9hG4bK9\r\n\
//!      max-forwards: 69\r\nX-Odd:  kept \r\n\r\n"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Streams and WebSockets
//!
//! [`StreamDecoder`] takes what a TCP or TLS connection brings, in any portions, and gives messages and keep-alives. Without
//! a Content-Length a stream cannot be framed; that is an error, with the message in it for an answer. A side that sends
//! keep-alives itself says so with [`StreamDecoder::expect_pong`]. In a WebSocket each message stands alone: [`websocket`].
//!
//! ```
//! use sip_message::{StreamDecoder, StreamEvent};
//!
//! let mut decoder = StreamDecoder::default();
//! let mut bodies = Vec::new();
//! for portion in "OPTIONS sip:a@example.test SIP/2.0\r\nContent-Length: 2\r\n\r\nhi\r\n\r\n".as_bytes().chunks(7) {
//!     decoder.push(portion);
//!     while let Some(event) = decoder.next_event()? {
//!         match event {
//!             StreamEvent::Message(message) => bodies.push(message.body_bytes()),
//!             StreamEvent::Ping => assert_eq!(bodies, ["hi"]),
//!             StreamEvent::Pong => {}
//!         }
//!     }
//! }
//! assert_eq!(decoder.buffered(), 0);
//! # Ok::<(), sip_message::StreamError>(())
//! ```
//!
//! # Bodies
//!
//! [`Message::body`] has the bytes, [`Message::body_bytes`] shares them. [`Message::multipart`] splits a multipart body into
//! parts, which are slices of it, byte for byte what a signature covers; [`body`] shows how to build one.
//!
//! # URIs
//!
//! [`Uri::parse`] reads `sip:`, `sips:`, `tel:`, `pres:`, `im:`, `urn:` and any other scheme. Equivalence is that of the
//! RFCs: [`Uri::equivalent`] for two, [`Uri::key`] for maps. [`Aor`] is what a registrar knows a user by; [`Aor::new`] makes
//! one of names that people typed, with the escapes that they need.
//!
//! ```
//! use sip_message::{Aor, Uri};
//!
//! let written = Uri::parse("sip:%61lice@Example.test:5060;transport=tcp")?;
//! let usual = Uri::parse("sip:alice@example.test:5060;transport=TCP")?;
//! assert!(written.equivalent(&usual) && written.key() == usual.key());
//! assert_eq!(Aor::from_uri(&usual), Some(Aor::parse("alice@example.test")?));
//! assert_eq!(Aor::new("a@b", "example.test")?.to_uri().as_str(), "sip:a%40b@example.test");
//! # Ok::<(), sip_message::ValueError>(())
//! ```
//!
//! # Limits
//!
//! Every bound on what a peer may send is a field of [`Limits`], with its reason. The defaults take any message of a UDP
//! datagram; [`Message::parse_with`] and [`StreamDecoder::new`] take others.
//!
//! # Features
//!
//! None is on by default.
//!
//! - `serde`: `Serialize` for the typed headers, and the module `json`: `message.view()` serialises a whole message, with
//!   names and order that stay.
//!
//! # Examples
//!
//! Programs to run and to copy from, `cargo run -p sip-message --example NAME`:
//!
//! - `parse` reads the fields of a request.
//! - `build` writes a MESSAGE and the response to it.
//! - `proxy` changes a request and its response as a proxy does.
//! - `stream` takes messages out of a stream, read in portions of any size.
//! - `custom_header` has a header of an application's own.
//! - `multipart` lists, takes apart and builds multipart bodies.
//! - `uri` explains a URI, or tells whether two are equivalent.
//! - `decode` prints messages as JSON; `decode --explain` says what each line means and what is wrong with it.

pub mod body;
mod build;
mod class;
mod edit;
mod error;
mod finding;
mod grammar;
mod header_lines;
pub mod headers;
#[cfg(feature = "serde")]
pub mod json;
mod lanes;
mod limits;
mod list;
mod message;
mod method;
mod name;
mod name_addr;
#[cfg(test)]
mod nearly;
mod oddity;
mod params;
mod parse;
mod raw_header;
mod raw_value;
mod scan;
mod start_line;
mod status;
mod stops;
mod stream;
mod transport;
mod uri;
mod validate;
pub mod websocket;
mod words;
mod write;

pub use build::{MessageBuilder, RequestHead};
pub use edit::Edit;
pub use error::{HeaderError, HeaderErrorKind, ParseError, ParseErrorKind, ValueError};
pub use finding::Finding;
pub use limits::Limits;
pub use message::Message;
pub use method::{ExtensionMethod, Method};
pub use name::HeaderName;
pub use name_addr::NameAddr;
pub use oddity::{Oddity, OddityKind};
pub use params::Params;
pub use raw_header::RawHeader;
pub use raw_value::RawValue;
pub use start_line::StartLine;
pub use status::StatusCode;
pub use stream::{StreamDecoder, StreamError, StreamEvent};
pub use transport::Transport;
pub use uri::{Aor, Host, HostName, MailboxUri, OtherUri, PhoneContext, SipUri, TelUri, Uri, UriBuf, UriKey, Urn};
pub use validate::Invalid;
