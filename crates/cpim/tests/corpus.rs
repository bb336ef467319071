//! Every Message/CPIM of the corpus has its outcome here.

#![expect(clippy::disallowed_methods, reason = "tests read the corpus from disk")]

mod support;

use std::{collections::BTreeSet, fs};

use cpim::{
    DocumentErrorKind, ExpandedName, HeaderErrorKind, Layout, Limits, Message, Multipart, OddityKind, ParseErrorKind,
    Part, ReadError, UnsupportedRequirements, Uri,
    imdn::{DeliveryStatus, DisplayStatus, Disposition, Imdn, MessageId, Notification, Sender},
    is_composing::{IsComposing, State},
};

use crate::support::corpus;

enum Outcome {
    Accepted {
        layout: Layout,
        oddities: &'static [OddityKind],
        from: &'static str,
        content_type: &'static str,
        content: usize,
    },
    Refused {
        kind: ParseErrorKind,
        offset: usize,
        why: &'static str,
    },
}

use Layout::{Joined, Separated};
use OddityKind::{ContentLength, EntityHeaders};

const fn accepted(
    layout: Layout,
    oddities: &'static [OddityKind],
    from: &'static str,
    content_type: &'static str,
    content: usize,
) -> Outcome {
    Outcome::Accepted {
        layout,
        oddities,
        from,
        content_type,
        content,
    }
}

const ALICE: &str = "<sip:alice@example.com>";
const ATLANTA: &str = "<sip:alice@atlanta.example.com>";
const BOB: &str = "Bob <im:bob@example.com>";
const JULIET: &str = "Juliet Capulet <im:juliet@example.com>";
const SANDERS: &str = "MR SANDERS <im:piglet@100akerwood.com>";

const SIGNED: Outcome = Outcome::Refused {
    kind: ParseErrorKind::MimeEntity,
    offset: 0,
    why: "a multipart/signed entity, in which the Message/CPIM is one part",
};

const OUTCOMES: [(&str, Outcome); 29] = [
    (
        "rfc3862-5.1-entity.cpim",
        accepted(Separated, &[EntityHeaders], SANDERS, "text/xml; charset=utf-8", 50),
    ),
    (
        "rfc3862-5.1.cpim",
        accepted(Separated, &[], SANDERS, "text/xml; charset=utf-8", 50),
    ),
    (
        "rfc3862-5.2-inner.cpim",
        accepted(Separated, &[], SANDERS, "text/xml; charset=utf-8", 48),
    ),
    ("rfc3862-5.2-signed.mime", SIGNED),
    (
        "rfc3862-headers.txt",
        Outcome::Refused {
            kind: ParseErrorKind::BareLineEnd,
            offset: 47,
            why: "a list of headers with LF line ends and no content, no message",
        },
    ),
    (
        "rfc3923-1.cpim",
        accepted(Separated, &[], JULIET, "text/plain; charset=utf-8", 28),
    ),
    ("rfc3923-2-signed.mime", SIGNED),
    ("rfc3923-3-signed.mime", SIGNED),
    (
        "rfc3923-4.cpim",
        accepted(Separated, &[], JULIET, "text/plain; charset=utf-8", 28),
    ),
    (
        "rfc4975-1-as-printed.cpim",
        accepted(Joined, &[], "Alice <sip:alice@example.com>", "text/plain", 4),
    ),
    (
        "rfc5438-1-as-printed.cpim",
        accepted(
            Joined,
            &[ContentLength],
            "Alice <im:alice@example.com>",
            "text/plain",
            11,
        ),
    ),
    (
        "rfc5438-1.cpim",
        accepted(Separated, &[], "Alice <im:alice@example.com>", "text/plain", 11),
    ),
    (
        "rfc5438-2-as-printed.cpim",
        accepted(Joined, &[ContentLength], BOB, "message/imdn+xml", 461),
    ),
    ("rfc5438-2.cpim", accepted(Separated, &[], BOB, "message/imdn+xml", 461)),
    (
        "rfc5438-3-as-printed.cpim",
        accepted(Joined, &[ContentLength], BOB, "message/imdn+xml", 460),
    ),
    ("rfc5438-3.cpim", accepted(Separated, &[], BOB, "message/imdn+xml", 460)),
    (
        "rfc5438-4-as-printed.cpim",
        accepted(Joined, &[ContentLength], BOB, "message/imdn+xml", 466),
    ),
    ("rfc5438-4.cpim", accepted(Separated, &[], BOB, "message/imdn+xml", 466)),
    (
        "rfc5438-5-as-printed.cpim",
        accepted(
            Joined,
            &[ContentLength],
            BOB,
            "multipart/mixed; boundary=imdn-boundary",
            49,
        ),
    ),
    (
        "rfc5438-5.cpim",
        accepted(Separated, &[], BOB, "multipart/mixed; boundary=imdn-boundary", 49),
    ),
    (
        "rfc7701-1-as-printed.cpim",
        accepted(Joined, &[], ATLANTA, "text/plain", 30),
    ),
    (
        "rfc7701-2-as-printed.cpim",
        accepted(Joined, &[], ATLANTA, "text/plain", 30),
    ),
    (
        "rfc7701-3-as-printed.cpim",
        accepted(Joined, &[], ALICE, "text/plain", 10),
    ),
    (
        "rfc7701-4-as-printed.cpim",
        accepted(Joined, &[], ATLANTA, "text/plain", 10),
    ),
    (
        "rfc7702-1-as-printed.cpim",
        accepted(Joined, &[], "Juliet <sip:juliet@example.com>", "text/plain", 25),
    ),
    (
        "rfc7702-2-as-printed.cpim",
        accepted(Joined, &[], "<sip:juliet@example.org>", "text/plain", 41),
    ),
    (
        "rfc7702-3-as-printed.cpim",
        accepted(Joined, &[], "<sip:montague@chat.example.org>", "text/plain", 41),
    ),
    (
        "rfc7702-4-as-printed.cpim",
        accepted(Joined, &[], "Romeo <sip:romeo@example.org>", "text/plain", 14),
    ),
    (
        "rfc7702-5-as-printed.cpim",
        accepted(Joined, &[], "Romeo <sip:romeo@example.org>", "text/plain", 12),
    ),
];

fn read(name: &str) -> Option<Message> {
    let path = corpus()?.join("cpim").join(name);
    Some(Message::parse(fs::read(path).expect(name)).expect(name))
}

#[test]
fn every_file_has_the_stated_outcome() {
    let Some(corpus) = corpus() else { return };
    for (name, outcome) in &OUTCOMES {
        let bytes = fs::read(corpus.join("cpim").join(name)).expect(name);
        match (Message::parse(bytes.clone()), outcome) {
            (
                Ok(message),
                Outcome::Accepted {
                    layout,
                    oddities,
                    from,
                    content_type,
                    content,
                },
            ) => {
                assert_eq!(message.layout(), *layout, "{name}");
                let found: Vec<OddityKind> = message.oddities().iter().map(|oddity| oddity.kind).collect();
                assert_eq!(found, *oddities, "{name}");
                let address = message.from().expect(name).expect(name);
                assert_eq!(address.to_string(), *from, "{name}");
                assert_eq!(message.content_type().expect(name).to_string(), *content_type, "{name}");
                assert_eq!(message.content().len(), *content, "{name}");
                assert!(message.to().count() == 1 && message.to().all(|to| to.is_ok()), "{name}");
                assert!(message.subject().all(|subject| subject.is_ok()), "{name}");
                assert!(message.date_time().is_ok() && message.require().is_ok(), "{name}");
                assert_eq!(message.into_bytes(), bytes, "{name}");
            }
            (Err(error), Outcome::Refused { kind, offset, why }) => {
                assert_eq!((error.kind(), error.offset()), (*kind, *offset), "{name}: {why}");
            }
            (Ok(_), Outcome::Refused { why, .. }) => panic!("{name} was accepted, and is {why}"),
            (Err(error), Outcome::Accepted { .. }) => panic!("{name}: {error}"),
        }
    }
}

#[test]
fn no_file_is_left_out() {
    let Some(corpus) = corpus() else { return };
    let files: BTreeSet<String> = fs::read_dir(corpus.join("cpim"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let stated: BTreeSet<String> = OUTCOMES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(files, stated);
}

#[test]
fn the_example_of_rfc_3862_reads_in_full() {
    let Some(message) = read("rfc3862-5.1.cpim") else {
        return;
    };
    let to = message.to().next().unwrap().unwrap();
    assert_eq!(to.name().unwrap().as_str(), "Depressed Donkey");
    assert_eq!(to.uri().as_str(), "im:eeyore@100akerwood.com");
    assert_eq!(message.cc().count(), 0);
    let date_time = message.date_time().unwrap().unwrap();
    assert_eq!(date_time.to_string(), "2000-12-13T13:40:00-08:00");
    let subjects: Vec<_> = message.subject().map(Result::unwrap).collect();
    assert_eq!(subjects[0].text(), "the weather will be fine today");
    assert!(subjects[0].lang().is_none());
    assert_eq!(subjects[1].text(), "beau temps prevu pour aujourd'hui");
    assert_eq!(subjects[1].lang().unwrap().as_str(), "fr");
    let declaration = message.ns().next().unwrap().unwrap();
    assert_eq!(declaration.prefix, Some("MyFeatures"));
    assert_eq!(declaration.uri, "mid:MessageFeatures@id.foo.com");
    let features = |name| ExpandedName::new("mid:MessageFeatures@id.foo.com", name);
    let option = message.headers_named(features("WackyMessageOption")).next().unwrap();
    assert_eq!(option.text().unwrap(), "Use-silly-font");
    let content_id = message.mime_header("content-id").unwrap();
    assert_eq!(content_id.value().unwrap(), "<1234567890@foo.com>");
    assert!(message.text().unwrap().starts_with("<body>\r\n"));

    assert_eq!(
        message.unsupported_requirements(&[]),
        Err(UnsupportedRequirements::Unknown {
            names: vec!["MyFeatures.VitalMessageOption".to_owned()]
        })
    );
    assert_eq!(
        message.unsupported_requirements(&[features("VitalMessageOption")]),
        Ok(())
    );
}

#[test]
fn the_headers_that_rfc_3862_prints_read_in_a_message() {
    let Some(corpus) = corpus() else { return };
    let headers = fs::read_to_string(corpus.join("cpim/rfc3862-headers.txt")).unwrap();
    let mut bytes = headers.replace('\n', "\r\n");
    bytes.push_str("\r\nContent-Type: text/plain\r\n\r\n");
    let message = Message::parse(bytes).unwrap();
    // The NS header without a prefix takes the names without a prefix after it out of the namespace of RFC 3862.
    assert_eq!(message.from().unwrap_err().kind(), HeaderErrorKind::Repeated);
    assert_eq!(message.to().map(Result::unwrap).count(), 2);
    assert_eq!(message.cc().map(Result::unwrap).count(), 2);
    assert_eq!(message.ns().map(Result::unwrap).count(), 4);
    assert_eq!(message.date_time(), Ok(None));
    let trap = ExpandedName::new("http://id.acme.widgets/wily-headers/", "runner-trap");
    let written: Vec<&str> = message.headers_named(trap).map(|header| header.name()).collect();
    assert_eq!(written, ["acme.runner-trap", "widget.runner-trap", "runner-trap"]);
}

#[test]
fn the_names_in_a_room_of_rfc_7702_are_kept() {
    let Some(message) = read("rfc7702-2-as-printed.cpim") else {
        return;
    };
    let to = message.to().next().unwrap().unwrap();
    assert_eq!(to.uri().as_str(), "sip:montague@chat.example.org");
    assert_eq!(to.trailer(), ";gr=Romeo");
}

#[test]
fn what_is_signed_is_found_as_it_was_signed() {
    let Some(corpus) = corpus() else { return };
    for (name, boundary, from) in [
        ("rfc3862-5.2-signed.mime", "next", SANDERS),
        ("rfc3923-2-signed.mime", "next", JULIET),
    ] {
        let entity = fs::read(corpus.join("cpim").join(name)).expect(name);
        let multipart = Multipart::parse(entity.clone(), boundary, &Limits::default()).expect(name);
        let parts: Vec<Part> = multipart.parts().collect::<Result<_, _>>().expect(name);
        assert_eq!(parts.len(), 2, "{name}");
        assert_eq!(
            parts[1].content_type().unwrap().essence(),
            "application/pkcs7-signature",
            "{name}"
        );
        // The signature is over the part with its headers.
        let signed = parts[0].to_bytes();
        assert!(entity.windows(signed.len()).any(|bytes| bytes == signed), "{name}");
        let message = Message::parse(signed).expect(name);
        assert_eq!(message.entity_headers().count(), 1, "{name}");
        assert_eq!(message.from().unwrap().unwrap().to_string(), from, "{name}");
    }
}

#[test]
fn the_notifications_of_rfc_5438_read_in_full() {
    let limits = Limits::default();
    for (name, id, disposition, status) in [
        ("rfc5438-2", Some("d834jied93rf"), Disposition::Delivery, "delivered"),
        ("rfc5438-3", Some("dfjkleriou432333"), Disposition::Display, "displayed"),
        ("rfc5438-4", None, Disposition::Processing, "processed"),
    ] {
        for file in [format!("{name}.cpim"), format!("{name}-as-printed.cpim")] {
            let Some(message) = read(&file) else { return };
            let imdn = message.imdn();
            assert!(imdn.is_notification(), "{file}");
            let own = imdn.message_id().unwrap();
            assert_eq!(own.as_ref().map(MessageId::as_str), id, "{file}");
            let told = imdn.notifications(&limits).expect(&file);
            assert_eq!(told.len(), 1, "{file}");
            assert_eq!(told[0].message_id().as_str(), "34jk324j", "{file}");
            let sent_at = told[0].date_time().unwrap().to_string();
            assert_eq!(sent_at, "2008-04-04T12:16:49-05:00", "{file}");
            assert_eq!(told[0].recipient_uri(), Some("im:bob@example.com"), "{file}");
            assert_eq!(told[0].original_recipient_uri(), Some("im:bob@example.com"), "{file}");
            let notification = told[0].notification().unwrap();
            assert_eq!(
                (notification.disposition(), notification.status()),
                (disposition, status),
                "{file}"
            );
        }
    }
    // The aggregate is printed without its documents, and without its last delimiter.
    let Some(aggregate) = read("rfc5438-5.cpim") else {
        return;
    };
    assert!(aggregate.imdn().is_notification());
    let Err(ReadError::Document(error)) = aggregate.imdn().notifications(&limits) else {
        panic!("its one document is empty");
    };
    assert_eq!(error.kind(), DocumentErrorKind::Malformed("the root element"));
}

#[test]
fn the_request_of_rfc_5438_is_answered() {
    let Some(im) = read("rfc5438-1-as-printed.cpim") else {
        return;
    };
    assert!(!im.imdn().is_notification());
    assert_eq!(im.imdn().message_id().unwrap().unwrap().as_str(), "34jk324j");
    let bob = "Bob <im:bob@example.com>".parse().unwrap();
    let mut sender = Sender::for_recipient(&im, bob).unwrap();
    let id = || MessageId::new("d834jied93rf").unwrap();
    assert!(
        sender
            .notify(Notification::Display(DisplayStatus::Displayed), id())
            .is_none()
    );
    let outgoing = sender
        .notify(Notification::Delivery(DeliveryStatus::Delivered), id())
        .unwrap();
    assert_eq!(outgoing.destination.as_str(), "im:alice@example.com");
    let told = outgoing.message.imdn().notifications(&Limits::default()).unwrap();
    let printed = read("rfc5438-2.cpim").unwrap();
    let mut printed = printed.imdn().notifications(&Limits::default()).unwrap();
    // The RFC's notification tells another year than its message was sent in.
    assert_eq!(told[0].date_time_text(), "2006-04-04T12:16:49-05:00");
    let sent_at = told[0].date_time().unwrap();
    let bob = Uri::new("im:bob@example.com").unwrap();
    let expected = Imdn::new(
        printed.remove(0).message_id().clone(),
        sent_at,
        told[0].notification().unwrap(),
    );
    assert_eq!(told[0], expected.with_recipient(&bob, None));
}

#[test]
fn the_documents_that_the_rfcs_print_read() {
    let Some(corpus) = corpus() else { return };
    let limits = Limits::default();
    for (file, status) in [
        ("01-imdn.xml", "delivered"),
        ("02-imdn.xml", "displayed"),
        ("03-imdn.xml", "processed"),
        ("04-imdn.xml", "delivered"),
        ("05-imdn.xml", "displayed"),
    ] {
        let bytes = fs::read(corpus.join("xml/rfc/rfc5438").join(file)).expect(file);
        let imdn = Imdn::parse(&bytes, &limits).expect(file);
        assert_eq!(imdn.notification().unwrap().status(), status, "{file}");
    }
    let grammar = fs::read(corpus.join("xml/rfc/rfc5438/06-grammar.xml")).unwrap();
    let error = Imdn::parse(&grammar, &limits).unwrap_err();
    assert_eq!(error.kind(), DocumentErrorKind::Root("imdn"));

    let composing = |file: &str| {
        let bytes = fs::read(corpus.join("xml/rfc/rfc3994").join(file)).expect(file);
        IsComposing::parse(&bytes, &limits).expect(file)
    };
    let active = IsComposing::new(State::Active).with_content_type("text/plain").unwrap();
    assert_eq!(composing("01-isComposing.xml"), active.with_refresh(90));
    let idle = IsComposing::new(State::Idle).with_content_type("audio").unwrap();
    let last_active = "2003-01-27T10:43:00Z".parse().unwrap();
    assert_eq!(composing("02-isComposing.xml"), idle.with_last_active(last_active));
}
