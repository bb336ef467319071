use bytes::Bytes;
use sip_message::{
    MessageBuilder,
    headers::{ContentType, MediaType},
};

/// A message body and its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// The media type with its parameters, as in `application/pidf+xml`. What is no media type is sent as
    /// `application/octet-stream`.
    pub content_type: String,
    /// The octets.
    pub bytes: Bytes,
}

impl Body {
    /// A body of this type.
    #[must_use]
    pub fn new(content_type: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self {
            content_type: content_type.into(),
            bytes: bytes.into(),
        }
    }

    pub(crate) fn add_to(&self, builder: MessageBuilder) -> MessageBuilder {
        let media_type = MediaType::parse(&self.content_type).or_else(|_| MediaType::parse(OPAQUE));
        match media_type {
            Ok(media_type) => builder.body(&ContentType(media_type), self.bytes.clone()),
            Err(_) => builder,
        }
    }
}

/// RFC 2046 section 4.5.1: what is to be taken as octets and nothing more.
const OPAQUE: &str = "application/octet-stream";
