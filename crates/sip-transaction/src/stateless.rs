//! Responses that are given without a transaction.

use std::hash::{DefaultHasher, Hash, Hasher};

use bytes::Bytes;
use sip_message::{HeaderName, Invalid, Message, MessageBuilder, StatusCode, headers::RetryAfter};

/// Gives To tags that a retransmission gets again (RFC 3261 section 8.2.7) and that others cannot tell in advance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tags(pub(crate) u64);

impl Tags {
    fn tag(self, request: &Message) -> String {
        let mut hasher = DefaultHasher::new();
        self.0.hash(&mut hasher);
        for name in [HeaderName::VIA, HeaderName::FROM, HeaderName::CALL_ID, HeaderName::CSEQ] {
            request.header(name).map(|field| field.value()).hash(&mut hasher);
        }
        format!("{:016x}", hasher.finish())
    }
}

/// The response to a request that breaks a rule, with what is wrong as its reason phrase (RFC 3261 section 21.4.1).
pub(crate) fn invalid(request: &Message, tags: Tags, invalid: &Invalid) -> Bytes {
    let response = builder(request, tags, invalid.status())
        .reason(&invalid.to_string())
        .build();
    response.as_bytes().clone()
}

/// The response to a request for which there is no room.
pub(crate) fn overloaded(request: &Message, tags: Tags, retry_after: u32) -> Bytes {
    let response = builder(request, tags, StatusCode::SERVICE_UNAVAILABLE)
        .header(&RetryAfter::new(retry_after))
        .build();
    response.as_bytes().clone()
}

fn builder(request: &Message, tags: Tags, status: StatusCode) -> MessageBuilder {
    MessageBuilder::reply_to(request, status, Some(&tags.tag(request))).expect("hexadecimal digits are a token")
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &str = "MESSAGE sip:b@b.test SIP/2.0\r\nVia: SIP/2.0/UDP a.test;branch=z9hG4bK1\r\n\
        From: <sip:a@a.test>;tag=1\r\nTo: <sip:b@b.test>\r\nCSeq: 1 MESSAGE\r\n\r\n";

    #[test]
    fn the_reason_phrase_says_what_is_wrong() {
        let request = Message::parse(REQUEST).unwrap();
        let error = request.validate().unwrap_err();
        let response = Message::parse(invalid(&request, Tags(7), &error)).unwrap();
        assert!(response.to_string().starts_with(
            "SIP/2.0 400 no Call-ID (RFC 3261 section 8.1.1)\r\nVia: SIP/2.0/UDP a.test;branch=z9hG4bK1\r\n"
        ));
        assert!(
            response
                .typed::<sip_message::headers::To>()
                .unwrap()
                .unwrap()
                .tag()
                .is_some()
        );
    }

    #[test]
    fn a_retransmission_gets_the_same_tag_and_another_request_another() {
        let first = Message::parse(REQUEST).unwrap();
        let second = Message::parse(REQUEST.replace("z9hG4bK1", "z9hG4bK2")).unwrap();
        assert_eq!(overloaded(&first, Tags(7), 32), overloaded(&first, Tags(7), 32));
        assert_ne!(Tags(7).tag(&first), Tags(7).tag(&second));
        assert_ne!(Tags(7).tag(&first), Tags(8).tag(&first));
    }
}
