//! Bodies of several parts: `multipart/mixed`, `alternative`, `related`, `signed` and any other subtype (RFC 2046
//! section 5.1, RFC 5621).
//!
//! A body is any bytes, and [`Message::body`] gives them as they came. [`Message::multipart`] splits one that is
//! multipart; [`Multipart::parse`] does the same for bytes from elsewhere. Nothing is copied: parts are slices of the
//! body, and [`Part::as_bytes`] is, byte for byte, what a signature covers (RFC 1847 section 2.1). A part has headers
//! as a message has, and may be multipart itself ([`Part::multipart`]), within the limits of [`Limits`].
//!
//! ```
//! use sip_message::{HeaderName, Limits, Message, headers::ContentType};
//!
//! let message = Message::parse(
//!     "MESSAGE sip:list.example.test SIP/2.0\r\n\
//!      Content-Type: multipart/mixed;boundary=\"next part\"\r\n\
//!      \r\n\
//!      --next part\r\n\
//!      Content-Type: text/plain\r\n\
//!      \r\n\
//!      Hello World!\r\n\
//!      --next part\r\n\
//!      Content-Type: application/resource-lists+xml\r\n\
//!      Content-Disposition: recipient-list\r\n\
//!      \r\n\
//!      <resource-lists/>\r\n\
//!      --next part--\r\n",
//! )?;
//! let multipart = message.multipart(&Limits::default())?.expect("a multipart body");
//! let [text, list] = multipart.parts() else { panic!("two parts") };
//! assert_eq!(text.body(), b"Hello World!");
//! assert!(list.typed::<ContentType>()?.is_some_and(|media| media.is("application/resource-lists+xml")));
//! let disposition = list.header(HeaderName::CONTENT_DISPOSITION).expect("it is there");
//! assert_eq!(disposition.value(), b"recipient-list");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`MultipartBuilder`] writes one. It chooses a boundary that occurs in none of the parts, the same one for the same
//! parts:
//!
//! ```
//! use sip_message::{Limits, body::{Multipart, MultipartBuilder, Part}, headers::{ContentType, TypedHeader}};
//!
//! let plain = Part::builder(&ContentType::parse("text/plain")?, "Hello").build();
//! let html = Part::builder(&ContentType::parse("text/html")?, "<b>Hello</b>").build();
//! let body = MultipartBuilder::alternative(plain.clone()).part(html.clone()).build();
//! // MessageBuilder::body(&body.content_type(), body.bytes().clone()) puts it into a message.
//! let again = Multipart::parse(&body.content_type(), body.bytes(), &Limits::default())?;
//! assert_eq!(again.parts(), [plain, html]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod boundary;
mod builder;
mod delimiters;
mod multipart;
mod part;
mod part_builder;
mod part_head;

pub use builder::{MultipartBody, MultipartBuilder};
pub use multipart::Multipart;
pub use part::Part;
pub use part_builder::PartBuilder;

use crate::{HeaderError, Limits, Message, ParseErrorKind, headers::ContentType};

/// Why a body cannot be split into parts. Offsets are in bytes from the start of that body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MultipartError {
    /// The boundary parameter is no boundary.
    #[error("the boundary is not 1 to 70 characters of ASCII that end in no space (RFC 2046 section 5.1.1)")]
    Boundary,
    /// The Content-Type cannot be read.
    #[error(transparent)]
    ContentType(#[from] HeaderError),
    /// The header section of a part passes a limit, or ([`Part::defect`]) breaks off.
    #[error("{kind} in a part at byte {offset} of the body (RFC 2046 section 5.1)")]
    Header {
        /// What is wrong.
        kind: ParseErrorKind,
        /// Where.
        offset: usize,
    },
    /// The Content-Type has no boundary parameter.
    #[error("no boundary in the Content-Type (RFC 2046 section 5.1.1)")]
    NoBoundary,
    /// No line of the body is a delimiter.
    #[error("no line of the body is the boundary (RFC 2046 section 5.1.1)")]
    NoDelimiter,
    /// The Content-Type is not a multipart one.
    #[error("a Content-Type that is not multipart")]
    NotMultipart,
    /// Multiparts stand within multiparts deeper than [`Limits::multipart_depth`].
    #[error("multiparts nested over the limit")]
    TooDeep,
    /// There are more parts than [`Limits::parts`].
    #[error("more parts than the limit at byte {offset} of the body")]
    TooManyParts {
        /// Where the first part over the limit begins.
        offset: usize,
    },
    /// The body ends within a part: the last delimiter line, which ends in `--`, is missing.
    #[error("no closing boundary behind the part at byte {offset} of the body (RFC 2046 section 5.1.1)")]
    Unclosed {
        /// Where the part begins.
        offset: usize,
    },
}

impl MultipartError {
    /// Where, in bytes from the start of the body. `None` for what is wrong with the Content-Type or with the body as a
    /// whole.
    #[must_use]
    pub const fn offset(&self) -> Option<usize> {
        match self {
            Self::Header { offset, .. } | Self::TooManyParts { offset } | Self::Unclosed { offset } => Some(*offset),
            Self::Boundary
            | Self::ContentType(_)
            | Self::NoBoundary
            | Self::NoDelimiter
            | Self::NotMultipart
            | Self::TooDeep => None,
        }
    }
}

impl Message {
    /// The parts of the body. `Ok(None)` when the Content-Type is absent or not a multipart one.
    ///
    /// # Errors
    /// When the Content-Type cannot be read, or the body is not what it says.
    pub fn multipart(&self, limits: &Limits) -> Result<Option<Multipart>, MultipartError> {
        match self.typed::<ContentType>()? {
            Some(content_type) if multipart::is_multipart(&content_type) => {
                Multipart::parse(&content_type, &self.body_bytes(), limits).map(Some)
            }
            _ => Ok(None),
        }
    }
}
