//! A view of whole messages for [`serde`], as the `decode` example prints them (feature `serde`).
//!
//! [`Message::view`] gives a value that serialises everything there is to know of a message. Names and order of the fields
//! below are stable: fields may be added, none is renamed, moved or taken away without a new major version. Made for JSON;
//! any other self-describing format works as well.
//!
//! ```
//! use sip_message::Message;
//!
//! let message = Message::parse("OPTIONS sip:bob@example.test SIP/2.0\r\nv: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\r\n")?;
//! let json = serde_json::to_value(message.view())?;
//! assert_eq!(json["start_line"]["uri"]["user"], "bob");
//! assert_eq!(json["headers"][0]["name"], "v");
//! assert_eq!(json["typed"]["Via"][0]["params"]["branch"], "z9hG4bK1");
//! assert_eq!(json["problems"][0]["text"], "no From (RFC 3261 section 8.1.1)");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Message
//!
//! | field | what it is |
//! | --- | --- |
//! | `kind` | `"request"` or `"response"` |
//! | `start_line` | see below |
//! | `headers` | every header field, in order: see below |
//! | `typed` | the values of all headers that have a type: see below |
//! | `body` | see below |
//! | `valid` | whether [`Message::validate`] accepts the message |
//! | `problems` | [`Message::findings`], see below |
//!
//! Text is a string where the bytes are UTF-8, else an object `{"hex": "…"}` with two digits for each byte. Offsets count
//! bytes from the start of the message, or, for a part of a multipart body and what is in it, from the start of that part.
//! `section` is an RFC and its section, as in `"3261 section 20.42"`.
//!
//! # Start line
//!
//! Of a request `method`, `uri` (below) and `version`; of a response `version`, `status` (a number) and `reason` (text).
//! `line` as for headers.
//!
//! # Headers
//!
//! `name` is the name as written; `canonical` the full name in its usual case, or null for a header that the specifications
//! of this crate do not define; `value` the value as text, without the white space around it, folds included; `offset` where
//! the value begins. Where the line is anything but name, colon, one space, value and CRLF, `line` has the whole of it. So the
//! bytes of the message can be made of `start_line`, `headers` and `body` (the `line` of a start line includes empty lines
//! before it).
//!
//! # Typed values
//!
//! By canonical name, in the order of [`for_each_typed_header!`](crate::for_each_typed_header). A header that may stand
//! once has its value, every other an array with a value for each element. The values are the `Serialize` of the types in
//! [`headers`](crate::headers): structures in the words of their getters, parameters as a map from name to value (null
//! where a parameter has none; of a name that stands twice the first, which is the one that counts), enums such as
//! `Contact` as the name of the variant or an object of it. What cannot be read is `{"error": {…}}` with `kind` (`"duplicate"`, `"malformed"`, `"not_utf8"`), `expected` (what the grammar wants, or
//! null), `offset`, `section` and `text`.
//!
//! # URI
//!
//! The Request-URI: `text` as written; then, where it is a URI, `scheme`, and of a SIP URI `user` (as written), `password`,
//! `host`, `port` and the arrays `params` and `headers` of pairs of name and value. Where it is none, `error` as above.
//!
//! # Body
//!
//! `offset`, `length` in bytes, `content` as text. Of a multipart body `parts`: an array of objects with `offset` (in the body
//! that holds the part), `headers`, `typed` and `body`, and `defect` where the headers of the part break off. `error` is a
//! text that says why a multipart body cannot be split, within the default [`Limits`]. The offsets in these two texts are
//! of the body that holds the parts.
//!
//! # Problems
//!
//! `level` (`"invalid"`, `"malformed"`, `"odd"`: see [`Finding`]), `offset` (null for what is missing), `section`, `text` for
//! people.

use std::{collections::BTreeSet, fmt};

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::{
    Finding, Limits, Message, RawHeader, StartLine, Uri,
    body::{Multipart, MultipartError, Part},
};

mod typed;

use typed::{ErrorView, Typed};

/// A message for [`serde`]: see the [module](self).
#[derive(Clone, Copy, Debug)]
pub struct MessageView<'a>(&'a Message);

impl Message {
    /// Everything there is to know of this message, to be serialised.
    #[must_use]
    pub const fn view(&self) -> MessageView<'_> {
        MessageView(self)
    }
}

impl Serialize for MessageView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let message = self.0;
        let findings = message.findings();
        let mut view = serializer.serialize_struct("Message", 7)?;
        view.serialize_field("kind", if message.is_request() { "request" } else { "response" })?;
        view.serialize_field("start_line", &StartLineView(message))?;
        view.serialize_field("headers", &Each(|| message.headers().map(HeaderView)))?;
        view.serialize_field("typed", &Typed(message))?;
        let body = BodyView {
            offset: message.as_bytes().len() - message.body().len(),
            content: message.body(),
            multipart: message.multipart(&Limits::default()),
        };
        view.serialize_field("body", &body)?;
        let is_refusal = |finding: &Finding| matches!(finding, Finding::Invalid(_));
        view.serialize_field("valid", &!findings.iter().any(is_refusal))?;
        view.serialize_field("problems", &Each(|| findings.iter().map(Problem)))?;
        view.end()
    }
}

/// Parameters by name. Of a name that stands again the first counts, in any case.
pub(crate) fn first_of_each<'p, V>(params: impl Iterator<Item = (&'p str, V)>) -> impl Iterator<Item = (&'p str, V)> {
    let mut seen = BTreeSet::new();
    params.filter(move |(name, _)| seen.insert(name.to_ascii_lowercase()))
}

/// A sequence of what an iterator gives.
struct Each<F>(F);

impl<I: Iterator<Item: Serialize>, F: Fn() -> I> Serialize for Each<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

/// Bytes as a string, or in hexadecimal digits where they are not UTF-8.
struct Text<'a>(&'a [u8]);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Ok(text) = std::str::from_utf8(self.0) {
            return serializer.serialize_str(text);
        }
        let mut view = serializer.serialize_struct("Bytes", 1)?;
        view.serialize_field("hex", &format_args!("{}", Hex(self.0)))?;
        view.end()
    }
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

struct StartLineView<'a>(&'a Message);

impl Serialize for StartLineView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let message = self.0;
        let end = message.headers().next().map_or_else(
            || message.as_bytes().len() - message.body().len() - b"\r\n".len(),
            |first| first.start(),
        );
        let line = message.as_bytes().get(..end).unwrap_or_default();
        let usual = match message.start_line() {
            StartLine::Request { method, uri, version } => {
                [method.as_str().as_bytes(), b" ", uri, b" ", version.as_bytes(), b"\r\n"].concat()
            }
            StartLine::Response {
                version,
                status,
                reason,
            } => {
                let status = status.as_u16().to_string();
                [version.as_bytes(), b" ", status.as_bytes(), b" ", reason, b"\r\n"].concat()
            }
        };
        let is_usual = line == usual;
        let mut view = serializer.serialize_struct("StartLine", 3 + usize::from(!is_usual))?;
        match message.start_line() {
            StartLine::Request { method, uri, version } => {
                view.serialize_field("method", method.as_str())?;
                view.serialize_field("uri", &RequestUri { message, bytes: uri })?;
                view.serialize_field("version", version)?;
            }
            StartLine::Response {
                version,
                status,
                reason,
            } => {
                view.serialize_field("version", version)?;
                view.serialize_field("status", &status.as_u16())?;
                view.serialize_field("reason", &Text(reason))?;
            }
        }
        if !is_usual {
            view.serialize_field("line", &Text(line))?;
        }
        view.end()
    }
}

struct RequestUri<'a> {
    message: &'a Message,
    bytes: &'a [u8],
}

impl Serialize for RequestUri<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let uri = self.message.request_uri();
        let len = match &uri {
            Ok(Uri::Sip(_)) => 8,
            Ok(_) | Err(_) => 2,
        };
        let mut view = serializer.serialize_struct("Uri", len)?;
        view.serialize_field("text", &Text(self.bytes))?;
        match uri {
            Ok(uri) => {
                view.serialize_field("scheme", uri.scheme())?;
                if let Uri::Sip(sip) = uri {
                    view.serialize_field("user", &sip.user())?;
                    view.serialize_field("password", &sip.password())?;
                    view.serialize_field("host", &sip.host())?;
                    view.serialize_field("port", &sip.port())?;
                    view.serialize_field("params", &Each(|| sip.params()))?;
                    view.serialize_field("headers", &Each(|| sip.headers()))?;
                }
            }
            Err(error) => {
                let offset = self.message.request_uri_offset() + error.offset();
                let error = ErrorView {
                    kind: "malformed",
                    expected: Some(error.expected()),
                    offset,
                    section: "3261 section 7.1",
                    text: format!("expected {} at byte {offset} (RFC 3261 section 7.1)", error.expected()),
                };
                view.serialize_field("error", &error)?;
            }
        }
        view.end()
    }
}

struct HeaderView<'a>(RawHeader<'a>);

impl Serialize for HeaderView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let header = &self.0;
        let usual = [header.name().as_bytes(), b": ", header.value(), b"\r\n"].concat();
        let is_usual = header.line() == usual;
        let mut view = serializer.serialize_struct("Header", 4 + usize::from(!is_usual))?;
        view.serialize_field("name", header.name())?;
        view.serialize_field("canonical", &header.id().map(|id| id.as_str()))?;
        view.serialize_field("value", &Text(header.value()))?;
        view.serialize_field("offset", &header.offset())?;
        if !is_usual {
            view.serialize_field("line", &Text(header.line()))?;
        }
        view.end()
    }
}

struct BodyView<'a> {
    offset: usize,
    content: &'a [u8],
    multipart: Result<Option<Multipart>, MultipartError>,
}

impl Serialize for BodyView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // That the Content-Type cannot be read is told where it stands.
        let is_told = matches!(self.multipart, Ok(None) | Err(MultipartError::ContentType(_)));
        let mut view = serializer.serialize_struct("Body", 3 + usize::from(!is_told))?;
        view.serialize_field("offset", &self.offset)?;
        view.serialize_field("length", &self.content.len())?;
        view.serialize_field("content", &Text(self.content))?;
        match &self.multipart {
            Ok(Some(multipart)) => {
                view.serialize_field("parts", &Each(|| multipart.parts().iter().map(PartView)))?;
            }
            Err(error) if !is_told => view.serialize_field("error", &error.to_string())?,
            Ok(None) | Err(_) => {}
        }
        view.end()
    }
}

struct PartView<'a>(&'a Part);

impl Serialize for PartView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let part = self.0;
        let defect = part.defect();
        let mut view = serializer.serialize_struct("Part", 4 + usize::from(defect.is_some()))?;
        view.serialize_field("offset", &part.offset())?;
        view.serialize_field("headers", &Each(|| part.headers().map(HeaderView)))?;
        view.serialize_field("typed", &Typed(part))?;
        let body = BodyView {
            offset: part.as_bytes().len() - part.body().len(),
            content: part.body(),
            multipart: part.multipart(&Limits::default()),
        };
        view.serialize_field("body", &body)?;
        if let Some(defect) = defect {
            view.serialize_field("defect", &defect.to_string())?;
        }
        view.end()
    }
}

struct Problem<'a>(&'a Finding);

impl Serialize for Problem<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut view = serializer.serialize_struct("Problem", 4)?;
        view.serialize_field("level", self.0.level())?;
        view.serialize_field("offset", &self.0.offset())?;
        view.serialize_field("section", self.0.section())?;
        view.serialize_field("text", &self.0.to_string())?;
        view.end()
    }
}
