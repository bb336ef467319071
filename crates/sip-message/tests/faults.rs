//! Faults that other stacks are known for, each with the message that shows it. (What is wrong with a single value has
//! its test beside the type.)
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use sip_message::{
    Aor, HeaderErrorKind, HeaderName, Invalid, Message, Method, ParseErrorKind, StreamDecoder, StreamError,
    StreamEvent, Uri,
    headers::{Contact, Expires, From, MaxForwards, MinExpires, RetryAfter, To, TypedHeader, Via},
};

/// A request that is right, but for these header lines.
fn request(lines: &str) -> Message {
    let defaults = [
        "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n",
        "From: <sip:me@here.test>;tag=1\r\n",
        "To: <sip:you@there.test>\r\n",
        "Call-ID: 1\r\n",
        "CSeq: 1 MESSAGE\r\n",
    ];
    let name = |line: &str| line.split(':').next().unwrap_or_default().trim().to_owned();
    let given: Vec<_> = lines.lines().map(name).collect();
    let missing = defaults.into_iter().filter(|line| !given.contains(&name(line)));
    let missing: String = missing.collect();
    Message::parse(format!("MESSAGE sip:you@there.test SIP/2.0\r\n{lines}{missing}\r\n")).unwrap()
}

fn from(value: &str) -> Message {
    request(&format!("From: {value}\r\n"))
}

/// The messages of a stream, and how it ended.
fn stream(bytes: &[u8]) -> (Vec<Message>, Option<StreamError>) {
    let mut decoder = StreamDecoder::default();
    decoder.push(bytes);
    let mut messages = Vec::new();
    loop {
        match decoder.next_event() {
            Ok(Some(StreamEvent::Message(message))) => messages.push(message),
            Ok(Some(_)) => {}
            Ok(None) => return (messages, None),
            Err(error) => return (messages, Some(error)),
        }
    }
}

#[test]
fn an_address_in_a_quoted_display_name_is_not_the_sender() {
    let message = from(r#""x <sip:boss@corp.test>;tag=y" <sip:me@here.test>;tag=1"#);
    message.validate().unwrap();
    let sender = message.typed::<From>().unwrap().unwrap();
    assert_eq!((sender.uri().as_str(), sender.tag()), ("sip:me@here.test", Some("1")));
    assert_eq!(Aor::from_uri(&sender.uri()), Some(Aor::parse("me@here.test").unwrap()));
}

#[test]
fn commas_semicolons_and_escaped_quotes_in_display_names_separate_nothing() {
    let contacts = r#""Doe, J; \"Jo\" <j@x>, \\" <sip:a@b.test>;q=0.5, "\",<sip:c@d.test>;\"" <sip:e@f.test>"#;
    let message = request(&format!("Contact: {contacts}\r\n"));
    let found: Vec<_> = message.typed_all::<Contact>().map(Result::unwrap).collect();
    let names: Vec<_> = found
        .iter()
        .map(|contact| contact.address().unwrap().display_name().unwrap())
        .collect();
    assert_eq!(names, [r#"Doe, J; "Jo" <j@x>, \"#, r#"",<sip:c@d.test>;""#]);
    let uris: Vec<_> = found.iter().map(|contact| contact.uri().unwrap().as_str()).collect();
    assert_eq!(uris, ["sip:a@b.test", "sip:e@f.test"]);
    assert_eq!(found[0].q(), Some(500));
}

#[test]
fn a_space_before_the_colon_does_not_turn_a_body_into_a_request() {
    let inner = "BYE sip:x SIP/2.0\r\nl: 0\r\n\r\n";
    for name in ["Content-Length ", "Content-Length \t", "l ", "CONTENT-LENGTH"] {
        let outer = format!("MESSAGE sip:x SIP/2.0\r\n{name}: {}\r\n\r\n{inner}", inner.len());
        let (messages, error) = stream(outer.as_bytes());
        assert_eq!(error, None);
        let methods: Vec<_> = messages.iter().filter_map(Message::method).collect();
        assert_eq!(methods, [Method::Message], "{name:?}");
        assert_eq!(messages[0].body(), inner.as_bytes());
    }
}

#[test]
fn lengths_that_agree_are_one_and_lengths_that_disagree_end_the_stream() {
    let text = |second: &str| format!("MESSAGE sip:x SIP/2.0\r\nContent-Length: 2\r\nl: {second}\r\n\r\nhi");
    for same in ["2", "02", "2 "] {
        let (messages, error) = stream(text(same).as_bytes());
        assert_eq!((messages.len(), error), (1, None), "{same:?}");
        assert_eq!(Message::parse(text(same)).unwrap().content_length(), Ok(Some(2)));
    }
    for other in ["0", "3", "2, 2", "2 2", "", "x"] {
        let (messages, error) = stream(text(other).as_bytes());
        assert!(matches!(error, Some(StreamError::ContentLength(_))), "{other:?}");
        assert_eq!(messages, []);
        let datagram = Message::parse(text(other)).unwrap();
        assert!(datagram.content_length().is_err(), "{other:?}");
        assert_eq!(datagram.body(), b"hi", "what cannot be measured is not cut");
    }
    let message = request("Content-Length: 0\r\nContent-Length: 4\r\n");
    assert!(matches!(message.validate(), Err(Invalid::Header(error)) if error.kind() == HeaderErrorKind::Duplicate));
}

#[test]
fn numbers_that_do_not_fit_are_malformed_and_never_wrap() {
    fn kind<'a, H: TypedHeader<'a> + 'a>(message: &'a Message) -> Option<HeaderErrorKind> {
        message.typed::<H>().err().map(|error| error.kind())
    }
    for number in [
        "-1",
        "+1",
        "4294967296",
        "18446744073709551617",
        "0x10",
        "1e3",
        "",
        "1 1",
        "99999999999999999999999",
    ] {
        let message = request(&format!(
            "Expires: {number}\r\nMin-Expires: {number}\r\nMax-Forwards: {number}\r\nRetry-After: {number}\r\n\
             CSeq: {number} MESSAGE\r\nVia: SIP/2.0/UDP x:{number}\r\nContact: <sip:a@b:{number}>;expires={number}\r\n",
        ));
        assert!(
            matches!(kind::<Expires>(&message), Some(HeaderErrorKind::Malformed(_))),
            "{number:?}"
        );
        assert!(
            matches!(kind::<MinExpires>(&message), Some(HeaderErrorKind::Malformed(_))),
            "{number:?}"
        );
        assert!(
            matches!(kind::<MaxForwards>(&message), Some(HeaderErrorKind::Malformed(_))),
            "{number:?}"
        );
        assert!(
            matches!(kind::<RetryAfter>(&message), Some(HeaderErrorKind::Malformed(_))),
            "{number:?}"
        );
        assert!(
            matches!(kind::<Via>(&message), Some(HeaderErrorKind::Malformed(_))),
            "{number:?}"
        );
        assert!(
            matches!(kind::<Contact>(&message), Some(HeaderErrorKind::Malformed(_))),
            "{number:?}"
        );
        assert!(message.validate().is_err(), "{number:?}");
    }
    // A sequence number of 32 bits is not allowed (RFC 3261 section 8.1.1.5).
    assert!(request("CSeq: 2147483648 MESSAGE\r\n").validate().is_err());
    request("CSeq: 2147483647 MESSAGE\r\n").validate().unwrap();
    // A length that no memory holds is refused before anything is kept for it.
    for length in ["4294967295", "4294967296", "18446744073709551615", "-1"] {
        let (messages, error) = stream(format!("A sip:x SIP/2.0\r\nl: {length}\r\n\r\n").as_bytes());
        assert_eq!(messages, []);
        assert!(error.is_some(), "{length}");
    }
}

#[test]
fn one_header_that_is_not_utf_8_drops_nothing_else() {
    let mut bytes = b"MESSAGE sip:x SIP/2.0\r\nSubject: caf\xe9\r\nX-\xc3: y\r\n".to_vec();
    let refused = Message::parse([&bytes[..], b"\r\n"].concat()).unwrap_err();
    assert_eq!(refused.kind(), ParseErrorKind::HeaderName, "a name is a token");
    bytes.truncate(bytes.len() - b"X-\xc3: y\r\n".len());
    let good = request("").to_string();
    bytes.extend_from_slice(good.split_once("\r\n").unwrap().1.as_bytes());
    let message = Message::parse(bytes.clone()).unwrap();
    message.validate().unwrap();
    let subject = message.header(HeaderName::SUBJECT).unwrap();
    assert_eq!(subject.value(), b"caf\xe9");
    assert!(subject.value_str().is_err());
    let edited = message.edit().append(&Expires(1)).finish();
    assert_eq!(
        edited.header(HeaderName::SUBJECT).unwrap().line(),
        b"Subject: caf\xe9\r\n"
    );
}

#[test]
fn nul_ends_nothing() {
    let message = request("Subject: a\0b\r\nX-\r\n".replace("X-\r\n", "X: \0\r\n").as_str());
    message.validate().unwrap();
    assert_eq!(message.header(HeaderName::SUBJECT).unwrap().value(), b"a\0b");
    // In a URI or a quoted string it is no character of the grammar.
    for value in [
        "<sip:m\0e@here.test>;tag=1",
        "\"a\0b\" <sip:me@here.test>;tag=1",
        "sip:me@here.test;t\0ag=1",
    ] {
        assert!(matches!(from(value).validate(), Err(Invalid::Header(_))), "{value:?}");
    }
    // Escaped, it is an octet of the user part.
    let null = from("<sip:me%00@here.test>;tag=1");
    null.validate().unwrap();
    let aor = Aor::from_uri(&null.typed::<From>().unwrap().unwrap().uri()).unwrap();
    assert_ne!(aor, Aor::parse("me@here.test").unwrap());
    assert_eq!(aor.as_str(), "sip:me%00@here.test");
}

#[test]
fn a_line_feed_alone_ends_no_line() {
    let text = request("").to_string();
    let one_lf = text.replacen("\r\nCall-ID", "\nCall-ID", 1);
    for broken in [
        text.replace("\r\n", "\n"),
        one_lf,
        text.replacen("\r\nCSeq", "\rCSeq", 1),
    ] {
        let error = Message::parse(broken.clone()).unwrap_err();
        assert_eq!(error.kind(), ParseErrorKind::BareLineBreak);
        assert!(matches!(broken.as_bytes()[error.offset()], b'\r' | b'\n'));
    }
    // An injected header stays part of the value that it came in: there is no line to begin with.
    let injected = request("")
        .to_string()
        .replace("tag=1", "tag=1\nRoute: <sip:evil.test>");
    assert!(Message::parse(injected).is_err());
}

#[test]
fn a_line_without_a_colon_is_an_error_at_that_line() {
    let text = request("").to_string().replace("To: ", "To ");
    let error = Message::parse(text.clone()).unwrap_err();
    assert_eq!(
        error.kind(),
        ParseErrorKind::HeaderName,
        "the colon of the URI is not one of the header"
    );
    let text = text.replace("To <sip:you@there.test>", "To");
    let error = Message::parse(text.clone()).unwrap_err();
    assert_eq!(error.kind(), ParseErrorKind::HeaderColon);
    assert!(text[error.offset()..].starts_with("To\r\n"));
}

#[test]
fn a_fold_before_the_first_header_is_an_error() {
    for white in [' ', '\t'] {
        let text = request("").to_string().replacen("\r\n", &format!("\r\n{white}"), 1);
        assert_eq!(
            Message::parse(text.clone()).unwrap_err().kind(),
            ParseErrorKind::LeadingFold
        );
        let (messages, error) = stream(text.replace("\r\n\r\n", "\r\nl: 0\r\n\r\n").as_bytes());
        assert_eq!(messages, []);
        assert!(matches!(error, Some(StreamError::Parse(error)) if error.kind() == ParseErrorKind::LeadingFold));
    }
}

#[test]
fn a_star_among_contacts_is_seen_as_such() {
    for lines in [
        "Contact: *, <sip:a@b.test>\r\n",
        "Contact: <sip:a@b.test>\r\nm: *\r\n",
        "Contact: * , *\r\n",
    ] {
        let message = request(lines);
        let contacts: Vec<_> = message.typed_all::<Contact>().map(Result::unwrap).collect();
        assert_eq!(contacts.len(), 2, "{lines:?}");
        assert!(contacts.contains(&Contact::Star), "{lines:?}");
    }
    // With parameters it is no star, and no address either.
    let message = request("Contact: *;expires=0\r\n");
    assert!(message.typed::<Contact>().is_err());
}

#[test]
fn parameters_behind_a_bare_uri_are_those_of_the_header() {
    let message = request("Contact: sip:a@b.test;transport=tcp;expires=9\r\nTo: sip:you@there.test;tag=7\r\n");
    let contact = message.typed::<Contact>().unwrap().unwrap();
    assert_eq!(
        (contact.uri().unwrap().as_str(), contact.expires()),
        ("sip:a@b.test", Some(9))
    );
    assert_eq!(contact.address().unwrap().params().get("transport"), Some(Some("tcp")));
    let to = message.typed::<To>().unwrap().unwrap();
    assert_eq!((to.uri().as_str(), to.tag()), ("sip:you@there.test", Some("7")));
    // Written again, no reader can take them for the URI's.
    assert_eq!(contact.to_string(), "<sip:a@b.test>;transport=tcp;expires=9");
}

#[test]
fn an_escaped_at_sign_stays_escaped() {
    let message = from("<sip:j%40doe@here.test>;tag=1");
    let uri = message.typed::<From>().unwrap().unwrap().uri();
    let Uri::Sip(sip) = uri else { panic!("{uri}") };
    assert_eq!(sip.user(), Some("j%40doe"));
    assert_eq!(sip.host().to_string(), "here.test");
    let aor = Aor::from_uri(&uri).unwrap();
    assert_eq!(aor.to_uri().as_str(), "sip:j%40doe@here.test");
    assert_eq!(aor.domain(), "here.test");
    let again = from(&format!("<{aor}>;tag=1"));
    assert!(again.typed::<From>().unwrap().unwrap().uri().equivalent(&uri));
}

#[test]
fn comments_nest_to_any_depth() {
    let deep = format!("{}deep{}", "(".repeat(7_000), ")".repeat(7_000));
    let message = request(&format!(
        "Retry-After: 5 {deep};duration=9\r\nUser-Agent: x/1 {deep}\r\n"
    ));
    let retry = message.typed::<RetryAfter>().unwrap().unwrap();
    assert_eq!((retry.seconds(), retry.comment()), (5, Some(deep.as_str())));
    assert_eq!(retry.params().get("duration"), Some(Some("9")));
    let open = request(&format!("Retry-After: 5 {}\r\n", "(".repeat(7_000)));
    assert!(open.typed::<RetryAfter>().is_err());
}

#[test]
fn a_list_of_vias_in_one_line_is_a_list() {
    let message = request(
        "Via: SIP/2.0/UDP a.test;branch=z9hG4bK1,SIP/2.0/TCP b.test:5070 ;branch=z9hG4bK2 ,\r\n\
         \tSIP/2.0/TLS [2001:db8::1];branch=z9hG4bK3\r\n",
    );
    message.validate().unwrap();
    let hosts: Vec<_> = message
        .typed_all::<Via>()
        .map(|via| via.unwrap().host().to_string())
        .collect();
    assert_eq!(hosts, ["a.test", "b.test", "[2001:db8::1]"]);
    let popped = message.edit().pop_front(HeaderName::VIA).finish();
    assert_eq!(popped.typed::<Via>().unwrap().unwrap().branch(), Some("z9hG4bK2"));
    assert_eq!(popped.typed_all::<Via>().count(), 2);
    // One that is broken makes the message invalid, wherever it stands.
    let broken = request("Via: SIP/2.0/UDP a.test;branch=z9hG4bK1,SIP/2.0/TCP\r\n");
    assert!(broken.typed::<Via>().is_ok());
    assert!(broken.validate().is_err());
}
