use std::fmt;

use super::{CallId, Occurrence, TypedHeader};
use crate::{HeaderName, ValueError};

/// `callid`: a call that this one answers or returns (RFC 3261 section 20.21).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct InReplyTo<'a>(
    /// The Call-ID of that call.
    pub CallId<'a>,
);

impl<'a> TypedHeader<'a> for InReplyTo<'a> {
    const NAME: HeaderName = HeaderName::IN_REPLY_TO;
    const OCCURRENCE: Occurrence = Occurrence::Words;
    const SECTION: &'static str = "3261 section 20.21";

    fn parse(value: &'a str) -> Result<Self, ValueError> {
        CallId::parse(value).map(Self)
    }
}

impl fmt::Display for InReplyTo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Message;

    #[test]
    fn the_example_of_section_20_21() {
        let text =
            "INVITE sip:a@b SIP/2.0\r\nIn-Reply-To: 70710@saturn.bell-tel.com, 17320@saturn.bell-tel.com\r\n\r\n";
        let message = Message::parse(text).unwrap();
        let calls: Vec<_> = message
            .typed_all::<InReplyTo>()
            .map(|call| call.unwrap().0.as_str())
            .collect();
        assert_eq!(calls, ["70710@saturn.bell-tel.com", "17320@saturn.bell-tel.com"]);
        assert_eq!(InReplyTo::parse("a@b@c").unwrap_err().offset(), 3);
    }

    #[test]
    fn quotes_and_brackets_belong_to_the_words() {
        let text = "INVITE sip:a@b SIP/2.0\r\nIn-Reply-To: \"a@b, <c@d\r\n , e>\"@f\r\nIn-Reply-To: g\r\n\r\n";
        let message = Message::parse(text).unwrap();
        let calls: Vec<_> = message
            .typed_all::<InReplyTo>()
            .map(|call| call.unwrap().0.as_str())
            .collect();
        assert_eq!(calls, ["\"a@b", "<c@d", "e>\"@f", "g"]);
        assert_eq!(message.typed::<InReplyTo>().unwrap().unwrap().0.as_str(), "\"a@b");
        let popped = message.edit().pop_front(InReplyTo::NAME).finish();
        assert_eq!(popped.as_bytes(), &text.replace("\"a@b, ", ""));
    }
}
