//! Multipart bodies.

use bytes::Bytes;
use proptest::{collection::vec, prelude::*, sample};
use sip_message::{
    HeaderName, Limits, MessageBuilder, RawValue, StatusCode,
    body::{Multipart, MultipartBody, MultipartBuilder, Part},
    headers::{ContentType, TypedHeader},
};

/// What boundaries are made of, and what is next to them.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let piece = sample::select(vec![
        "\r\n",
        "\r",
        "\n",
        "--",
        "-",
        "boundary.",
        "0000000000000000",
        "0000000000000001",
        "000",
        "b",
        "bb",
        " ",
        "\t",
        ":",
        "X: y",
        "Content-Type: multipart/mixed;boundary=b",
        "\r\n--boundary.0000000000000000\r\n",
        "\r\n--boundary.0000000000000000--\r\n",
        "\r\n--b\r\n",
        "--b--",
    ]);
    let pieces = vec(piece, 0..24).prop_map(|pieces| pieces.concat().into_bytes());
    prop_oneof![3 => pieces, 1 => vec(any::<u8>(), 0..40)]
}

fn leaf() -> impl Strategy<Value = Part> {
    let content_type = sample::select(vec!["text/plain", "application/pidf+xml;charset=\"UTF-8\"", "a/b"]);
    let header = prop::option::of("[!-~]([ -~]{0,20}[!-~])?");
    let built = (content_type, header, hostile()).prop_map(|(content_type, header, body)| {
        let builder = Part::builder(&ContentType::parse(content_type).unwrap(), body);
        match header {
            Some(value) => builder
                .raw(HeaderName::CONTENT_ID, RawValue::new(&value).unwrap())
                .build(),
            None => builder.build(),
        }
    });
    let bare = hostile().prop_map(|body| Part::parse([b"\r\n", &body[..]].concat(), &Limits::default()).unwrap());
    let empty = sample::select(vec!["", "\r\n", "X: y", "X: y\r\n"])
        .prop_map(|text| Part::parse(text, &Limits::default()).unwrap());
    prop_oneof![4 => built, 1 => bare, 1 => empty]
}

fn body(parts: impl Strategy<Value = Part>) -> impl Strategy<Value = (Vec<Part>, MultipartBody)> {
    vec(parts, 1..5).prop_map(|parts| {
        let builder = MultipartBuilder::mixed(parts[0].clone());
        let body = parts[1..].iter().cloned().fold(builder, MultipartBuilder::part).build();
        (parts, body)
    })
}

fn nested() -> impl Strategy<Value = Part> {
    leaf().prop_recursive(3, 16, 4, |inner| body(inner).prop_map(|(_, body)| body.into_part()))
}

/// Every multipart within the part splits.
fn descend(part: &Part, limits: &Limits) {
    if part
        .as_bytes()
        .starts_with(b"Content-Type: multipart/mixed;boundary=boundary.")
    {
        let inner = part.multipart(limits).unwrap().unwrap();
        inner.parts().iter().for_each(|part| descend(part, limits));
    }
}

proptest! {
    #[test]
    fn parts_that_are_written_are_the_parts_that_are_read((parts, body) in body(nested())) {
        let limits = Limits::default();
        let read = Multipart::parse(&body.content_type(), body.bytes(), &limits).unwrap();
        assert_eq!(read.parts(), parts);
        assert!(read.preamble().is_empty() && read.epilogue().is_empty());
        read.parts().iter().for_each(|part| descend(part, &limits));
        for (read, written) in read.parts().iter().zip(&parts) {
            assert_eq!(read.body(), written.body());
            assert_eq!(read.headers().count(), written.headers().count());
        }
        // In a message, and with the same boundary for the same parts.
        let request = sip_message::Message::parse("MESSAGE sip:a@b SIP/2.0\r\n\r\n").unwrap();
        let message = MessageBuilder::reply_to(&request, StatusCode::OK, None)
            .unwrap()
            .body(&body.content_type(), body.bytes().clone())
            .build();
        assert_eq!(message.multipart(&limits).unwrap().unwrap(), read);
        let again = parts[1..].iter().cloned().fold(MultipartBuilder::mixed(parts[0].clone()), MultipartBuilder::part);
        assert_eq!(again.build(), body);
    }

    #[test]
    fn any_bytes_split_or_say_why(
        body in hostile(),
        content_type in sample::select(vec![
            "multipart/mixed;boundary=b",
            "multipart/digest;boundary=\"--\"",
            "multipart/related;boundary=boundary.0000000000000000;start=\"<a>\"",
        ]),
    ) {
        let content_type = ContentType::parse(content_type).unwrap();
        let body = Bytes::from(body);
        match Multipart::parse(&content_type, &body, &Limits::default()) {
            Ok(multipart) => {
                let mut end = body[..].as_ptr() as usize + multipart.preamble().len();
                for part in multipart.parts() {
                    // Slices of the body, one behind the other.
                    let bytes = part.as_bytes().as_ptr_range();
                    if !part.as_bytes().is_empty() {
                        assert!(bytes.start as usize >= end && bytes.end as usize <= body[..].as_ptr_range().end as usize);
                        end = bytes.end as usize;
                    }
                    let _ = (part.content_type(), part.multipart(&Limits::default()));
                    for field in part.headers() {
                        assert_eq!(&part.as_bytes()[field.offset()..][..field.value().len()], field.value());
                    }
                }
                let _ = (multipart.root(), multipart.signed());
            }
            Err(error) => assert!(error.offset().unwrap_or_default() <= body.len()),
        }
    }
}
