//! What an attacker sends is refused, for the right reason. That it costs no more than linear time is measured in
//! `benches/`; what is not linear would keep these tests, at their sizes, from ending at all.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use pidf::{Document, ErrorKind, Format, Limits};

fn refuse(document: &str) -> ErrorKind {
    let error = Document::parse(document.as_bytes(), &Limits::default()).unwrap_err();
    error.kind().clone()
}

#[track_caller]
fn refuse_limit(document: &str, expected: &str) {
    match refuse(document) {
        ErrorKind::Limit { what, .. } => assert_eq!(what, expected),
        other => panic!("{other}"),
    }
}

/// A document with this in the root.
fn presence(content: &str) -> String {
    format!(
        "<presence xmlns=\"{}\" xmlns:x=\"urn:x\" entity=\"pres:a@example.test\">{content}</presence>",
        Format::Pidf.namespace()
    )
}

#[test]
fn deep_nesting() {
    let depth = 10_000;
    let nested = format!("{}{}", "<x:a>".repeat(depth), "</x:a>".repeat(depth));
    refuse_limit(&presence(&nested), "levels of nesting");
    refuse_limit(&"<a>".repeat(depth), "levels of nesting");
    // Also where a caller asks for more than a stack can take.
    let mut limits = Limits::default();
    limits.depth = usize::MAX;
    let error = Document::parse(presence(&nested).as_bytes(), &limits).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Limit { limit: 128, .. }));
    let nested = format!("{}{}", "<x:a>".repeat(127), "</x:a>".repeat(127));
    let document = Document::parse(presence(&nested).as_bytes(), &limits).unwrap();
    let innermost = nested.replace("<x:a></x:a>", "<x:a/>");
    assert!(document.normalized().to_string().contains(&innermost));
    // The readers of typed documents need more of it.
    let lists = format!("{}{}", "<list>".repeat(127), "</list>".repeat(127));
    let lists = format!(
        "<resource-lists xmlns=\"{}\">{lists}</resource-lists>",
        pidf::resource_lists::NAMESPACE
    );
    let lists = pidf::resource_lists::ResourceLists::parse(lists.as_bytes(), &limits).unwrap();
    assert_eq!(lists.write().matches("<list").count(), 127);
}

#[test]
fn entities() {
    let laughs: String = (1..10)
        .map(|level| {
            let inner = format!("&lol{};", level - 1).repeat(10);
            format!("<!ENTITY lol{level} \"{inner}\">")
        })
        .collect();
    let document = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE presence [<!ENTITY lol0 \"lol\">{laughs}]>{}",
        presence("<note>&lol9;</note>")
    );
    assert_eq!(refuse(&document), ErrorKind::Dtd);
    let external = "<!DOCTYPE presence SYSTEM \"file:///etc/passwd\">";
    assert_eq!(refuse(&format!("{external}{}", presence(""))), ErrorKind::Dtd);
    assert!(matches!(
        refuse(&presence("<note>&lol9;</note>")),
        ErrorKind::Entity { name } if name == "lol9"
    ));
}

#[test]
fn many_attributes() {
    let attributes: String = (0..100_000).map(|index| format!(" a{index}=''")).collect();
    refuse_limit(&presence(&format!("<x:a{attributes}/>")), "attributes");
    refuse_limit(&format!("<presence{attributes}/>"), "attributes");
    let declarations: String = (0..30_000).map(|index| format!(" xmlns:p{index}='u'")).collect();
    refuse_limit(&presence(&format!("<x:a{declarations}/>")), "attributes");
    // Just within the limit, everywhere.
    let attributes: String = (0..128).map(|index| format!(" a{index}=''")).collect();
    let elements = format!("<x:a{attributes}/>").repeat(900);
    assert!(Document::parse(presence(&elements).as_bytes(), &Limits::default()).is_ok());
}

#[test]
fn many_elements() {
    refuse_limit(&presence(&"<x:a/>".repeat(100_000)), "elements");
    refuse_limit(&presence(&"<tuple/>".repeat(1 << 20)), "bytes");
}

#[test]
fn many_and_long_namespaces() {
    let elements: String = (0..1_000).map(|index| format!("<a xmlns='urn:{index}'/>")).collect();
    refuse_limit(&presence(&elements), "namespaces");
    let long = "u".repeat(100_000);
    refuse_limit(&presence(&format!("<a xmlns='{long}'/>")), "bytes in a namespace");
    // A long namespace is not multiplied by the elements whose values seem to use its prefix.
    let declarations: String = (0..100)
        .map(|index| format!(" xmlns:{}{index}='{}'", "p".repeat(4), "u".repeat(900)))
        .collect();
    let mentions: String = (0..100).map(|index| format!("pppp{index}: ")).collect();
    let elements = format!("<x:a>{mentions}</x:a>").repeat(900);
    let document = presence(&elements).replacen(" entity", &format!("{declarations} entity"), 1);
    refuse_limit(&document, "bytes of inherited namespace declarations");
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
        ("<a><![CDATA[", "]>"),
        ("<!DOCTYPE a [", "<!ENTITY "),
        ("<?", "?"),
        ("<", "a:"),
        ("</", "a"),
        ("<a>", ":a"),
        ("", "<"),
        ("", ">"),
        ("<a>", "\r"),
        ("<a b='", "\r"),
    ] {
        let length = (1 << 20) - begin.len();
        let document = begin.to_owned() + &repeated.repeat(length / repeated.len());
        refuse(&document);
        // The same where it is inside an extension, so that it reaches the document's own code.
        let inside = presence("").replace("</presence>", "<x:e>") + begin + &repeated.repeat(300_000);
        refuse(&inside);
    }
}
