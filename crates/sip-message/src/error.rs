use std::fmt;

use crate::HeaderName;

/// Why bytes are not a SIP message: the start line or the shape of the header section cannot be read.
///
/// What is a SIP message but breaks the grammar of one header is no `ParseError`; that header reads as malformed
/// ([`HeaderError`]) and the rest stays usable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at byte {offset} (RFC 3261 section {})", kind.section())]
pub struct ParseError {
    kind: ParseErrorKind,
    offset: usize,
}

impl ParseError {
    pub(crate) const fn new(kind: ParseErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> ParseErrorKind {
        self.kind
    }

    /// Where, counted in bytes from the start of what was given to parse.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }
}

/// The kinds of [`ParseError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// A CR or LF that is not part of a CRLF stands in the header section.
    BareLineBreak,
    /// A header line has no colon.
    HeaderColon,
    /// A header name is not a token.
    HeaderName,
    /// The first header line begins with white space, so that there is nothing that it could continue.
    LeadingFold,
    /// The header section is longer than [`Limits::head`](crate::Limits::head).
    HeadTooLong,
    /// The message is longer than [`Limits::message`](crate::Limits::message).
    MessageTooLong,
    /// The Request-Line is not `Method SP Request-URI SP SIP-Version`.
    RequestLine,
    /// The Status-Line is not `SIP-Version SP 3DIGIT SP Reason-Phrase`.
    StatusLine,
    /// There are more header fields than [`Limits::headers`](crate::Limits::headers).
    TooManyHeaders,
    /// The bytes end before the empty line that closes the header section.
    Truncated,
}

impl ParseErrorKind {
    /// The section of RFC 3261 that is broken.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::RequestLine => "7.1",
            Self::StatusLine => "7.2",
            Self::HeadTooLong | Self::MessageTooLong | Self::TooManyHeaders => "18.1.1",
            Self::BareLineBreak | Self::HeaderColon | Self::HeaderName | Self::LeadingFold => "7.3.1",
            Self::Truncated => "7",
        }
    }
}

impl fmt::Display for ParseErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BareLineBreak => "CR or LF outside of a CRLF",
            Self::HeaderColon => "header line without a colon",
            Self::HeaderName => "header name that is not a token",
            Self::LeadingFold => "continuation line before any header",
            Self::HeadTooLong => "header section over the limit",
            Self::MessageTooLong => "message over the limit",
            Self::RequestLine => "Request-Line that is not method, Request-URI and SIP-Version",
            Self::StatusLine => "Status-Line that is not SIP-Version, three digits and a reason",
            Self::TooManyHeaders => "more header fields than the limit",
            Self::Truncated => "end of input before the empty line that ends the header section",
        })
    }
}

/// Why a text is not a value of some grammar: what was expected where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at byte {offset} of the value")]
pub struct ValueError {
    expected: &'static str,
    offset: usize,
}

impl ValueError {
    /// An error for typed headers that are defined outside this crate: `expected` completes "expected …".
    #[must_use]
    pub const fn new(expected: &'static str, offset: usize) -> Self {
        Self { expected, offset }
    }

    /// What the grammar wants.
    #[must_use]
    pub const fn expected(&self) -> &'static str {
        self.expected
    }

    /// Where, in bytes from the start of the value.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }
}

/// Why a header of a message could not be read as its type. The message stays usable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {kind} at byte {offset} (RFC {section})")]
pub struct HeaderError {
    pub(crate) name: HeaderName,
    pub(crate) kind: HeaderErrorKind,
    pub(crate) offset: usize,
    pub(crate) section: &'static str,
}

impl HeaderError {
    /// The header.
    #[must_use]
    pub const fn name(&self) -> HeaderName {
        self.name
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> HeaderErrorKind {
        self.kind
    }

    /// Where, in bytes from the start of the message.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The RFC and section of the grammar that is broken, as in `3261 section 20.42`.
    #[must_use]
    pub const fn section(&self) -> &'static str {
        self.section
    }
}

/// The kinds of [`HeaderError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderErrorKind {
    /// A header that may stand once stands again.
    #[error("a second occurrence of a header that may stand once")]
    Duplicate,
    /// The value breaks the header's grammar.
    #[error("expected {0}")]
    Malformed(&'static str),
    /// The value is not UTF-8.
    #[error("bytes that are not UTF-8")]
    NotUtf8,
}
