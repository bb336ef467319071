use thiserror::Error;

use crate::{document_error::DocumentError, inflate::InflateError};

/// Why bytes are not a Message/CPIM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{kind} at byte {offset} ({})", .kind.section())]
pub struct ParseError {
    kind: ParseErrorKind,
    offset: usize,
}

impl ParseError {
    pub(crate) fn new(kind: ParseErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> ParseErrorKind {
        self.kind
    }

    /// Where, in bytes from the start of the input.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }
}

/// What [`ParseError`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// A CR or an LF that is not part of a CRLF, in a header.
    #[error("CR or LF outside a CRLF")]
    BareLineEnd,
    /// A multipart without a boundary, or none of its delimiters in it.
    #[error("no boundary that delimits a part")]
    Boundary,
    /// A message header that goes on in a second line.
    #[error("message header folded over two lines")]
    FoldedHeader,
    /// A header name with a character that no name may have, or none at all.
    #[error("invalid header name")]
    HeaderName,
    /// A MIME entity of another type than Message/CPIM.
    #[error("a MIME entity that is not Message/CPIM")]
    MimeEntity,
    /// A MIME header that is no header.
    #[error("invalid MIME header")]
    MimeHeader,
    /// A line in the message headers without a colon.
    #[error("header line without a colon")]
    MissingColon,
    /// The input ends after the message headers.
    #[error("no encapsulated MIME object")]
    MissingContent,
    /// The MIME headers hold no Content-Type.
    #[error("no Content-Type in the encapsulated MIME object")]
    MissingContentType,
    /// A namespace URI of more bytes than [`Limits::namespace`](crate::Limits::namespace).
    #[error("namespace URI longer than {limit} bytes")]
    NamespaceTooLong {
        /// The limit that was exceeded, in bytes.
        limit: usize,
    },
    /// More bytes than [`Limits::message`](crate::Limits::message).
    #[error("message longer than {limit} bytes")]
    TooLong {
        /// The limit that was exceeded, in bytes.
        limit: usize,
    },
    /// More message headers than [`Limits::headers`](crate::Limits::headers).
    #[error("more than {limit} message headers")]
    TooManyHeaders {
        /// The limit that was exceeded.
        limit: usize,
    },
    /// More MIME headers than [`Limits::mime_headers`](crate::Limits::mime_headers).
    #[error("more than {limit} MIME headers")]
    TooManyMimeHeaders {
        /// The limit that was exceeded.
        limit: usize,
    },
    /// More parts in a multipart than [`Limits::parts`](crate::Limits::parts).
    #[error("more than {limit} parts")]
    TooManyParts {
        /// The limit that was exceeded.
        limit: usize,
    },
    /// The input ends inside a header line.
    #[error("header line not ended by CRLF")]
    UnterminatedLine,
}

impl ParseErrorKind {
    /// The section that the input breaks, or that the limit stands beside.
    #[must_use]
    pub fn section(self) -> &'static str {
        match self {
            Self::BareLineEnd | Self::FoldedHeader | Self::TooManyHeaders { .. } | Self::UnterminatedLine => {
                "RFC 3862 section 2.2"
            }
            Self::Boundary | Self::TooManyParts { .. } => "RFC 2046 section 5.1.1",
            Self::HeaderName | Self::MissingColon => "RFC 3862 section 3.6",
            Self::MimeEntity => "RFC 3862 section 2.1",
            Self::MimeHeader => "RFC 2045 section 3",
            Self::MissingContent | Self::TooLong { .. } => "RFC 3862 section 2",
            Self::NamespaceTooLong { .. } => "RFC 3862 section 3.4",
            Self::MissingContentType | Self::TooManyMimeHeaders { .. } => "RFC 3862 section 2.4",
        }
    }
}

/// Why a header of a message that was accepted cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{header}: {kind} at byte {offset} ({})", .kind.section())]
pub struct HeaderError {
    header: String,
    kind: HeaderErrorKind,
    offset: usize,
}

impl HeaderError {
    pub(crate) fn new(header: &str, kind: HeaderErrorKind, offset: usize) -> Self {
        Self {
            header: header.to_owned(),
            kind,
            offset,
        }
    }

    /// The name of the header, as written in the message.
    #[must_use]
    pub fn header(&self) -> &str {
        &self.header
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> HeaderErrorKind {
        self.kind
    }

    /// Where, in bytes from the start of the message.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }
}

/// What [`HeaderError`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HeaderErrorKind {
    /// A control character that is not written as an escape.
    #[error("control character")]
    ControlCharacter,
    /// Bytes that are not UTF-8.
    #[error("not UTF-8")]
    Encoding,
    /// A value that breaks the grammar of the header.
    #[error("not {0}")]
    Malformed(ValueKind),
    /// A header that may stand once stands again.
    #[error("repeated header")]
    Repeated,
}

impl HeaderErrorKind {
    /// The section that the header breaks.
    #[must_use]
    pub fn section(self) -> &'static str {
        match self {
            Self::ControlCharacter | Self::Encoding | Self::Repeated => "RFC 3862 section 2.2",
            Self::Malformed(kind) => kind.section(),
        }
    }
}

/// Why the content of a message cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ContentError {
    /// An encoding that this crate does not know.
    #[error("the Content-Encoding {0:?} is not known")]
    Encoding(String),
    /// The header that names the encoding is malformed.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The content is not deflated, or too much of it is; the place is that in the content.
    #[error("Content-Encoding deflate: {0}")]
    Inflate(#[from] InflateError),
}

/// Why a document in a message cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The content cannot be decoded.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The document is malformed; the place is that in the document.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A Content-Type is malformed.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// A multipart is malformed; the place is that in its content.
    #[error("multipart: {0}")]
    Multipart(#[from] ParseError),
}

/// Why a value cannot be made from this input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not {kind}: byte {offset} ({})", .kind.section())]
pub struct InvalidValue {
    kind: ValueKind,
    offset: usize,
}

impl InvalidValue {
    pub(crate) fn new(kind: ValueKind, offset: usize) -> Self {
        Self { kind, offset }
    }

    pub(crate) fn shifted(self, by: usize) -> Self {
        Self {
            offset: self.offset.saturating_add(by),
            ..self
        }
    }

    /// What the value was to be.
    #[must_use]
    pub fn kind(&self) -> ValueKind {
        self.kind
    }

    /// Where the input departs from it, in bytes from the start of the value.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }
}

/// The kinds of values that have a grammar of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ValueKind {
    /// A formal name and a URI, as in From, To and cc.
    #[error("an address")]
    Address,
    /// The type of what is composed: a MIME type, or the part of it ahead of the slash.
    #[error("a media type, or the part of one ahead of the slash")]
    ComposedType,
    /// A date and time.
    #[error("a date and time of the years 0000 to 9999")]
    DateTime,
    /// The disposition notifications that are asked for.
    #[error("a list of requests for notification")]
    DispositionNotification,
    /// A language tag.
    #[error("a language tag")]
    LanguageTag,
    /// A MIME type with its parameters.
    #[error("a media type")]
    MediaType,
    /// An identifier of a message.
    #[error("a message identifier")]
    MessageId,
    /// A MIME header that a message may be given.
    #[error("a MIME header to add")]
    MimeField,
    /// A header name or a namespace prefix.
    #[error("a name")]
    Name,
    /// A namespace declaration.
    #[error("a namespace declaration")]
    Namespace,
    /// Parameters of a header.
    #[error("a header parameter")]
    Parameter,
    /// A list of required names.
    #[error("a list of required names")]
    Requirement,
    /// Text of a header, which cannot end in a space.
    #[error("header text")]
    Text,
    /// An absolute URI without a fragment.
    #[error("an absolute URI")]
    Uri,
    /// Text that a document can hold.
    #[error("text of characters that XML allows")]
    XmlText,
}

impl ValueKind {
    /// The section that has the grammar.
    #[must_use]
    pub fn section(self) -> &'static str {
        match self {
            Self::Address => "RFC 3862 section 4.1",
            Self::DateTime => "RFC 3339 section 5.6",
            Self::ComposedType => "RFC 3994 section 3.5",
            Self::DispositionNotification | Self::MessageId => "RFC 5438 section 10",
            Self::LanguageTag => "RFC 3066 section 2.1",
            Self::MediaType => "RFC 2045 section 5.1",
            Self::MimeField => "RFC 2045 section 3",
            Self::Name | Self::Parameter => "RFC 3862 section 3.6",
            Self::Namespace => "RFC 3862 section 4.6",
            Self::Requirement => "RFC 3862 section 4.7",
            Self::Text => "RFC 3862 section 2.2",
            Self::Uri => "RFC 2396 section 3",
            Self::XmlText => "XML 1.0 section 2.2",
        }
    }
}
