use miniz_oxide::deflate::{compress_to_vec, compress_to_vec_zlib};
use proptest::{collection::vec, option, prelude::*};

use cpim::{
    Limits,
    imdn::Imdn,
    inflate,
    is_composing::{IsComposing, State},
};

use crate::values::{date_time, media_type, message_id, notification, text, uri};

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
}
