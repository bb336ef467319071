//! Any value of the types that messages and documents are made of.

use std::time::{Duration, UNIX_EPOCH};

use proptest::{collection::vec, option, prelude::*};

use cpim::{
    Address, DateTime, FormalName, LanguageTag, MediaType, MimeField, Name, Namespace, Subject, Text, Uri,
    imdn::{DeliveryStatus, DisplayStatus, MessageId, Notification, ProcessingStatus},
};

pub(crate) fn uri() -> impl Strategy<Value = Uri> {
    "[a-zA-Z][a-z0-9+.-]{0,6}:([a-zA-Z0-9;/?:@&=+$,_.!~*'()\\[\\]-]|%[0-9a-fA-F]{2}){1,20}"
        .prop_map(|uri| Uri::new(uri).expect("it fits the grammar"))
}

pub(crate) fn address() -> impl Strategy<Value = Address> {
    let name = prop_oneof![any::<String>(), "[\\x00-\\x7f]{0,12}", "[a-z]{1,5}( [A-Z.]{1,5}){0,3}"];
    (option::of(name), uri()).prop_map(|(name, uri)| match name {
        Some(name) => Address::named(FormalName::new(name), uri),
        None => Address::new(uri),
    })
}

pub(crate) fn text() -> impl Strategy<Value = Text> {
    prop_oneof![any::<String>(), "[\\x00-\\x7f]{0,20}"]
        .prop_map(|text| Text::new(text.trim_end_matches(' ')).expect("no space ends it"))
}

pub(crate) fn lang() -> impl Strategy<Value = LanguageTag> {
    "[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8}){0,2}".prop_map(|tag| LanguageTag::new(tag).expect("it fits the grammar"))
}

pub(crate) fn subject() -> impl Strategy<Value = Subject> {
    (text(), option::of(lang())).prop_map(|(text, lang)| match lang {
        Some(lang) => Subject::new(text).with_lang(lang),
        None => Subject::new(text),
    })
}

/// Any moment that RFC 3339 can write, in any place.
pub(crate) fn date_time() -> impl Strategy<Value = DateTime> {
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

pub(crate) fn name() -> impl Strategy<Value = Name> {
    "[A-Za-z0-9!#$%&'*+^_`|~-]{1,12}".prop_map(|name| Name::new(name).expect("it fits the grammar"))
}

pub(crate) fn namespace() -> impl Strategy<Value = Namespace> {
    ("[a-c]", uri()).prop_map(|(prefix, uri)| Namespace::new(prefix, uri.as_str()).expect("both are valid"))
}

pub(crate) fn media_type() -> impl Strategy<Value = MediaType> {
    let parameter = ("[a-zA-Z]{1,8}", "[ -~]{0,12}").prop_map(|(name, value)| {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"");
        format!(";{name}=\"{value}\"")
    });
    ("[a-zA-Z]{1,8}/[a-zA-Z0-9.+-]{1,12}", vec(parameter, 0..3))
        .prop_map(|(essence, parameters)| format!("{essence}{}", parameters.concat()).parse().expect("it fits"))
}

pub(crate) fn mime_field() -> impl Strategy<Value = MimeField> {
    ("Content-[XYZ]{1,4}", "[!-~]([ -~]{0,12}[!-~])?")
        .prop_map(|(name, value)| MimeField::new(name, value).expect("it fits the grammar"))
}
pub(crate) fn message_id() -> impl Strategy<Value = MessageId> {
    prop_oneof![
        any::<u128>().prop_map(MessageId::from_random),
        "[A-Za-z0-9!#$%&'*+^_`|~.é회-]{1,12}".prop_map(|id| MessageId::new(id).expect("it fits the grammar")),
    ]
}

pub(crate) fn notification() -> impl Strategy<Value = Notification> {
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
