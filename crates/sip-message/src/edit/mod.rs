use std::{borrow::Cow, ops::Range};

use bytes::{BufMut, BytesMut};
use smallvec::SmallVec;

use crate::{
    HeaderError, HeaderName, Limits, Message, RawHeader, Uri,
    headers::{ContentLength, MaxForwards, Occurrence, TypedHeader},
    list,
    start_line::StartIndex,
    write::{write_line, write_value},
};

mod source;

/// A change of a message, made as a list of splices over its bytes: what is not named stays as it is, byte for byte
/// (what RFC 3261 section 16.6 asks of a proxy).
///
/// Operations do not see each other: each refers to the message as it was received. Name a header in one of them only.
/// A Content-Length that is handed in gives way to the length of the body, and replaces those that the message had.
/// Line breaks before the start line, which are no part of the message (section 7.5), do not go on.
///
/// ```
/// use sip_message::{HeaderName, Message, Transport, headers::{MaxForwards, Via}};
///
/// let received = Message::parse(
///     "MESSAGE sip:b@example.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nmax-forwards: 70\r\nX-Odd:  kept \r\n\r\n",
/// )?;
/// let via = Via::new(Transport::Udp, "203.0.113.1".parse::<std::net::IpAddr>()?.into(), Some(5060), "z9hG4bK2")?;
/// let forwarded = received.edit().push_front(&via).set(&MaxForwards(69)).finish();
/// assert_eq!(
///     forwarded.to_string(),
///     "MESSAGE sip:b@example.test SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.1:5060;branch=z9hG4bK2\r\n\
///      Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nmax-forwards: 69\r\nX-Odd:  kept \r\n\r\n"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Edit<'m> {
    message: &'m Message,
    // What a proxy does fits.
    splices: SmallVec<[Splice; 8]>,
    // The new texts, one behind the other.
    texts: BytesMut,
    // Whether Content-Length is among them.
    sets_length: bool,
}

/// Replaces `start..end` of the message by a text.
#[derive(Debug)]
struct Splice {
    start: usize,
    end: usize,
    text: Range<usize>,
}

/// What a proxy writes fits.
const USUAL_TEXTS: usize = 256;

impl<'m> Edit<'m> {
    pub(crate) fn new(message: &'m Message) -> Self {
        Self {
            message,
            splices: SmallVec::new(),
            texts: BytesMut::with_capacity(USUAL_TEXTS),
            sets_length: false,
        }
    }

    /// Puts a header before the first of its name; before all headers, when there is none.
    #[must_use]
    pub fn push_front<'a, H: TypedHeader<'a>>(mut self, header: &H) -> Self {
        if H::NAME == HeaderName::CONTENT_LENGTH {
            return self.set_content_length();
        }
        let first = self.message.header(H::NAME).map(|field| field.start());
        let at = first.unwrap_or_else(|| self.headers_start());
        self.splice(at..at, |texts| write_line(texts, header));
        self
    }

    /// Puts a header behind all others.
    #[must_use]
    pub fn append<'a, H: TypedHeader<'a>>(self, header: &H) -> Self {
        if H::NAME == HeaderName::CONTENT_LENGTH {
            return self.set_content_length();
        }
        self.append_line(header)
    }

    /// Gives the first header of this name another value, or appends the header when there is none. Of a list, the value is
    /// all that stands on that line.
    #[must_use]
    pub fn set<'a, H: TypedHeader<'a>>(mut self, header: &H) -> Self {
        if H::NAME == HeaderName::CONTENT_LENGTH {
            return self.set_content_length();
        }
        let first = self
            .message
            .header(H::NAME)
            .map(|field| (field.offset(), field.value().len()));
        match first {
            Some((at, len)) => {
                self.splice(at..at + len, |texts| write_value(texts, header));
                self
            }
            None => self.append_line(header),
        }
    }

    /// Takes every header of this name out.
    #[must_use]
    pub fn remove(mut self, name: HeaderName) -> Self {
        for field in self.message.header_all(name) {
            self.remove_line(&field);
        }
        self
    }

    /// Takes the first element of a list header out: the top Via of a response, the Route that named this proxy. Of a header
    /// that is no list, the first line. An application's own header counts as an [`Occurrence::List`].
    #[must_use]
    pub fn pop_front(mut self, name: HeaderName) -> Self {
        let occurrence = Occurrence::of(name).unwrap_or(Occurrence::List);
        for field in self.message.header_all(name) {
            let text = text(&field);
            let mut elements = list::of(occurrence, &text);
            if elements.next().is_none() {
                continue;
            }
            match elements.next() {
                Some((second, _)) => self.splice(field.offset()..field.offset() + second, |_| ()),
                None => self.remove_line(&field),
            }
            break;
        }
        self
    }

    /// Lowers Max-Forwards by one, to 0 at the least; a request without it gets 70 (RFC 3261 section 16.6 step 3). A
    /// response has none and stays as it is.
    ///
    /// # Errors
    /// When the header cannot be read.
    pub fn lower_max_forwards(self) -> Result<Self, HeaderError> {
        if !self.message.is_request() {
            return Ok(self);
        }
        let lowered = self
            .message
            .typed::<MaxForwards>()?
            .map_or(70, |MaxForwards(left)| left.saturating_sub(1));
        Ok(self.set(&MaxForwards(lowered)))
    }

    /// Adds a Content-Length where there is none, so that the message can go out over a stream (RFC 3261 section 16.6 step
    /// 9).
    #[must_use]
    pub fn add_content_length(self) -> Self {
        match self.message.header(HeaderName::CONTENT_LENGTH) {
            Some(_) => self,
            None => self.set_content_length(),
        }
    }

    /// Gives a request another Request-URI.
    #[must_use]
    pub fn set_request_uri(mut self, uri: &Uri<'_>) -> Self {
        if let StartIndex::Request {
            method_end, uri_end, ..
        } = self.message.head().start
        {
            let place = method_end as usize + 1..uri_end as usize;
            self.splice(place, |texts| texts.put_slice(uri.as_str().as_bytes()));
        }
        self
    }

    /// The changed message.
    #[must_use]
    pub fn finish(mut self) -> Message {
        // Stable: of several insertions at one place the first comes first. They stand before what is replaced there.
        self.splices.sort_by_key(|splice| (splice.start, splice.end));
        let bytes = self.message.as_bytes();
        let mut out = BytesMut::with_capacity(bytes.len() + self.texts.len());
        let mut at = self.message.start() as usize;
        for splice in &self.splices {
            // A place that an earlier splice has replaced already is passed over.
            if splice.start < at {
                continue;
            }
            out.put_slice(&bytes[at..splice.start]);
            out.put_slice(&self.texts[splice.text.clone()]);
            at = splice.end;
        }
        out.put_slice(&bytes[at..]);
        Message::parse_with(out.freeze(), &Limits::UNBOUNDED)
            .expect("lines that were read and lines of values that are valid")
    }

    fn splice(&mut self, place: Range<usize>, write: impl FnOnce(&mut BytesMut)) {
        let start = self.texts.len();
        write(&mut self.texts);
        self.splices.push(Splice {
            start: place.start,
            end: place.end,
            text: start..self.texts.len(),
        });
    }

    /// Makes the first Content-Length, or a new one, the length of the body, and takes the others out. Once is enough.
    fn set_content_length(mut self) -> Self {
        if self.sets_length {
            return self;
        }
        self.sets_length = true;
        let length = ContentLength(self.message.body().len() as u64);
        let mut fields = self.message.header_all(HeaderName::CONTENT_LENGTH);
        let Some(first) = fields.next() else {
            return self.append_line(&length);
        };
        let value = first.offset()..first.offset() + first.value().len();
        self.splice(value, |texts| write_value(texts, &length));
        for other in fields {
            self.remove_line(&other);
        }
        self
    }

    fn append_line<'a, H: TypedHeader<'a>>(mut self, header: &H) -> Self {
        let at = self.message.head().headers_end as usize;
        self.splice(at..at, |texts| write_line(texts, header));
        self
    }

    fn headers_start(&self) -> usize {
        let head = self.message.head();
        head.lines.start(0).unwrap_or(head.headers_end) as usize
    }

    fn remove_line(&mut self, field: &RawHeader<'_>) {
        self.splice(field.start()..field.start() + field.line().len(), |_| ());
    }
}

/// The value, with a character of one octet in the place of each that is not UTF-8.
fn text<'m>(field: &RawHeader<'m>) -> Cow<'m, str> {
    field.value_str().map_or_else(
        |_| {
            let mut text = String::with_capacity(field.value().len());
            for chunk in field.value().utf8_chunks() {
                text.push_str(chunk.valid());
                text.extend(chunk.invalid().iter().map(|_| '?'));
            }
            text.into()
        },
        Cow::Borrowed,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::{RecordRoute, Route};

    const REQUEST: &str = "NOTIFY sip:b@example.test SIP/2.0\r\nX-First: \u{e9}\r\n\
        Via: SIP/2.0/UDP a.test;branch=z9hG4bK1;rport, SIP/2.0/TCP b.test\r\nRoute: <sip:p1;lr>,\r\n <sip:p2;lr>\r\n\
        Route: <sip:p3;lr>\r\nX-Last: kept\r\n\r\nbody";

    fn request() -> Message {
        Message::parse(REQUEST).unwrap()
    }

    #[test]
    fn popping_takes_one_element() {
        let once = request().edit().pop_front(HeaderName::ROUTE).finish();
        assert_eq!(once.as_bytes(), &REQUEST.replace("<sip:p1;lr>,\r\n ", ""));
        let twice = once.edit().pop_front(HeaderName::ROUTE).finish();
        assert_eq!(
            twice.as_bytes(),
            &REQUEST.replace("Route: <sip:p1;lr>,\r\n <sip:p2;lr>\r\n", "")
        );
        let thrice = twice.edit().pop_front(HeaderName::ROUTE).finish();
        assert!(thrice.header(HeaderName::ROUTE).is_none());
        assert_eq!(thrice.edit().pop_front(HeaderName::ROUTE).finish(), thrice);
    }

    #[test]
    fn empty_elements_and_lines_are_not_the_first() {
        let text = "A sip:a SIP/2.0\r\nVia:\r\nv: , SIP/2.0/UDP a.test;branch=z , SIP/2.0/UDP b.test\r\n\
            Route: ,\r\nRoute: , <sip:p1;lr>,,<sip:p2;lr>\r\n\r\n";
        let message = Message::parse(text).unwrap();
        let popped = message.edit().pop_front(HeaderName::ROUTE).finish();
        assert_eq!(popped.as_bytes(), &text.replace(", <sip:p1;lr>,,", ""));
        let sourced = message.edit().set_source("192.0.2.5".parse().unwrap(), 9).unwrap();
        let wanted = text.replace("branch=z ,", "branch=z;received=192.0.2.5 ,");
        assert_eq!(sourced.finish().as_bytes(), &wanted);
    }

    #[test]
    fn popping_leaves_what_is_not_utf8() {
        let message = |vias: &[u8]| {
            let head = b"SIP/2.0 200 OK\r\nVia: ".as_slice();
            Message::parse([head, vias, b"SIP/2.0/UDP b;x=\xff,\xfe\r\n\r\n"].concat()).unwrap()
        };
        for first in [&b"SIP/2.0/UDP a;x=\xe9\xff, "[..], b"SIP/2.0/UDP a,\r\n "] {
            let popped = message(first).edit().pop_front(HeaderName::VIA).finish();
            assert_eq!(popped, message(b""));
        }
        // The line is one value that cannot be read, until what is not UTF-8 is popped.
        let text = b"A sip:a SIP/2.0\r\nRoute: <sip:p1>;x=\xff, <sip:p2>, <sip:p3>\r\n\r\n";
        let message = Message::parse(text.to_vec()).unwrap();
        let routes = |message: &Message| {
            message
                .typed_all::<Route>()
                .map(|route| route.is_ok())
                .collect::<Vec<_>>()
        };
        assert_eq!(routes(&message), [false]);
        assert_eq!(
            routes(&message.edit().pop_front(HeaderName::ROUTE).finish()),
            [true, true]
        );
    }

    #[test]
    fn what_is_no_list_is_popped_as_a_whole() {
        let date = "Date: Sat, 13 Nov 2010 23:29:00 GMT\r\n";
        let challenge = "WWW-Authenticate: Digest realm=\"a, b\", nonce=\"c\"\r\n";
        let subject = "Subject: a, b\r\n c\r\n";
        let own = "X-Own: a\r\n";
        let text = format!("SIP/2.0 401 No\r\n{date}{challenge}{challenge}{subject}{own}X-Own: b, c\r\n\r\n");
        let message = Message::parse(text.clone()).unwrap();
        for (name, line) in [
            (HeaderName::DATE, date),
            (HeaderName::WWW_AUTHENTICATE, challenge),
            (HeaderName::SUBJECT, subject),
            (HeaderName::from_static("X-Own"), own),
        ] {
            let popped = message.edit().pop_front(name).finish();
            assert_eq!(popped.as_bytes(), &text.replacen(line, "", 1), "{name}");
        }
    }

    #[test]
    fn a_response_has_no_max_forwards() {
        let response = Message::parse("SIP/2.0 200 OK\r\nX: y\r\n\r\n").unwrap();
        assert_eq!(response.edit().lower_max_forwards().unwrap().finish(), response);
    }

    #[test]
    fn an_insertion_before_a_removed_line_is_kept() {
        let record = RecordRoute(crate::NameAddr::new(Uri::parse("sip:me;lr").unwrap()));
        let first = HeaderName::from_static("X-First");
        let wanted = REQUEST.replace("X-First: \u{e9}", "Record-Route: <sip:me;lr>");
        let removed_first = request().edit().remove(first).push_front(&record).finish();
        assert_eq!(removed_first.as_bytes(), &wanted);
        let pushed_first = request().edit().push_front(&record).remove(first).finish();
        assert_eq!(pushed_first.as_bytes(), &wanted);
    }

    #[test]
    fn a_length_is_added_where_there_is_none() {
        let with = request().edit().add_content_length().finish();
        assert_eq!(
            with.as_bytes(),
            &REQUEST.replace("X-Last: kept\r\n", "X-Last: kept\r\nContent-Length: 4\r\n")
        );
        assert_eq!(with.edit().add_content_length().finish(), with);
    }

    #[test]
    fn a_length_is_that_of_the_body_whatever_is_handed_in() {
        let untrue = ContentLength(1);
        let added = REQUEST.replace("X-Last: kept\r\n", "X-Last: kept\r\nContent-Length: 4\r\n");
        for edited in [
            request().edit().set(&untrue),
            request().edit().append(&untrue),
            request().edit().push_front(&untrue),
            request()
                .edit()
                .set(&untrue)
                .append(&untrue)
                .push_front(&untrue)
                .add_content_length(),
        ] {
            assert_eq!(edited.finish().as_bytes(), &added);
        }
        let twice = "A sip:a SIP/2.0\r\nl: 9\r\nX: y\r\nContent-Length:  8\r\n\r\nbody";
        let message = Message::parse(twice).unwrap();
        let wanted = "A sip:a SIP/2.0\r\nl: 4\r\nX: y\r\n\r\nbody";
        assert_eq!(message.edit().set(&untrue).finish().as_bytes(), wanted);
        assert_eq!(message.edit().append(&untrue).set(&untrue).finish().as_bytes(), wanted);
    }

    #[test]
    fn line_breaks_before_the_message_do_not_go_on() {
        let received = Message::parse(format!("\r\n\r\n{REQUEST}")).unwrap();
        let edited = received.edit().set(&MaxForwards(5)).finish();
        assert_eq!(edited, request().edit().set(&MaxForwards(5)).finish());
        assert_eq!(received.edit().finish().as_bytes(), REQUEST);
    }

    #[test]
    fn edits_of_one_message_add_up() {
        let route = |uri| Route(crate::NameAddr::new(Uri::parse(uri).unwrap()));
        let record = RecordRoute(crate::NameAddr::new(Uri::parse("sip:me;lr").unwrap()));
        let edited = request()
            .edit()
            .remove(HeaderName::ROUTE)
            .push_front(&record)
            .append(&route("sip:last;lr"))
            .lower_max_forwards()
            .unwrap()
            .set_request_uri(&Uri::parse("sip:c@example.test").unwrap())
            .finish();
        assert_eq!(
            edited.to_string(),
            "NOTIFY sip:c@example.test SIP/2.0\r\nRecord-Route: <sip:me;lr>\r\nX-First: \u{e9}\r\n\
             Via: SIP/2.0/UDP a.test;branch=z9hG4bK1;rport, SIP/2.0/TCP b.test\r\nX-Last: kept\r\n\
             Route: <sip:last;lr>\r\nMax-Forwards: 70\r\n\r\nbody"
        );
    }
}
