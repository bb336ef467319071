use bytes::{BufMut, Bytes, BytesMut};

use super::{Part, part::Place};
use crate::{
    HeaderName, Limits, RawValue,
    headers::{Occurrence, TypedHeader},
    write::write_line,
};

/// Writes a part. [`Part::builder`] makes one.
#[derive(Clone, Debug)]
pub struct PartBuilder {
    // Lines with their CRLF.
    head: BytesMut,
    body: Bytes,
}

impl PartBuilder {
    pub(super) fn new(body: Bytes) -> Self {
        Self {
            head: BytesMut::new(),
            body,
        }
    }

    /// Adds a header. One that describes a part begins with `Content-` (RFC 2046 section 5.1). One that may stand once takes
    /// the place of another of its name.
    #[must_use]
    pub fn header<'a, H: TypedHeader<'a>>(mut self, header: &H) -> Self {
        self.make_room(H::NAME, H::OCCURRENCE);
        write_line(&mut self.head, header);
        self
    }

    /// Adds a header whose value is given as text.
    #[must_use]
    pub fn raw(mut self, name: HeaderName, value: RawValue<'_>) -> Self {
        self.make_room(name, Occurrence::of(name).unwrap_or(Occurrence::Lines));
        for text in [name.as_str(), ": ", value.as_str(), "\r\n"] {
            self.head.put_slice(text.as_bytes());
        }
        self
    }

    /// Takes every header of a name out that may stand once.
    fn make_room(&mut self, name: HeaderName, occurrence: Occurrence) {
        if occurrence != Occurrence::Once || self.head.is_empty() {
            return;
        }
        let written = written(self.head.split().freeze());
        for kept in written.headers().filter(|header| !header.is(name)) {
            self.head.put_slice(kept.line());
        }
    }

    /// The part.
    #[must_use]
    pub fn build(self) -> Part {
        let mut bytes = BytesMut::with_capacity(self.head.len() + 2 + self.body.len());
        bytes.put_slice(&self.head);
        bytes.put_slice(b"\r\n");
        bytes.put_slice(&self.body);
        written(bytes.freeze())
    }
}

fn written(bytes: Bytes) -> Part {
    Part::parse_at(bytes, &Limits::UNBOUNDED, Place::default())
        .expect("what is written from validated headers has a header section")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::ContentType;

    #[test]
    fn what_is_built_reads_as_it_was_given() {
        let part = Part::builder(&ContentType::parse("text/plain;charset=UTF-8").unwrap(), "a\r\n\r\nb")
            .raw(HeaderName::CONTENT_DISPOSITION, RawValue::from_static("render"))
            .build();
        assert_eq!(
            part.as_bytes(),
            "Content-Type: text/plain;charset=UTF-8\r\nContent-Disposition: render\r\n\r\na\r\n\r\nb"
        );
        assert_eq!(part.body(), b"a\r\n\r\nb");
    }
}
