use cpim::{Address, Builder, Limits, Message};
use pidf::{Document, Format};

/// A presence document that was read is written in both formats and reads as the same.
pub fn pidf(data: &[u8]) {
    let limits = pidf::Limits::default();
    let Ok(document) = Document::parse(data, &limits) else {
        return;
    };
    for format in [Format::CpimPidf, Format::Pidf] {
        let written = document.write(format);
        // Escapes may take what was written over the limit in size, never over another one.
        if written.len() <= limits.bytes {
            let again = Document::parse(written.as_bytes(), &limits).expect("what is written can be read");
            assert_eq!(again, document.clone().with_format(format));
            assert_eq!(again.to_string(), written);
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
