use bytes::Bytes;
use rsip::{
    Domain, Header, Headers, Param, Request, Response, Scheme, SipMessage, StatusCode, Transport, Uri, Version,
    headers::{ContentLength, MaxForwards, ToTypedHeader, UntypedHeader},
    message::{HasHeaders, HeadersExt},
    param::{Branch, Tag},
    typed::Via,
};
use sip_benches::{Field, PROXY_BRANCH, PROXY_HOST, PROXY_PORT, Sink, TO_TAG};

use crate::{Codec, Relay};

/// rsip keeps a message as a vector of headers with a string each and decodes one when asked, from a copy of it.
pub(crate) struct Rsip;

fn request(message: &SipMessage) -> &Request {
    let SipMessage::Request(request) = message else {
        panic!("only requests are answered and forwarded");
    };
    request
}

impl Codec for Rsip {
    const NAME: &'static str = "rsip";

    type Message = SipMessage;
    type Value<'a> = &'a SipMessage;

    fn parse(bytes: &Bytes) -> SipMessage {
        SipMessage::try_from(bytes.as_ref()).expect("a message")
    }

    fn typed(message: &SipMessage, sink: &mut impl Sink) {
        let top = message.via_header().expect("there").typed().expect("well-formed");
        let from = message.from_header().expect("there").typed().expect("well-formed");
        let to = message.to_header().expect("there").typed().expect("well-formed");
        let call_id = message.call_id_header().expect("there");
        let cseq = message.cseq_header().expect("there").typed().expect("well-formed");
        // It cannot read a quoted parameter value, so the Contact of the REGISTER is an error to it.
        let contact = message.contact_header().and_then(ToTypedHeader::typed).ok();
        let expires = message
            .expires_header()
            .map(|expires| expires.seconds().expect("a number"));
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
        value.to_string().into_bytes()
    }

    /// There is no operation for it: the headers are copied one by one, as the crate's examples do.
    fn respond(message: &SipMessage) -> impl AsRef<[u8]> {
        let request = request(message);
        let mut headers = Headers::default();
        for header in request.headers.iter() {
            if let Header::Via(via) = header {
                headers.push(via.clone().into());
            }
        }
        headers.push(request.from_header().expect("there").clone().into());
        let to = request.to_header().expect("there").typed().expect("well-formed");
        headers.push(match to.tag() {
            Some(_) => to.into(),
            None => to.with_tag(Tag::new(TO_TAG)).into(),
        });
        headers.push(request.call_id_header().expect("there").clone().into());
        headers.push(request.cseq_header().expect("there").clone().into());
        headers.push(ContentLength::from(0).into());
        let response = Response {
            status_code: StatusCode::OK,
            version: Version::V2,
            headers,
            body: Vec::new(),
        };
        response.to_string().into_bytes()
    }
}

impl Relay for Rsip {
    fn relay(message: &mut SipMessage) -> impl AsRef<[u8]> {
        let via = Via {
            version: Version::V2,
            transport: Transport::Udp,
            uri: Uri {
                scheme: None::<Scheme>,
                host_with_port: (Domain::from(PROXY_HOST), PROXY_PORT).into(),
                ..Uri::default()
            },
            params: vec![Param::Branch(Branch::new(PROXY_BRANCH))],
        };
        let hops = message.max_forwards_header().expect("there").num().expect("a number");
        *message.max_forwards_header_mut().expect("there") = MaxForwards::from(hops - 1);
        let headers = message.headers_mut();
        let mut first = true;
        headers.retain(|header| !(matches!(header, Header::Route(_)) && std::mem::take(&mut first)));
        // Headers has no way to insert in front but through the vector.
        let mut lines: Vec<Header> = std::mem::take(headers).into();
        lines.insert(0, via.into());
        *headers = lines.into();
        message.to_string().into_bytes()
    }
}
