use std::{fmt::Write, str};

use bytes::Bytes;
use ezk_sip_types::{
    Headers, Name, StatusCode,
    header::typed::{CSeq, CallID, Contact, ContentLength, Event, Expires, FromTo, MaxForwards, Via},
    host::HostPort,
    msg::{Line, MessageLine, PullParser, StatusLine},
    parse::Parse,
    print::AppendCtx,
};
use sip_benches::{Field, PROXY_BRANCH, PROXY_HOST, PROXY_PORT, Sink, TO_TAG};

use crate::{Codec, Relay};

/// ezk-sip-types has the parts of a message; what puts them together is in other crates of its workspace. This is what
/// they do.
pub(crate) struct Ezk;

#[derive(Clone)]
pub(crate) struct Message {
    line: MessageLine,
    headers: Headers,
    body: Bytes,
}

impl Message {
    fn written(&self) -> Vec<u8> {
        written(&self.line, &self.headers, &self.body)
    }
}

fn written(line: &MessageLine, headers: &Headers, body: &[u8]) -> Vec<u8> {
    let mut text = String::with_capacity(headers.printed_len() + body.len() + 96);
    write!(text, "{}\r\n{headers}\r\n", line.default_print_ctx()).expect("a string takes all");
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

impl Codec for Ezk {
    const NAME: &'static str = "ezk-sip-types";

    type Message = Message;
    type Value<'a> = &'a Message;

    fn parse(bytes: &Bytes) -> Message {
        let mut parser = PullParser::new(bytes, 0);
        let mut next = || {
            let line = parser.next()?.expect("complete");
            Some(str::from_utf8(line).expect("text"))
        };
        let start = next().expect("a start line");
        let (_, line) = MessageLine::parse(bytes)(start).expect("well-formed");
        let mut headers = Headers::with_capacity(16);
        while let Some(line) = next() {
            let (_, line) = Line::parse(bytes, line).expect("well-formed");
            headers.insert(line.name, line.value);
        }
        let body = bytes.slice(parser.head_end()..);
        Message { line, headers, body }
    }

    fn typed(message: &Message, sink: &mut impl Sink) {
        let headers = &message.headers;
        // A vector of all Vias is what the crate offers for a list; one value is enough here.
        let top: Via = headers.get_named().expect("well-formed");
        let from: FromTo = headers.get(Name::FROM).expect("well-formed");
        let to: FromTo = headers.get(Name::TO).expect("well-formed");
        let call_id: CallID = headers.get_named().expect("well-formed");
        let cseq: CSeq = headers.get_named().expect("well-formed");
        let contact: Option<Contact> = headers.try_get_named().map(|contact| contact.expect("well-formed"));
        let expires: Option<Expires> = headers.try_get_named().map(|expires| expires.expect("a number"));
        let event: Option<Event> = headers.try_get_named().map(|event| event.expect("well-formed"));
        if let Some(branch) = top.params.get_val("branch") {
            sink.see(Field::Branch, branch);
        }
        if let Some(tag) = &from.tag {
            sink.see(Field::FromTag, tag);
        }
        if let Some(tag) = &to.tag {
            sink.see(Field::ToTag, tag);
        }
        sink.see(Field::CallId, &call_id.0);
        sink.see(Field::CSeqNumber, cseq.cseq);
        sink.see(Field::CSeqMethod, &cseq.method);
        if let Some(contact) = &contact {
            sink.see(Field::ContactUri, contact.uri.uri.default_print_ctx());
        }
        if let Some(expires) = expires {
            sink.see(Field::Expires, expires.0);
        }
        if let Some(event) = &event {
            sink.see(Field::EventPackage, &event.0);
        }
    }

    fn value(message: &Message) -> &Message {
        message
    }

    fn write(value: &Self::Value<'_>) -> impl AsRef<[u8]> {
        value.written()
    }

    /// There is no operation for it in this crate; the headers are cloned as its user agent does.
    fn respond(request: &Message) -> impl AsRef<[u8]> {
        let mut headers = Headers::with_capacity(8);
        for name in [Name::VIA, Name::FROM, Name::TO, Name::CALL_ID, Name::CSEQ] {
            request.headers.clone_into(&mut headers, name).expect("there");
        }
        headers
            .edit(Name::TO, |to: &mut FromTo| {
                to.tag.get_or_insert_with(|| TO_TAG.into());
            })
            .expect("well-formed");
        headers.insert_named(&ContentLength(0));
        let line = MessageLine::Response(StatusLine {
            code: StatusCode::OK,
            reason: StatusCode::OK.text().map(Into::into),
        });
        written(&line, &headers, &[])
    }
}

impl Relay for Ezk {
    fn relay(message: &mut Message) -> impl AsRef<[u8]> {
        let headers = &mut message.headers;
        // The map has no way to put a value in front of those of the same name: they are taken out and put back behind.
        let vias = headers.remove(&Name::VIA).expect("there");
        let mut sent_by = HostPort::host_name(PROXY_HOST);
        sent_by.port = Some(PROXY_PORT);
        headers.insert_named_front(&Via::new("UDP", sent_by, PROXY_BRANCH));
        for via in vias {
            headers.insert(Name::VIA, via);
        }
        headers
            .edit_named(|hops: &mut MaxForwards| hops.0 -= 1)
            .expect("a number");
        if let Some(routes) = headers.remove(&Name::ROUTE) {
            for route in routes.into_iter().skip(1) {
                headers.insert(Name::ROUTE, route);
            }
        }
        message.written()
    }
}
