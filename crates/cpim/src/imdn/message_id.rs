use std::fmt;

use crate::{
    builder::HeaderValue,
    error::{InvalidValue, ValueKind},
    grammar, xml,
};

/// Which message it is: what a notification names it by (RFC 5438 section 6.3).
///
/// ```text
/// Message-ID = "Message-ID" ": " Token
/// ```
///
/// It must not collide, and must not be guessed by someone who saw others: make it with [`MessageId::from_random`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(String);

impl MessageId {
    /// Checks and takes an identifier.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] when it is no `Token` (RFC 3862 section 3.6), or has a character that no XML document can hold:
    /// it could not be told in a notification.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidValue> {
        let id = id.into();
        if let Some((at, _)) = id.char_indices().find(|(_, c)| !grammar::is_token_char(*c)) {
            return Err(InvalidValue::new(ValueKind::MessageId, at));
        }
        Self::from_peer(&id)
    }

    /// An identifier of 128 bits, which are to come from a cryptographically secure generator; the RFC asks for 64.
    #[must_use]
    pub fn from_random(bits: u128) -> Self {
        Self(format!("{bits:032x}"))
    }

    /// Takes what a peer calls a message, so that it can be told back: senders take identifiers with `/`, `=` or `@`,
    /// which no token has.
    pub(crate) fn from_peer(id: &str) -> Result<Self, InvalidValue> {
        let unfit = id.find(|c: char| c.is_control() || c.is_whitespace());
        match unfit.or_else(|| xml::find_illegal(id)) {
            None if !id.is_empty() => Ok(Self(id.to_owned())),
            at => Err(InvalidValue::new(ValueKind::MessageId, at.unwrap_or(0))),
        }
    }

    /// The identifier as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<MessageId> for HeaderValue {
    fn from(id: MessageId) -> Self {
        Self::from_wire(id.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_tokens_and_a_peers_are_what_can_be_told_back() {
        assert_eq!(MessageId::new("0ebq-EQ9trkC").unwrap().as_str(), "0ebq-EQ9trkC");
        for (id, offset) in [("", 0), ("a b", 1), ("a/b", 1), ("a\\b", 1), ("é\u{ffff}", 2)] {
            assert_eq!(MessageId::new(id).unwrap_err().offset(), offset, "{id}");
        }
        assert_eq!(MessageId::from_peer("a/b=@x").unwrap().as_str(), "a/b=@x");
        for id in ["", "a b", "a\u{0}", "\u{a0}", "\u{ffff}"] {
            assert!(MessageId::from_peer(id).is_err(), "{id}");
        }
    }

    #[test]
    fn random_bits_give_a_token_of_one_length() {
        for bits in [0, 1, u128::MAX] {
            let id = MessageId::from_random(bits);
            assert_eq!(id.as_str().len(), 32);
            assert_eq!(MessageId::new(id.as_str()).unwrap(), id);
        }
    }
}
