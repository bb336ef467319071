use bytes::{BufMut, Bytes, BytesMut};

use crate::{
    HeaderName, Message, Method, StatusCode, Uri, ValueError, edit, grammar,
    headers::{CSeq, CallId, ContentType, From, MaxForwards, To, TypedHeader, Via},
    message::is_raw_value,
};

/// What every request must have but a Via, which the transaction that sends the request puts on top (RFC 3261 section
/// 8.1.1). All fields are named, so that none can be forgotten.
#[derive(Clone, Debug)]
pub struct RequestHead<'a> {
    /// The method, also of the CSeq.
    pub method: Method<'a>,
    /// The Request-URI.
    pub uri: Uri<'a>,
    /// The sender, with its tag.
    pub from: From<'a>,
    /// The recipient; within a dialog with its tag.
    pub to: To<'a>,
    /// The Call-ID.
    pub call_id: CallId<'a>,
    /// The sequence number of the CSeq.
    pub cseq: u32,
    /// How many proxies may forward the request; 70 is the usual value.
    pub max_forwards: u8,
}

/// Writes a message. What it is given is valid already, so it cannot fail.
///
/// The Content-Length is that of the body; one that is handed in as a header is passed over.
///
/// ```
/// use sip_message::{MessageBuilder, Method, NameAddr, RequestHead, Transport, Uri, headers::*};
///
/// let alice = Uri::parse("sip:alice@example.test")?;
/// let request = MessageBuilder::request(&RequestHead {
///     method: Method::Message,
///     uri: Uri::parse("sip:bob@example.test")?,
///     from: From::new(NameAddr::new(alice)).with_tag("49583")?,
///     to: To::new(NameAddr::new(Uri::parse("sip:bob@example.test")?)),
///     call_id: CallId::new("asd88asd77a@192.0.2.1")?,
///     cseq: 1,
///     max_forwards: 70,
/// })
/// .via(&Via::new(Transport::Udp, "192.0.2.1".parse::<std::net::IpAddr>()?.into(), None, "z9hG4bK776sgdkse")?)
/// .body(&ContentType(MediaType::parse("text/plain")?), "Watson, come here.")
/// .build();
/// assert_eq!(request.body(), b"Watson, come here.");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct MessageBuilder {
    // The start line with its CRLF.
    start: String,
    vias: String,
    headers: BytesMut,
    body: Bytes,
}

impl MessageBuilder {
    /// A request without a Via.
    #[must_use]
    pub fn request(head: &RequestHead<'_>) -> Self {
        let start = format!("{} {} SIP/2.0\r\n", head.method, head.uri);
        Self::new(start)
            .header(&MaxForwards(head.max_forwards))
            .header(&head.from)
            .header(&head.to)
            .header(&head.call_id)
            .header(&CSeq::new(head.cseq, head.method))
    }

    /// A response to a request: Via, From, To, Call-ID and CSeq are copied as they stand, and to a To without a tag
    /// `to_tag` is added (RFC 3261 section 8.2.6). Of a request that lacks one of them, what there is is copied.
    ///
    /// # Errors
    /// When `to_tag` is not a token.
    pub fn response(request: &Message, status: StatusCode, to_tag: Option<&str>) -> Result<Self, ValueError> {
        if let Some(tag) = to_tag {
            grammar::exact(grammar::token, tag)?;
        }
        let mut builder = Self::new(format!("SIP/2.0 {status} {}\r\n", status.reason()));
        for name in [HeaderName::VIA, HeaderName::FROM] {
            builder = builder.copy(request, name);
        }
        builder = match (request.typed::<To>(), to_tag) {
            (Ok(Some(to)), Some(tag)) if to.tag().is_none() => builder.header(&to.with_tag(tag)?),
            _ => builder.copy(request, HeaderName::TO),
        };
        for name in [HeaderName::CALL_ID, HeaderName::CSEQ] {
            builder = builder.copy(request, name);
        }
        if status == StatusCode::TRYING {
            builder = builder.copy(request, HeaderName::TIMESTAMP);
        }
        Ok(builder)
    }

    /// Gives a response a Reason-Phrase of its own, for people to read (RFC 3261 section 7.2). What such a phrase cannot
    /// hold (section 25.1: quotes, control characters and some others) becomes an apostrophe. A request has none and
    /// stays as it is.
    #[must_use]
    pub fn reason(mut self, text: &str) -> Self {
        // "SIP/2.0 200 "
        const STATUS_LEN: usize = 12;
        if self.start.starts_with("SIP/2.0 ") {
            let is_allowed = |c: char| match c {
                c if c.is_ascii() => c.is_ascii_alphanumeric() || " ;/?:@&=+$,-_.!~*'()".contains(c),
                c => !c.is_control(),
            };
            self.start.truncate(STATUS_LEN);
            self.start
                .extend(text.chars().map(|c| if is_allowed(c) { c } else { '\'' }));
            self.start.push_str("\r\n");
        }
        self
    }

    fn new(start: String) -> Self {
        Self {
            start,
            vias: String::new(),
            headers: BytesMut::with_capacity(512),
            body: Bytes::new(),
        }
    }

    /// Adds a Via; the first one added stands on top.
    #[must_use]
    pub fn via(mut self, via: &Via<'_>) -> Self {
        self.vias.push_str(&edit::line(via));
        self
    }

    /// Adds a header behind those that are there.
    #[must_use]
    pub fn header<'a, H: TypedHeader<'a>>(mut self, header: &H) -> Self {
        if H::NAME != HeaderName::CONTENT_LENGTH {
            self.headers.put_slice(edit::line(header).as_bytes());
        }
        self
    }

    /// Adds a header whose value is given as text.
    ///
    /// # Errors
    /// When the value has a CR, LF or NUL, or white space around it.
    pub fn raw(mut self, name: HeaderName, value: &str) -> Result<Self, ValueError> {
        if !is_raw_value(value) {
            return Err(ValueError::new("text of one line without white space around it", 0));
        }
        if name != HeaderName::CONTENT_LENGTH {
            self.headers.put_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        Ok(self)
    }

    /// Adds every header of a name as it stands in another message: Record-Route into the response that makes a
    /// dialog, for one.
    #[must_use]
    pub fn copy(mut self, from: &Message, name: HeaderName) -> Self {
        if name != HeaderName::CONTENT_LENGTH {
            for field in from.header_all(name) {
                self.headers.put_slice(field.line());
            }
        }
        self
    }

    /// Gives the message a body.
    #[must_use]
    pub fn body(self, content_type: &ContentType<'_>, body: impl Into<Bytes>) -> Self {
        Self {
            body: body.into(),
            ..self.header(content_type)
        }
    }

    /// The message.
    ///
    /// # Panics
    /// When it is longer than 4 GiB.
    #[must_use]
    pub fn build(self) -> Message {
        let length = format!("Content-Length: {}\r\n\r\n", self.body.len());
        let capacity = self.start.len() + self.vias.len() + self.headers.len() + length.len() + self.body.len();
        let mut out = BytesMut::with_capacity(capacity);
        out.put_slice(self.start.as_bytes());
        out.put_slice(self.vias.as_bytes());
        out.put_slice(&self.headers);
        out.put_slice(length.as_bytes());
        out.put_slice(&self.body);
        Message::from_written(out.freeze())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_copies_what_the_request_has() {
        let request = Message::parse(
            "SUBSCRIBE sip:a@b SIP/2.0\r\nv: SIP/2.0/UDP x;branch=z9hG4bK1\r\nVia: SIP/2.0/UDP y\r\n\
             f: <sip:w@b>;tag=1\r\nt: \"A\" <sip:a@b>\r\ni: 77@x\r\nCSeq: 1 SUBSCRIBE\r\nRecord-Route: <sip:p;lr>\r\n\r\n",
        )
        .unwrap();
        let response = MessageBuilder::response(&request, StatusCode::OK, Some("99"))
            .unwrap()
            .copy(&request, HeaderName::RECORD_ROUTE)
            .build();
        assert_eq!(
            response.to_string(),
            "SIP/2.0 200 OK\r\nv: SIP/2.0/UDP x;branch=z9hG4bK1\r\nVia: SIP/2.0/UDP y\r\nf: <sip:w@b>;tag=1\r\n\
             To: \"A\" <sip:a@b>;tag=99\r\ni: 77@x\r\nCSeq: 1 SUBSCRIBE\r\nRecord-Route: <sip:p;lr>\r\n\
             Content-Length: 0\r\n\r\n"
        );
        assert!(MessageBuilder::response(&request, StatusCode::OK, Some("a b")).is_err());
        let broken = Message::parse("SUBSCRIBE sip:a@b SIP/2.0\r\nTo: <<\r\n\r\n").unwrap();
        let response = MessageBuilder::response(&broken, StatusCode::BAD_REQUEST, Some("9"))
            .unwrap()
            .build();
        assert_eq!(
            response.to_string(),
            "SIP/2.0 400 Bad Request\r\nTo: <<\r\nContent-Length: 0\r\n\r\n"
        );
    }

    #[test]
    fn there_is_one_content_length_and_it_is_right() {
        let request = Message::parse("OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 2\r\n\r\nhi").unwrap();
        let message = MessageBuilder::response(&request, StatusCode::OK, None)
            .unwrap()
            .header(&crate::headers::ContentLength(1))
            .raw(HeaderName::CONTENT_LENGTH, "-3")
            .unwrap()
            .copy(&request, HeaderName::CONTENT_LENGTH)
            .body(&ContentType::parse("text/plain").unwrap(), "hello")
            .build();
        assert_eq!(message.header_all(HeaderName::CONTENT_LENGTH).count(), 1);
        assert_eq!(message.body(), b"hello");
    }

    #[test]
    fn a_reason_is_one_line_and_of_responses_only() {
        let request = Message::parse("OPTIONS sip:a@b SIP/2.0\r\n\r\n").unwrap();
        let response = MessageBuilder::response(&request, StatusCode::BAD_REQUEST, None).unwrap();
        let message = response.reason("2^31 \"x\"\r\nA: b %41 \u{e9}").build();
        assert_eq!(
            message.to_string(),
            "SIP/2.0 400 2'31 'x'''A: b '41 \u{e9}\r\nContent-Length: 0\r\n\r\n"
        );
        let empty = MessageBuilder::response(&request, StatusCode::OK, None)
            .unwrap()
            .reason("")
            .build();
        assert!(empty.to_string().starts_with("SIP/2.0 200 \r\n"));
    }

    #[test]
    fn raw_values_cannot_break_out_of_their_line() {
        let request = Message::parse("OPTIONS sip:a@b SIP/2.0\r\n\r\n").unwrap();
        let builder = || MessageBuilder::response(&request, StatusCode::OK, None).unwrap();
        assert!(builder().raw(HeaderName::SUBJECT, "a\r\nX: y").is_err());
        let message = builder().raw(HeaderName::SUBJECT, "a: b").unwrap().build();
        assert_eq!(message.header(HeaderName::SUBJECT).unwrap().value(), b"a: b");
    }
}
