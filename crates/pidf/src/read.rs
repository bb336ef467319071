//! From XML to a [`Document`] (RFC 3863 section 4).

use std::borrow::Cow;

use crate::contact::check_uri;
use crate::element::element;
use crate::source::{Child, Source};
use crate::xml::chars::trim;
use crate::xml::{Event, NamespaceId, Reader, Tag};
use crate::{
    Basic, Contact, Document, Error, ErrorKind, InvalidValue, Limits, Note, Priority, Status, Timestamp, Tuple, TupleId,
};

/// Reads a whole document.
pub(crate) fn document(bytes: &[u8], limits: &Limits) -> Result<Document, Error> {
    let mut xml = Reader::new(bytes, limits)?;
    let root = loop {
        if let Event::Start(root) = xml.next()? {
            break root;
        }
    };
    let format = root.name.namespace.format();
    let Some(format) = format.filter(|_| root.name.local == "presence") else {
        // What is no XML at all is told as that: read on to the end.
        let found = xml.name(&root.name);
        let offset = root.offset;
        xml.skip()?;
        to_end(&mut xml)?;
        return Err(xml.error(ErrorKind::Root { found }, offset));
    };
    // What is large is filled in where it stays.
    let mut document = Document::empty(format);
    presence(&mut xml, &root, &mut document)?;
    to_end(&mut xml)?;
    Ok(document)
}

/// What stands after the root has to be well-formed too.
fn to_end(xml: &mut Reader<'_>) -> Result<(), Error> {
    while !matches!(xml.next()?, Event::Eof) {}
    Ok(())
}

/// What a child element is to its parent.
enum Kind {
    Extension,
    /// In no namespace: passed over, as nothing that this crate knows (RFC 3863 section 4.2.3).
    Ignored,
    /// In the namespace of PIDF, of either [format](crate::Format).
    Pidf,
}

fn classify(tag: &Tag<'_>) -> Kind {
    match tag.name.namespace {
        NamespaceId::NONE | NamespaceId::XML => Kind::Ignored,
        namespace if namespace.format().is_some() => Kind::Pidf,
        _ => Kind::Extension,
    }
}

fn presence(xml: &mut Reader<'_>, root: &Tag<'_>, document: &mut Document) -> Result<(), Error> {
    let mut place = None;
    if let Some(attribute) = xml.attribute(NamespaceId::NONE, "entity") {
        let entity = trim(&attribute.value);
        check_uri("the entity", entity).map_err(|error| xml.error(ErrorKind::Value(error), attribute.place.start))?;
        document.entity = Some(entity.into());
        place = Some(attribute.place.clone());
    }
    let lang = lang(xml, None).map(str::to_owned);
    let lang = lang.as_deref();
    let source = document
        .source
        .insert(Source::new(xml.text(), root, document.format, place));
    while let Some(tag) = xml.next_child()? {
        let start = tag.offset;
        let child = match (classify(&tag), tag.name.local) {
            (Kind::Extension, _) => {
                document.extensions.push(element(xml, tag)?);
                Some(Child::Extension)
            }
            (Kind::Pidf, "tuple") => {
                tuple(xml, &tag, lang, &mut document.tuples)?;
                Some(Child::Tuple)
            }
            (Kind::Pidf, "note") => {
                document.notes.push(note(xml, &tag, lang)?);
                Some(Child::Note)
            }
            _ => {
                xml.skip()?;
                None
            }
        };
        source.note(child, start..xml.position());
    }
    if let Some(index) = second_with_an_id(&document.tuples)
        && let Some(tuple) = document.tuples.get(index)
    {
        let id = tuple.id.clone();
        let offset = source.start(Child::Tuple, index).unwrap_or(root.offset);
        return Err(xml.error(ErrorKind::DuplicateId { id }, offset));
    }
    Ok(())
}

/// The first tuple that has the id of one before it.
fn second_with_an_id(tuples: &[Tuple]) -> Option<usize> {
    if tuples.len() < 2 {
        return None;
    }
    let mut ids: Vec<_> = tuples
        .iter()
        .enumerate()
        .map(|(index, tuple)| (&tuple.id, index))
        .collect();
    ids.sort_unstable();
    ids.iter()
        .zip(ids.iter().skip(1))
        .filter(|((one, _), (other, _))| one == other)
        .map(|(_, (_, index))| *index)
        .min()
}

fn tuple(
    xml: &mut Reader<'_>,
    start: &Tag<'_>,
    outer_lang: Option<&str>,
    tuples: &mut Vec<Tuple>,
) -> Result<(), Error> {
    let id = match xml.attribute(NamespaceId::NONE, "id") {
        Some(attribute) => TupleId::escape(trim(&attribute.value))
            .map_err(|error| xml.error(ErrorKind::Value(error), attribute.place.start))?,
        None => return Err(missing_attribute(xml, start, "tuple", "id")),
    };
    let lang = lang(xml, outer_lang).map(str::to_owned);
    let lang = lang.as_deref();
    let tuple = tuples.push_mut(Tuple::from_status(id, Status::default()));
    let mut has_status = false;
    let mut has_contact = false;
    while let Some(tag) = xml.next_child()? {
        match (classify(&tag), tag.name.local) {
            (Kind::Extension, _) => tuple.extensions.push(element(xml, tag)?),
            (Kind::Pidf, "status") => {
                once(xml, &tag, "status", "tuple", std::mem::replace(&mut has_status, true))?;
                tuple.status = status(xml)?;
            }
            (Kind::Pidf, "contact") => {
                once(xml, &tag, "contact", "tuple", std::mem::replace(&mut has_contact, true))?;
                tuple.contact = contact(xml, &tag)?;
            }
            (Kind::Pidf, "note") => tuple.notes.push(note(xml, &tag, lang)?),
            (Kind::Pidf, "timestamp") => {
                once(xml, &tag, "timestamp", "tuple", tuple.timestamp.is_some())?;
                tuple.timestamp = Some(value(xml, &tag, str::parse::<Timestamp>)?);
            }
            _ => xml.skip()?,
        }
    }
    if !has_status {
        let kind = ErrorKind::MissingElement {
            element: "status",
            parent: "tuple",
        };
        return Err(xml.error(kind, start.offset));
    }
    Ok(())
}

fn status(xml: &mut Reader<'_>) -> Result<Status, Error> {
    let mut basic = None;
    let mut extensions = Vec::new();
    while let Some(tag) = xml.next_child()? {
        match (classify(&tag), tag.name.local) {
            (Kind::Extension, _) => extensions.push(element(xml, tag)?),
            (Kind::Pidf, "basic") => {
                once(xml, &tag, "basic", "status", basic.is_some())?;
                basic = Some(value(xml, &tag, str::parse::<Basic>)?);
            }
            _ => xml.skip()?,
        }
    }
    Ok(Status::from_parts(basic, extensions))
}

/// A contact. One without an address says nothing, and reads as none.
fn contact(xml: &mut Reader<'_>, start: &Tag<'_>) -> Result<Option<Contact>, Error> {
    let priority = xml.attribute(NamespaceId::NONE, "priority");
    // A priority out of range is as good as none (RFC 3863 section 4.1.5).
    let priority = priority.and_then(|priority| trim(&priority.value).parse::<Priority>().ok());
    value(xml, start, |uri| {
        if uri.is_empty() {
            return Ok(None);
        }
        Contact::from_text(uri, priority).map(Some)
    })
}

fn note(xml: &mut Reader<'_>, start: &Tag<'_>, outer_lang: Option<&str>) -> Result<Note, Error> {
    let note = Note::from_read("").with_lenient_lang(lang(xml, outer_lang));
    let (text, _) = text(xml, start)?;
    Ok(note.with_read_text(&text))
}

/// The language in force in the element that begins: its own, or that around it. Empty means that none is.
pub(crate) fn lang<'t>(xml: &'t Reader<'_>, outer: Option<&'t str>) -> Option<&'t str> {
    let lang = match xml.attribute(NamespaceId::XML, "lang") {
        Some(attribute) => Some(trim(&attribute.value)),
        None => outer,
    };
    lang.filter(|lang| !lang.is_empty())
}

/// The value of an element that has text only, without the white space around it.
fn value<T>(
    xml: &mut Reader<'_>,
    start: &Tag<'_>,
    parse: impl FnOnce(&str) -> Result<T, InvalidValue>,
) -> Result<T, Error> {
    let (text, offset) = text(xml, start)?;
    parse(trim(&text)).map_err(|error| xml.error(ErrorKind::Value(error), offset))
}

/// The text of an element, and where it begins. Elements in it are passed over.
fn text<'a>(xml: &mut Reader<'a>, start: &Tag<'_>) -> Result<(Cow<'a, str>, usize), Error> {
    if let Some(text) = xml.plain_content() {
        return Ok((Cow::Borrowed(text), start.content));
    }
    let mut text = Cow::Borrowed("");
    loop {
        match xml.next()? {
            Event::Start(_) => xml.skip()?,
            Event::Comment(_) | Event::Instruction { .. } => {}
            // A first piece is borrowed as it stands.
            Event::Text(more) => text += more,
            Event::End | Event::Eof => return Ok((text, start.content)),
        }
    }
}

fn once(
    xml: &Reader<'_>,
    tag: &Tag<'_>,
    element: &'static str,
    parent: &'static str,
    is_second: bool,
) -> Result<(), Error> {
    if is_second {
        return Err(xml.error(ErrorKind::Duplicate { element, parent }, tag.offset));
    }
    Ok(())
}

fn missing_attribute(xml: &Reader<'_>, tag: &Tag<'_>, element: &'static str, attribute: &'static str) -> Error {
    xml.error(ErrorKind::MissingAttribute { element, attribute }, tag.offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIDF: &str = "urn:ietf:params:xml:ns:pidf";

    fn parse(document: &str) -> Result<Document, Error> {
        Document::parse(document.as_bytes(), &Limits::default())
    }

    /// A document with this in its one tuple, on line 2.
    fn with_tuple(content: &str) -> String {
        format!(
            "<presence xmlns='{PIDF}' xmlns:x='urn:x' entity='pres:a@b'>\n<tuple id='t'>{content}</tuple></presence>"
        )
    }

    #[track_caller]
    fn refuse(document: &str, expected: &str) {
        assert_eq!(parse(document).unwrap_err().to_string(), expected);
    }

    #[test]
    fn any_order_and_any_spelling() {
        let document = parse(
            "<q:presence entity=\" pres:a@b\n\" xmlns:q='urn:ietf:params:xml:ns:pid&#102;' xml:lang='de'>
               <x:person xmlns:x='urn:x'/> stray text <q:note>eins</q:note>
               <q:tuple id=' t1 '>
                 <q:timestamp> 2001-10-27T16:49:29Z </q:timestamp>
                 <q:note xml:lang=''> z </q:note><q:note xml:lang='en_US'>a<!-- -->b</q:note>
                 <q:contact priority=' 0.50 '>
                    sip:a&#64;b<![CDATA[.test]]>
                 </q:contact>
                 <y:other xmlns:y='urn:y'/>
                 <q:status><q:basic><!-- c --> O<![CDATA[pe]]>&#x6E; </q:basic></q:status>
               </q:tuple>
             </q:presence>",
        )
        .unwrap();
        assert_eq!(document.entity(), Some("pres:a@b"));
        assert_eq!(document.notes()[0].lang(), Some("de"));
        assert!(document.extensions()[0].is("urn:x", "person"));
        let tuple = document.tuple("t1").unwrap();
        assert_eq!(tuple.status().basic(), Some(Basic::Open));
        let contact = tuple.contact().unwrap();
        assert_eq!(
            (contact.uri(), contact.priority()),
            ("sip:a@b.test", Some(Priority::new(500).unwrap()))
        );
        let notes: Vec<_> = tuple.notes().iter().map(|note| (note.text(), note.lang())).collect();
        assert_eq!(notes, [(" z ", None), ("ab", Some("en-US"))]);
        assert_eq!(tuple.timestamp().unwrap().as_str(), "2001-10-27T16:49:29Z");
        assert!(tuple.extensions()[0].is("urn:y", "other"));
    }

    #[test]
    fn unknown_elements_are_passed_over_and_extensions_kept() {
        let document = parse(&with_tuple(
            "<new><basic>closed</basic></new><plain xmlns=''/><status><new/><basic>open<b/></basic><x:s>1</x:s></status>",
        ))
        .unwrap();
        let tuple = &document.tuples()[0];
        assert_eq!(tuple.status().basic(), Some(Basic::Open));
        assert_eq!(tuple.status().extensions().len(), 1);
        assert!(tuple.extensions().is_empty());
    }

    #[test]
    fn values_that_say_nothing_are_as_good_as_absent() {
        let document = parse(&with_tuple("<status/><contact priority='2'> </contact>")).unwrap();
        assert_eq!(document.tuples()[0].contact(), None);
        assert_eq!(document.tuples()[0].status(), &Status::default());
        let document = parse(&with_tuple("<status/><contact priority='2'>sip:a</contact>")).unwrap();
        assert_eq!(document.tuples()[0].contact().unwrap().priority(), None);
    }

    #[test]
    fn a_document_may_leave_open_of_whom_it_speaks() {
        let document = parse(&format!("<presence xmlns='{PIDF}'/>")).unwrap();
        assert_eq!(document.entity(), None);
    }

    #[test]
    fn ids_become_ids() {
        let document = parse(&with_tuple("<status/>").replace("'t'", "'42'")).unwrap();
        assert_eq!(document.tuples()[0].id().as_str(), "_x0034_2");
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        refuse(
            &format!("<presence xmlns='{PIDF}' entity=' '/>"),
            "line 1, column 55 (byte 54): expected the entity to be a URI, with no white space in it, found \"\"",
        );
        refuse(
            &with_tuple("<status/>").replace(" id='t'", ""),
            "line 2, column 1 (byte 81): <tuple> has no attribute `id` (RFC 3863 section 4.1)",
        );
        refuse(
            &with_tuple("<status/>").replace("'t'", "''"),
            "line 2, column 12 (byte 92): expected the id to be some text, found \"\"",
        );
        refuse(
            &with_tuple(""),
            "line 2, column 1 (byte 81): <tuple> has no <status> (RFC 3863 section 4.1)",
        );
        refuse(
            &with_tuple("<status><basic>busy</basic></status>"),
            "line 2, column 30 (byte 110): expected the basic status to be `open` or `closed`, found \"busy\"",
        );
        refuse(
            &with_tuple("<status/><status/>"),
            "line 2, column 24 (byte 104): a second <status> in <tuple> (RFC 3863 section 4.4)",
        );
        refuse(
            &with_tuple("<status/><contact/><contact/>"),
            "line 2, column 34 (byte 114): a second <contact> in <tuple> (RFC 3863 section 4.4)",
        );
        refuse(
            &with_tuple("<status/><timestamp>today</timestamp>"),
            "line 2, column 35 (byte 115): expected the timestamp to be a date-time such as 2001-10-27T16:49:29Z \
             (RFC 3339 section 5.6), found \"TODAY\"",
        );
        refuse(
            &with_tuple("<status/></tuple><tuple id='t'><status/>"),
            "line 2, column 32 (byte 112): two tuples have the id \"t\" (RFC 3863 section 4.1.2)",
        );
        refuse(
            "<presence entity='pres:a@b'/>",
            "line 1, column 1 (byte 0): expected the root {urn:ietf:params:xml:ns:pidf}presence, found presence",
        );
        refuse(
            &format!("<tuple xmlns='{PIDF}'/>"),
            "line 1, column 1 (byte 0): expected the root {urn:ietf:params:xml:ns:pidf}presence, \
             found {urn:ietf:params:xml:ns:pidf}tuple",
        );
        refuse(
            "<html>",
            "line 1, column 7 (byte 6): expected `</html>`, found the end of the document",
        );
    }
}
