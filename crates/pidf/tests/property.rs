//! Writing and reading are inverse, and nothing makes the reader panic.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::time::{Duration, SystemTime};

use pidf::{
    Basic, Contact, Document, Element, Format, Limits, Name, Node, Note, Priority, Status, Timestamp, Tuple, TupleId,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::test_runner::TestCaseError;
use proptest::{prop_assert, prop_assert_eq};

use common::canonical;

/// Text with everything in it that XML allows and that has to be escaped.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ -~]{0,6}",
        "[\t\n\r&<>\"']{0,3}",
        Just("]]>".to_owned()),
        Just("\r\n".to_owned()),
        Just("&amp;".to_owned()),
        Just("p:q ns1:r".to_owned()),
        "[\u{80}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]{0,3}",
    ];
    vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

fn local() -> impl Strategy<Value = String> {
    "[a-c_\u{D55C}][a-c0-9.-]{0,2}"
}

fn uri() -> impl Strategy<Value = String> {
    "(sip|pres):[!-~\u{AC00}-\u{AC10}]{1,12}"
}

/// Few namespaces, so that they meet.
fn namespace() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("urn:x".to_owned()),
        Just("urn:y".to_owned()),
        Just("urn: \"<&>\n".to_owned()),
        Just(Format::Pidf.namespace().to_owned()),
        Just(Format::CpimPidf.namespace().to_owned()),
        Just("http://www.w3.org/XML/1998/namespace".to_owned()),
    ]
}

fn prefixed(element: Element, prefix: Option<String>) -> Element {
    match prefix {
        Some(prefix) => element.with_prefix(&prefix).unwrap(),
        None => element,
    }
}

fn prefix() -> impl Strategy<Value = Option<String>> {
    option::of(prop_oneof![
        Just("p".to_owned()),
        Just("q".to_owned()),
        Just("ns1".to_owned()),
        Just("ns2".to_owned())
    ])
}

fn bare(namespace: impl Strategy<Value = String>) -> impl Strategy<Value = Element> {
    let attributes = vec((self::namespace(), local(), text()), 0..3);
    (namespace, local(), prefix(), attributes).prop_map(|(namespace, local, prefix, attributes)| {
        let element = Element::new(&namespace, &local).unwrap();
        let element = prefixed(element, prefix);
        attributes
            .into_iter()
            .fold(element, |element, (namespace, local, value)| {
                let name = Name::new(&namespace, &local).unwrap();
                element.with_qualified_attribute(name, value).unwrap()
            })
    })
}

fn element() -> impl Strategy<Value = Element> {
    let inner = bare(namespace()).prop_recursive(3, 12, 4, |inner| {
        (bare(namespace()), vec(child(inner), 0..4)).prop_map(|(element, children)| with_children(element, children))
    });
    let foreign = prop_oneof![
        Just("urn:x".to_owned()),
        Just("urn:y".to_owned()),
        Just("urn: \"<&>\n".to_owned())
    ];
    (bare(foreign), vec(child(inner), 0..3)).prop_map(|(element, children)| with_children(element, children))
}

fn child(inner: impl Strategy<Value = Element>) -> impl Strategy<Value = Node> {
    prop_oneof![inner.prop_map(Node::Element), text().prop_map(Node::Text)]
}

fn with_children(element: Element, children: Vec<Node>) -> Element {
    children.into_iter().fold(element, |element, child| match child {
        Node::Element(child) => element.with_child(child),
        Node::Text(text) => element.with_text(&text).unwrap(),
        other => panic!("{other:?}"),
    })
}

fn note() -> impl Strategy<Value = Note> {
    (text(), option::of("[a-z]{2}(-[A-Z0-9]{1,8})?")).prop_map(|(text, lang)| {
        let note = Note::new(text).unwrap();
        match lang {
            Some(lang) => note.with_lang(lang).unwrap(),
            None => note,
        }
    })
}

fn contact() -> impl Strategy<Value = Contact> {
    (uri(), option::of(0..=1000_u16)).prop_map(|(uri, priority)| {
        let contact = Contact::new(uri).unwrap();
        match priority {
            Some(priority) => contact.with_priority(Priority::new(priority).unwrap()),
            None => contact,
        }
    })
}

/// Milliseconds since the epoch, from the year 0 to 9999.
fn milliseconds() -> impl Strategy<Value = i64> {
    -62_167_219_200_000..253_402_300_800_000_i64
}

fn time(milliseconds: i64) -> SystemTime {
    let distance = Duration::from_millis(milliseconds.unsigned_abs());
    if milliseconds < 0 {
        SystemTime::UNIX_EPOCH - distance
    } else {
        SystemTime::UNIX_EPOCH + distance
    }
}

fn tuple() -> impl Strategy<Value = Tuple> {
    let basic = option::of(prop_oneof![Just(Basic::Closed), Just(Basic::Open)]);
    let timestamp =
        option::of(milliseconds().prop_map(|milliseconds| Timestamp::from_system_time(time(milliseconds)).unwrap()));
    let status = (basic, vec(element(), 0..2)).prop_map(|(basic, extensions)| {
        let status = basic.map(Status::new).unwrap_or_default();
        extensions
            .into_iter()
            .fold(status, |status, extension| status.with_extension(extension).unwrap())
    });
    let parts = (
        local(),
        status,
        option::of(contact()),
        vec(note(), 0..2),
        timestamp,
        vec(element(), 0..2),
    );
    parts.prop_map(|(id, status, contact, notes, timestamp, extensions)| {
        let mut tuple = Tuple::from_status(TupleId::new(id).unwrap(), status);
        if let Some(contact) = contact {
            tuple = tuple.with_contact(contact);
        }
        if let Some(timestamp) = timestamp {
            tuple = tuple.with_timestamp(timestamp);
        }
        tuple = notes.into_iter().fold(tuple, Tuple::with_note);
        extensions
            .into_iter()
            .fold(tuple, |tuple, extension| tuple.with_extension(extension).unwrap())
    })
}

fn document() -> impl Strategy<Value = Document> {
    let parts = (uri(), vec(tuple(), 0..4), vec(note(), 0..2), vec(element(), 0..3));
    parts.prop_map(|(entity, tuples, notes, extensions)| {
        let mut document = Document::new(entity).unwrap();
        for tuple in tuples {
            document.insert_tuple(tuple);
        }
        for note in notes {
            document.push_note(note);
        }
        for extension in extensions {
            document.push_extension(extension).unwrap();
        }
        document
    })
}

/// Pieces of presence documents, right and wrong, so that random documents get far into the reader.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("<presence xmlns='urn:ietf:params:xml:ns:pidf' xmlns:p='urn:x' entity='pres:a'>"),
        Just("<tuple id='a'>"),
        Just("<tuple xmlns:p='urn:y' id='2'>"),
        Just("<status>"),
        Just("<basic>open</basic>"),
        Just("<contact priority='0.5'>sip:a</contact>"),
        Just("<note xml:lang='en'>"),
        Just("<p:e p:k='p:v'>"),
        Just("<e xmlns='urn:z'>"),
        Just("<e xmlns=''>"),
        Just("<e xmlns:q='urn:q' xmlns:p='urn:w' q:a='p:'/>"),
        Just("<p:e/>"),
        Just("<q:e/>"),
        Just("</p:e>"),
        Just("</e>"),
        Just("</note>"),
        Just("</status>"),
        Just("</tuple>"),
        Just("</presence>"),
        Just("<!-- c -->"),
        Just("<![CDATA[<p:]]>"),
        Just("<?pi?>"),
        Just("&lt;"),
        Just("&#65;"),
        Just("p:q "),
        Just("\r\n"),
        Just("<"),
        Just("&"),
        Just("'"),
        Just("<!"),
        Just("-->"),
        Just("/>"),
    ];
    vec(piece, 0..24).prop_map(|pieces| {
        let root = "<presence xmlns='urn:ietf:params:xml:ns:pidf' xmlns:p='urn:x' entity='pres:a'>";
        format!("{root}{}</presence>", pieces.concat())
    })
}

/// Extensions in source form that declare and redeclare prefixes and defaults on every level.
fn source() -> impl Strategy<Value = String> {
    let name = prop_oneof![Just("e"), Just("p:e"), Just("q:e"), Just("i:e")];
    let declaration = prop_oneof![
        Just(""),
        Just(" xmlns=''"),
        Just(" xmlns='urn:x'"),
        Just(" xmlns='urn:ietf:params:xml:ns:pidf'"),
    ];
    let prefixes = prop_oneof![
        Just(""),
        Just(" xmlns:p='urn:x'"),
        Just(" xmlns:p='urn:y' xmlns:q='urn:x'"),
        Just(" xmlns:q='urn:z'"),
        Just(" xmlns:ns1='urn:z'"),
    ];
    let attributes = prop_oneof![Just(""), Just(" k='q:v'"), Just(" p:k='1'"), Just(" i:k='p:v' k='i:v'")];
    let tag = (name, declaration, prefixes, attributes);
    let leaf = prop_oneof![
        Just("text".to_owned()),
        Just("p:v ns1:v".to_owned()),
        Just(String::new())
    ];
    let tree = leaf.prop_recursive(4, 24, 4, move |inner| {
        (tag.clone(), vec(inner, 0..4)).prop_map(|((name, declaration, prefixes, attributes), children)| {
            let children = children.concat();
            format!("<{name}{declaration}{prefixes}{attributes}>{children}</{name}>")
        })
    });
    let root = prop_oneof![Just("urn:x"), Just("urn:w"), Just("urn:ietf:params:xml:ns:pidf")];
    (root, vec(tree, 3)).prop_map(|(default, trees)| {
        format!(
            "<i:presence xmlns:i='urn:ietf:params:xml:ns:pidf' xmlns='{default}' xmlns:p='urn:x' xmlns:q='urn:q' \
             entity='p:a'>{}<i:tuple id='t' xmlns:p='urn:t'><i:status>{}</i:status>{}</i:tuple></i:presence>",
            trees[0], trees[1], trees[2]
        )
    })
}

/// Whatever reads is written so that it reads the same.
fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    let limits = Limits::default();
    match Document::parse(bytes, &limits) {
        Ok(document) => {
            let normalized = document.clone().normalized();
            for format in [Format::CpimPidf, Format::Pidf] {
                let written = normalized.write(format);
                let again = Document::parse(written.as_bytes(), &limits);
                prop_assert_eq!(&again, &Ok(normalized.clone().with_format(format)), "{}", written);
                prop_assert_eq!(again.unwrap().normalized().to_string(), written);
            }
            let text = std::str::from_utf8(bytes).unwrap();
            prop_assert_eq!(document.to_string(), text.strip_prefix('\u{FEFF}').unwrap_or(text));
        }
        Err(error) => prop_assert!(error.position().offset <= bytes.len()),
    }
    if let Ok(root) = Element::parse(bytes, &limits) {
        let written = root.write();
        prop_assert_eq!(canonical(&written), canonical(std::str::from_utf8(bytes).unwrap()));
        let again = Element::parse(written.as_bytes(), &limits).unwrap();
        prop_assert_eq!(again.write(), written);
        prop_assert_eq!(again, root);
    }
    Ok(())
}

/// A change to a document.
#[derive(Debug, Clone)]
enum Change {
    AddExtension(Element),
    AddNote(Note),
    InsertTuple(Tuple),
    RemoveExtension(usize),
    RemoveNote(usize),
    RemoveTuple(usize),
    ReplaceExtension(usize, Element),
    SetEntity(String),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        element().prop_map(Change::AddExtension),
        note().prop_map(Change::AddNote),
        tuple().prop_map(Change::InsertTuple),
        (0..3_usize).prop_map(Change::RemoveExtension),
        (0..3_usize).prop_map(Change::RemoveNote),
        (0..3_usize).prop_map(Change::RemoveTuple),
        (0..3_usize, element()).prop_map(|(index, element)| Change::ReplaceExtension(index, element)),
        uri().prop_map(Change::SetEntity),
    ]
}

fn apply(document: &mut Document, change: Change) {
    match change {
        Change::AddExtension(element) => document.push_extension(element).unwrap(),
        Change::AddNote(note) => document.push_note(note),
        Change::InsertTuple(tuple) => drop(document.insert_tuple(tuple)),
        Change::RemoveExtension(index) => drop(document.remove_extension(index)),
        Change::RemoveNote(index) => drop(document.remove_note(index)),
        Change::RemoveTuple(index) => {
            let id = document.tuples().get(index).map(|tuple| tuple.id().clone());
            drop(id.and_then(|id| document.remove_tuple(id.as_str())));
        }
        Change::ReplaceExtension(index, element) => drop(document.replace_extension(index, element).unwrap()),
        Change::SetEntity(entity) => document.set_entity(entity).unwrap(),
    }
}

/// Comments, instructions, attributes and elements that presence documents may not have and that are kept.
fn decorated() -> impl Strategy<Value = String> {
    let aside = prop_oneof![
        Just(String::new()),
        Just("<!-- c - d -->".to_owned()),
        Just("<?p  i ?>".to_owned()),
        Just("\n\t ".to_owned()),
        Just("<plain xmlns=''><i:status/></plain>".to_owned()),
        Just("<i:unknown k=\"a\tb&#10;c\"><![CDATA[<&]]>&#13;</i:unknown>".to_owned()),
    ];
    let outside = prop_oneof![Just(""), Just("<!--o-->"), Just("<?o?>\n"), Just("\r\n")];
    (source(), vec(aside, 6), vec(outside, 2), any::<bool>()).prop_map(|(source, asides, outside, lang)| {
        let lang = if lang { " xml:lang='de'" } else { "" };
        let asides =
            |text: &str, place: &str, index: usize| text.replacen(place, &format!("{}{place}", asides[index]), 1);
        let mut text = source.replacen("entity=", &format!("q:unknown='1'{lang} entity ="), 1);
        text = asides(&text, "<i:tuple", 0);
        text = asides(&text, "<i:status", 1);
        text = asides(&text, "</i:status", 2);
        text = asides(&text, "</i:tuple", 3);
        text = text.replacen("</i:presence>", "<i:note>n</i:note><p:z/></i:presence>", 1);
        text = asides(&text, "<i:note>n", 4);
        text = asides(&text, "</i:presence", 5);
        format!("{}{text}{}", outside[0], outside[1])
    })
}

proptest! {
    #[test]
    fn what_is_built_is_read_back(document in document()) {
        let limits = Limits::default();
        for format in [Format::CpimPidf, Format::Pidf] {
            let written = document.write(format);
            let read = Document::parse(written.as_bytes(), &limits);
            prop_assert_eq!(&read, &Ok(document.clone().with_format(format)), "{}", written);
            prop_assert_eq!(read.unwrap().normalized().write(format), written);
        }
    }

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..200)) {
        check(&bytes)?;
    }

    #[test]
    fn any_pieces(text in soup()) {
        check(text.as_bytes())?;
    }

    #[test]
    fn any_declarations(text in source()) {
        prop_assert!(Document::parse(text.as_bytes(), &Limits::default()).is_ok());
        check(text.as_bytes())?;
    }

    #[test]
    fn any_decoration(text in decorated()) {
        let document = Document::parse(text.as_bytes(), &Limits::default()).unwrap();
        prop_assert_eq!(canonical(&document.to_string()), canonical(&text));
        check(text.as_bytes())?;
    }

    #[test]
    fn what_is_changed_is_what_changes(text in decorated(), changes in vec(change(), 1..6)) {
        let limits = Limits::default();
        let mut document = Document::parse(text.as_bytes(), &limits).unwrap();
        for change in changes {
            apply(&mut document, change);
        }
        let written = document.to_string();
        prop_assert_eq!(&Document::parse(written.as_bytes(), &limits), &Ok(document), "{}", written);
        // Of what there are no values for nothing is lost.
        for kept in ["<!--", "<?", "<plain", "<i:unknown", "q:unknown='1'"] {
            let count = |text: &str| text.matches(kept).count();
            let inside = text.split("<i:tuple").last().unwrap().split("</i:tuple>").next().unwrap();
            prop_assert!(count(&written) >= count(&text) - count(inside), "{} in {}", kept, written);
        }
    }

    #[test]
    fn a_document_with_a_byte_changed(document in document(), index in any::<usize>(), byte in any::<u8>()) {
        let mut bytes = document.to_string().into_bytes();
        let index = index % bytes.len();
        bytes[index] = byte;
        check(&bytes)?;
        bytes.truncate(index);
        check(&bytes)?;
    }

    #[test]
    fn times_come_back(milliseconds in milliseconds()) {
        let timestamp = Timestamp::from_system_time(time(milliseconds)).unwrap();
        prop_assert_eq!(timestamp.to_system_time(), Some(time(milliseconds)));
        prop_assert_eq!(timestamp.as_str().parse::<Timestamp>(), Ok(timestamp.clone()));
    }

    #[test]
    fn any_text_as_a_value(text in any::<String>()) {
        if let Ok(id) = TupleId::escape(&text) {
            prop_assert_eq!(TupleId::new(id.as_str()), Ok(id.clone()));
        }
        let _ = text.parse::<Timestamp>();
        let _ = text.parse::<Priority>();
        let _ = text.parse::<Basic>();
    }
}
