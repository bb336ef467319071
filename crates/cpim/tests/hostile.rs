//! What an attacker sends is refused, for the right reason. At these sizes, a step that is not linear would keep the
//! tests from ending at all.

use miniz_oxide::deflate::compress_to_vec_zlib;

use cpim::{
    DocumentErrorKind, InflateErrorKind, Limits, Message, Multipart, ParseErrorKind, imdn::Imdn, inflate,
    is_composing::IsComposing,
};

/// With room for a megabyte, so that what is quadratic shows.
fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.document = 1 << 20;
    limits
}

/// Both readers refuse it for the same reason, whether it is the whole document or stands in one.
fn refuse(document: &str) -> DocumentErrorKind {
    let alone = Imdn::parse(document.as_bytes(), &limits())
        .expect_err("it is no document")
        .kind();
    let composing = IsComposing::parse(document.as_bytes(), &limits())
        .expect_err("it is no document")
        .kind();
    match (alone, composing) {
        (DocumentErrorKind::Root(_), DocumentErrorKind::Root(_)) => {}
        _ => assert_eq!(alone, composing),
    }
    let inside = format!("<imdn xmlns='urn:ietf:params:xml:ns:imdn'><message-id>{document}");
    Imdn::parse(inside.as_bytes(), &limits())
        .expect_err("it does not end")
        .kind()
}

#[test]
fn documents_of_the_default_size_and_no_more() {
    let document = format!("<a>{}</a>", " ".repeat(64 * 1024));
    let error = Imdn::parse(document.as_bytes(), &Limits::default()).unwrap_err();
    let kind = DocumentErrorKind::Limit {
        what: "bytes",
        limit: 64 * 1024,
    };
    assert_eq!((error.kind(), error.offset()), (kind, 64 * 1024));
}

#[test]
fn deep_nesting_and_many_attributes() {
    let nested = "<a>".repeat(100_000);
    let kind = DocumentErrorKind::Limit {
        what: "levels of nesting",
        limit: 32,
    };
    assert_eq!(refuse(&nested), kind);
    let attributes: String = (0..50_000).map(|index| format!(" a{index}=''")).collect();
    let kind = DocumentErrorKind::Limit {
        what: "attributes",
        limit: 32,
    };
    assert_eq!(refuse(&format!("<a{attributes}/>")), kind);
    let declaring = (0..20).map(|level| format!("<a xmlns:a{level}='u' xmlns:b{level}='u'>"));
    let kind = DocumentErrorKind::Limit {
        what: "namespaces",
        limit: 32,
    };
    assert_eq!(refuse(&declaring.collect::<String>()), kind);
}

#[test]
fn entities() {
    let laughs: String = (1..10)
        .map(|level| format!("<!ENTITY l{level} \"{}\">", format!("&l{};", level - 1).repeat(10)))
        .collect();
    let document = format!("<!DOCTYPE imdn [<!ENTITY l0 \"lol\">{laughs}]><imdn>&l9;</imdn>");
    assert_eq!(refuse(&document), DocumentErrorKind::DocumentType);
    assert_eq!(
        refuse("<!DOCTYPE a SYSTEM \"file:///etc/passwd\">"),
        DocumentErrorKind::DocumentType
    );
    assert_eq!(refuse("<a>&l9;</a>"), DocumentErrorKind::Entity);
}

#[test]
fn what_never_ends() {
    for (begin, repeated) in [
        ("<!--", "-"),
        ("<!--", "- >"),
        ("<a ", "a='' "),
        ("<a b='", "&amp;"),
        ("<a>", "&amp"),
        ("<a>", "&#x"),
        ("<a><![CDATA[", "]]"),
        ("<a>", "<![CDATA[]]>"),
        ("<a>", "<!---->"),
        ("<a>", "<?p?>"),
        ("<?", "?"),
        ("<", "a:"),
        ("</", "a"),
        ("<a>", "<b/>"),
        ("<a>", "<b></b>"),
        ("<a>", "]]"),
        ("", "<"),
        ("", ">"),
        ("", "\r"),
        ("<a>", "\r"),
        ("<a b='", "\r\n"),
        ("<a ", "\r\n"),
    ] {
        refuse(&(begin.to_owned() + &repeated.repeat(300_000 / repeated.len())));
    }
    // A name that is long, and met often.
    let name = "n".repeat(400_000);
    refuse(&format!("<{name} xmlns:{name}='u'>{}", "<b/>".repeat(30_000)));
    // Namespaces as long as they may be, and in force for many elements.
    let long = "u".repeat(2047);
    let elements = "<b p:c='' q:c=''/>".repeat(20_000);
    refuse(&format!("<a xmlns:p='&amp;{long}' xmlns:q='{long}v'>{elements}"));
    let kind = DocumentErrorKind::Limit {
        what: "bytes in a namespace",
        limit: 2048,
    };
    assert_eq!(refuse(&format!("<a xmlns='{long}vw'/>")), kind);
}

#[test]
fn delimiters_that_delimit_nothing() {
    for line in ["--b", "--bb\r\n", "\r\n--b", "\r\n--b ", "\r\n--b\t x", "--", "\r\n"] {
        let content = line.repeat(1_000_000 / line.len());
        match Multipart::parse(content, "b", &Limits::default()) {
            Ok(multipart) => assert!(multipart.parts().len() <= 1024),
            Err(error) => assert!(matches!(
                error.kind(),
                ParseErrorKind::Boundary | ParseErrorKind::TooManyParts { limit: 1024 }
            )),
        }
    }
    let parts = "--b\r\n".repeat(2_000);
    let error = Multipart::parse(parts, "b", &Limits::default()).unwrap_err();
    assert_eq!(error.kind(), ParseErrorKind::TooManyParts { limit: 1024 });
}

#[test]
fn bombs() {
    let bomb = compress_to_vec_zlib(&vec![b' '; 50_000_000], 9);
    let error = inflate(&bomb, &Limits::default()).unwrap_err();
    assert_eq!(error.kind(), InflateErrorKind::TooLong { limit: 1 << 20 });
    // Inside a message too, and only one layer of it.
    let head = |encoding: &str| format!("\r\nContent-Type: message/imdn+xml\r\nContent-Encoding: {encoding}\r\n\r\n");
    let message = Message::parse([head("deflate").as_bytes(), &bomb].concat()).unwrap();
    let error = message.decoded_content(&Limits::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("Content-Encoding deflate: inflates to more than"),
        "{error}"
    );
    assert!(message.imdn().notifications(&Limits::default()).is_err());
    let twice = compress_to_vec_zlib(&compress_to_vec_zlib(b"x", 6), 6);
    let message = Message::parse([head("deflate, deflate").as_bytes(), &twice].concat()).unwrap();
    let error = message.decoded_content(&Limits::default()).unwrap_err();
    assert_eq!(error.to_string(), "the Content-Encoding \"deflate\" is not known");
}

#[test]
fn encodings_of_the_content() {
    let decoded = |headers: &str, content: &[u8]| {
        let head = format!("\r\nContent-Type: text/plain\r\n{headers}\r\n");
        let message = Message::parse([head.as_bytes(), content].concat()).unwrap();
        assert_eq!(message.text().is_some(), headers.is_empty());
        message.decoded_content(&Limits::default())
    };
    let deflated = compress_to_vec_zlib(b"hi", 6);
    assert_eq!(decoded("", b"hi").unwrap(), "hi");
    assert_eq!(decoded("Content-Encoding: Deflate\r\n", &deflated).unwrap(), "hi");
    assert_eq!(
        decoded("content-encoding: identity, deflate\r\n", &deflated).unwrap(),
        "hi"
    );
    assert_eq!(decoded("Content-Encoding: identity\r\n", b"hi").unwrap(), "hi");
    let error = decoded("Content-Encoding: gzip\r\n", b"hi").unwrap_err();
    assert_eq!(error.to_string(), "the Content-Encoding \"gzip\" is not known");
}
