use proptest::{collection::vec, option, prelude::*};

use cpim::{Address, Builder, DateTime, LanguageTag, Limits, MediaType, Message, Multipart, Name, OddityKind, Uri};

use crate::values::{address, date_time, media_type, mime_field, name, namespace, subject, text};

fn builder() -> impl Strategy<Value = Builder> {
    (
        (option::of(address()), vec(address(), 0..4), vec(address(), 0..3)),
        (option::of(date_time()), vec(subject(), 0..3)),
        vec((namespace(), name(), text(), any::<bool>()), 0..6),
        option::of((media_type(), vec(any::<u8>(), 0..64))),
        vec(mime_field(), 0..3),
    )
        .prop_map(|((from, to, cc), (date_time, subjects), extensions, content, fields)| {
            let mut builder = Message::builder();
            if let Some(from) = from {
                builder = builder.from(from);
            }
            builder = to.into_iter().fold(builder, Builder::to);
            builder = cc.into_iter().fold(builder, Builder::cc);
            if let Some(date_time) = date_time {
                builder = builder.date_time(date_time);
            }
            builder = subjects.into_iter().fold(builder, Builder::subject);
            for (namespace, name, text, required) in extensions {
                if required {
                    builder = builder.require(&namespace, name.clone());
                }
                builder = builder.header(&namespace, name, text);
            }
            if let Some((content_type, content)) = content {
                builder = builder.content(content_type, content);
            }
            fields.into_iter().fold(builder, Builder::mime_field)
        })
}

/// Bytes that look like a message, some of them one.
fn nearly_a_message() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        Just("\r\n".to_owned()),
        Just("Content-Type: text/plain;\r\n charset=utf-8\r\n".to_owned()),
        Just("Content-type: Message/CPIM\r\n".to_owned()),
        Just("Content-Length: 3\r\n".to_owned()),
        Just("NS: a <urn:x:y>\r\n".to_owned()),
        Just("NS: <urn:x:y>\r\n".to_owned()),
        Just("Require: a.B, C\r\n".to_owned()),
        Just("DateTime: 2000-12-13T13:40:00-08:00\r\n".to_owned()),
        "(From|To|cc|Subject|a.B|b.B|X)[:.;=a\" ]{0,3}[ -~é]{0,20}\r\n",
        "From: [A-Za-z\\\\\" ]{0,8}<[a-z:]{0,6}>\r\n",
        "Subject:;lang=[a-z-]{0,4} [a-z\\\\u0-9\"]{0,12}\r\n",
        "[\\x00-\\x7f]{0,6}",
    ];
    vec(line, 0..14).prop_map(|lines| lines.concat().into_bytes())
}
fn look_at_everything(message: &Message) {
    for header in message.headers() {
        let _ = (header.text(), header.lang(), header.parameters(), header.prefix());
        assert_eq!(
            &message.as_bytes()[header.offset()..][..header.raw().len()],
            header.raw()
        );
    }
    for header in message.mime_headers().chain(message.entity_headers()) {
        let _ = header.value();
        assert_eq!(
            &message.as_bytes()[header.offset()..][..header.raw().len()],
            header.raw()
        );
    }
    let _ = (
        message.from(),
        message.date_time(),
        message.content_type(),
        message.text(),
    );
    let offsets = message
        .to()
        .chain(message.cc())
        .filter_map(|address| address.err().map(|error| error.offset()))
        .chain(
            message
                .subject()
                .filter_map(|subject| subject.err().map(|error| error.offset())),
        )
        .chain(
            message
                .ns()
                .filter_map(|declaration| declaration.err().map(|error| error.offset())),
        )
        .chain(message.require().err().map(|error| error.offset()));
    for offset in offsets {
        assert!(offset <= message.as_bytes().len());
    }
    serde_json::to_string(message).expect("the view is plain");
}

/// Puts the parts together again, with the empty lines that the oddities tell.
fn reassembled(message: &Message) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut push = |line: &[u8]| {
        bytes.extend_from_slice(line);
        bytes.extend_from_slice(b"\r\n");
    };
    for header in message.entity_headers() {
        push(header.raw());
    }
    if message.entity_headers().len() > 0 {
        push(b"");
    }
    for header in message.headers() {
        push(header.raw());
    }
    if message.layout() == cpim::Layout::Separated {
        push(b"");
    }
    for header in message.mime_headers() {
        push(header.raw());
    }
    let has_content_mark = bytes.len() < message.as_bytes().len();
    if has_content_mark {
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(message.content());
    bytes
}
proptest! {
    #[test]
    fn parts_are_what_stood_between_the_delimiters(
        contents in vec("[a-z\\r\\n-]{0,20}", 1..6),
        epilogue in "[a-z-]{0,6}",
    ) {
        let boundary = "=_b";
        let parts: String = contents.iter().map(|content| format!("--{boundary}\r\n\r\n{content}\r\n")).collect();
        let bytes = format!("preamble\r\n{parts}--{boundary}--\r\n{epilogue}");
        let multipart = Multipart::parse(bytes, boundary, &Limits::default()).unwrap();
        let read: Vec<_> = multipart.parts().map(|part| part.unwrap().content_bytes()).collect();
        prop_assert_eq!(read, contents);
    }

    #[test]
    fn what_is_built_parses_back_equal(builder in builder()) {
        let built = builder.build();
        let parsed = Message::parse(built.as_bytes().clone());
        prop_assert_eq!(parsed.as_ref(), Ok(&built));
        prop_assert_eq!(built.oddities(), []);
        look_at_everything(&built);
    }

    #[test]
    fn what_is_built_reads_as_it_was_given(
        from in address(),
        to in vec(address(), 0..4),
        cc in vec(address(), 0..4),
        subjects in vec(subject(), 0..4),
        date_time in date_time(),
        content_type in media_type(),
        content in vec(any::<u8>(), 0..64),
    ) {
        let builder = Message::builder().from(from.clone()).date_time(date_time);
        let builder = to.iter().cloned().fold(builder, Builder::to);
        let builder = cc.iter().cloned().fold(builder, Builder::cc);
        let builder = subjects.iter().cloned().fold(builder, Builder::subject);
        let message = builder.content(content_type.clone(), content.clone()).build();
        let message = Message::parse(message.into_bytes()).unwrap();
        prop_assert_eq!(message.from(), Ok(Some(from)));
        prop_assert_eq!(message.to().collect::<Result<Vec<_>, _>>(), Ok(to));
        prop_assert_eq!(message.cc().collect::<Result<Vec<_>, _>>(), Ok(cc));
        prop_assert_eq!(message.subject().collect::<Result<Vec<_>, _>>(), Ok(subjects));
        prop_assert_eq!(message.date_time(), Ok(Some(date_time)));
        prop_assert_eq!(message.content_type(), Ok(content_type));
        prop_assert_eq!(message.content(), content);
    }

    #[test]
    fn extension_headers_are_found_by_what_they_mean(
        extensions in vec((namespace(), name(), text()), 1..6),
    ) {
        let builder = extensions.iter().fold(Message::builder(), |builder, (namespace, name, text)| {
            builder.header(namespace, name.clone(), text.clone())
        });
        let message = Message::parse(builder.build().into_bytes()).unwrap();
        for (namespace, name, text) in &extensions {
            let meant = cpim::ExpandedName::new(namespace.uri().as_str(), name.as_str());
            let found = message.headers_named(meant).any(|header| header.text().unwrap() == text.as_str());
            prop_assert!(found);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..256)) {
        if let Ok(message) = Message::parse(bytes.clone()) {
            look_at_everything(&message);
            prop_assert_eq!(message.into_bytes(), bytes);
        }
    }

    #[test]
    fn bytes_like_a_message_are_kept_and_indexed_whole(bytes in nearly_a_message()) {
        match Message::parse(bytes.clone()) {
            Ok(message) => {
                look_at_everything(&message);
                prop_assert_eq!(message.as_bytes(), &bytes);
                let empty_lines = [OddityKind::ExtraEmptyLine, OddityKind::LeadingEmptyLine];
                if !message.oddities().iter().any(|oddity| empty_lines.contains(&oddity.kind)) {
                    prop_assert_eq!(reassembled(&message), bytes);
                }
            }
            Err(error) => prop_assert!(error.offset() <= bytes.len()),
        }
    }

    #[test]
    fn a_built_message_with_a_byte_changed_is_read_or_refused(
        builder in builder(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = builder.build().into_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(message) = Message::parse(bytes.clone()) {
            look_at_everything(&message);
            prop_assert_eq!(message.into_bytes(), bytes);
        }
    }

    #[test]
    fn any_text_is_read_or_refused_as_a_value(text in any::<String>()) {
        let _ = text.parse::<Address>();
        let _ = text.parse::<DateTime>();
        let _ = text.parse::<LanguageTag>();
        let _ = text.parse::<MediaType>();
        let _ = text.parse::<Name>();
        let _ = text.parse::<Uri>();
    }

    #[test]
    fn a_date_read_is_written_the_same(date_time in date_time()) {
        prop_assert_eq!(date_time.to_string().parse(), Ok(date_time));
        let time = date_time.to_system_time().unwrap();
        prop_assert_eq!(DateTime::try_from(time).unwrap().unix_seconds(), date_time.unix_seconds());
    }
}
