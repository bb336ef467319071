//! What holds for any message and any bytes.

use std::time::{Duration, Instant, UNIX_EPOCH};

use proptest::{collection::vec, option, prelude::*};

use miniz_oxide::deflate::{compress_to_vec, compress_to_vec_zlib};

use cpim::{
    Address, Builder, DateTime, FormalName, LanguageTag, Limits, MediaType, Message, MimeField, Multipart, Name,
    Namespace, OddityKind, Subject, Text, Uri,
    imdn::{
        Aggregation, Aggregator, DeliveryStatus, Disclosure, DisplayStatus, Imdn, Input, MessageId, Notification,
        NotifyRequest, Output, ProcessingStatus, Request, Sender, Silence,
    },
    inflate,
    is_composing::{
        Composer, ComposerConfig, ComposerInput, ComposerOutput, IsComposing, State, Watcher, WatcherInput,
        WatcherOutput,
    },
};

fn uri() -> impl Strategy<Value = Uri> {
    "[a-zA-Z][a-z0-9+.-]{0,6}:([a-zA-Z0-9;/?:@&=+$,_.!~*'()\\[\\]-]|%[0-9a-fA-F]{2}){1,20}"
        .prop_map(|uri| Uri::new(uri).expect("it fits the grammar"))
}

fn address() -> impl Strategy<Value = Address> {
    let name = prop_oneof![any::<String>(), "[\\x00-\\x7f]{0,12}", "[a-z]{1,5}( [A-Z.]{1,5}){0,3}"];
    (option::of(name), uri()).prop_map(|(name, uri)| match name {
        Some(name) => Address::named(FormalName::new(name), uri),
        None => Address::new(uri),
    })
}

fn text() -> impl Strategy<Value = Text> {
    prop_oneof![any::<String>(), "[\\x00-\\x7f]{0,20}"]
        .prop_map(|text| Text::new(text.trim_end_matches(' ')).expect("no space ends it"))
}

fn lang() -> impl Strategy<Value = LanguageTag> {
    "[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8}){0,2}".prop_map(|tag| LanguageTag::new(tag).expect("it fits the grammar"))
}

fn subject() -> impl Strategy<Value = Subject> {
    (text(), option::of(lang())).prop_map(|(text, lang)| match lang {
        Some(lang) => Subject::new(text).with_lang(lang),
        None => Subject::new(text),
    })
}

/// Any moment that RFC 3339 can write, in any place.
fn date_time() -> impl Strategy<Value = DateTime> {
    let offset = prop_oneof![
        Just("Z".to_owned()),
        "[+-]([01][0-9]|2[0-3]):[0-5][0-9]".prop_map(|offset| offset),
    ];
    (
        -62_167_219_200_i64..253_402_300_800,
        0..1_000_000_000_u32,
        any::<bool>(),
        offset,
    )
        .prop_map(|(seconds, nanos, whole, offset)| {
            let after = Duration::from_secs((seconds + 62_167_219_200).unsigned_abs());
            let epoch = UNIX_EPOCH - Duration::from_secs(62_167_219_200);
            let time = DateTime::try_from(epoch + after + Duration::from_nanos(u64::from(nanos)));
            let time = time.expect("it is in the years 0000 to 9999");
            let time = if whole { time.whole_seconds() } else { time };
            let local = time.to_string().replace('Z', &offset);
            local.parse().expect("an offset may follow any time")
        })
}

fn name() -> impl Strategy<Value = Name> {
    "[A-Za-z0-9!#$%&'*+^_`|~-]{1,12}".prop_map(|name| Name::new(name).expect("it fits the grammar"))
}

fn namespace() -> impl Strategy<Value = Namespace> {
    ("[a-c]", uri()).prop_map(|(prefix, uri)| Namespace::new(prefix, uri.as_str()).expect("both are valid"))
}

fn media_type() -> impl Strategy<Value = MediaType> {
    let parameter = ("[a-zA-Z]{1,8}", "[ -~]{0,12}").prop_map(|(name, value)| {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"");
        format!(";{name}=\"{value}\"")
    });
    ("[a-zA-Z]{1,8}/[a-zA-Z0-9.+-]{1,12}", vec(parameter, 0..3))
        .prop_map(|(essence, parameters)| format!("{essence}{}", parameters.concat()).parse().expect("it fits"))
}

fn mime_field() -> impl Strategy<Value = MimeField> {
    ("Content-[XYZ]{1,4}", "[!-~]([ -~]{0,12}[!-~])?")
        .prop_map(|(name, value)| MimeField::new(name, value).expect("it fits the grammar"))
}

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

#[expect(clippy::disallowed_methods, reason = "a test begins at some moment")]
fn start() -> Instant {
    Instant::now()
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

fn message_id() -> impl Strategy<Value = MessageId> {
    prop_oneof![
        any::<u128>().prop_map(MessageId::from_random),
        "[A-Za-z0-9!#$%&'*+^_`|~.é회-]{1,12}".prop_map(|id| MessageId::new(id).expect("it fits the grammar")),
    ]
}

fn notification() -> impl Strategy<Value = Notification> {
    prop_oneof![
        Just(Notification::Delivery(DeliveryStatus::Delivered)),
        Just(Notification::Delivery(DeliveryStatus::Failed)),
        Just(Notification::Delivery(DeliveryStatus::Forbidden)),
        Just(Notification::Delivery(DeliveryStatus::Error)),
        Just(Notification::Processing(ProcessingStatus::Processed)),
        Just(Notification::Processing(ProcessingStatus::Stored)),
        Just(Notification::Display(DisplayStatus::Displayed)),
        Just(Notification::Display(DisplayStatus::Forbidden)),
    ]
}

fn imdn() -> impl Strategy<Value = Imdn> {
    let recipient = (uri(), option::of(uri()), option::of(text()));
    (message_id(), date_time(), notification(), option::of(recipient)).prop_map(
        |(id, sent_at, notification, recipient)| {
            let imdn = Imdn::new(id, sent_at, notification);
            let Some((recipient, original, subject)) = recipient else {
                return imdn;
            };
            let imdn = imdn.with_recipient(&recipient, original.as_ref());
            match subject {
                Some(subject) => imdn.clone().with_subject(subject).unwrap_or(imdn),
                None => imdn,
            }
        },
    )
}

fn composing() -> impl Strategy<Value = IsComposing> {
    let content_type = prop_oneof!["[a-z]{1,8}", media_type().prop_map(|kind| kind.to_string())];
    (
        prop_oneof![Just(State::Active), Just(State::Idle)],
        option::of(date_time()),
        option::of(content_type),
        option::of(any::<u32>()),
    )
        .prop_map(|(state, last_active, content_type, refresh)| {
            let mut built = IsComposing::new(state);
            if let Some(last_active) = last_active {
                built = built.with_last_active(last_active);
            }
            if let Some(content_type) = content_type {
                built = built.with_content_type(content_type).expect("it is one");
            }
            match refresh {
                Some(refresh) => built.with_refresh(refresh),
                None => built,
            }
        })
}

/// Text that looks like a document, some of it one.
fn nearly_a_document() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("<?xml version='1.0'?>".to_owned()),
        Just("<imdn xmlns='urn:ietf:params:xml:ns:imdn'>".to_owned()),
        Just("<i:imdn xmlns:i='urn:ietf:params:xml:ns:imdn'>".to_owned()),
        Just("<isComposing xmlns='urn:ietf:params:xml:ns:im-iscomposing'>".to_owned()),
        Just("<message-id>x</message-id><datetime>y</datetime>".to_owned()),
        Just("<state>active</state>".to_owned()),
        Just("<subject xml:lang='fr'> &lt;&#13;".to_owned()),
        "</(imdn|i:imdn|isComposing|subject|status|delivery-notification)>",
        "<(delivery-notification|status|delivered/|failed|x:y|refresh|i:subject)>",
        "<!--[ -~]{0,4}-->",
        "<!\\[CDATA\\[[ -~]{0,4}\\]\\]>",
        "[ -~]{0,6}",
        any::<char>().prop_map(String::from),
    ];
    vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

/// What happens in a conversation, one thing each second or later.
#[derive(Clone, Copy, Debug)]
enum Step {
    Compose,
    Send,
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => Just(Step::Compose),
        1 => Just(Step::Send),
        3 => (1..90_u64).prop_map(Step::Wait),
    ];
    vec(step, 0..60)
}

proptest! {
    #[test]
    fn a_notification_reads_as_it_was_written(imdn in imdn()) {
        let written = imdn.to_xml();
        prop_assert_eq!(Imdn::parse(written.as_bytes(), &Limits::default()), Ok(imdn));
    }

    #[test]
    fn a_composing_document_reads_as_it_was_written(composing in composing()) {
        let written = composing.to_xml();
        prop_assert_eq!(IsComposing::parse(written.as_bytes(), &Limits::default()), Ok(composing));
    }

    #[test]
    fn what_looks_like_a_document_is_read_or_refused_where_it_fails(document in nearly_a_document()) {
        let limits = Limits::default();
        match Imdn::parse(document.as_bytes(), &limits) {
            Ok(imdn) => {
                let written = imdn.to_xml();
                let again = Imdn::parse(written.as_bytes(), &limits).unwrap();
                prop_assert_eq!(again.to_xml(), written);
            }
            Err(error) => prop_assert!(document.is_char_boundary(error.offset())),
        }
        match IsComposing::parse(document.as_bytes(), &limits) {
            Ok(read) => prop_assert_eq!(IsComposing::parse(read.to_xml().as_bytes(), &limits), Ok(read)),
            Err(error) => prop_assert!(document.is_char_boundary(error.offset())),
        }
    }

    #[test]
    fn any_bytes_inflate_within_the_limit_or_are_refused(
        bytes in vec(any::<u8>(), 0..200),
        limit in 0..300_usize,
    ) {
        let mut limits = Limits::default();
        limits.inflated = limit;
        match inflate(&bytes, &limits) {
            Ok(inflated) => prop_assert!(inflated.len() <= limit),
            Err(error) => prop_assert!(error.offset() <= bytes.len()),
        }
        for deflated in [compress_to_vec_zlib(&bytes, 6), compress_to_vec(&bytes, 6)] {
            let inflated = inflate(&deflated, &limits);
            prop_assert_eq!(inflated.is_ok(), bytes.len() <= limit);
            prop_assert_eq!(inflated.unwrap_or_else(|_| bytes.clone()), bytes.clone());
        }
    }

    #[test]
    fn a_request_is_answered_once_for_each_disposition_and_nothing_answers_the_answer(
        (from, to, own) in (address(), vec(address(), 0..3), address()),
        (id, sent_at) in (message_id(), date_time()),
        wanted in vec(prop_oneof![
            Just(NotifyRequest::NegativeDelivery),
            Just(NotifyRequest::PositiveDelivery),
            Just(NotifyRequest::Processing),
            Just(NotifyRequest::Display),
        ], 1..4),
        subjects in vec(subject(), 0..3),
        told in vec(notification(), 0..12),
        intermediary in any::<bool>(),
    ) {
        let builder = Message::builder().from(from.clone());
        let builder = to.into_iter().fold(builder, Builder::to);
        let builder = subjects.into_iter().fold(builder, Builder::subject);
        let request = Request::new(id.clone(), sent_at, wanted.clone());
        let im = builder.request_notifications(request).text("x").build();
        let im = Message::parse(im.into_bytes()).unwrap();
        let requests = im.imdn().disposition_notification().unwrap();
        prop_assert_eq!(requests.requests(), &wanted[..]);
        let sender = if intermediary {
            Sender::for_intermediary(&im, own.clone())
        } else {
            Sender::for_recipient(&im, own.clone())
        };
        let mut sender = match sender {
            Ok(sender) => sender,
            Err(silence) => {
                prop_assert_eq!(silence, Silence::Anonymous);
                return Ok(());
            }
        };
        let mut dispositions = Vec::new();
        for notification in told {
            let Some(outgoing) = sender.notify(notification, MessageId::from_random(1)) else {
                continue;
            };
            prop_assert!(!dispositions.contains(&notification.disposition()));
            dispositions.push(notification.disposition());
            prop_assert_eq!(&outgoing.destination, from.uri());
            let sent = Message::parse(outgoing.message.as_bytes().clone()).unwrap();
            prop_assert_eq!(&sent, &outgoing.message);
            prop_assert_eq!(sent.from(), Ok(Some(own.clone())));
            let told = sent.imdn().notifications(&Limits::default()).unwrap();
            prop_assert_eq!(told.len(), 1);
            prop_assert_eq!(told[0].message_id(), &id);
            prop_assert_eq!(told[0].date_time(), Ok(sent_at));
            prop_assert_eq!(told[0].notification(), Some(notification));
            prop_assert_eq!(Sender::for_recipient(&sent, own.clone()).unwrap_err(), Silence::Notification);
        }
    }

    #[test]
    fn every_notification_of_a_member_is_passed_on_once(
        members in vec((0..5_u8, any::<bool>(), 0..40_u64), 0..40),
        hidden in any::<bool>(),
    ) {
        let list: Address = Uri::new("im:list@example.test").unwrap().into();
        let sent_at = "2026-11-23T09:00:00Z".parse().unwrap();
        let wanted = [NotifyRequest::PositiveDelivery, NotifyRequest::Display];
        let im = Message::builder()
            .from(Uri::new("im:alice@example.test").unwrap())
            .to(list.clone())
            .request_notifications(Request::new(MessageId::from_random(0), sent_at, wanted))
            .build();
        let disclosure = if hidden { Disclosure::Number } else { Disclosure::Members };
        let aggregation = Aggregation::new(list, 5).disclosure(disclosure);
        let mut now = start();
        let mut aggregator = Aggregator::new(now, &im, aggregation, &Limits::default()).unwrap();
        let (mut sent, mut told) = (0, std::collections::BTreeSet::new());
        let mut drain = |aggregator: &mut Aggregator| {
            while let Some(output) = aggregator.poll_output() {
                if let Output::Aggregate(aggregate) = output {
                    let message = aggregate.into_outgoing(MessageId::from_random(2)).message;
                    let read = message.imdn().notifications(&Limits::default()).unwrap();
                    assert!(read.iter().all(|imdn| imdn.recipient_uri().is_some() != hidden));
                    sent += read.len();
                }
            }
        };
        for (member, displayed, seconds) in members {
            now += Duration::from_secs(seconds);
            if aggregator.poll_timeout().is_some_and(|due| due <= now) {
                aggregator.handle_input(now, Input::Timeout);
            }
            let own: Address = Uri::new(format!("im:{member}@example.test")).unwrap().into();
            let notification = if displayed {
                Notification::Display(DisplayStatus::Displayed)
            } else {
                Notification::Delivery(DeliveryStatus::Delivered)
            };
            let mut sender = Sender::for_recipient(&im, own).unwrap();
            let outgoing = sender.notify(notification, MessageId::from_random(1)).unwrap();
            aggregator.handle_input(now, Input::Notification(&outgoing.message));
            told.insert((member, displayed));
            drain(&mut aggregator);
        }
        now += Duration::from_secs(7 * 24 * 3600);
        aggregator.handle_input(now, Input::Timeout);
        drain(&mut aggregator);
        prop_assert!(aggregator.is_over());
        prop_assert_eq!(sent, told.len());
    }

    #[test]
    fn the_two_sides_of_a_conversation_agree(steps in steps()) {
        let mut now = start();
        let mut composer = Composer::new(ComposerConfig::default());
        let mut watcher = Watcher::new(Limits::default());
        for step in steps {
            let until = match step {
                Step::Compose => {
                    composer.composing(now);
                    now + Duration::from_secs(1)
                }
                Step::Send => {
                    composer.content_sent();
                    watcher.handle_input(now, WatcherInput::Content);
                    now + Duration::from_secs(1)
                }
                Step::Wait(seconds) => now + Duration::from_secs(seconds),
            };
            loop {
                while let Some(ComposerOutput::Send(status)) = composer.poll_output() {
                    let parsed = IsComposing::parse(status.to_xml().as_bytes(), &Limits::default());
                    watcher.handle_input(now, WatcherInput::Status(&parsed.unwrap()));
                }
                prop_assert_eq!(watcher.state(), composer.state());
                let due = composer.poll_timeout().into_iter().chain(watcher.poll_timeout()).min();
                match due.filter(|due| *due <= until) {
                    Some(due) => {
                        prop_assert!(due >= now);
                        now = due;
                        composer.handle_input(now, ComposerInput::Timeout);
                        // What was sent arrives before the other side gives up.
                        while let Some(ComposerOutput::Send(status)) = composer.poll_output() {
                            watcher.handle_input(now, WatcherInput::Status(&status));
                        }
                        watcher.handle_input(now, WatcherInput::Timeout);
                    }
                    None => break,
                }
            }
            now = until;
        }
        let mut last = State::Idle;
        while let Some(WatcherOutput::Changed(state)) = watcher.poll_output() {
            prop_assert_ne!(state, last);
            last = state;
        }
        prop_assert_eq!(last, watcher.state());
    }

    #[test]
    fn parts_are_what_stood_between_the_delimiters(
        contents in vec("[a-z\\r\\n-]{0,20}", 1..6),
        epilogue in "[a-z-]{0,6}",
    ) {
        let boundary = "=_b";
        let parts: String = contents.iter().map(|content| format!("--{boundary}\r\n\r\n{content}\r\n")).collect();
        let bytes = format!("preamble\r\n{parts}--{boundary}--\r\n{epilogue}");
        let multipart = Multipart::parse(bytes, boundary, &Limits::default()).unwrap();
        let read: Vec<_> = multipart.parts().map(|part| part.unwrap().content()).collect();
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
