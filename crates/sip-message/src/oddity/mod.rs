use std::fmt;

use crate::{HeaderName, Message};

mod find;
mod repeated;

/// Something in a message that can be read and worked on, and that its sender should not have written so: it is no reason
/// to refuse the message, and often the reason why another stack does.
///
/// What the specifications allow without reserve, such as compact names, is no oddity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oddity {
    kind: OddityKind,
    offset: Option<usize>,
    section: &'static str,
}

/// The kinds of [`Oddity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OddityKind {
    /// An address without angle brackets has a parameter that is one of URIs, such as `transport`. It belongs to the header
    /// and says nothing about the URI (RFC 3261 section 20.10).
    #[error("a URI parameter behind an address without angle brackets belongs to the header")]
    BareAddress,
    /// The branch of a Via lacks the magic cookie `z9hG4bK`, or there is no branch: the transaction has no unique name and
    /// is matched as in RFC 2543 (RFC 3261 section 8.1.1.7).
    #[error("no branch with the magic cookie z9hG4bK, as before RFC 3261")]
    Branch,
    /// A control character stands in a header value (RFC 3261 section 25.1 has them behind a backslash in quotes only).
    #[error("a control character in a header value")]
    ControlCharacter,
    /// A parameter of Digest stands in quotes where the grammar has none, or the other way round (RFC 3261 section 25.1).
    #[error("the wrong kind of quoting for this parameter of Digest")]
    DigestQuotes,
    /// A header goes on in the next line. Folding is valid, and many do not read it (RFC 3261 section 7.3.1).
    #[error("a header folded over several lines")]
    Fold,
    /// A header that such a message should have, or must have although it can be worked on without.
    #[error("no {0}")]
    Missing(HeaderName),
    /// A `*` stands among other contacts, which it has no meaning with: a registrar refuses it (RFC 3261 section 10.3 step 6).
    #[error("a star among other contacts")]
    MixedStar,
    /// The value of a header that no specification of this crate defines, or the reason phrase, is not UTF-8 (RFC 3261
    /// section 7).
    #[error("bytes that are not UTF-8")]
    NotUtf8,
    /// A parameter stands a second time. The first counts here; another reader may take the last (RFC 3261 section 7.3.1).
    #[error("a second parameter of this name")]
    RepeatedParameter,
    /// The Request-URI has headers or a `method`, which it must not (RFC 3261 section 19.1.1, table 1).
    #[error("a part of a URI that a Request-URI must not have")]
    RequestUriParts,
    /// White space stands between a header's name and the colon (RFC 3261 section 7.3.1 wants none).
    #[error("white space before the colon")]
    SpaceBeforeColon,
    /// A URI of Route, Record-Route or Path lacks `lr`: the hop is a strict router of RFC 2543 (RFC 3261 section 16.6 step 4).
    #[error("a route without lr: a strict router of RFC 2543")]
    StrictRoute,
    /// From, or To in a response other than 100, has no tag (RFC 3261 sections 8.1.1.3, 8.2.6.2).
    #[error("no tag in {0}")]
    Tag(HeaderName),
    /// The SIP-Version is not in upper case (RFC 3261 section 7.1).
    #[error("a SIP-Version that is not in upper case")]
    VersionCase,
}

impl Oddity {
    /// What is odd.
    #[must_use]
    pub const fn kind(&self) -> OddityKind {
        self.kind
    }

    /// Where, in bytes from the start of the message. `None` for what is missing.
    #[must_use]
    pub const fn offset(&self) -> Option<usize> {
        self.offset
    }

    /// The RFC and section that has it otherwise, as in `3261 section 8.1.1.7`.
    #[must_use]
    pub const fn section(&self) -> &'static str {
        self.section
    }
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)?;
        if let Some(offset) = self.offset {
            write!(f, " at byte {offset}")?;
        }
        write!(f, " (RFC {})", self.section)
    }
}

impl Message {
    /// What is odd about this message, by offset, with what is missing last. Values that cannot be read are passed over:
    /// they are [`HeaderError`](crate::HeaderError)s.
    ///
    /// ```
    /// use sip_message::{HeaderName, Message, OddityKind};
    ///
    /// let message = Message::parse(
    ///     "OPTIONS sip:a@example.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=17\r\nMax-Forwards: 70\r\n\r\n",
    /// )?;
    /// let kinds: Vec<_> = message.oddities().iter().map(|oddity| oddity.kind()).collect();
    /// assert_eq!(kinds, [OddityKind::Branch, OddityKind::Missing(HeaderName::CONTENT_LENGTH)]);
    /// # Ok::<(), sip_message::ParseError>(())
    /// ```
    #[must_use]
    pub fn oddities(&self) -> Vec<Oddity> {
        find::all(self)
    }
}
