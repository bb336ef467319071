use crate::limits::MAX_PARAMETERS;

/// Why a header value is no Digest challenge or credentials, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at byte {offset}")]
pub struct ParseError {
    offset: usize,
    kind: ParseErrorKind,
}

/// What is wrong with a header value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// Both `username` and `username*`, or a `username*` that is said to be a hash.
    #[error("more than one kind of user name (RFC 7616 section 3.4)")]
    ContradictoryUsername,
    /// A control character, or a line break that folds nothing.
    #[error("a bare control character (RFC 3261 section 25.1)")]
    ControlCharacter,
    /// A parameter that stands twice; which of them counts would be a guess.
    #[error("a parameter that stands twice (RFC 7235 section 2.1)")]
    DuplicateParameter,
    /// Something other than a comma after a parameter.
    #[error("no comma after a parameter (RFC 3261 section 25.1)")]
    ExpectedComma,
    /// Something other than `=` after a parameter's name.
    #[error("no \"=\" after a parameter's name (RFC 3261 section 25.1)")]
    ExpectedEquals,
    /// Something other than a parameter's name.
    #[error("no parameter name (RFC 3261 section 25.1)")]
    ExpectedName,
    /// Nothing after the `=`, or a quote within an unquoted value.
    #[error("no parameter value (RFC 3261 section 25.1)")]
    ExpectedValue,
    /// A nonce count that is no hexadecimal number of 32 bits.
    #[error("a nonce count that is no hexadecimal number of 32 bits (RFC 7616 section 3.4)")]
    InvalidNonceCount,
    /// A `username*` that is no text in UTF-8.
    #[error("a username* that is no percent-encoded UTF-8 (RFC 5987 section 3.2)")]
    InvalidUsername,
    /// The parameter of this name must be there and is not.
    #[error("no parameter {0} (RFC 7616 sections 3.3, 3.4)")]
    MissingParameter(&'static str),
    /// Another authentication scheme.
    #[error("another scheme than Digest (RFC 3261 section 22)")]
    NotDigest,
    /// More than [`MAX_PARAMETERS`] parameters.
    #[error("more than {MAX_PARAMETERS} parameters")]
    TooManyParameters,
    /// A quoted-string without its end.
    #[error("a quoted-string without its closing quote (RFC 3261 section 25.1)")]
    UnterminatedQuote,
}

impl ParseError {
    pub(crate) const fn new(offset: usize, kind: ParseErrorKind) -> Self {
        Self { offset, kind }
    }

    /// Where in the header value it went wrong, in bytes.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// What went wrong.
    #[must_use]
    pub const fn kind(&self) -> ParseErrorKind {
        self.kind
    }
}
