//! Message/CPIM (RFC 3862): the common format of instant messages, read and written; with the notifications of what
//! became of a message ([`imdn`], RFC 5438) and of one being written ([`is_composing`], RFC 3994).
//!
//! A Message/CPIM is an envelope: message headers that say who wrote to whom, when and about what, an empty line, and
//! a MIME object with the content. Whoever carries it must not change a byte of it, so that a signature over it holds
//! from end to end. The format knows no transport; SIP MESSAGE (RFC 3428) and MSRP (RFC 4975) both carry it.
//!
//! # Tour
//!
//! [`Message::parse`] takes one buffer, indexes it and copies nothing. Typed views decode a header when asked:
//!
//! ```
//! use cpim::Message;
//!
//! let message = Message::parse(
//!     &b"From: MR SANDERS <im:piglet@100akerwood.com>\r\n\
//!        To: Depressed Donkey <im:eeyore@100akerwood.com>\r\n\
//!        DateTime: 2000-12-13T13:40:00-08:00\r\n\
//!        Subject:;lang=fr beau temps prevu pour aujourd'hui\r\n\
//!        \r\n\
//!        Content-Type: text/plain; charset=utf-8\r\n\
//!        \r\n\
//!        Here is the text of my message."[..],
//! )?;
//!
//! let from = message.from()?.expect("it has a From");
//! assert_eq!(from.uri().as_str(), "im:piglet@100akerwood.com");
//! assert_eq!(from.name().map(|name| name.as_str()), Some("MR SANDERS"));
//! let subject = message.subject().next().expect("it has a Subject")?;
//! assert_eq!(subject.lang().map(|tag| tag.as_str()), Some("fr"));
//! assert_eq!(message.content_type()?.charset(), Some("utf-8"));
//! assert_eq!(message.text(), Some("Here is the text of my message."));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A typed view tells what is absent (`None`) from what is malformed ([`HeaderError`], with the byte offset). One
//! malformed header leaves the others readable; its bytes are in [`Message::headers`].
//!
//! [`Message::builder`] writes the strict form. Its parts cannot be built invalid, so [`Builder::build`] cannot fail:
//!
//! ```
//! use cpim::{Address, DateTime, MediaType, Message, Subject, Text, Uri};
//! use std::time::{Duration, UNIX_EPOCH};
//!
//! let sent_at = UNIX_EPOCH + Duration::from_secs(1_144_171_009);
//! let message = Message::builder()
//!     .from(Address::named("Alice, at work", Uri::new("im:alice@example.com")?))
//!     .to(Uri::new("im:bob@example.com")?)
//!     .date_time(DateTime::try_from(sent_at)?)
//!     .subject(Subject::new(Text::new("C:\\temp")?))
//!     .content("text/plain;charset=utf-8".parse::<MediaType>()?, "Hello World")
//!     .build();
//!
//! assert_eq!(
//!     message.as_bytes(),
//!     &b"From: \"Alice, at work\"<im:alice@example.com>\r\n\
//!        To: <im:bob@example.com>\r\n\
//!        DateTime: 2006-04-04T17:16:49Z\r\n\
//!        Subject: C:\\\\temp\r\n\
//!        \r\n\
//!        Content-Type: text/plain; charset=utf-8\r\n\
//!        \r\n\
//!        Hello World"[..]
//! );
//! assert_eq!(Message::parse(message.as_bytes().clone())?, message);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Header names are case-sensitive (section 2.2) and belong to a namespace (section 3.4): a prefix is only as good as
//! the `NS` header that declares it. Extension headers are looked up by what they mean, not by how they are written:
//!
//! ```
//! use cpim::{ExpandedName, Message, Name, Namespace, Text};
//!
//! const MESSAGE_ID: ExpandedName<'_> = ExpandedName::new("urn:ietf:params:imdn", "Message-ID");
//!
//! let imdn = Namespace::new("imdn", "urn:ietf:params:imdn")?;
//! let message = Message::builder()
//!     .header(&imdn, Name::new("Message-ID")?, Text::new("34jk324j")?)
//!     .build();
//!
//! let header = message.headers_named(MESSAGE_ID).next().expect("it was just written");
//! assert_eq!(header.name(), "imdn.Message-ID");
//! assert_eq!(header.text()?, "34jk324j");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A receiver must not act on a message that requires what it does not understand (section 3.5): ask
//! [`Message::unsupported_requirements`] first.
//!
//! # What a message carries
//!
//! The content is any MIME object, and is never changed. [`Message::content`] has its bytes, [`Message::text`] the text
//! where it is plain, [`Message::decoded_content`] what is behind a Content-Encoding. [`Message::multipart`] finds the
//! parts of a multipart; a part's bytes are those that came, so that a signature over them can be checked:
//!
//! ```
//! use cpim::{Limits, Message};
//!
//! let message = Message::parse(
//!     &b"\r\n\
//!        Content-Type: multipart/signed; boundary=next; protocol=\"application/pkcs7-signature\"\r\n\
//!        \r\n\
//!        --next\r\n\
//!        Content-Type: text/plain\r\n\
//!        \r\n\
//!        hello\r\n\
//!        --next\r\n\
//!        Content-Type: application/pkcs7-signature\r\n\
//!        \r\n\
//!        (signature)\r\n\
//!        --next--\r\n"[..],
//! )?;
//! let multipart = message.multipart(&Limits::default())?.expect("it is one");
//! let signed = multipart.parts().next().expect("it has two")?;
//! assert_eq!(signed.as_bytes(), b"Content-Type: text/plain\r\n\r\nhello");
//! assert_eq!(signed.content(), b"hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A transport may deflate a whole body: [`inflate`] undoes that. [`Message::imdn`] and [`Message::is_composing`] read
//! what this crate knows of the content; both kinds of document also travel bare, for [`imdn::Imdn::parse`] and
//! [`is_composing::IsComposing::parse`].
//!
//! # What is read, what is written
//!
//! Written is the form of RFC 3862. Read is that, and the deviations that are printed in RFCs or sent by known clients;
//! [`Message::layout`] and [`Message::oddities`] say which. A line that does not end in CRLF is refused, because two
//! readers that disagree about lines disagree about who sent the message.
//!
//! Whatever comes, reading costs no more than the [`Limits`] and time linear in the input.
//!
//! # Features
//!
//! `serde`: `Serialize` for [`Message`], a JSON view with raw and typed headers, and for the two documents.

mod address;
mod builder;
mod clock;
mod date_time;
mod document_error;
mod error;
mod escape;
mod grammar;
mod header;
pub mod imdn;
mod inflate;
pub mod is_composing;
#[cfg(feature = "serde")]
mod json;
mod limits;
mod media_type;
mod message;
mod mime;
mod multipart;
mod name;
mod require;
mod scan;
mod text;
mod uri;
mod xml;

pub use crate::{
    address::{Address, FormalName},
    builder::{Builder, HeaderValue},
    date_time::DateTime,
    document_error::{DocumentError, DocumentErrorKind},
    error::{
        ContentError, HeaderError, HeaderErrorKind, InvalidValue, ParseError, ParseErrorKind, ReadError, ValueKind,
    },
    header::{Header, Parameter},
    inflate::{InflateError, InflateErrorKind, inflate},
    limits::Limits,
    media_type::MediaType,
    message::Message,
    mime::{MimeField, MimeHeader},
    multipart::{Multipart, Part},
    name::{CORE_NAMESPACE, ExpandedName, Name, Namespace, NamespaceDeclaration},
    require::{Requirement, UnsupportedRequirements},
    scan::{Layout, Oddity, OddityKind},
    text::{LanguageTag, Subject, Text},
    uri::Uri,
};
