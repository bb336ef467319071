use super::*;

/// The events in short, or the error.
fn read(document: &[u8]) -> Result<String, Error> {
    let mut reader = Reader::new(document, &Limits::default())?;
    let mut events = String::new();
    loop {
        match reader.next()? {
            Event::Start(tag) => {
                events += &format!("<{}", reader.name(&tag.name));
                for attribute in &reader.attributes {
                    events += &format!(" {}={:?}", reader.name(&attribute.name), attribute.value);
                }
                events += ">";
            }
            Event::Comment(_) | Event::Instruction { .. } => {}
            Event::Text(text) => events += &text,
            Event::End => events += "</>",
            Event::Eof => return Ok(events),
        }
    }
}

#[track_caller]
fn refuse(document: &str, expected: &str) {
    let error = read(document.as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), expected, "{document}");
}

#[test]
fn names_are_resolved() {
    let document =
        r#"<p:a xmlns:p="urn:1" xmlns="urn:2" p:x="1" x="2"><b xmlns=""><p:c xmlns:p="urn:3"/></b><b/></p:a>"#;
    assert_eq!(
        read(document.as_bytes()).unwrap(),
        r#"<{urn:1}a {urn:1}x="1" x="2"><b><{urn:3}c></></><{urn:2}b></></>"#
    );
    assert_eq!(
        read(b"<a xml:lang='en'/>").unwrap(),
        r#"<a {http://www.w3.org/XML/1998/namespace}lang="en"></>"#
    );
}

#[test]
fn text_is_what_was_meant() {
    let document = "\u{FEFF}<?xml version='1.0' encoding=\"utf-8\" standalone='yes'?>\r\n<!-- c --><?pi x?>\n\
        <a k='a&#10;b\tc\r\nd&quot;&#x20;'>1 &lt;<!-- - -->2&#x33;<![CDATA[<&amp;]]]]>\r\n4\r5</a >\n<!--end-->\n";
    assert_eq!(
        read(document.as_bytes()).unwrap(),
        "<a k=\"a\\nb c d\\\" \">1 <23<&amp;]]\n4\n5</>"
    );
}

#[test]
fn what_is_not_well_formed_is_named() {
    refuse(
        "",
        "line 1, column 1 (byte 0): expected the root element, found the end of the document",
    );
    refuse(" x", "line 1, column 2 (byte 1): expected the root element, found x");
    refuse(
        "&amp;<a/>",
        "line 1, column 1 (byte 0): expected the root element, found &amp;",
    );
    refuse(
        "<a/>\n<b/>",
        "line 2, column 1 (byte 5): expected the end of the document, found <b/>",
    );
    refuse(
        "<a/><![CDATA[]]>",
        "line 1, column 5 (byte 4): expected the end of the document, found <![CDATA[]]>",
    );
    refuse(
        "<a>\n<b>\n</a>",
        "line 3, column 1 (byte 8): expected `</b>`, found `</a>`",
    );
    refuse(
        "<a><b/>",
        "line 1, column 8 (byte 7): expected `</a>`, found the end of the document",
    );
    refuse(
        "</a>",
        "line 1, column 1 (byte 0): expected the root element, found `</a>`",
    );
    refuse(
        "<a",
        "line 1, column 1 (byte 0): expected `>` at the end of this tag, found <a",
    );
    refuse("<1/>", "line 1, column 2 (byte 1): expected an element's name, found 1");
    refuse(
        "< a/>",
        "line 1, column 2 (byte 1): expected an element's name, found nothing",
    );
    refuse(
        "<a b='1'c='2'/>",
        "line 1, column 9 (byte 8): expected white space before the attribute, found c='2'",
    );
    refuse(
        "<a b/>",
        "line 1, column 5 (byte 4): expected `=` and a value after the attribute's name, found the end of the tag",
    );
    refuse(
        "<a b='1' b='2'/>",
        "line 1, column 10 (byte 9): expected each attribute once, found b",
    );
    refuse(
        "<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>",
        "line 1, column 36 (byte 35): expected each attribute once, found q:b",
    );
    refuse(
        "<a b='<'/>",
        "line 1, column 7 (byte 6): expected `&lt;`, found `<` in an attribute's value",
    );
    refuse(
        "<a b='&x'/>",
        "line 1, column 7 (byte 6): expected `;` at the end of the reference, found &x",
    );
    refuse(
        "<p:a/>",
        "line 1, column 2 (byte 1): expected a declared namespace prefix, found `p`",
    );
    refuse(
        "<a>]]></a>",
        "line 1, column 4 (byte 3): expected `]]&gt;`, found `]]>` in text",
    );
    refuse(
        "<a>&nbsp;</a>",
        "line 1, column 4 (byte 3): expected one of the five predefined entities, found &nbsp;",
    );
    refuse(
        "<a>&#0;</a>",
        "line 1, column 4 (byte 3): expected a reference to a character that XML allows, found &#0;",
    );
    refuse(
        "<a>a & b</a>",
        "line 1, column 6 (byte 5): expected `&amp;`, or `;` at the end of the reference, found & b</a>",
    );
    refuse(
        "<a><!-- -- --></a>",
        "line 1, column 9 (byte 8): expected `-->` after `--` in a comment, found another `--`",
    );
    refuse(
        "<a>\x01</a>",
        "line 1, column 4 (byte 3): expected a character that XML allows, found U+0001",
    );
    refuse(
        " <?xml version='1.0'?><a/>",
        "line 1, column 2 (byte 1): expected the XML declaration at the very start only, found <?xml version='1.0'?>",
    );
    refuse(
        "<?xml encoding='UTF-8'?><a/>",
        "line 1, column 7 (byte 6): expected version=\"1.0\", then encoding, then standalone=\"yes\" or \"no\", found encoding=\"UTF-8\"",
    );
    refuse(
        "<?xml?><a/>",
        "line 1, column 1 (byte 0): expected version=\"1.0\" in the XML declaration, found <?xml?>",
    );
    refuse(
        "<?xml version='1.0'/>?><a/>",
        "line 1, column 20 (byte 19): expected `?>` at the end of the XML declaration, found />",
    );
    refuse(
        "<?xml version='1.0' > x='1' ?><a/>",
        "line 1, column 21 (byte 20): expected `?>` at the end of the XML declaration, found > x='1' ",
    );
    refuse(
        "<??><a/>",
        "line 1, column 1 (byte 0): expected the name of a processing instruction, found <??>",
    );
    refuse(
        "<!DOCTYPE a><a/>",
        "line 1, column 1 (byte 0): a document type declaration is refused",
    );
    refuse(
        "<!DOCTYPE a [",
        "line 1, column 1 (byte 0): a document type declaration is refused",
    );
}

#[test]
fn reserved_declarations_are_refused() {
    for document in [
        "<a xmlns:xmlns='u'/>",
        "<a xmlns:p='http://www.w3.org/2000/xmlns/'/>",
        "<a xmlns:xml='u'/>",
        "<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>",
        "<a xmlns:p=''/>",
        "<a xmlns:='u'/>",
        "<a xmlns:1='u'/>",
        "<a xmlns='u' xmlns='u'/>",
    ] {
        assert!(read(document.as_bytes()).is_err(), "{document}");
    }
    assert!(read(b"<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>").is_ok());
}

#[test]
fn other_encodings_are_named() {
    let encoding = |document: &[u8]| match read(document).unwrap_err().kind() {
        ErrorKind::Encoding { found } => found.clone(),
        other => panic!("{other}"),
    };
    assert_eq!(
        encoding(b"<?xml version='1.0' encoding='ISO-8859-1'?><a/>"),
        "ISO-8859-1"
    );
    assert_eq!(encoding(b"\xFF\xFE<\0a\0/\0>\0"), "UTF-16 or UTF-32");
    assert_eq!(encoding(b"\0<\0a\0/\0>"), "UTF-16 or UTF-32");
    assert_eq!(
        encoding(b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE9</a>"),
        "ISO-8859-1"
    );
    assert_eq!(encoding(b"<a>\xE9</a>"), "the byte 0xE9 out of place");
}
