use std::fmt;

use bytes::Bytes;

use super::{
    Multipart, MultipartError, PartBuilder, multipart,
    part_head::{Field, Head, Wrong},
};
use crate::{
    HeaderError, HeaderName, Limits, RawHeader,
    headers::{ContentType, MediaType, Occurrence, TypedHeader},
};

/// One part of a multipart body: MIME headers and content, as they came.
///
/// Names are those of MIME: the compact forms of SIP, such as `c` for Content-Type, name nothing here.
///
/// Where a line of the header section is no header, the content begins with that line, and [`Part::defect`] says so:
/// the empty line is missing then, as in an example of RFC 4662 (section 6), and neither the headers before nor the
/// other parts are lost for it.
#[derive(Clone)]
pub struct Part {
    bytes: Bytes,
    fields: Vec<Field>,
    // Where the content begins.
    body: usize,
    defect: Option<Wrong>,
    place: Place,
}

/// Where a part stands. The default is that of one that stands alone.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    /// Where it begins in the body that holds it.
    pub(super) offset: usize,
    /// How many multiparts it stands in.
    pub(super) depth: usize,
    pub(super) is_in_digest: bool,
}

impl Part {
    /// Starts a new part.
    #[must_use]
    pub fn builder(content_type: &ContentType<'_>, body: impl Into<Bytes>) -> PartBuilder {
        PartBuilder::new(body.into()).header(content_type)
    }

    /// Reads headers and content: an entity of MIME that stands alone, such as what a signature was made of.
    ///
    /// # Errors
    /// When the header section passes a limit.
    pub fn parse(bytes: impl Into<Bytes>, limits: &Limits) -> Result<Self, MultipartError> {
        Self::parse_at(bytes.into(), limits, Place::default())
    }

    /// As [`Part::parse`], for a part of a body.
    pub(super) fn parse_at(bytes: Bytes, limits: &Limits, place: Place) -> Result<Self, MultipartError> {
        let Head { fields, body, defect } = Head::read(&bytes, limits).map_err(|wrong| place.error(wrong))?;
        Ok(Self {
            bytes,
            fields,
            body,
            defect,
            place,
        })
    }

    /// Where the part begins, in bytes from the start of the body that was split, so that what is said of a place in
    /// the part can be said of one in that body:
    ///
    /// ```
    /// use sip_message::{Limits, Message};
    ///
    /// let message = Message::parse(
    ///     "MESSAGE sip:a@example.test SIP/2.0\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n\
    ///      --b\r\nContent-Type: text\r\n\r\nHello\r\n--b--",
    /// )?;
    /// let multipart = message.multipart(&Limits::default())?.expect("a multipart body");
    /// let part = &multipart.parts()[0];
    /// let error = part.content_type().unwrap_err();
    /// assert_eq!((part.offset(), error.offset()), (5, 18));
    /// assert_eq!(&message.body()[..part.offset() + error.offset()], b"--b\r\nContent-Type: text");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// 0 for a part that stands alone: one that was built, or read by [`Part::parse`].
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.place.offset
    }

    /// Headers, empty line and content, byte for byte: what a signature covers.
    #[must_use]
    pub const fn as_bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The content.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.bytes.get(self.body..).unwrap_or_default()
    }

    /// The content, sharing memory with the body that the part stands in. A Content-Transfer-Encoding is not undone;
    /// SIP needs none, as it carries any bytes.
    #[must_use]
    pub fn body_bytes(&self) -> Bytes {
        self.bytes.slice(self.body..)
    }

    /// What is wrong with the header section, if anything: [`MultipartError::Header`], its offset counted, as that of
    /// every `MultipartError`, from the start of the body that was split. The content begins with the line that is wrong.
    #[must_use]
    pub fn defect(&self) -> Option<MultipartError> {
        self.defect.map(|wrong| self.place.error(wrong))
    }

    /// Every header field, in order. Offsets are in bytes from the start of the part.
    pub fn headers(&self) -> impl DoubleEndedIterator<Item = RawHeader<'_>> + ExactSizeIterator {
        self.fields.iter().map(|field| field.raw(&self.bytes))
    }

    /// The first header field of this name.
    #[must_use]
    pub fn header(&self, name: HeaderName) -> Option<RawHeader<'_>> {
        self.header_all(name).next()
    }

    /// Every header field of this name, in order.
    pub fn header_all(&self, name: HeaderName) -> impl Iterator<Item = RawHeader<'_>> {
        self.headers().filter(move |header| header.is(name))
    }

    /// The typed value of a header, as [`Message::typed`](crate::Message::typed) gives it.
    ///
    /// # Errors
    /// When the value breaks the header's grammar, is not UTF-8, or stands twice where once is allowed. Offsets count from
    /// the start of the part; [`Part::offset`] is where that is.
    pub fn typed<'a, H: TypedHeader<'a> + 'a>(&'a self) -> Result<Option<H>, HeaderError> {
        if H::OCCURRENCE != Occurrence::Once {
            return self.typed_all().next().transpose();
        }
        let mut fields = self.header_all(H::NAME);
        let Some(field) = fields.next() else {
            return Ok(None);
        };
        match fields.next() {
            None => field.typed().map(Some),
            Some(second) => Err(second.duplicate::<H>()),
        }
    }

    /// The elements of a list header, as [`Message::typed_all`](crate::Message::typed_all) gives them.
    pub fn typed_all<'a, H: TypedHeader<'a> + 'a>(&'a self) -> impl Iterator<Item = Result<H, HeaderError>> + 'a {
        self.header_all(H::NAME).flat_map(RawHeader::typed_elements)
    }

    /// What the content is. Where no header says it, `text/plain`, and in a `multipart/digest` `message/rfc822` (RFC
    /// 2046 section 5.1).
    ///
    /// # Errors
    /// When Content-Type cannot be read.
    pub fn content_type(&self) -> Result<ContentType<'_>, HeaderError> {
        if let Some(content_type) = self.typed()? {
            return Ok(content_type);
        }
        let media_type = if self.place.is_in_digest {
            "message/rfc822"
        } else {
            "text/plain"
        };
        Ok(ContentType(
            MediaType::parse(media_type).expect("two tokens with a slash"),
        ))
    }

    /// The parts of the content. `Ok(None)` when it is not multipart.
    ///
    /// # Errors
    /// As [`Message::multipart`](crate::Message::multipart). Offsets count from the start of the content.
    pub fn multipart(&self, limits: &Limits) -> Result<Option<Multipart>, MultipartError> {
        let content_type = self.content_type()?;
        if !multipart::is_multipart(&content_type) {
            return Ok(None);
        }
        Multipart::parse_at(&content_type, &self.body_bytes(), limits, self.place.depth + 1).map(Some)
    }
}

impl Place {
    /// The error for what is wrong with the header section of a part that stands here.
    const fn error(self, (kind, at): Wrong) -> MultipartError {
        MultipartError::Header {
            kind,
            offset: self.offset + at,
        }
    }
}

/// Parts are equal when their bytes are.
impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Part {}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Part({:?})", String::from_utf8_lossy(&self.bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        HeaderErrorKind, ParseErrorKind,
        headers::{Allow, ContentLength},
    };

    fn part(text: &str) -> Part {
        Part::parse(text.to_owned(), &Limits::default()).unwrap()
    }

    #[test]
    fn headers_are_those_of_mime() {
        let part = part("content-TYPE : a/b;x=y\r\nc: d/e\r\nX-Folded: one\r\n two\t\r\n\r\n\r\nbody\r\n");
        assert!(part.content_type().unwrap().is("a/b"));
        let names: Vec<_> = part.headers().map(|field| (field.name(), field.id())).collect();
        assert_eq!(
            names,
            [
                ("content-TYPE", Some(HeaderName::CONTENT_TYPE)),
                ("c", None),
                ("X-Folded", None)
            ]
        );
        let folded = part.header(HeaderName::from_static("x-folded")).unwrap();
        assert_eq!(folded.value(), b"one\r\n two");
        assert_eq!(folded.line(), b"X-Folded: one\r\n two\t\r\n");
        assert_eq!(&part.as_bytes()[folded.offset()..][..3], b"one");
        assert_eq!(part.body(), b"\r\nbody\r\n");
    }

    #[test]
    fn typed_headers_answer_as_in_a_message() {
        let part =
            part("Allow: A, B\r\nAllow: C\r\nContent-Length: x\r\nContent-Type: a/b\r\nContent-Type: a/b\r\n\r\n");
        assert_eq!(part.typed_all::<Allow>().count(), 3);
        let error = part.typed::<ContentLength>().unwrap_err();
        assert_eq!((error.name(), error.offset()), (HeaderName::CONTENT_LENGTH, 39));
        assert_eq!(
            part.typed::<ContentType>().unwrap_err().kind(),
            HeaderErrorKind::Duplicate
        );
        assert!(part.multipart(&Limits::default()).is_err());
        assert_eq!(part.typed::<crate::headers::Date>(), Ok(None));
    }

    #[test]
    fn a_part_without_a_type_has_the_default_one() {
        let digest = ContentType::parse("multipart/digest;boundary=b").unwrap();
        let body = Bytes::from_static(b"--b\r\n\r\nFrom: x\r\n--b--");
        let multipart = Multipart::parse(&digest, &body, &Limits::default()).unwrap();
        assert!(multipart.parts()[0].content_type().unwrap().is("message/rfc822"));
        assert!(part("\r\nx").content_type().unwrap().is("text/plain"));
        assert!(part("").content_type().unwrap().is("text/plain"));
    }

    #[test]
    fn a_line_that_is_no_header_begins_the_content() {
        let xml = part("Content-Type: a/b\r\n<?xml version=\"1.0\"?>\r\n\r\n<a/>");
        assert_eq!(xml.body(), b"<?xml version=\"1.0\"?>\r\n\r\n<a/>");
        assert!(xml.content_type().unwrap().is("a/b"));
        let defect = |text, kind, offset| {
            let part = part(text);
            assert_eq!(part.defect(), Some(MultipartError::Header { kind, offset }), "{text:?}");
            assert_eq!(part.headers().count(), usize::from(text.starts_with("X: y")));
            assert!(part.as_bytes().ends_with(part.body()));
        };
        defect("X: y\r\nz\r\n\r\n", ParseErrorKind::HeaderColon, 6);
        defect(" X: y\r\n\r\n", ParseErrorKind::LeadingFold, 0);
        defect("X: y\r\nX y: z\r\n\r\n", ParseErrorKind::HeaderName, 7);
        defect("X: y\r\n: z", ParseErrorKind::HeaderName, 6);
        defect("x: y\nz\r\n\r\n", ParseErrorKind::BareLineBreak, 4);
        assert_eq!(part("X: y\r\n\r\nz").defect(), None);
    }

    #[test]
    fn offsets_of_a_part_and_of_its_body_differ_by_where_it_begins() {
        let inner = "--in\r\nX: y\r\n\r\n\r\n--in\r\nX: y\r\nz\r\n--in--";
        let outer = format!("--b\r\nContent-Type: multipart/mixed;boundary=in\r\n\r\n{inner}\r\n--b--");
        let content_type = ContentType::parse("multipart/mixed;boundary=b").unwrap();
        let outer = Multipart::parse(&content_type, &outer.into(), &Limits::default()).unwrap();
        let holder = &outer.parts()[0];
        assert_eq!(holder.offset(), 5);
        let split = holder.multipart(&Limits::default()).unwrap().unwrap();
        let at: Vec<_> = split.parts().iter().map(Part::offset).collect();
        assert_eq!(at, [6, 22]);
        for part in split.parts() {
            assert!(inner[part.offset()..].starts_with("X: y"));
            assert_eq!(part.header(HeaderName::from_static("x")).unwrap().offset(), 3);
        }
        let defect = split.parts()[1].defect().unwrap();
        assert_eq!(defect.offset(), Some(28));
        assert!(inner[28..].starts_with("z\r\n"));
        assert_eq!(
            defect.to_string(),
            "header line without a colon in a part at byte 28 of the body (RFC 2046 section 5.1)"
        );
        assert_eq!(part("X: y").offset(), 0);
    }
}
