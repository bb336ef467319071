use bytes::{Bytes, BytesMut};

use crate::{
    HeaderName, Message, RawValue, StatusCode, Uri, ValueError, grammar,
    headers::{CSeq, CallId, ContentType, From, MaxForwards, Occurrence, To, TypedHeader, Via},
    write::Writer,
};

/// What every request must have but a Via, which the transaction that sends the request puts on top (RFC 3261 section
/// 8.1.1). All fields are named, so that none can be forgotten.
#[derive(Clone, Debug)]
pub struct RequestHead<'a> {
    /// The method and the sequence number.
    pub cseq: CSeq<'a>,
    /// The Request-URI.
    pub uri: Uri<'a>,
    /// The sender, with its tag.
    pub from: From<'a>,
    /// The recipient; within a dialog with its tag.
    pub to: To<'a>,
    /// The Call-ID.
    pub call_id: CallId<'a>,
    /// How many proxies may forward the request; 70 is the usual value.
    pub max_forwards: u8,
}

/// Writes a message. What it is given is valid already, so it cannot fail.
///
/// The Content-Length is that of the body; one that is handed in as a header is passed over. So is a second From, To, Call-ID
/// or CSeq. Any other header that may stand once takes the place of one of its name.
///
/// ```
/// use sip_message::{MessageBuilder, Method, NameAddr, RequestHead, Transport, Uri, headers::*};
///
/// let alice = Uri::parse("sip:alice@example.test")?;
/// let request = MessageBuilder::request(&RequestHead {
///     cseq: CSeq::new(1, Method::Message)?,
///     uri: Uri::parse("sip:bob@example.test")?,
///     from: From::new(NameAddr::new(alice)).with_tag("49583")?,
///     to: To::new(NameAddr::new(Uri::parse("sip:bob@example.test")?)),
///     call_id: CallId::new("asd88asd77a@192.0.2.1")?,
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
    writer: Writer,
    // Vias stand before all other headers.
    vias: usize,
    body: Bytes,
}

impl MessageBuilder {
    /// A request without a Via.
    #[must_use]
    pub fn request(head: &RequestHead<'_>) -> Self {
        Self::request_in(BytesMut::with_capacity(USUAL_LEN), head)
    }

    /// As [`MessageBuilder::request`], written into a buffer of the caller's; what was in it is dropped.
    #[must_use]
    pub fn request_in(buffer: BytesMut, head: &RequestHead<'_>) -> Self {
        let mut writer = Writer::request(buffer, head.cseq.method(), &head.uri);
        writer.typed(&MaxForwards(head.max_forwards));
        writer.typed(&head.from);
        writer.typed(&head.to);
        writer.typed(&head.call_id);
        writer.typed(&head.cseq);
        Self::new(writer)
    }

    /// A response to a request: Via, From, To, Call-ID and CSeq are copied as they stand, and to a To without a tag
    /// `to_tag` is added (RFC 3261 section 8.2.6). Of a request that lacks one of them, what there is is copied.
    ///
    /// # Errors
    /// When `to_tag` is not a token.
    pub fn reply_to(request: &Message, status: StatusCode, to_tag: Option<&str>) -> Result<Self, ValueError> {
        Self::reply_in(BytesMut::with_capacity(USUAL_LEN), request, status, to_tag)
    }

    /// As [`MessageBuilder::reply_to`], written into a buffer of the caller's; what was in it is dropped. Nothing is
    /// allocated while the response fits it.
    ///
    /// ```
    /// use bytes::BytesMut;
    /// use sip_message::{Message, MessageBuilder, StatusCode};
    ///
    /// let request = Message::parse(
    ///     "OPTIONS sip:b@example.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nTo: <sip:b@example.test>\r\n\r\n",
    /// )?;
    /// let mut buffer = BytesMut::with_capacity(2048);
    /// for _ in 0..3 {
    ///     buffer = MessageBuilder::reply_in(buffer, &request, StatusCode::OK, Some("7a"))?.into_buffer();
    ///     assert!(buffer.starts_with(b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When `to_tag` is not a token.
    pub fn reply_in(
        buffer: BytesMut,
        request: &Message,
        status: StatusCode,
        to_tag: Option<&str>,
    ) -> Result<Self, ValueError> {
        if let Some(tag) = to_tag {
            grammar::exact(grammar::token, tag)?;
        }
        let mut writer = Writer::response(buffer, status);
        writer.copy_all(request, HeaderName::VIA);
        writer.copy_all(request, HeaderName::FROM);
        copy_to(&mut writer, request, to_tag)?;
        writer.copy_all(request, HeaderName::CALL_ID);
        writer.copy_all(request, HeaderName::CSEQ);
        if status == StatusCode::TRYING {
            writer.copy_all(request, HeaderName::TIMESTAMP);
        }
        Ok(Self::new(writer))
    }

    /// Gives a response a Reason-Phrase of its own, for people to read (RFC 3261 section 7.2). What such a phrase cannot
    /// hold (section 25.1: quotes, control characters and some others) becomes an apostrophe. A request has none and
    /// stays as it is.
    #[must_use]
    pub fn reason(mut self, text: &str) -> Self {
        let is_allowed = |c: char| match c {
            c if c.is_ascii() => c.is_ascii_alphanumeric() || " ;/?:@&=+$,-_.!~*'()".contains(c),
            c => !c.is_control(),
        };
        let phrase: String = text.chars().map(|c| if is_allowed(c) { c } else { '\'' }).collect();
        self.writer.set_reason(&phrase);
        self
    }

    fn new(writer: Writer) -> Self {
        Self {
            writer,
            vias: 0,
            body: Bytes::new(),
        }
    }

    /// Adds a Via; the first one added stands on top.
    #[must_use]
    pub fn via(mut self, via: &Via<'_>) -> Self {
        self.writer.typed(via);
        self.writer.move_last_to(self.vias);
        self.vias += 1;
        self
    }

    /// Adds a header behind those that are there.
    #[must_use]
    pub fn header<'a, H: TypedHeader<'a>>(mut self, header: &H) -> Self {
        if self.has_place_for(H::NAME, H::OCCURRENCE) {
            self.writer.typed(header);
        }
        self
    }

    /// Adds a header whose value is given as text.
    #[must_use]
    pub fn raw(mut self, name: HeaderName, value: RawValue<'_>) -> Self {
        if self.has_place_for(name, Occurrence::of(name).unwrap_or(Occurrence::Lines)) {
            self.writer.raw(&name, value);
        }
        self
    }

    /// Adds every header of a name as it stands in another message: Record-Route into the response that makes a
    /// dialog, for one.
    #[must_use]
    pub fn copy(mut self, from: &Message, name: HeaderName) -> Self {
        let occurrence = Occurrence::of(name).unwrap_or(Occurrence::Lines);
        if from.header(name).is_some() && self.has_place_for(name, occurrence) {
            self.writer.copy_all(from, name);
        }
        self
    }

    /// Whether a header may be added. Of one that may stand once, what is there makes room.
    fn has_place_for(&mut self, name: HeaderName, occurrence: Occurrence) -> bool {
        if name == HeaderName::CONTENT_LENGTH || (MANDATORY.contains(&name) && self.writer.has(name)) {
            return false;
        }
        if occurrence == Occurrence::Once {
            self.writer.remove(name);
        }
        true
    }

    /// Gives the message a body and its Content-Type, instead of any that it had.
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
        self.writer.message(&self.body)
    }

    /// The message as it goes on the wire, in its buffer, for a sender that uses the buffer again.
    #[must_use]
    pub fn into_buffer(self) -> BytesMut {
        self.writer.finish(&self.body).0
    }
}

/// Copies the To of a request, with a tag if it has none.
fn copy_to(writer: &mut Writer, request: &Message, tag: Option<&str>) -> Result<(), ValueError> {
    match (request.typed::<To>(), request.header(HeaderName::TO), tag) {
        (Ok(Some(to)), Some(field), Some(tag)) if to.tag().is_none() => {
            if to.0.params().get("tag").is_some() {
                // A tag without a value, which would go on standing first.
                writer.typed(&to.with_tag(tag)?);
            } else {
                // Behind a semicolon with nothing after it no other is needed.
                let before = if field.value().ends_with(b";") { "tag=" } else { ";tag=" };
                writer.copy_with(&field, &[before, tag]);
            }
        }
        _ => writer.copy_all(request, HeaderName::TO),
    }
    Ok(())
}

/// What a builder is made with.
const MANDATORY: [HeaderName; 4] = [HeaderName::CALL_ID, HeaderName::CSEQ, HeaderName::FROM, HeaderName::TO];

/// What most messages fit.
const USUAL_LEN: usize = 1024;

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
        let response = MessageBuilder::reply_to(&request, StatusCode::OK, Some("99"))
            .unwrap()
            .copy(&request, HeaderName::RECORD_ROUTE)
            .build();
        assert_eq!(
            response.to_string(),
            "SIP/2.0 200 OK\r\nv: SIP/2.0/UDP x;branch=z9hG4bK1\r\nVia: SIP/2.0/UDP y\r\nf: <sip:w@b>;tag=1\r\n\
             t: \"A\" <sip:a@b>;tag=99\r\ni: 77@x\r\nCSeq: 1 SUBSCRIBE\r\nRecord-Route: <sip:p;lr>\r\n\
             Content-Length: 0\r\n\r\n"
        );
        assert!(MessageBuilder::reply_to(&request, StatusCode::OK, Some("a b")).is_err());
        let broken = Message::parse("SUBSCRIBE sip:a@b SIP/2.0\r\nTo: <<\r\n\r\n").unwrap();
        let response = MessageBuilder::reply_to(&broken, StatusCode::BAD_REQUEST, Some("9"))
            .unwrap()
            .build();
        assert_eq!(
            response.to_string(),
            "SIP/2.0 400 Bad Request\r\nTo: <<\r\nContent-Length: 0\r\n\r\n"
        );
    }

    #[test]
    fn a_reply_has_its_tag_whatever_the_to_ends_with() {
        for (to, wanted) in [
            ("<sip:a@b>;tag", "<sip:a@b>;tag=9"),
            ("sip:a@b;", "sip:a@b;tag=9"),
            ("sip:a@b ; x=1", "sip:a@b ; x=1;tag=9"),
            ("<sip:a@b>;tag=7", "<sip:a@b>;tag=7"),
            ("<sip:a@b>;x=\";\"", "<sip:a@b>;x=\";\";tag=9"),
        ] {
            let request = Message::parse(format!("OPTIONS sip:a@b SIP/2.0\r\nTo: {to}\r\n\r\n")).unwrap();
            let reply = MessageBuilder::reply_to(&request, StatusCode::OK, Some("9"))
                .unwrap()
                .build();
            assert_eq!(reply.header(HeaderName::TO).unwrap().value(), wanted.as_bytes());
            assert!(reply.typed::<To>().unwrap().unwrap().tag().is_some(), "{to}");
        }
    }

    #[test]
    fn there_is_one_content_length_and_it_is_right() {
        let request = Message::parse("OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 2\r\n\r\nhi").unwrap();
        let message = MessageBuilder::reply_to(&request, StatusCode::OK, None)
            .unwrap()
            .header(&crate::headers::ContentLength(1))
            .raw(HeaderName::CONTENT_LENGTH, RawValue::from_static("-3"))
            .copy(&request, HeaderName::CONTENT_LENGTH)
            .body(&ContentType::parse("text/plain").unwrap(), "hello")
            .build();
        assert_eq!(message.header_all(HeaderName::CONTENT_LENGTH).count(), 1);
        assert_eq!(message.body(), b"hello");
    }

    #[test]
    fn what_may_stand_once_stands_once() {
        let uri = Uri::parse("sip:a@b").unwrap();
        let request = MessageBuilder::request(&RequestHead {
            cseq: CSeq::new(1, crate::Method::Message).unwrap(),
            uri,
            from: From::new(crate::NameAddr::new(uri)).with_tag("1").unwrap(),
            to: To::new(crate::NameAddr::new(uri)),
            call_id: CallId::new("1").unwrap(),
            max_forwards: 70,
        });
        let other = Message::parse(
            "INVITE sip:c@d SIP/2.0\r\nf: <sip:c@d>\r\nt: <sip:c@d>;tag=2\r\nCSeq: 2 INVITE\r\nCall-ID: 2\r\ns: other\r\n\r\n",
        )
        .unwrap();
        let built = request
            .header(&CSeq::new(2, crate::Method::Invite).unwrap())
            .header(&MaxForwards(1))
            .header(&crate::headers::Subject::new("first").unwrap())
            .raw(HeaderName::SUBJECT, RawValue::from_static("second"))
            .raw(HeaderName::CALL_ID, RawValue::from_static("2"))
            .copy(&other, HeaderName::FROM)
            .copy(&other, HeaderName::TO)
            .copy(&other, HeaderName::CSEQ)
            .copy(&other, HeaderName::SUBJECT)
            .copy(&other, HeaderName::MAX_FORWARDS)
            .build();
        assert_eq!(
            built.to_string(),
            "MESSAGE sip:a@b SIP/2.0\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\n\
             Max-Forwards: 1\r\ns: other\r\nContent-Length: 0\r\n\r\n"
        );
    }

    #[test]
    fn an_applications_own_header_may_stand_once_too() {
        struct Own(u8);
        impl TypedHeader<'_> for Own {
            const NAME: HeaderName = HeaderName::from_static("X-Own");
            const SECTION: &'static str = "2324 section 2";
            fn parse(_: &str) -> Result<Self, ValueError> {
                Err(ValueError::new("nothing", 0))
            }
        }
        impl std::fmt::Display for Own {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
        let request = Message::parse("OPTIONS sip:a@b SIP/2.0\r\nx-own : 1\r\nX-Ownership: 2\r\n\r\n").unwrap();
        let built = MessageBuilder::reply_to(&request, StatusCode::OK, None)
            .unwrap()
            .copy(&request, Own::NAME)
            .copy(&request, HeaderName::from_static("x-ownership"))
            .header(&Own(3))
            .build();
        assert_eq!(
            built.to_string(),
            "SIP/2.0 200 OK\r\nX-Ownership: 2\r\nX-Own: 3\r\nContent-Length: 0\r\n\r\n"
        );
    }

    #[test]
    fn a_body_takes_the_place_of_another() {
        let request = Message::parse("OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP b\r\n\r\n").unwrap();
        let content_type = |text| ContentType::parse(text).unwrap();
        let message = MessageBuilder::reply_to(&request, StatusCode::OK, None)
            .unwrap()
            .header(&content_type("a/b"))
            .body(&content_type("text/plain"), "hello")
            .raw(HeaderName::SUBJECT, RawValue::from_static("x"))
            .body(&content_type("text/html"), "<p>")
            .build();
        assert_eq!(
            message.to_string(),
            "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP b\r\nSubject: x\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\n<p>"
        );
        assert_eq!(message.typed::<ContentType>(), Ok(Some(content_type("text/html"))));
    }

    #[test]
    fn a_reason_is_one_line_and_of_responses_only() {
        let request = Message::parse("OPTIONS sip:a@b SIP/2.0\r\n\r\n").unwrap();
        let response = MessageBuilder::reply_to(&request, StatusCode::BAD_REQUEST, None).unwrap();
        let message = response.reason("2^31 \"x\"\r\nA: b %41 \u{e9}").build();
        assert_eq!(
            message.to_string(),
            "SIP/2.0 400 2'31 'x'''A: b '41 \u{e9}\r\nContent-Length: 0\r\n\r\n"
        );
        let empty = MessageBuilder::reply_to(&request, StatusCode::OK, None)
            .unwrap()
            .reason("")
            .build();
        assert!(empty.to_string().starts_with("SIP/2.0 200 \r\n"));
    }

    #[test]
    fn raw_values_cannot_break_out_of_their_line() {
        let request = Message::parse("OPTIONS sip:a@b SIP/2.0\r\n\r\n").unwrap();
        let builder = || MessageBuilder::reply_to(&request, StatusCode::OK, None).unwrap();
        let message = builder()
            .raw(HeaderName::SUBJECT, RawValue::new("a: b").unwrap())
            .build();
        assert_eq!(message.header(HeaderName::SUBJECT).unwrap().value(), b"a: b");
    }
}
