use std::{convert::Infallible, fmt};

use crate::{HeaderError, Invalid, Message, Oddity, headers};

/// What there is to say about a message, on three levels.
///
/// A fourth, that bytes are no SIP message at all, is [`ParseError`](crate::ParseError).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The message must not be worked on.
    Invalid(Invalid),
    /// A header that only some elements look at cannot be read; for the others the message is fine.
    Malformed(HeaderError),
    /// The message can be read and worked on, and should not have been written so.
    Odd(Oddity),
}

impl Finding {
    /// The level in a word: `invalid`, `malformed` or `odd`.
    #[must_use]
    pub const fn level(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid",
            Self::Malformed(_) => "malformed",
            Self::Odd(_) => "odd",
        }
    }

    /// Where, in bytes from the start of the message. `None` for what is missing.
    #[must_use]
    pub const fn offset(&self) -> Option<usize> {
        match self {
            Self::Invalid(invalid) => invalid.offset(),
            Self::Malformed(error) => Some(error.offset()),
            Self::Odd(oddity) => oddity.offset(),
        }
    }

    /// The RFC and section, as in `3261 section 20.42`.
    #[must_use]
    pub const fn section(&self) -> &'static str {
        match self {
            Self::Invalid(invalid) => invalid.section(),
            Self::Malformed(error) => error.section(),
            Self::Odd(oddity) => oddity.section(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(invalid) => invalid.fmt(f),
            Self::Malformed(error) => error.fmt(f),
            Self::Odd(oddity) => oddity.fmt(f),
        }
    }
}

impl Message {
    /// Everything that is wrong or odd: first all for which [`Message::validate`] refuses the message, then the other
    /// headers that cannot be read, then the [`oddities`](Message::oddities). Every typed header is decoded for it: this
    /// is for programs that show a message to people or log one that was refused.
    ///
    /// ```
    /// use sip_message::{Finding, Message};
    ///
    /// let message = Message::parse(
    ///     "OPTIONS sip:a@example.test SIP/2.0\r\n\
    ///      Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:b@example.test>;tag=1\r\nTo: <sip:a@example.test>\r\n\
    ///      Call-ID: 1\r\nCSeq: 1 INVITE\r\nExpires: soon\r\nMax-Forwards: 70\r\nContent-Length : 0\r\n\r\n",
    /// )?;
    /// let found: Vec<_> = message.findings().iter().map(|finding| (finding.level(), finding.to_string())).collect();
    /// assert_eq!(found[0].0, "invalid");
    /// assert_eq!(found[1], ("malformed", "Expires: expected a number at byte 177 (RFC 3261 section 20.19)".into()));
    /// assert_eq!(found[2], ("odd", "white space before the colon at byte 215 (RFC 3261 section 7.3.1)".into()));
    /// # Ok::<(), sip_message::ParseError>(())
    /// ```
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut refusals = Vec::new();
        let Ok::<(), Infallible>(()) = self.check(|invalid| {
            if let Invalid::Header(error) = &invalid {
                refusals.push(error.clone());
            }
            found.push(Finding::Invalid(invalid));
            Ok(())
        });
        refusals.sort_by_key(HeaderError::offset);
        let is_told = |error: &HeaderError| {
            let first = refusals.partition_point(|refusal| refusal.offset() < error.offset());
            let mut there = refusals[first..]
                .iter()
                .take_while(|refusal| refusal.offset() == error.offset());
            there.any(|refusal| refusal == error)
        };
        let mut malformed = self.malformed();
        malformed.retain(|error| !is_told(error));
        found.extend(malformed.into_iter().map(Finding::Malformed));
        found.extend(self.oddities().into_iter().map(Finding::Odd));
        found
    }

    /// Every header with a type that cannot be read, by offset.
    fn malformed(&self) -> Vec<HeaderError> {
        let mut errors = Vec::new();
        macro_rules! decode {
            ($($header:ident)*) => {
                $(
                    let first = errors.len();
                    errors.extend(self.typed_all::<headers::$header>().filter_map(Result::err));
                    // A second of what may stand once is found by this one only.
                    if let Err(error) = self.typed::<headers::$header>()
                        && !errors[first..].contains(&error)
                    {
                        errors.push(error);
                    }
                )*
            };
        }
        crate::for_each_typed_header!(decode);
        errors.sort_by_key(HeaderError::offset);
        errors
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HeaderName;

    #[test]
    fn each_thing_is_said_once() {
        let message = Message::parse(
            "OPTIONS sip:a@b SIP/2.0\r\nVia: <\r\nVia: >\r\nFrom: <sip:a@b>\r\nFrom: <sip:a@b>;tag=1\r\nExpires: x\r\n\
             Max-Forwards: 70\r\nContent-Length: 5\r\n\r\n",
        )
        .unwrap();
        let found: Vec<_> = message.findings();
        let names: Vec<_> = found
            .iter()
            .map(|finding| match finding {
                Finding::Invalid(Invalid::Header(error)) | Finding::Malformed(error) => error.name(),
                Finding::Invalid(Invalid::Missing(name)) => *name,
                Finding::Invalid(Invalid::BodyTruncated { .. }) => HeaderName::CONTENT_LENGTH,
                other => panic!("{other}"),
            })
            .collect();
        assert_eq!(
            names.iter().map(HeaderName::as_str).collect::<Vec<_>>(),
            [
                "Via",
                "Via",
                "From",
                "To",
                "Call-ID",
                "CSeq",
                "Content-Length",
                "Expires"
            ]
        );
        assert_eq!(found[0], Finding::Invalid(message.validate().unwrap_err()));
        let (last, refusals) = found.split_last().unwrap();
        assert_eq!(last.level(), "malformed");
        assert!(refusals.iter().all(|finding| finding.level() == "invalid"));
    }
}
