//! The multipart bodies of the corpus, each with its stated parts; and that hostile ones cost no more than others.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read the corpus from disk, say loudly when it is not there and may panic"
)]

#[path = "support/files.rs"]
mod files;

use std::{fs, path::Path};

use bytes::Bytes;
use sip_message::{
    HeaderName, Limits, Message, RawValue,
    body::{Multipart, MultipartBody, MultipartBuilder, Part},
    headers::{ContentType, TypedHeader},
};

/// The types of the parts, those of a multipart in parentheses behind it.
fn outline(multipart: &Multipart) -> String {
    let limits = Limits::default();
    let types = multipart.parts().iter().map(|part| {
        let content_type = part.content_type().unwrap();
        let name = format!("{}/{}", content_type.0.main(), content_type.0.sub());
        match part.multipart(&limits).unwrap() {
            Some(inner) => format!("{name}({})", outline(&inner)),
            None => name,
        }
    });
    types.collect::<Vec<_>>().join(" ")
}

/// How many parts have a header section that breaks off. RFC 4662 prints one without the empty line behind it.
fn defects(multipart: &Multipart) -> usize {
    let inner = |part: &Part| part.multipart(&Limits::default()).unwrap().as_ref().map_or(0, defects);
    let parts = multipart.parts().iter();
    parts
        .map(|part| usize::from(part.defect().is_some()) + inner(part))
        .sum()
}

/// The parts written anew read as the parts that were read.
fn rebuilt(multipart: &Multipart) {
    let (first, others) = multipart.parts().split_first().unwrap();
    let builder = MultipartBuilder::new(multipart.subtype(), first.clone()).unwrap();
    let body = others.iter().cloned().fold(builder, MultipartBuilder::part).build();
    let again = Multipart::parse(&body.content_type(), body.bytes(), &Limits::default()).unwrap();
    assert_eq!(again.parts(), multipart.parts());
    assert_eq!(again.subtype(), multipart.subtype());
}

const RLMI: &str = "application/rlmi+xml";

/// File, what its parts are, reason.
#[rustfmt::skip]
const MESSAGES: &[(&str, &str, &str)] = &[
    ("rfc4475/valid/mpart01.sip", "text/plain application/octet-stream", "a binary part, RFC 4475 section 3.1.1.11"),
    ("flows/rfc4662/003-NOTIFY.sip", "application/rlmi+xml application/pidf+xml application/pidf+xml",
     "a list and two of its members, the root named by start"),
    ("flows/rfc4662/011-NOTIFY.sip",
     "multipart/related(application/rlmi+xml application/pidf+xml application/pidf+xml) application/pkcs7-signature",
     "a signed list with two instances of one member"),
    ("flows/rfc4662/013-NOTIFY.sip",
     "application/rlmi+xml multipart/signed(multipart/related(application/rlmi+xml application/pidf+xml \
      application/pidf+xml) application/pkcs7-signature)",
     "that signed list within a list"),
    ("flows/rfc5365/001-MESSAGE.sip", "text/plain application/resource-lists+xml", "a text for a list of recipients"),
    ("flows/rfc5365/002-MESSAGE.sip", "text/plain application/resource-lists+xml", "a text and who else has it"),
];

#[test]
fn the_messages_of_the_corpus_have_these_parts() {
    let Some(corpus) = files::corpus() else { return };
    for (file, wanted, reason) in MESSAGES {
        let message = Message::parse(fs::read(corpus.join(file)).unwrap()).unwrap();
        let multipart = message.multipart(&Limits::default()).unwrap().unwrap();
        assert_eq!(outline(&multipart), *wanted, "{file}: {reason}");
        rebuilt(&multipart);
        assert_eq!(defects(&multipart), usize::from(file.contains("rfc4662/013")), "{file}");
        if multipart.subtype() == "related" {
            assert!(multipart.root().unwrap().content_type().unwrap().is(RLMI), "{file}");
        }
    }
}

/// Every message of the corpus that says it is multipart is in the table.
#[test]
fn no_multipart_of_the_corpus_is_left_out() {
    let Some(corpus) = files::corpus() else { return };
    let mut found = Vec::new();
    for directory in ["rfc4475", "flows", "clients"] {
        let directory = Path::new(directory);
        for file in files::files(&corpus.join(directory)) {
            let file = directory.join(file).to_str().unwrap().replace('\\', "/");
            let message = Message::parse(fs::read(corpus.join(&file)).unwrap()).ok();
            if message.is_some_and(|message| matches!(message.multipart(&Limits::default()), Ok(Some(_)) | Err(_))) {
                found.push(file);
            }
        }
    }
    found.sort();
    let mut wanted: Vec<_> = MESSAGES.iter().map(|(file, ..)| (*file).to_owned()).collect();
    wanted.sort();
    assert_eq!(found, wanted);
}

#[test]
fn the_signed_entities_of_the_corpus_are_exact() {
    let Some(corpus) = files::corpus() else { return };
    let limits = Limits::default();
    for file in [
        "rfc3862-5.2-signed.mime",
        "rfc3923-2-signed.mime",
        "rfc3923-3-signed.mime",
    ] {
        let bytes = Bytes::from(fs::read(corpus.join("cpim").join(file)).unwrap());
        let entity = Part::parse(bytes.clone(), &limits).unwrap();
        // They print `protocol` without the quotes that a slash needs, so the header is malformed.
        let error = entity.content_type().unwrap_err();
        assert!(bytes[error.offset()..].starts_with(b"/pkcs7-signature"), "{file}");
        assert!(entity.multipart(&limits).is_err());
        let content_type = ContentType::parse("multipart/signed;boundary=next").unwrap();
        let multipart = Multipart::parse(&content_type, &entity.body_bytes(), &limits).unwrap();
        let (content, signature) = multipart.signed().unwrap();
        assert!(content.content_type().unwrap().is("message/cpim"), "{file}");
        assert!(
            signature.content_type().unwrap().is("application/pkcs7-signature"),
            "{file}"
        );
        let text = std::str::from_utf8(&bytes).unwrap();
        let between = text.split("--next\r\n").nth(1).unwrap().strip_suffix("\r\n").unwrap();
        assert_eq!(content.as_bytes(), between, "{file}");
        assert_eq!(text.matches(between).count(), 1, "{file}");
    }
}

#[test]
fn related_and_signed_bodies_have_the_parameters_of_their_rfcs() {
    let list = Part::builder(
        &ContentType::parse("application/rlmi+xml;charset=\"UTF-8\"").unwrap(),
        "<list/>",
    )
    .raw(HeaderName::CONTENT_ID, RawValue::from_static("<1@example.test>"))
    .build();
    let member = Part::builder(&ContentType::parse("application/pidf+xml").unwrap(), "<presence/>").build();
    let related = MultipartBuilder::related(list.clone()).unwrap().part(member).build();
    assert_eq!(
        related.content_type().to_string(),
        "multipart/related;type=\"application/rlmi+xml\";start=\"<1@example.test>\";boundary=boundary.0000000000000000"
    );
    let read = Multipart::parse(&related.content_type(), related.bytes(), &Limits::default()).unwrap();
    assert_eq!(read.root(), Some(&list));

    let html = Part::builder(&ContentType::parse("text/plain").unwrap(), "x")
        .raw(HeaderName::CONTENT_ID, RawValue::from_static("<2@example.test>"))
        .header(&ContentType::parse("text/html").unwrap())
        .build();
    assert_eq!(
        html.as_bytes(),
        "Content-ID: <2@example.test>\r\nContent-Type: text/html\r\n\r\nx"
    );

    let content = related.into_part();
    let signature = Part::builder(&ContentType::parse("application/pkcs7-signature;x=y").unwrap(), "s").build();
    let signed = MultipartBody::signed(content.clone(), signature.clone(), "sha-256").unwrap();
    assert_eq!(
        signed.content_type().to_string(),
        "multipart/signed;protocol=\"application/pkcs7-signature\";micalg=sha-256;boundary=boundary.0000000000000001"
    );
    let read = Multipart::parse(&signed.content_type(), signed.bytes(), &Limits::default()).unwrap();
    assert_eq!(read.signed(), Some((&content, &signature)));
    assert!(MultipartBody::signed(content.clone(), signature.clone(), "a b").is_err());
    let broken = Part::parse("Content-Type: x\r\n\r\n", &Limits::default()).unwrap();
    assert!(MultipartBody::signed(content, broken.clone(), "sha-256").is_err());
    assert!(MultipartBuilder::related(broken).is_err());
    assert!(MultipartBuilder::new("a b", signature.clone()).is_err());
    let again = MultipartBuilder::related(list).unwrap().part(signature.clone());
    let again = again
        .param("Start", "<2@x>")
        .unwrap()
        .param("start", "<3@x>")
        .unwrap()
        .build();
    assert_eq!(
        again.content_type().to_string(),
        "multipart/related;type=\"application/rlmi+xml\";start=\"<3@x>\";boundary=boundary.0000000000000000"
    );
    assert!(MultipartBuilder::mixed(signature).param("Boundary", "x").is_err());
}

/// What only looks like a boundary, a megabyte of it: with a search that began anew at each, this would not come to an
/// end.
#[test]
fn almost_boundaries_are_passed_over() {
    let content_type = ContentType::parse("multipart/mixed;boundary=\"---------------a\"").unwrap();
    let limits = Limits::default();
    for almost in [
        "\r\n-----------------",
        "-",
        "\r\n-----------------a \t \t x",
        "\r\n-----------------aa",
        "\r\n",
    ] {
        let content = almost.repeat((1 << 20) / almost.len());
        let body = format!("-----------------a\r\n\r\n{content}\r\n-----------------a--");
        let multipart = Multipart::parse(&content_type, &body.into(), &limits).unwrap();
        assert_eq!(multipart.parts().len(), 1);
        assert_eq!(multipart.parts()[0].body(), content.as_bytes());
        rebuilt(&multipart);
    }
}
