use super::*;

/// The events in short.
fn read(document: impl AsRef<[u8]>) -> Result<String, DocumentError> {
    let mut limits = Limits::default();
    (
        limits.document_depth,
        limits.document_attributes,
        limits.document_namespaces,
    ) = (4, 3, 3);
    let mut reader = Reader::new(document.as_ref(), &limits)?;
    let mut events = String::new();
    loop {
        match reader.next()? {
            Event::Start(element) => events += &format!("<{{{}}}{}>", element.namespace, element.local),
            Event::Text(text) => events += &text,
            Event::End => events += "</>",
            Event::Eof => return Ok(events),
        }
    }
}

#[test]
fn names_are_resolved_where_they_stand() {
    assert_eq!(
        read(r#"<p:a xmlns:p="urn:1" xmlns="urn:2"><b xmlns=""/><c xmlns:p='urn:3'><p:d/></c ><p:e/></p:a>"#).unwrap(),
        "<{urn:1}a><{}b></><{urn:2}c><{urn:3}d></></><{urn:1}e></></>"
    );
}

#[test]
fn text_is_what_was_meant() {
    let document = "\u{feff}<?xml version='1.0' encoding=\"utf-8\" standalone='no' ?>\r\n<!-- c --><?pi x?>\n\
        <a k='x&#10;\t&quot;>'>1 &lt;<!-- - -->2&#x33;<![CDATA[<&amp;]]]]>\r\n4\r5</a >\n<!--end-->\n";
    assert_eq!(read(document).unwrap(), "<{}a>1 <23<&amp;]]\n4\n5</>");
    let mut reader = Reader::new(b"<a xml:lang='e&#110;&#10;\r\n'>x<b>y</b>z</a>", &Limits::default()).unwrap();
    let Ok(Event::Start(element)) = reader.next() else {
        panic!("it begins")
    };
    assert_eq!(element.lang.as_deref(), Some("en\n "));
    assert_eq!(reader.text().unwrap(), "xz");
    assert!(reader.finish().is_ok());
}

#[test]
fn references_name_characters_that_xml_allows() {
    let document = |name: &str, around: (&str, &str)| format!("<a{}é&{name};{}a>", around.0, around.1);
    for (name, c) in [
        ("lt", '<'),
        ("amp", '&'),
        ("quot", '"'),
        ("#65", 'A'),
        ("#x1F600", '\u{1f600}'),
        ("#x0000000041", 'A'),
    ] {
        let text = document(name, (">", "</"));
        assert_eq!(read(&text).unwrap(), format!("<{{}}a>é{c}</>"), "{name}");
        let attribute = document(name, (" xml:lang='", "'></"));
        let mut reader = Reader::new(attribute.as_bytes(), &Limits::default()).unwrap();
        let Ok(Event::Start(element)) = reader.next() else {
            panic!("it begins with {attribute}")
        };
        assert_eq!(element.lang, Some(format!("é{c}").into()), "{name}");
    }
    for (name, kind) in [
        ("", DocumentErrorKind::Malformed(REFERENCE)),
        ("#", DocumentErrorKind::Malformed(REFERENCE)),
        ("#x", DocumentErrorKind::Malformed(REFERENCE)),
        ("#0", DocumentErrorKind::Malformed(REFERENCE)),
        ("#1", DocumentErrorKind::Malformed(REFERENCE)),
        ("#xD800", DocumentErrorKind::Malformed(REFERENCE)),
        ("#x110000", DocumentErrorKind::Malformed(REFERENCE)),
        ("#99999999999", DocumentErrorKind::Malformed(REFERENCE)),
        ("#+65", DocumentErrorKind::Malformed(REFERENCE)),
        ("#x+41", DocumentErrorKind::Malformed(REFERENCE)),
        ("#X41", DocumentErrorKind::Malformed(REFERENCE)),
        ("#xFFFE", DocumentErrorKind::Malformed(REFERENCE)),
        ("nb sp", DocumentErrorKind::Malformed(REFERENCE)),
        ("nbsp", DocumentErrorKind::Entity),
    ] {
        let text = read(document(name, (">", "</"))).unwrap_err();
        assert_eq!((text.kind(), text.column()), (kind, 5), "{name}");
        let attribute = read(document(name, (" b='", "'></"))).unwrap_err();
        assert_eq!(attribute.kind(), kind, "{name}");
        assert!((7..=8).contains(&attribute.column()), "{name}: {attribute}");
    }
    let many = format!("<a b='{}'/>", "&lt;".repeat(1000));
    assert!(read(many).is_ok());
}

#[test]
fn what_is_not_well_formed_is_located() {
    for (document, expected, line, column) in [
        ("", "the root element", 1, 1),
        ("x<a/>", "the root element", 1, 1),
        ("\u{feff}\u{feff}<a/>", "the root element", 1, 1),
        ("\u{feff}<a/>x", "the end of the document", 1, 5),
        ("<![CDATA[x]]><a/>", "the root element", 1, 1),
        ("<a/>\n x", "the end of the document", 2, 2),
        ("<a/><b/>", "the end of the document", 1, 5),
        ("<a/><![CDATA[]]>", "the end of the document", 1, 5),
        ("<a/>&lt;", "the end of the document", 1, 5),
        ("</a>", "the end tag of the element that began last", 1, 1),
        ("<a>\r\n é<b></a>", "the end tag of the element that began last", 2, 6),
        ("<a></a", "the end tag of the element that began last", 1, 4),
        ("<a></a'></a>", "the end tag of the element that began last", 1, 4),
        ("<a></ a>", "the end tag of the element that began last", 1, 4),
        ("<a>", "an end tag", 1, 4),
        ("<1/>", "the name of an element", 1, 2),
        ("< a/>", "the name of an element", 1, 2),
        ("<a:b:c/>", "the name of an element", 1, 2),
        ("<p:a/>", "a declared namespace prefix", 1, 2),
        ("<a p:b=''/>", "a declared namespace prefix", 1, 4),
        ("<a", "an attribute after white space, or the end of the tag", 1, 3),
        (
            "<a b='1'c='2'/>",
            "an attribute after white space, or the end of the tag",
            1,
            9,
        ),
        ("<a b/>", "`=` and a value in quotes", 1, 5),
        ("<a b=1/>", "`=` and a value in quotes", 1, 6),
        ("<a b='/>", "a closing quote", 1, 9),
        ("<a b='<'/>", "`&lt;` in the value of an attribute", 1, 7),
        ("<a 1=''/>", "the name of an attribute", 1, 4),
        ("<a b='' b=''/>", "each attribute once", 1, 9),
        ("<a xmlns='u' xmlns='v'/>", "each attribute once", 1, 14),
        ("<a xmlns:p='u' xmlns:q='u' p:b='' q:b=''/>", "a limit", 1, 35),
        (
            "<a xmlns:p='u' xmlns:q='u'><b p:b='' q:b=''/></a>",
            "each attribute once",
            1,
            38,
        ),
        ("<a xmlns:p=''/>", "a namespace that can be declared", 1, 4),
        ("<a xmlns:xml='u'/>", "a namespace that can be declared", 1, 4),
        ("<a xmlns:xmlns='u'/>", "a namespace that can be declared", 1, 4),
        ("<a>]]></a>", "`]]&gt;`", 1, 4),
        ("<a>& </a>", "`&amp;`, or `;` at the end of the reference", 1, 4),
        ("<a>&#0;</a>", "a reference to a character that XML allows", 1, 4),
        (
            "<a><!-- -- --></a>",
            "a comment that `-->` ends, without `--` in it",
            1,
            4,
        ),
        ("<a><![CDATA[</a>", "`]]>` after this", 1, 4),
        ("<a>\u{1}</a>", "a character that XML allows", 1, 4),
        (
            " <?xml version='1.0'?><a/>",
            "the name of a processing instruction",
            1,
            2,
        ),
        (
            "<?xml encoding='UTF-8'?><a/>",
            "version=\"1.0\", then encoding, then standalone",
            1,
            7,
        ),
        (
            "<?xml version='1.0' x='y'?><a/>",
            "version=\"1.0\", then encoding, then standalone",
            1,
            21,
        ),
        ("<?xml ?><a/>", "version=\"1.0\" in the XML declaration", 1, 1),
        ("<?pi <a/>", "`?>` after this", 1, 1),
    ] {
        let error = read(document).unwrap_err();
        match error.kind() {
            DocumentErrorKind::Malformed(found) => assert_eq!(found, expected, "{document}"),
            DocumentErrorKind::Limit { .. } => assert_eq!("a limit", expected, "{document}"),
            other => panic!("{document}: {other}"),
        }
        assert_eq!((error.line(), error.column()), (line, column), "{document}");
    }
}

#[test]
fn entities_types_encodings_and_excess_are_refused() {
    use DocumentErrorKind as Kind;
    for (document, kind) in [
        (&b"<a>&nbsp;</a>"[..], Kind::Entity),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", Kind::DocumentType),
        (b"<?xml version='1.0' encoding='ISO-8859-1'?><a/>", Kind::Encoding),
        (b"<a>\xe9</a>", Kind::Encoding),
        (b"\xff\xfe<\0a\0", Kind::Encoding),
        (
            b"<a><a><a><a><a>",
            Kind::Limit {
                what: "levels of nesting",
                limit: 4,
            },
        ),
        (
            b"<a b='' c='' d='' e=''/>",
            Kind::Limit {
                what: "attributes",
                limit: 3,
            },
        ),
        (
            b"<a xmlns:b='b' xmlns:c='c'><d xmlns:e='e' xmlns:f='f'/></a>",
            Kind::Limit {
                what: "namespaces",
                limit: 3,
            },
        ),
    ] {
        assert_eq!(read(document).unwrap_err().kind(), kind, "{document:?}");
    }
    let long = " ".repeat(Limits::default().document + 1);
    assert!(matches!(
        read(&long).unwrap_err().kind(),
        Kind::Limit { what: "bytes", .. }
    ));
}
