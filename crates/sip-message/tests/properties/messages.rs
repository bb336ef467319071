//! Messages that were built, that came, and that were changed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::{collection::vec, prelude::*};
use sip_message::{
    HeaderName, Limits, Message, MessageBuilder, StartLine, StatusCode, StreamDecoder, StreamError, StreamEvent,
    Transport, Uri,
    headers::{
        Accept, Allow, CSeq, CallId, Contact, ContentType, Date, Event, Expires, From, MaxForwards, MediaType,
        RetryAfter, Route, SubscriptionState, Supported, To, TypedHeader, UserAgent, Via,
    },
};

use crate::{
    strategies::{EXTRA, TOKEN, hostile, line_text, parts, stream_piece},
    support,
};

/// What a proxy does with a request.
fn forward(message: &Message) -> Message {
    let host = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1)).into();
    let via = Via::new(Transport::Udp, host, Some(5060), "z9hG4bKproxy").unwrap();
    let edit = message.edit().push_front(&via).pop_front(HeaderName::ROUTE);
    let edit = match message.typed::<MaxForwards>() {
        Ok(_) => edit.lower_max_forwards().unwrap(),
        Err(_) => edit,
    };
    edit.set_request_uri(&Uri::parse("sip:next@192.0.2.77").unwrap())
        .finish()
}

/// The lines of the headers whose names are not among `names`.
fn lines_but<'a>(message: &'a Message, names: &[HeaderName]) -> Vec<&'a [u8]> {
    message
        .headers()
        .filter(|field| !names.iter().any(|name| field.is(*name)))
        .map(|field| field.line())
        .collect()
}

/// The pieces that a message is read as, put together again.
fn reassemble(message: &Message) -> Vec<u8> {
    let bytes = message.as_bytes();
    let blank = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap();
    let mut whole = bytes[..blank].to_vec();
    match message.start_line() {
        StartLine::Request { method, uri, version } => {
            whole.extend_from_slice(method.as_str().as_bytes());
            whole.push(b' ');
            whole.extend_from_slice(uri);
            whole.push(b' ');
            whole.extend_from_slice(version.as_bytes());
        }
        StartLine::Response {
            version,
            status,
            reason,
        } => {
            whole.extend_from_slice(format!("{version} {status}").as_bytes());
            // The space before an empty reason is often left out.
            if bytes.get(whole.len()) == Some(&b' ') {
                whole.push(b' ');
            }
            whole.extend_from_slice(reason);
        }
    }
    whole.extend_from_slice(b"\r\n");
    for field in message.headers() {
        assert!(field.line().starts_with(field.name().as_bytes()));
        assert_eq!(
            &bytes[field.offset()..field.offset() + field.value().len()],
            field.value()
        );
        whole.extend_from_slice(field.line());
    }
    whole.extend_from_slice(b"\r\n");
    whole.extend_from_slice(message.body());
    whole
}

type Events = (Vec<StreamEvent>, Option<StreamError>);

fn events<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> Events {
    let limits = Limits {
        message: 2_000,
        head: 1_500,
        headers: 40,
        ..Limits::default()
    };
    let mut decoder = StreamDecoder::new(limits);
    let mut events = Vec::new();
    for chunk in chunks {
        decoder.push(chunk);
        loop {
            match decoder.next_event() {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(error) => return (events, Some(error)),
            }
        }
    }
    (events, None)
}

/// The lines of the headers of one name.
fn lines_of(message: &Message, name: HeaderName) -> Vec<&[u8]> {
    message.header_all(name).map(|field| field.line()).collect()
}

fn texts<'a, H: TypedHeader<'a> + 'a>(message: &'a Message) -> Vec<Option<String>> {
    message
        .typed_all::<H>()
        .map(|value| value.ok().map(|value| value.to_string()))
        .collect()
}

fn all<'a, H: TypedHeader<'a> + 'a>(message: &'a Message) -> Vec<H> {
    message.typed_all::<H>().map(Result::unwrap).collect()
}
proptest! {
    #[test]
    fn a_built_request_reads_as_what_it_was_built_of(parts in parts()) {
        let message = parts.request();
        let read = Message::parse(message.as_bytes().clone()).unwrap();
        assert_eq!(read, message);
        assert_eq!(support::decode_all(&read), []);
        assert_eq!(read.validate(), Ok(()));
        assert_eq!(read.method(), Some(parts.method()));
        assert_eq!(read.request_uri().unwrap().as_str(), parts.uri);
        assert_eq!(read.body(), parts.body);

        let from: From = read.typed().unwrap().unwrap();
        assert_eq!(from.tag(), Some(parts.tag.as_str()));
        assert_eq!(from.0.display_name().as_deref(), parts.from.display.as_deref());
        assert_eq!(from.uri().as_str(), parts.from.uri);
        assert_eq!(read.typed::<To>(), Ok(Some(To::new(parts.to.build()))));
        assert_eq!(read.typed::<CallId>(), Ok(Some(CallId::new(&parts.call_id).unwrap())));
        assert_eq!(read.typed::<CSeq>(), Ok(Some(parts.cseq())));
        assert_eq!(read.typed::<MaxForwards>(), Ok(Some(MaxForwards(parts.max_forwards))));
        assert_eq!(read.typed::<Event>(), Ok(Some(parts.event())));
        assert_eq!(read.typed::<Expires>(), Ok(Some(Expires(parts.state.0))));
        assert_eq!(read.typed::<RetryAfter>(), Ok(Some(RetryAfter::new(parts.state.0))));
        assert_eq!(read.typed::<Date>(), Ok(Some(parts.date())));
        let state: SubscriptionState = read.typed().unwrap().unwrap();
        assert!(state.is_terminated());
        assert_eq!(state.reason(), Some(parts.state.1.as_str()));
        assert_eq!(all::<Via>(&read), parts.vias());
        let contacts: Vec<_> = parts.contacts.iter().map(|contact| Contact::Address(contact.build())).collect();
        assert_eq!(all::<Contact>(&read), contacts);
        let routes: Vec<_> = parts.routes.iter().map(|route| Route(route.build())).collect();
        assert_eq!(all::<Route>(&read), routes);
        let tokens: Vec<_> = all::<Supported>(&read).iter().map(Supported::as_str).collect();
        assert_eq!(tokens, parts.tokens);
        let methods: Vec<_> = all::<Allow>(&read).iter().map(|allow| allow.0.as_str()).collect();
        assert_eq!(methods, parts.tokens);
        let extra = read.headers().filter(|field| EXTRA.iter().any(|name| field.is(*name)));
        let extra: Vec<_> = extra.map(|field| (field.name(), field.value_str().unwrap())).collect();
        let given: Vec<_> = parts.extra.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(extra, given);
    }

    #[test]
    fn a_built_response_answers_its_request(
        parts in parts(),
        code in 100..700_u16,
        tag in TOKEN,
        agent in "[!-~]([ -~]{0,9}[!-~])?",
    ) {
        let request = parts.request();
        let status = StatusCode::new(code).unwrap();
        let response = MessageBuilder::reply_to(&request, status, Some(&tag))
            .unwrap()
            .header(&UserAgent::new(&agent).unwrap())
            .header(&Accept(MediaType::parse("*/*").unwrap()))
            .body(&ContentType(MediaType::parse("x/y").unwrap()), parts.body.clone())
            .build();
        let read = Message::parse(response.as_bytes().clone()).unwrap();
        assert_eq!(read, response);
        assert_eq!(read.status(), Some(status));
        assert_eq!(support::decode_all(&read), []);
        assert_eq!(read.validate(), Ok(()));
        for name in [HeaderName::VIA, HeaderName::FROM, HeaderName::CALL_ID, HeaderName::CSEQ] {
            assert_eq!(lines_of(&read, name), lines_of(&request, name));
        }
        let (asked, answered): (To, To) = (request.typed().unwrap().unwrap(), read.typed().unwrap().unwrap());
        assert_eq!(answered.tag(), Some(asked.tag().unwrap_or(&tag)));
        assert_eq!(answered.uri(), asked.uri());
        assert_eq!(read.typed::<UserAgent>(), Ok(Some(UserAgent::new(&agent).unwrap())));
        assert_eq!(read.body(), parts.body);
    }

    #[test]
    fn whatever_comes_is_refused_or_kept_byte_for_byte(bytes in hostile()) {
        if let Ok(message) = Message::parse(bytes.clone()) {
            assert!(bytes.starts_with(message.as_bytes()));
            assert_eq!(reassemble(&message), message.as_bytes()[..]);
            assert_eq!(Message::parse(message.as_bytes().clone()), Ok(message.clone()));
            support::decode_all(&message);
            let _ = message.validate();
        }
    }

    #[test]
    fn an_edit_leaves_what_it_does_not_name(bytes in hostile()) {
        if let Ok(message) = Message::parse(bytes) {
            let forwarded = forward(&message);
            let named = [HeaderName::VIA, HeaderName::ROUTE, HeaderName::MAX_FORWARDS];
            assert_eq!(lines_but(&forwarded, &named), lines_but(&message, &named));
            assert_eq!(forwarded.body(), message.body());
            assert_eq!(lines_of(&forwarded, HeaderName::VIA)[1..], lines_of(&message, HeaderName::VIA));
            assert_eq!(forwarded.typed::<Via>().unwrap().unwrap().branch(), Some("z9hG4bKproxy"));
            if message.header_all(HeaderName::ROUTE).all(|field| field.value_str().is_ok()) {
                let routes = texts::<Route>(&message);
                assert_eq!(texts::<Route>(&forwarded), routes.get(1..).unwrap_or_default());
            }
            if message.is_request() {
                assert_eq!(forwarded.request_uri().unwrap().as_str(), "sip:next@192.0.2.77");
                if let Ok(before) = message.typed::<MaxForwards>() {
                    let lowered = before.map_or(70, |MaxForwards(left)| left.saturating_sub(1));
                    assert_eq!(forwarded.typed(), Ok(Some(MaxForwards(lowered))));
                }
            }
        }
    }

    #[test]
    fn the_source_goes_into_the_top_via_and_nowhere_else(
        bytes in hostile(),
        address in any::<u32>(),
        port in any::<u16>(),
    ) {
        if let Ok(message) = Message::parse(bytes) {
            let source = IpAddr::V4(address.into());
            match message.edit().set_source(source, port) {
                Err(error) => assert_eq!(message.typed::<Via>(), Err(error)),
                Ok(edit) => {
                    let edited = edit.finish();
                    let named = [HeaderName::VIA];
                    assert_eq!(lines_but(&edited, &named), lines_but(&message, &named));
                    let (before, after) = (texts::<Via>(&message), texts::<Via>(&edited));
                    assert_eq!(after.len(), before.len());
                    assert_eq!(after.get(1..), before.get(1..));
                    if let Some(top) = edited.typed::<Via>().unwrap() {
                        assert!(top.received() == Some(source) || top.host().ip() == Some(source));
                        assert!(top.rport().is_none() || top.rport() == Some(Some(port)));
                        let typed = message.typed::<Via>().unwrap().unwrap().with_source(source, port);
                        assert!(top.params().iter().eq(typed.params().iter()), "{typed}");
                    }
                }
            }
        }
    }

    #[test]
    fn any_split_of_a_stream_gives_the_same(
        pieces in vec(stream_piece(), 0..5),
        sizes in vec(1..97_usize, 1..8),
    ) {
        let stream = pieces.concat();
        let whole = events(std::iter::once(&stream[..]));
        let mut rest = &stream[..];
        let mut chunks = Vec::new();
        for size in sizes.iter().cycle() {
            let (chunk, after) = rest.split_at((*size).min(rest.len()));
            chunks.push(chunk);
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        assert_eq!(events(chunks.into_iter()), whole);
        assert_eq!(events(stream.chunks(1)), whole);
    }

    #[test]
    fn an_error_points_into_the_value(text in line_text()) {
        if let Err(error) = Uri::parse(&text) {
            assert!(error.offset() <= text.len());
        }
        let message = ["From", "Via", "Contact", "Accept", "CSeq", "Date", "Event", "Retry-After"]
            .map(|name| format!("{name}: {text}\r\n"))
            .concat();
        let message = Message::parse(format!("A sip:a SIP/2.0\r\n{message}\r\n")).unwrap();
        for error in support::decode_all(&message) {
            let field = message.header(error.name()).unwrap();
            let value = field.offset()..=field.offset() + field.value().len();
            assert!(value.contains(&error.offset()), "{error} is not in {field:?}");
        }
    }
}

#[test]
fn large_messages_are_read_whole() {
    let limits = Limits {
        message: 1 << 20,
        head: 1 << 20,
        headers: 4_000,
        ..Limits::default()
    };
    let mut text = "NOTIFY sip:a@b.test SIP/2.0\r\n".to_owned();
    for number in 0..3_000 {
        text.push_str(&format!("X-{number}: {number}\r\nRoute: <sip:p{number}.test;lr>\r\n"));
    }
    text.push_str("\r\n");
    assert!(
        Message::parse_with(text.clone(), &limits).is_err(),
        "6,000 headers are over 4,000"
    );
    let limits = Limits {
        headers: 6_000,
        ..limits
    };
    let message = Message::parse_with(text, &limits).unwrap();
    assert_eq!(message.headers().len(), 6_000);
    let routes = all::<Route>(&message);
    assert_eq!(routes.len(), 3_000);
    assert_eq!(routes[2_999].uri().as_str(), "sip:p2999.test;lr");
    let bare = message.edit().remove(HeaderName::ROUTE).finish();
    assert_eq!(lines_but(&message, &[HeaderName::ROUTE]), lines_but(&bare, &[]));

    let vias = format!(
        "NOTIFY sip:a SIP/2.0\r\nVia: {}\r\n\r\n",
        "SIP/2.0/UDP h,".repeat(4_096)
    );
    assert_eq!(all::<Via>(&Message::parse_with(vias, &limits).unwrap()).len(), 4_096);
    let commas = format!(
        "NOTIFY sip:a SIP/2.0\r\nVia: {}SIP/2.0/UDP h\r\n\r\n",
        ",".repeat(65_536)
    );
    let commas = Message::parse_with(commas, &limits).unwrap();
    assert_eq!(all::<Via>(&commas).len(), 1);
    let source = commas
        .edit()
        .set_source(IpAddr::V6(Ipv6Addr::LOCALHOST), 9)
        .unwrap()
        .finish();
    assert!(source.as_bytes().ends_with(b",SIP/2.0/UDP h;received=::1\r\n\r\n"));
    assert!(
        commas
            .edit()
            .pop_front(HeaderName::VIA)
            .finish()
            .header(HeaderName::VIA)
            .is_none()
    );
}
