use bytes::Bytes;
use rsipstack::sip::{
    Domain, Header, HostWithPort, Param, Response, SipMessage, StatusCode, Transport, Uri, Version,
    headers::ContentLength,
    param::{Branch, Tag},
    prelude::{HasHeaders, HeadersExt, ToTypedHeader},
    typed::Via,
};
use sip_benches::{Field, PROXY_BRANCH, PROXY_HOST, PROXY_PORT, Sink, TO_TAG};

use crate::{Codec, Relay};

/// rsipstack keeps a message as a vector of headers with a string each, like rsip, with a parser of its own.
pub(crate) struct Rsipstack;

impl Codec for Rsipstack {
    const NAME: &'static str = "rsipstack";

    type Message = SipMessage;
    type Value<'a> = &'a SipMessage;

    fn parse(bytes: &Bytes) -> SipMessage {
        SipMessage::try_from(bytes.as_ref()).expect("a message")
    }

    fn typed(message: &SipMessage, sink: &mut impl Sink) {
        let top = message
            .top_via_header()
            .expect("there")
            .into_typed()
            .expect("well-formed");
        let from = message.from_header().expect("there").typed().expect("well-formed");
        let to = message.to_header().expect("there").typed().expect("well-formed");
        let call_id = message.call_id_header().expect("there");
        let cseq = message.cseq_header().expect("there").typed().expect("well-formed");
        let contact = message
            .contact_header()
            .ok()
            .map(|contact| contact.typed().expect("well-formed"));
        let expires = message
            .expires_header()
            .map(|expires| expires.value().parse::<u32>().expect("a number"));
        // There is no accessor for Event and no type: it is the text.
        let event = message.headers().iter().find_map(|header| match header {
            Header::Event(event) => Some(event.value()),
            _ => None,
        });
        if let Some(branch) = top.branch() {
            sink.see(Field::Branch, branch.value());
        }
        if let Some(tag) = from.tag() {
            sink.see(Field::FromTag, tag.value());
        }
        if let Some(tag) = to.tag() {
            sink.see(Field::ToTag, tag.value());
        }
        sink.see(Field::CallId, call_id.value());
        sink.see(Field::CSeqNumber, cseq.seq);
        sink.see(Field::CSeqMethod, cseq.method);
        if let Some(contact) = &contact {
            sink.see(Field::ContactUri, &contact.uri);
        }
        if let Some(expires) = expires {
            sink.see(Field::Expires, expires);
        }
        if let Some(event) = event {
            sink.see(Field::EventPackage, event);
        }
    }

    fn value(message: &SipMessage) -> &SipMessage {
        message
    }

    fn write(value: &Self::Value<'_>) -> impl AsRef<[u8]> {
        value.to_bytes()
    }

    /// What the crate's endpoint does in `make_response`, which needs an endpoint with sockets, and a tag.
    fn respond(message: &SipMessage) -> impl AsRef<[u8]> {
        let SipMessage::Request(request) = message else {
            panic!("only requests are answered");
        };
        let mut headers = request.headers.clone();
        headers.retain(|header| {
            matches!(
                header,
                Header::Via(_) | Header::CallId(_) | Header::From(_) | Header::To(_) | Header::CSeq(_)
            )
        });
        headers.push(Header::ContentLength(ContentLength::from(0)));
        let mut response = Response {
            status_code: StatusCode::OK,
            wire_reason: None,
            version: Version::V2,
            headers,
            body: Vec::new(),
        };
        let to = response.to_header_mut().expect("there");
        if to.tag().expect("well-formed").is_none() {
            to.mut_tag(Tag::new(TO_TAG)).expect("well-formed");
        }
        response.to_bytes()
    }
}

impl Relay for Rsipstack {
    fn relay(message: &mut SipMessage) -> impl AsRef<[u8]> {
        let via = Via {
            version: Version::V2,
            transport: Transport::Udp,
            uri: Uri {
                host_with_port: HostWithPort {
                    host: Domain::from(PROXY_HOST).into(),
                    port: Some(PROXY_PORT.into()),
                },
                ..Uri::default()
            },
            params: vec![Param::Branch(Branch::new(PROXY_BRANCH))],
        };
        let max_forwards = message.max_forwards_header_mut().expect("there");
        let hops: u32 = max_forwards.value().parse().expect("a number");
        *max_forwards = (hops - 1).into();
        let headers = message.headers_mut();
        rsipstack::sip_header_pop!(headers, Header::Route);
        headers.push_front(via.into());
        message.to_bytes()
    }
}
