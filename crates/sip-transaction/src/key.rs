use std::sync::Arc;

use sip_message::{
    HeaderName, Host, Message, StartLine,
    headers::{From, To, Via},
};

/// What two requests share when one is the retransmission of the other (RFC 3261 section 17.2.3).
///
/// The parts are compared byte for byte: a retransmission is the same message again. One allocation holds them, each
/// behind its length, so that no value can pass for two; clones share it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ServerKey(Arc<[u8]>);

impl ServerKey {
    /// The key of a request as it was received, `via` being its top Via. A header that the RFC 2543 rule needs and
    /// that cannot be read counts as absent; such a request is not valid and begins no transaction.
    pub(crate) fn new(request: &Message, via: &Via) -> Self {
        let mut parts = Parts(Vec::with_capacity(128));
        let (method, uri) = match request.start_line() {
            StartLine::Request { method, uri, .. } => (method.as_str(), uri),
            StartLine::Response { .. } => ("", &[][..]),
        };
        parts.push(method.as_bytes());
        if let Some(branch) = via.unique_branch() {
            match via.host() {
                Host::Name(name) => parts.push(name.as_str().to_ascii_lowercase().as_bytes()),
                Host::V4(address) => parts.push(&address.octets()),
                Host::V6(address) => parts.push(&address.octets()),
            }
            match via.port() {
                Some(port) => parts.push(&port.to_be_bytes()),
                None => parts.push(&[]),
            }
            parts.push(branch.as_bytes());
        } else {
            let from = request.typed::<From>().ok().flatten();
            let to = request.typed::<To>().ok().flatten();
            let tag = |tag: Option<&str>| tag.unwrap_or_default().to_owned();
            parts.push(uri);
            parts.push(tag(from.as_ref().and_then(From::tag)).as_bytes());
            parts.push(tag(to.as_ref().and_then(To::tag)).as_bytes());
            for name in [HeaderName::CALL_ID, HeaderName::CSEQ] {
                let field = request.header(name);
                parts.push(field.map_or(&[], |field| field.value()));
            }
            parts.push(via.to_string().as_bytes());
        }
        Self(parts.0.into())
    }

    /// Octets that the key takes.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

struct Parts(Vec<u8>);

impl Parts {
    fn push(&mut self, part: &[u8]) {
        self.0.extend_from_slice(&part.len().to_be_bytes());
        self.0.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> ServerKey {
        let request = Message::parse(text.to_owned()).unwrap();
        let via = request.typed::<Via>().unwrap().unwrap();
        ServerKey::new(&request, &via)
    }

    fn request(method: &str, via: &str, cseq: u32) -> ServerKey {
        key(&format!(
            "{method} sip:b@b.test SIP/2.0\r\nVia: {via}\r\nFrom: <sip:a@a.test>;tag=1\r\nTo: <sip:b@b.test>\r\n\
             Call-ID: c\r\nCSeq: {cseq} {method}\r\n\r\n"
        ))
    }

    #[test]
    fn a_unique_branch_needs_sent_by_and_method_only() {
        let first = request("MESSAGE", "SIP/2.0/UDP a.test:5062;branch=z9hG4bK1", 1);
        assert_eq!(
            first,
            request("MESSAGE", "SIP/2.0/UDP A.Test:5062;rport;branch=z9hG4bK1", 2)
        );
        for (method, via) in [
            ("MESSAGE", "SIP/2.0/UDP a.test:5062;branch=z9hG4bK2"),
            ("MESSAGE", "SIP/2.0/UDP a.test:5063;branch=z9hG4bK1"),
            ("MESSAGE", "SIP/2.0/UDP a.test;branch=z9hG4bK1"),
            ("MESSAGE", "SIP/2.0/UDP b.test:5062;branch=z9hG4bK1"),
            ("CANCEL", "SIP/2.0/UDP a.test:5062;branch=z9hG4bK1"),
        ] {
            assert_ne!(first, request(method, via, 1), "{method} {via}");
        }
    }

    #[test]
    fn without_a_unique_branch_the_rule_of_rfc_2543_holds() {
        let first = request("MESSAGE", "SIP/2.0/UDP a.test;branch=1", 1);
        assert_eq!(first, request("MESSAGE", "SIP/2.0/UDP a.test;branch=1", 1));
        assert_ne!(first, request("MESSAGE", "SIP/2.0/UDP a.test;branch=1", 2));
        assert_ne!(first, request("MESSAGE", "SIP/2.0/UDP a.test;branch=2", 1));
        assert_ne!(first, request("INFO", "SIP/2.0/UDP a.test;branch=1", 1));
        // The cookie alone makes no branch unique.
        let bare = |cseq| request("MESSAGE", "SIP/2.0/UDP a.test;branch=z9hG4bK", cseq);
        assert_ne!(bare(1), bare(2));
    }
}
