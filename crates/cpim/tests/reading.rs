//! What is read, how, and what is refused where.

use bytes::Bytes;

use cpim::{
    ExpandedName, HeaderErrorKind, Layout, Limits, Message, OddityKind, ParseErrorKind, UnsupportedRequirements,
    ValueKind,
};

const TEXT: &str = "\r\nContent-Type: text/plain\r\n\r\nhi";

fn read(bytes: impl Into<Bytes>) -> Message {
    Message::parse(bytes).expect("it is a message")
}

fn with_headers(headers: &str) -> Message {
    read(format!("{headers}{TEXT}"))
}

fn oddities(message: &Message) -> Vec<(OddityKind, usize)> {
    let odd = message.oddities().iter();
    odd.map(|oddity| (oddity.kind, oddity.offset)).collect()
}

#[test]
fn parsing_shares_the_buffer() {
    let bytes = Bytes::from(format!("From: <im:a@b>\r\n{TEXT}"));
    let message = Message::parse(bytes.clone()).unwrap();
    assert_eq!(message.as_bytes().as_ptr(), bytes.as_ptr());
    assert_eq!(
        message.content_bytes().as_ptr(),
        bytes.slice(bytes.len() - 2..).as_ptr()
    );
}

#[test]
fn header_names_are_case_sensitive_and_mime_header_names_are_not() {
    let message = with_headers("from: <im:a@b>\r\nCC: <im:a@b>\r\nTo: <im:c@d>\r\n");
    assert_eq!(message.from(), Ok(None));
    assert_eq!(message.cc().count(), 0);
    assert_eq!(message.to().count(), 1);
    assert_eq!(message.headers_written("from").count(), 1);
    assert!(message.mime_header("content-TYPE").is_some());
}

#[test]
fn a_malformed_header_leaves_the_others() {
    let message = read(
        [
            &b"From: \xff\r\nTo: <im:c@d>\r\nSubject: a\x00b\r\nDateTime: today\r\ncc:;x <im:e@f>\r\n"[..],
            TEXT.as_bytes(),
        ]
        .concat(),
    );
    let error = message.from().unwrap_err();
    assert_eq!((error.kind(), error.offset()), (HeaderErrorKind::Encoding, 6));
    let error = message.subject().next().unwrap().unwrap_err();
    assert_eq!((error.kind(), error.offset()), (HeaderErrorKind::ControlCharacter, 33));
    let error = message.date_time().unwrap_err();
    assert_eq!(
        error.to_string(),
        "DateTime: not a date and time of the years 0000 to 9999 at byte 47 (RFC 3339 section 5.6)"
    );
    let error = message.cc().next().unwrap().unwrap_err();
    assert_eq!(error.kind(), HeaderErrorKind::Malformed(ValueKind::Parameter));
    assert_eq!(error.offset(), 59);
    assert_eq!(message.to().next().unwrap().unwrap().uri().as_str(), "im:c@d");
}

#[test]
fn two_senders_are_none() {
    let message = with_headers("From: <im:a@b>\r\nFrom: <im:boss@b>\r\n");
    let error = message.from().unwrap_err();
    assert_eq!((error.kind(), error.offset()), (HeaderErrorKind::Repeated, 16));
}

#[test]
fn escapes_are_undone_in_text_and_kept_in_values() {
    let message = with_headers("Subject: a\\tb \\u00e9 \\\\ \\x\r\n");
    let subject = message.subject().next().unwrap().unwrap();
    assert_eq!(subject.text(), "a\tb é \\ x");
    let header = message.headers().next().unwrap();
    assert_eq!(header.value().unwrap(), "a\\tb \\u00e9 \\\\ \\x");
    assert_eq!(header.raw(), b"Subject: a\\tb \\u00e9 \\\\ \\x");
}

#[test]
fn a_header_belongs_to_the_namespace_that_its_prefix_has_where_it_stands() {
    let message = with_headers(
        "a.X: 0\r\nNS: a <urn:one:1>\r\na.X: 1\r\nNS: a <urn:two:2>\r\na.X: 2\r\nNS: a <broken\r\na.X: 3\r\n",
    );
    let namespaces: Vec<_> = message
        .headers_written("a.X")
        .map(|header| header.namespace())
        .collect();
    assert_eq!(
        namespaces,
        [None, Some("urn:one:1"), Some("urn:two:2"), Some("urn:two:2")]
    );
    assert_eq!(oddities(&message), [(OddityKind::UndeclaredPrefix, 0)]);
    assert_eq!(message.ns().filter(Result::is_ok).count(), 2);
    let error = message.ns().nth(2).unwrap().unwrap_err();
    assert_eq!(
        (error.kind(), error.offset()),
        (HeaderErrorKind::Malformed(ValueKind::Namespace), 75)
    );
}

#[test]
fn the_core_headers_may_have_a_prefix_and_lose_their_names_to_another_default() {
    let message = with_headers(
        "NS: c <urn:ietf:params:cpim-headers:>\r\nc.From: <im:a@b>\r\nNS: <urn:other:x>\r\nTo: <im:c@d>\r\n\
         c.To: <im:e@f>\r\n",
    );
    assert_eq!(message.from().unwrap().unwrap().uri().as_str(), "im:a@b");
    let to: Vec<_> = message.to().map(|to| to.unwrap().to_string()).collect();
    assert_eq!(to, ["<im:e@f>"]);
    let other = ExpandedName::new("urn:other:x", "To");
    assert_eq!(message.headers_named(other).count(), 1);
}

#[test]
fn requirements_resolve_where_they_stand() {
    let message = with_headers(
        "Require: x.Late\r\nNS: x <urn:x:y>\r\nRequire: x.Vital, Subject ,Unheard-Of,from\r\nNS: x <urn:z:z>\r\n",
    );
    let requirements = message.require().unwrap();
    let resolved: Vec<_> = requirements.iter().map(|item| (item.namespace, item.name)).collect();
    let core = Some(cpim::CORE_NAMESPACE);
    assert_eq!(
        resolved,
        [
            (None, "Late"),
            (Some("urn:x:y"), "Vital"),
            (core, "Subject"),
            (core, "Unheard-Of"),
            (core, "from")
        ]
    );
    let known = [
        ExpandedName::new("urn:x:y", "Vital"),
        ExpandedName::new("urn:x:y", "Late"),
    ];
    let error = message.unsupported_requirements(&known).unwrap_err();
    assert_eq!(
        error.to_string(),
        "requires what is not understood: x.Late, Unheard-Of, from (RFC 3862 section 3.5)"
    );
}

#[test]
fn a_require_header_that_cannot_be_read_may_require_anything() {
    let message = with_headers("Require: a b\r\n");
    assert!(matches!(
        message.unsupported_requirements(&[]),
        Err(UnsupportedRequirements::Malformed(error)) if error.offset() == 11
    ));
}

#[test]
fn the_layouts_are_told_apart() {
    let joined = read("From: <im:a@b>\r\nContent-Type: text/plain\r\nContent-ID: <1>\r\n\r\nhi");
    assert_eq!(joined.layout(), Layout::Joined);
    assert_eq!((joined.headers().len(), joined.mime_headers().len()), (1, 2));
    assert_eq!(joined.content(), b"hi");

    let folded = read("From: <im:a@b>\r\nContent-Type: multipart/mixed;\r\n boundary=b\r\n\r\n--b\r\n");
    assert_eq!(folded.content_type().unwrap().parameter("boundary"), Some("b"));
    let value = folded.mime_header("Content-Type").unwrap().value().unwrap();
    assert_eq!(value, "multipart/mixed; boundary=b");

    let bare = read("\r\nContent-Type: text/plain\r\n\r\nhi");
    assert_eq!((bare.layout(), bare.headers().len()), (Layout::Separated, 0));
    assert_eq!(oddities(&bare), []);
}

#[test]
fn what_is_valid_is_read_as_such_although_another_layout_fits() {
    let message = read("Content-Note: x\r\nContent-Type: y\r\nTo: <im:c@d>\r\n\r\nContent-Type: text/html\r\n\r\nhi");
    assert_eq!(message.layout(), Layout::Separated);
    assert_eq!(message.headers().len(), 3);
    assert_eq!(message.content_type().unwrap().essence(), "text/html");

    let joined_in_joined = "To: <im:c@d>\r\nContent-Type: Message/CPIM\r\n\r\n\
                            From: <im:a@b>\r\nContent-Type: text/plain\r\n\r\nhi";
    let outer = read(joined_in_joined);
    assert!(outer.content_type().unwrap().is_message_cpim());
    let inner = Message::parse(outer.content_bytes()).unwrap();
    assert_eq!(inner.text(), Some("hi"));
}

#[test]
fn stray_empty_lines_and_entity_headers_are_told() {
    let message = read("\r\n\r\nFrom: <im:a@b>\r\n\r\n\r\nContent-Type: text/plain\r\n\r\n\r\nhi");
    assert_eq!(
        oddities(&message),
        [(OddityKind::LeadingEmptyLine, 0), (OddityKind::ExtraEmptyLine, 22)]
    );
    assert_eq!(message.content(), b"\r\nhi");

    let entity =
        "MIME-Version: 1.0\r\nContent-Type: message/cpim\r\n\r\nFrom: <im:a@b>\r\nContent-Type: text/plain\r\n\r\nhi";
    let message = read(entity);
    assert_eq!(oddities(&message), [(OddityKind::EntityHeaders, 0)]);
    assert_eq!(message.layout(), Layout::Joined);
    assert_eq!(message.entity_headers().len(), 2);
    assert_eq!(message.text(), Some("hi"));
}

#[test]
fn spacing_and_content_length_are_told() {
    let message = read("From:<im:a@b>\r\nSubject: x \r\n\r\nContent-Type: text/plain\r\nContent-Length: 002\r\n\r\nhi");
    assert_eq!(oddities(&message), [(OddityKind::HeaderSpacing, 0)]);
    assert_eq!(message.from().unwrap().unwrap().uri().as_str(), "im:a@b");
    assert_eq!(message.subject().next().unwrap().unwrap().text(), "x");

    let message = with_headers("From:  <im:a@b>\r\nSubject: \r\n");
    assert_eq!(oddities(&message), []);
    let message = read("\r\nContent-Type: text/plain\r\nContent-Length: 99999999999999999999\r\n\r\nhi");
    assert_eq!(oddities(&message), [(OddityKind::ContentLength, 28)]);
    assert_eq!(message.content(), b"hi");
}

#[test]
fn text_is_what_can_be_shown_as_it_is() {
    let text = |headers: &str, content: &[u8]| {
        let head = format!("\r\nContent-Type: {headers}\r\n\r\n");
        read([head.as_bytes(), content].concat()).text().map(str::to_owned)
    };
    assert_eq!(text("text/plain", "안녕".as_bytes()).as_deref(), Some("안녕"));
    assert_eq!(text("text/html; charset=UTF-8", b"x").as_deref(), Some("x"));
    assert_eq!(
        text("text/plain\r\nContent-Transfer-Encoding: 8bit", b"x").as_deref(),
        Some("x")
    );
    assert_eq!(text("text/plain; charset=iso-8859-1", b"x"), None);
    assert_eq!(text("text/plain\r\nContent-Transfer-Encoding: base64", b"eA=="), None);
    assert_eq!(text("text/plain", b"\xff"), None);
    assert_eq!(text("application/json", b"{}"), None);
    assert_eq!(text("text", b"x"), None);
}

#[test]
fn two_content_types_are_none() {
    let message = read("\r\nContent-Type: text/plain\r\nContent-Type: text/html\r\n\r\nhi");
    assert_eq!(message.content_type().unwrap_err().kind(), HeaderErrorKind::Repeated);
}

#[test]
fn what_is_no_message_is_refused_where_it_fails() {
    use ParseErrorKind as Kind;
    for (bytes, kind, offset) in [
        ("", Kind::MissingContent, 0),
        ("\r\n", Kind::MissingContent, 2),
        ("\r\n\r\n\r\n", Kind::MissingContent, 6),
        ("hello", Kind::UnterminatedLine, 0),
        ("hello\r\n\r\n", Kind::MissingColon, 0),
        ("From: <im:a@b>\r\n", Kind::MissingContent, 16),
        ("From: <im:a@b>\r\n\r\n", Kind::MissingContent, 18),
        ("From: <im:a@b>\r\n\r\n\r\n", Kind::MissingContent, 20),
        ("From: <im:a@b>\r\n\r\nhi\r\n", Kind::MimeHeader, 18),
        (
            "From: <im:a@b>\r\n\r\nContent-ID: <1>\r\n\r\nhi",
            Kind::MissingContentType,
            18,
        ),
        (
            "From: <im:a@b>\r\n\r\nContent-Type: text/plain",
            Kind::UnterminatedLine,
            18,
        ),
        ("From: <im:a@b>\r\n\r\n folded: x\r\n\r\n", Kind::FoldedHeader, 18),
        (
            "From: <im:a@b>\r\n\r\n: x\r\nContent-Type: a/b\r\n\r\n",
            Kind::MimeHeader,
            18,
        ),
        ("From: <im:a@b>\nTo: <im:c@d>\n", Kind::BareLineEnd, 14),
        ("Subject: x\rFrom: <im:a@b>\r\n", Kind::BareLineEnd, 10),
        ("From: <im:a@b>\r", Kind::BareLineEnd, 14),
        ("From : <im:a@b>\r\n\r\n", Kind::HeaderName, 4),
        (": x\r\n\r\n", Kind::HeaderName, 0),
        ("a.b.c: x\r\n\r\n", Kind::HeaderName, 3),
        ("Subject: a\r\n b\r\n\r\n", Kind::FoldedHeader, 12),
        (" From: x\r\n\r\n", Kind::FoldedHeader, 0),
        ("Content-Type: text/plain\r\n\r\nhi", Kind::MimeEntity, 0),
        ("Content-Type: text/plain\r\n", Kind::MimeEntity, 0),
        ("Content-Type: message/cpim\r\n", Kind::MissingContent, 28),
        ("Content-Type: text/plain\r\nX-Mailer: x\r\n\r\nhi", Kind::MimeEntity, 0),
        (
            "Content-Type: message/cpim\r\n\r\nContent-Type: message/cpim\r\n\r\n",
            Kind::MimeEntity,
            30,
        ),
    ] {
        let error = Message::parse(bytes).unwrap_err();
        assert_eq!((error.kind(), error.offset()), (kind, offset), "{bytes:?}");
    }
    let error = Message::parse("From: <im:a@b>\n").unwrap_err();
    assert_eq!(
        error.to_string(),
        "CR or LF outside a CRLF at byte 14 (RFC 3862 section 2.2)"
    );
}

#[test]
fn limits_hold_and_are_named() {
    use ParseErrorKind as Kind;
    let mut limits = Limits::default();
    (limits.message, limits.headers, limits.mime_headers, limits.namespace) = (110, 2, 1, 9);
    let refused = |bytes: String| {
        let error = Message::parse_with(bytes, &limits).unwrap_err();
        (error.kind(), error.offset())
    };
    assert!(Message::parse_with(format!("A: b\r\nA: b\r\n{TEXT}"), &limits).is_ok());
    assert_eq!(
        refused(format!("A: b\r\nA: b\r\nA: b\r\n{TEXT}")),
        (Kind::TooManyHeaders { limit: 2 }, 12)
    );
    assert_eq!(
        refused("A: b\r\nA: b\r\nA: b\r\nA: b\r\n\r\n".to_owned()),
        (Kind::TooManyHeaders { limit: 2 }, 18)
    );
    assert_eq!(
        refused("A: b\r\n\r\nContent-Type: a/b\r\nContent-ID: <1>\r\n\r\n".to_owned()),
        (Kind::TooManyMimeHeaders { limit: 1 }, 27)
    );
    assert_eq!(
        refused("A: b\r\nContent-Type: a/b\r\nContent-ID: <1>\r\n\r\n".to_owned()),
        (Kind::TooManyMimeHeaders { limit: 1 }, 25)
    );
    assert!(Message::parse_with(format!("NS: <urn:a:123>\r\n{TEXT}"), &limits).is_ok());
    assert_eq!(
        refused(format!("NS: <urn:a:1234>\r\n{TEXT}")),
        (Kind::NamespaceTooLong { limit: 9 }, 5)
    );
    assert_eq!(refused("x".repeat(111)), (Kind::TooLong { limit: 110 }, 110));
}

/// Each would take minutes if a step of the reader were quadratic in it.
#[test]
fn a_large_hostile_message_takes_linear_time() {
    let fill = |piece: &str| piece.repeat(1_000_000 / piece.len());
    let mime = |value: String| format!("\r\nContent-Type: {value}\r\n\r\n");
    for bytes in [
        with(&format!("Require: {}", fill("a,"))),
        with(&format!("Require: {}a", fill("a."))),
        with(&format!("From: {}", fill("\\"))),
        with(&format!("From: {}", fill("\""))),
        with(&format!("From: {}", fill("<"))),
        with(&format!("From:{}", fill(";a=b"))),
        with(&format!("From:;a=\"{}", fill("\\\""))),
        with(&format!("Subject: {}", fill("\\ud83d"))),
        with(&format!("NS: {}", fill("a"))),
        mime(fill("(")),
        mime(fill("a/b;")),
        mime(fill("a/b;c=\"")),
        mime(fill("\r\n ")),
        fill("\r\n"),
        fill(" \r\n"),
        fill("\r\n\r"),
    ] {
        let Ok(message) = Message::parse(bytes) else {
            continue;
        };
        let _ = (
            message.from(),
            message.date_time(),
            message.content_type(),
            message.text(),
        );
        let _ = (message.to().count(), message.subject().count(), message.ns().count());
        let _ = message.unsupported_requirements(&[]);
    }
}

fn with(header: &str) -> String {
    format!("{header}\r\n{TEXT}")
}
