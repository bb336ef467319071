use bytes::Bytes;
use sip_message::{
    Limits,
    body::{Multipart, MultipartBuilder, MultipartError, Part},
    headers::{ContentType, TypedHeader},
};

/// The first line is a Content-Type, the rest the body. Its parts are slices of it, one behind the other, and written
/// anew they read as they were.
pub fn multipart(data: &[u8]) {
    let Some(end) = data.windows(2).position(|pair| pair == b"\r\n") else {
        return;
    };
    let Some(content_type) = std::str::from_utf8(&data[..end])
        .ok()
        .and_then(|text| ContentType::parse(text).ok())
    else {
        return;
    };
    let body = Bytes::copy_from_slice(&data[end + 2..]);
    match Multipart::parse(&content_type, &body, &Limits::default()) {
        Ok(multipart) => check(&multipart, &body, 1),
        Err(error) => assert!(error.offset().unwrap_or_default() <= body.len()),
    }
}

fn check(multipart: &Multipart, body: &Bytes, depth: usize) {
    let limits = Limits::default();
    assert!(depth <= limits.multipart_depth && multipart.parts().len() <= limits.parts);
    assert!(body.starts_with(multipart.preamble()) && body.ends_with(multipart.epilogue()));
    let mut at = multipart.preamble().len();
    for part in multipart.parts() {
        // Offsets of slices in the body; an empty slice may stand anywhere.
        if !part.as_bytes().is_empty() {
            let start = part.as_bytes().as_ptr() as usize - body.as_ptr() as usize;
            assert!(start >= at && start + part.as_bytes().len() <= body.len());
            at = start + part.as_bytes().len();
        }
        one(part, &limits, depth);
    }
    if let Some((content, signature)) = multipart.signed() {
        assert_eq!([content.clone(), signature.clone()], multipart.parts());
    }
    if let Some(root) = multipart.root() {
        assert!(multipart.parts().contains(root));
    }

    let (first, others) = multipart.parts().split_first().expect("a multipart has a part");
    let builder = MultipartBuilder::mixed(first.clone());
    let written = others.iter().cloned().fold(builder, MultipartBuilder::part).build();
    let again =
        Multipart::parse(&written.content_type(), written.bytes(), &limits).expect("what is written can be read");
    assert_eq!(again.parts(), multipart.parts());
    if let Ok(builder) = MultipartBuilder::related(first.clone()) {
        let written = others.iter().cloned().fold(builder, MultipartBuilder::part).build();
        let again =
            Multipart::parse(&written.content_type(), written.bytes(), &limits).expect("what is written can be read");
        assert_eq!(again.root(), Some(first));
    }
}

fn one(part: &Part, limits: &Limits, depth: usize) {
    assert!(part.as_bytes().ends_with(part.body()));
    for field in part.headers() {
        let value = &part.as_bytes()[field.offset()..field.offset() + field.value().len()];
        assert_eq!(value, field.value());
    }
    if let Some(error) = part.defect() {
        let at = error.offset().expect("it stands in the part") - part.offset();
        assert!(at <= part.as_bytes().len());
    }
    match part.multipart(limits) {
        Ok(Some(inner)) => check(&inner, &part.body_bytes(), depth + 1),
        Ok(None) => {}
        Err(MultipartError::TooDeep) => assert_eq!(depth, limits.multipart_depth),
        Err(error) => assert!(error.offset().unwrap_or_default() <= part.as_bytes().len()),
    }
}
