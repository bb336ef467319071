use std::{fmt, str};

use bytes::Bytes;

use crate::{
    HeaderError, HeaderName, Limits, Method, ParseError, ParseErrorKind, RawHeader, StatusCode, Uri, ValueError,
    edit::Edit,
    grammar,
    headers::{ContentLength, Occurrence, TypedHeader},
    name::Known,
    parse::Head,
    start_line::{StartIndex, StartLine},
};

/// A SIP message: the bytes that were received or built, and an index into them.
///
/// The bytes are the truth. Headers come back as they were written, in order; a typed value is decoded when it is
/// asked for. Cloning is cheap: the bytes are shared.
///
/// ```
/// use sip_message::{Message, Method, headers::{CSeq, Via}};
///
/// let message = Message::parse(
///     "OPTIONS sip:bob@example.test SIP/2.0\r\n\
///      v: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK77\r\n\
///      CSeq: 63 OPTIONS\r\n\
///      Subject: folded\r\n over two lines\r\n\
///      \r\n",
/// )?;
/// assert_eq!(message.method(), Some(Method::Options));
/// assert_eq!(message.typed::<CSeq>()?.map(|cseq| cseq.number()), Some(63));
/// let via = message.typed::<Via>()?.expect("a Via");
/// assert_eq!(via.branch(), Some("z9hG4bK77"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Message {
    bytes: Bytes,
    head: Head,
    // Offset of the first octet behind the body.
    end: u32,
}

impl Message {
    /// Reads a message that came as one datagram, with the default [`Limits`].
    ///
    /// The body is what `Content-Length` says, or all that follows the empty line where that header is missing,
    /// unreadable or asks for more than there is; [`Message::validate`] tells these apart. What follows the body is
    /// dropped (RFC 3261 section 18.3). Line breaks before the start line are passed over (section 7.5). For streams there
    /// is [`StreamDecoder`](crate::StreamDecoder).
    ///
    /// # Errors
    /// When start line or header section cannot be read.
    pub fn parse(bytes: impl Into<Bytes>) -> Result<Self, ParseError> {
        Self::parse_with(bytes, &Limits::default())
    }

    /// Reads a message that came as one datagram, with limits of the caller's choice.
    ///
    /// # Errors
    /// When start line or header section cannot be read, or a limit is passed.
    pub fn parse_with(bytes: impl Into<Bytes>, limits: &Limits) -> Result<Self, ParseError> {
        let mut message = Self::from_parts(bytes.into(), Head::new());
        message.read(limits)?;
        Ok(message)
    }

    #[inline]
    fn read(&mut self, limits: &Limits) -> Result<(), ParseError> {
        let limit = limits.message.min(u32::MAX as usize);
        if self.bytes.len() > limit {
            return Err(ParseError::new(ParseErrorKind::MessageTooLong, limit));
        }
        self.head.read(&self.bytes, limits)?;
        if let Ok(Some(length)) = self.content_length() {
            // A length beyond the datagram leaves the body as long as it is.
            let end = (self.head.body() as usize).saturating_add(length);
            if end < self.bytes.len() {
                self.bytes.truncate(end);
                self.end = u32::try_from(end).unwrap_or(u32::MAX);
            }
        }
        Ok(())
    }

    /// A message of a head that was parsed and bytes that were cut where its body ends.
    #[inline]
    pub(crate) fn from_parts(bytes: Bytes, head: Head) -> Self {
        Self {
            end: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            bytes,
            head,
        }
    }

    /// The message as it goes on the wire, or as it was received: what was given to parse, up to the end of the body.
    /// Line breaks that came before the start line are in it, so that offsets count from the first octet received; an
    /// [`Edit`] leaves them out.
    #[must_use]
    pub const fn as_bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The first line.
    #[must_use]
    pub fn start_line(&self) -> StartLine<'_> {
        self.head.start.line(&self.bytes)
    }

    /// The method, when this is a request. The CSeq of a response names a method too: see
    /// [`CSeq`](crate::headers::CSeq).
    #[must_use]
    pub fn method(&self) -> Option<Method<'_>> {
        match self.start_line() {
            StartLine::Request { method, .. } => Some(method),
            StartLine::Response { .. } => None,
        }
    }

    /// The status code, when this is a response.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self.start_line() {
            StartLine::Request { .. } => None,
            StartLine::Response { status, .. } => Some(status),
        }
    }

    /// Whether this is a request.
    #[must_use]
    pub const fn is_request(&self) -> bool {
        matches!(self.head.start, StartIndex::Request { .. })
    }

    /// The Request-URI.
    ///
    /// # Errors
    /// When this is a response, or the Request-URI is no URI.
    pub fn request_uri(&self) -> Result<Uri<'_>, ValueError> {
        match self.start_line() {
            StartLine::Request { uri, .. } => match str::from_utf8(uri) {
                Ok(text) => Uri::parse(text),
                Err(error) => Err(ValueError::new("UTF-8", error.valid_up_to())),
            },
            StartLine::Response { .. } => Err(ValueError::new("a request", 0)),
        }
    }

    /// Offset of the start line, which line breaks may come before.
    pub(crate) const fn start(&self) -> u32 {
        self.head.start.start()
    }

    /// Offset of the Request-URI in the message, for errors.
    pub(crate) const fn request_uri_offset(&self) -> usize {
        self.head.start.request_uri() as usize
    }

    /// Offset of the SIP-Version in the message, for errors.
    pub(crate) const fn version_offset(&self) -> usize {
        self.head.start.version() as usize
    }

    /// Every header field, in order.
    pub fn headers(&self) -> impl DoubleEndedIterator<Item = RawHeader<'_>> + ExactSizeIterator {
        (0..self.head.lines.len()).map(|at| self.raw(at).expect("a place before the end"))
    }

    /// The first header field of this name.
    #[must_use]
    pub fn header(&self, name: HeaderName) -> Option<RawHeader<'_>> {
        self.header_all(name).next()
    }

    /// Every header field of this name, in order.
    pub fn header_all(&self, name: HeaderName) -> impl Iterator<Item = RawHeader<'_>> {
        let known = name.as_known();
        self.head
            .lines
            .places(known)
            .filter_map(|at| self.raw(at))
            // An application's own header is not in the index.
            .filter(move |header| known.is_some() || name.is_custom(header.name()))
    }

    /// The typed value of a header; of a header that may stand more than once, the first. `Ok(None)` when the header
    /// is absent, which includes a list header without any element.
    ///
    /// # Errors
    /// When the value breaks the header's grammar, is not UTF-8, or stands twice where once is allowed.
    pub fn typed<'a, H: TypedHeader<'a> + 'a>(&'a self) -> Result<Option<H>, HeaderError> {
        let Some(known) = H::NAME.as_known() else {
            return self.typed_of_application();
        };
        let mut places = self.head.lines.places(Some(known));
        let Some(first) = places.next() else {
            return Ok(None);
        };
        if H::OCCURRENCE == Occurrence::Once
            && let Some(second) = places.next().and_then(|at| self.raw(at))
        {
            return Err(second.duplicate::<H>());
        }
        // Nearly every value is ASCII, and most lines of a list have one element: what is read as a whole has no comma between
        // two.
        if H::OCCURRENCE != Occurrence::Words
            && let Some(text) = self.head.ascii_value(&self.bytes, first)
            && let Some(value) = H::parse_usual(text)
        {
            return Ok(Some(value));
        }
        self.typed_at(first)
    }

    /// The same, of the first line that has the header.
    #[cold]
    fn typed_at<'a, H: TypedHeader<'a> + 'a>(&'a self, first: usize) -> Result<Option<H>, HeaderError> {
        match H::OCCURRENCE {
            Occurrence::Lines | Occurrence::Once => self.raw(first).map(|field| field.typed()).transpose(),
            Occurrence::List | Occurrence::Words => self.typed_all().next().transpose(),
        }
    }

    /// The same of a header that the index does not know, of which only its type can tell a comma between two elements from
    /// one within.
    fn typed_of_application<'a, H: TypedHeader<'a> + 'a>(&'a self) -> Result<Option<H>, HeaderError> {
        if matches!(H::OCCURRENCE, Occurrence::List | Occurrence::Words) {
            return self.typed_all().next().transpose();
        }
        let mut fields = self.header_all(H::NAME);
        match (fields.next(), fields.next()) {
            (None, _) => Ok(None),
            (Some(_), Some(second)) if H::OCCURRENCE == Occurrence::Once => Err(second.duplicate::<H>()),
            (Some(first), _) => first.typed().map(Some),
        }
    }

    /// The elements of a list header over all its lines and commas, in order; for another header, the value of each
    /// line.
    pub fn typed_all<'a, H: TypedHeader<'a> + 'a>(&'a self) -> impl Iterator<Item = Result<H, HeaderError>> + 'a {
        self.header_all(H::NAME).flat_map(RawHeader::typed_elements)
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.slice(self.head.body(), self.end)
    }

    /// The body, sharing the message's memory.
    #[must_use]
    pub fn body_bytes(&self) -> Bytes {
        self.bytes.slice(self.head.body() as usize..self.end as usize)
    }

    /// Starts a change of this message that leaves all other bytes as they are.
    #[must_use]
    pub fn edit(&self) -> Edit<'_> {
        Edit::new(self)
    }

    /// The value of `Content-Length` when every occurrence says the same.
    ///
    /// # Errors
    /// When an occurrence is not a number, or two disagree.
    pub fn content_length(&self) -> Result<Option<usize>, HeaderError> {
        content_length(&self.head, &self.bytes)
    }

    pub(crate) const fn head(&self) -> &Head {
        &self.head
    }

    fn raw(&self, at: usize) -> Option<RawHeader<'_>> {
        self.head.field(&self.bytes, at)
    }

    pub(crate) fn slice(&self, start: u32, end: u32) -> &[u8] {
        self.bytes.get(start as usize..end as usize).unwrap_or_default()
    }
}

/// The length that a head declares, before its body has arrived.
pub(crate) fn content_length(head: &Head, bytes: &[u8]) -> Result<Option<usize>, HeaderError> {
    let mut length = None;
    for at in head.lines.places(Some(Known::ContentLength)) {
        let value = match grammar::short_number(head.value(bytes, at)) {
            Some(number) => Some(u64::from(number)),
            None => match head.field(bytes, at) {
                Some(field) => Some(field.typed::<ContentLength>()?.0),
                None => None,
            },
        };
        if length.is_some()
            && length != value
            && let Some(field) = head.field(bytes, at)
        {
            return Err(field.duplicate::<ContentLength>());
        }
        length = value;
    }
    Ok(length.map(|length| usize::try_from(length).unwrap_or(usize::MAX)))
}

/// Messages are equal when their bytes are.
impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Message {}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({:?})", String::from_utf8_lossy(&self.bytes))
    }
}

impl fmt::Display for Message {
    /// The message as text; bytes that are not UTF-8 show as U+FFFD.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        HeaderErrorKind,
        headers::{Contact, MaxForwards, Via},
    };

    #[test]
    fn a_datagram_may_leave_out_its_length() {
        let message = Message::parse("MESSAGE sip:a@b SIP/2.0\r\nX: y\r\n\r\nhello").unwrap();
        assert_eq!(message.body(), b"hello");
        let message = Message::parse("MESSAGE sip:a@b SIP/2.0\r\nContent-Length : 2\r\n\r\nhello").unwrap();
        assert_eq!(message.body(), b"he");
        assert!(message.as_bytes().ends_with(b"he"));
    }

    #[test]
    fn line_breaks_before_the_start_line_are_passed_over_and_kept() {
        let text = "\r\n\r\nOPTIONS sip:a SIP/2.0\r\nMax-Forwards: x\r\nl: 0\r\n\r\n";
        let message = Message::parse(format!("{text}\r\n")).unwrap();
        assert_eq!(message.as_bytes(), text);
        assert_eq!(message.method(), Some(Method::Options));
        let offset = message.typed::<MaxForwards>().unwrap_err().offset();
        assert_eq!(&text[offset..=offset], "x");
    }

    #[test]
    fn lists_run_over_lines_and_commas() {
        let message = Message::parse(
            "REGISTER sip:a SIP/2.0\r\nVia: SIP/2.0/UDP one;branch=z1, SIP / 2.0 / TCP two:5070\r\nv: SIP/2.0/UDP three\r\n\
             m: \"a, b\" <sip:x,1@y>,sip:z@y\r\n\r\n",
        )
        .unwrap();
        let hosts: Vec<_> = message
            .typed_all::<Via>()
            .map(|via| via.unwrap().host().to_string())
            .collect();
        assert_eq!(hosts, ["one", "two", "three"]);
        assert_eq!(message.typed_all::<Contact>().filter(Result::is_ok).count(), 2);
    }

    #[test]
    fn a_broken_header_leaves_the_others_alone() {
        let message = Message::parse(
            &b"OPTIONS sip:a SIP/2.0\r\nSubject: \xff\r\nMax-Forwards: 7\xff0\r\nVia: x\r\nExpires: 5\r\n\r\n"[..],
        )
        .unwrap();
        let error = message.typed::<MaxForwards>().unwrap_err();
        assert_eq!(error.kind(), HeaderErrorKind::NotUtf8);
        assert_eq!(message.as_bytes()[error.offset()], 0xff);
        assert_eq!(message.typed::<crate::headers::Expires>().unwrap().unwrap().0, 5);
        let error = message.typed::<Via>().unwrap_err();
        assert_eq!(error.name(), HeaderName::VIA);
    }

    #[test]
    fn only_white_space_of_the_grammar_surrounds_a_value() {
        let message = Message::parse("OPTIONS sip:a SIP/2.0\r\nX \t: \r\n \x0cy\x0c\t\r\n \r\nY:\r\n\r\n").unwrap();
        let values: Vec<_> = message.headers().map(|field| (field.name(), field.value())).collect();
        assert_eq!(values, [("X", &b"\x0cy\x0c"[..]), ("Y", b"")]);
        // A fold before the colon is in no grammar, and readers that differ on it see different headers.
        let error = Message::parse("OPTIONS sip:a SIP/2.0\r\nX\r\n : y\r\n\r\n").unwrap_err();
        assert_eq!(error.kind(), ParseErrorKind::HeaderName);
    }

    #[test]
    fn a_header_is_found_behind_any_number_of_others() {
        for before in [0, 1, 20, 254, 255, 256, 300] {
            let text = format!(
                "OPTIONS sip:a SIP/2.0\r\n{}Expires: 5\r\nX: y\r\n\r\n",
                "X: y\r\n".repeat(before)
            );
            let message = Message::parse_with(text, &Limits::UNBOUNDED).unwrap();
            assert_eq!(message.typed::<crate::headers::Expires>().unwrap().unwrap().0, 5);
            assert_eq!(message.header_all(HeaderName::from_static("X")).count(), before + 1);
            assert!(message.header(HeaderName::VIA).is_none());
        }
    }

    #[test]
    fn limits_are_kept() {
        let limits = Limits {
            message: 60,
            head: 50,
            headers: 2,
            ..Limits::default()
        };
        let kind = |text: &str| Message::parse_with(text.to_owned(), &limits).map_err(|error| error.kind());
        assert!(kind("OPTIONS sip:a SIP/2.0\r\nX: y\r\nX: y\r\n\r\n").is_ok());
        assert_eq!(
            kind("OPTIONS sip:a SIP/2.0\r\nX: y\r\nX: y\r\nX: y\r\n\r\n").unwrap_err(),
            ParseErrorKind::TooManyHeaders
        );
        let long = format!("OPTIONS sip:a SIP/2.0\r\nX: {}\r\n\r\n", "y".repeat(28));
        assert_eq!(kind(&long).unwrap_err(), ParseErrorKind::HeadTooLong);
        assert_eq!(kind(&"x".repeat(61)).unwrap_err(), ParseErrorKind::MessageTooLong);
    }
}
