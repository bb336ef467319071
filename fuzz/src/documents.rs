use cpim::{Address, Builder, Limits, Message};
use pidf::{Document, Element, Extension, Format, Note};

/// A presence document that was read is written as it was, and in both formats so that it reads as the same; any root
/// element keeps all that canonical XML keeps; typed values come back.
pub fn pidf(data: &[u8]) {
    let limits = pidf::Limits::default();
    if let Ok(root) = Element::parse(data, &limits) {
        let written = root.write();
        if written.len() <= limits.bytes {
            let again = Element::parse(written.as_bytes(), &limits).expect("what is written can be read");
            assert_eq!(again, root);
            assert_eq!(again.write(), written);
        }
    }
    let Ok(document) = Document::parse(data, &limits) else {
        return;
    };
    let text = data.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(data);
    assert_eq!(document.to_string().as_bytes(), text);
    let normalized = document.clone().normalized();
    for format in [Format::CpimPidf, Format::Pidf] {
        let written = normalized.write(format);
        // Escapes may take what was written over the limit in size, never over another one.
        if written.len() <= limits.bytes {
            let again = Document::parse(written.as_bytes(), &limits).expect("what is written can be read");
            assert_eq!(again, normalized.clone().with_format(format));
            assert_eq!(again.normalized().to_string(), written);
        }
    }
    typed(document.extensions());
    for tuple in document.tuples() {
        typed(tuple.extensions());
        typed(tuple.status().extensions());
    }
    changed(document, &limits);
}

/// A change leaves a document that reads as what it is.
fn changed(mut document: Document, limits: &pidf::Limits) {
    let extension = document.extensions().first().cloned();
    if let Some(mut tuple) = document.tuples().first().cloned() {
        if let Some(extension) = &extension {
            tuple = tuple.with_extension(extension.clone()).expect("an extension");
        }
        document.insert_tuple(tuple);
    }
    document.push_note(Note::new("a note").expect("legal text"));
    if let Some(extension) = extension {
        document.push_extension(extension).expect("an extension");
        document.remove_extension(0);
    }
    let written = document.to_string();
    if written.len() <= limits.bytes
        && let Ok(again) = Document::parse(written.as_bytes(), limits)
    {
        assert_eq!(again, document);
    }
}

/// A typed value makes an element that reads as the same value.
fn typed(elements: &[Element]) {
    fn check<T: Extension + PartialEq + std::fmt::Debug>(element: &Element) {
        if element.is(T::NAMESPACE, T::NAME)
            && let Ok(value) = T::from_element(element)
        {
            let again = T::from_element(&value.to_element());
            assert_eq!(again, Ok(value));
        }
    }
    for element in elements {
        check::<pidf::Device>(element);
        check::<pidf::DeviceId>(element);
        check::<pidf::Person>(element);
        check::<pidf::TimedStatus>(element);
        check::<pidf::caps::DevCaps>(element);
        check::<pidf::cipid::DisplayName>(element);
        check::<pidf::rpid::Activities>(element);
        check::<pidf::rpid::Class>(element);
        check::<pidf::rpid::Mood>(element);
        check::<pidf::rpid::PlaceIs>(element);
        check::<pidf::rpid::PlaceType>(element);
        check::<pidf::rpid::Privacy>(element);
        check::<pidf::rpid::StatusIcon>(element);
        check::<pidf::rpid::TimeOffset>(element);
        check::<pidf::rpid::UserInput>(element);
        if let Ok(person) = pidf::Person::from_element(element) {
            typed(person.extensions());
        }
    }
}

/// A Message/CPIM keeps its bytes; what could be decoded of it makes a new one that reads the same.
pub fn cpim(data: &[u8]) {
    let Ok(message) = Message::parse(data.to_vec()) else {
        return;
    };
    assert_eq!(message.as_bytes(), data);
    for field in message.headers() {
        let _ = (field.text(), field.lang(), field.parameters(), field.namespace());
    }
    let _ = (
        message.text(),
        message.unsupported_requirements(&[]),
        message.ns().count(),
    );

    let _ = (
        message.decoded_content(&Limits::default()),
        message.is_composing(&Limits::default()),
    );
    if let Ok(Some(multipart)) = message.multipart(&Limits::default()) {
        for part in multipart.parts().flatten() {
            let bytes = part.as_bytes();
            assert!(bytes.ends_with(part.content()));
            let headers: usize = part
                .mime_headers()
                .map(|header| header.raw().len() + "\r\n".len())
                .sum();
            assert!(headers + part.content().len() <= bytes.len() + "\r\n".len());
            let _ = part.content_type();
        }
    }

    let from = message.from().ok().flatten().as_ref().map(strict);
    let to: Vec<_> = message.to().flatten().map(|to| strict(&to)).collect();
    let cc: Vec<_> = message.cc().flatten().map(|cc| strict(&cc)).collect();
    let subjects: Vec<_> = message.subject().flatten().collect();
    let date_time = message.date_time().ok().flatten();
    let mut builder = Message::builder();
    if let Some(from) = &from {
        builder = builder.from(from.clone());
    }
    builder = to.iter().cloned().fold(builder, Builder::to);
    builder = cc.iter().cloned().fold(builder, Builder::cc);
    builder = subjects.iter().cloned().fold(builder, Builder::subject);
    if let Some(date_time) = date_time {
        builder = builder.date_time(date_time);
    }
    let content_type = message.content_type().ok();
    if let Some(content_type) = &content_type {
        builder = builder.content(content_type.clone(), message.content_bytes());
    }
    let built = builder.build();
    let again = Message::parse(built.as_bytes().clone()).expect("what is written can be read");
    assert_eq!(again, built);
    assert_eq!(again.oddities(), []);
    assert_eq!(again.from(), Ok(from));
    assert_eq!(again.to().collect::<Result<Vec<_>, _>>(), Ok(to));
    assert_eq!(again.cc().collect::<Result<Vec<_>, _>>(), Ok(cc));
    assert_eq!(again.subject().collect::<Result<Vec<_>, _>>(), Ok(subjects));
    assert_eq!(again.date_time(), Ok(date_time));
    if let Some(content_type) = content_type {
        assert_eq!(again.content_type(), Ok(content_type));
        assert_eq!(again.content(), message.content());
    }
}

/// The address without what stands behind it, which is read and not written.
fn strict(address: &Address) -> Address {
    match address.name() {
        Some(name) => Address::named(name.clone(), address.uri().clone()),
        None => Address::new(address.uri().clone()),
    }
}
