use std::net::{IpAddr, Ipv4Addr};

use sip_message::{
    Aor, Finding, HeaderErrorKind, HeaderName, Limits, Message, MessageBuilder, Method, RawHeader, StatusCode,
    Transport, Uri,
    headers::{self, CallerPreferences, MaxForwards, Route, To, TypedHeader, Via},
};

/// Decoding is stable and no byte is lost, whatever is asked of the message: as it came, as a proxy forwards it, and in
/// a response to it.
pub fn parse_message(data: &[u8]) {
    let Ok(message) = Message::parse(data.to_vec()) else {
        return;
    };
    assert!(data.starts_with(message.as_bytes()));
    check(&message);
    decode(&message);
    judge(&message);
    forward(&message);
    answer(&message);
}

fn check(message: &Message) {
    // An edit may take a message over the limits that it was read with.
    let limits = Limits {
        message: usize::MAX,
        head: usize::MAX,
        headers: usize::MAX,
        ..Limits::default()
    };
    let again = Message::parse_with(message.as_bytes().clone(), &limits).expect("it was read before");
    assert_eq!(&again, message);
    assert_eq!(again.start_line(), message.start_line());
    assert_eq!(again.body(), message.body());
    assert!(
        message
            .headers()
            .map(|field| field.line())
            .eq(again.headers().map(|field| field.line()))
    );

    let lines: usize = message.headers().map(|field| field.line().len()).sum();
    assert!(lines + message.body().len() + "\r\n\r\n".len() < message.as_bytes().len());
    for field in message.headers() {
        let value = &message.as_bytes()[field.offset()..field.offset() + field.value().len()];
        assert_eq!(value, field.value());
    }
}

/// Every header that has a type: what a value writes reads as the same value, and an error points into the message.
fn decode(message: &Message) {
    macro_rules! each {
        ($($header:ident)*) => {
            $(
                let only = message.typed::<headers::$header>();
                if !matches!(&only, Err(error) if error.kind() == HeaderErrorKind::Duplicate) {
                    assert_eq!(only, message.typed_all::<headers::$header>().next().transpose());
                }
                for value in message.typed_all::<headers::$header>() {
                    match value {
                        Ok(value) => {
                            let text = value.to_string();
                            assert_eq!(headers::$header::parse(&text).as_ref(), Ok(&value), "{text:?}");
                        }
                        Err(error) => assert!(error.offset() <= message.as_bytes().len()),
                    }
                }
            )*
        };
    }
    sip_message::for_each_typed_header!(each);
    let findings = message.findings();
    for finding in &findings {
        assert!(
            finding.offset().is_none_or(|offset| offset <= message.as_bytes().len()),
            "{finding}"
        );
    }
    let refusal = findings.into_iter().find_map(|finding| match finding {
        Finding::Invalid(invalid) => Some(invalid),
        _ => None,
    });
    assert_eq!(message.validate().err(), refusal);
    if message.validate().is_ok() {
        assert!(matches!(message.typed::<Via>(), Ok(Some(_))));
        assert!(message.content_length().is_ok());
    }
    if let Ok(uri) = message.request_uri() {
        check_uri(&uri);
    }
    for contact in message.typed_all::<headers::Contact>().flatten() {
        let _ = (
            contact.q(),
            contact.expires(),
            contact.allows(&Method::Message),
            contact.instance(),
            contact.reg_id(),
        );
        if let Some(uri) = contact.uri() {
            check_uri(&uri);
        }
    }
}

/// Preferences of the caller give every contact a share or drop it.
fn judge(message: &Message) {
    let accept: Vec<headers::AcceptContact> = message.typed_all().flatten().collect();
    let reject: Vec<headers::RejectContact> = message.typed_all().flatten().collect();
    let method = message.method().unwrap_or(Method::Options);
    let Ok(preferences) = CallerPreferences::new(&accept, &reject, method, None) else {
        return;
    };
    let contacts: Vec<headers::Contact> = message.typed_all().flatten().collect();
    for contact in &contacts {
        let fit = preferences.judge(contact);
        assert!(fit.is_none_or(|fit| (0.0..=1.0).contains(&fit)));
    }
    assert!(preferences.order(contacts.iter().collect(), |contact| contact).len() <= contacts.len());
}

fn check_uri(uri: &Uri<'_>) {
    assert_eq!(Uri::parse(uri.as_str()).as_ref(), Ok(uri));
    assert!(uri.equivalent(uri));
    if let Some(aor) = Aor::from_uri(uri) {
        assert_eq!(Aor::from_uri(&aor.to_uri().as_uri()), Some(aor));
    }
}

/// A proxy's changes leave every line alone that they do not name.
fn forward(message: &Message) {
    let host = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1));
    let via = Via::new(Transport::Udp, host.into(), Some(5060), "z9hG4bKfuzz").expect("a token");
    let uri = Uri::parse("sip:next@192.0.2.77").expect("a URI");
    let edit = message
        .edit()
        .push_front(&via)
        .pop_front(HeaderName::ROUTE)
        .set_request_uri(&uri);
    let lowered = edit.lower_max_forwards();
    let popped = usize::from(lowered.is_ok());
    let forwarded = match lowered {
        Ok(edit) => edit.finish(),
        Err(_) => message.edit().set(&MaxForwards(70)).push_front(&via).finish(),
    };
    check(&forwarded);
    let changed = [HeaderName::VIA, HeaderName::ROUTE, HeaderName::MAX_FORWARDS];
    let others = |message: &Message| {
        let others = message
            .headers()
            .filter(|field| !changed.iter().any(|name| field.is(*name)));
        others.flat_map(|field| field.line().to_vec()).collect::<Vec<u8>>()
    };
    assert_eq!(others(&forwarded), others(message));
    assert_eq!(forwarded.body(), message.body());
    let vias = |message: &Message| message.header_all(HeaderName::VIA).count();
    assert_eq!(vias(&forwarded), vias(message) + 1);
    // A line that is not UTF-8 counts as one value, until the element is popped that makes it so.
    let is_text = |field: RawHeader<'_>| field.value_str().is_ok();
    if message.header_all(HeaderName::ROUTE).all(is_text) {
        let routes = |message: &Message| message.typed_all::<Route>().count();
        assert_eq!(routes(&forwarded), routes(message).saturating_sub(popped));
    }

    if let Ok(edit) = message.edit().set_source(host, 5070) {
        let sourced = edit.finish();
        check(&sourced);
        assert_eq!(sourced.typed_all::<Via>().count(), message.typed_all::<Via>().count());
    }
}

/// A response can be built to anything that was read.
fn answer(message: &Message) {
    let response = MessageBuilder::reply_to(message, StatusCode::BAD_REQUEST, Some("fuzz"))
        .expect("a token")
        .build();
    check(&response);
    let copied = [HeaderName::VIA, HeaderName::FROM, HeaderName::CALL_ID, HeaderName::CSEQ];
    for name in copied {
        let lines = |message: &Message| {
            message
                .header_all(name)
                .flat_map(|field| field.line().to_vec())
                .collect::<Vec<u8>>()
        };
        assert_eq!(lines(&response), lines(message));
    }
    if let Ok(Some(to)) = message.typed::<To>() {
        let answered = response
            .typed::<To>()
            .expect("what was read can be written")
            .expect("it was copied");
        assert_eq!(answered.tag(), Some(to.tag().unwrap_or("fuzz")));
    }
}
