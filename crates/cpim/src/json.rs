//! The JSON view of a message: every header as it is and, where this crate knows it, as it reads.

use std::{borrow::Cow, fmt::Display};

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    address::{Address, FormalName},
    error::HeaderError,
    header::Header,
    imdn::{Disposition, DispositionNotification, Imdn, Notification},
    is_composing::IsComposing,
    limits::Limits,
    media_type::MediaType,
    message::Message,
    mime::MimeHeader,
    name::NamespaceDeclaration,
    require::Requirement,
    scan::{Layout, Oddity},
    text::{LanguageTag, Subject},
};

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let content = self.decoded_content(&Limits::default());
        let imdn = self.imdn();
        MessageView {
            layout: match self.layout() {
                Layout::Joined => "joined",
                Layout::Separated => "separated",
            },
            oddities: self.oddities().iter().map(OddityView::from).collect(),
            entity_headers: self.entity_headers().map(FieldView::from).collect(),
            headers: self.headers().map(HeaderView::from).collect(),
            from: Typed::optional(self.from()),
            to: self.to().map(Typed::from).collect(),
            cc: self.cc().map(Typed::from).collect(),
            date_time: Typed::optional(self.date_time().map(|value| value.map(|value| value.to_string()))),
            subject: self.subject().map(Typed::from).collect(),
            ns: self.ns().map(Typed::from).collect(),
            require: Typed::from(self.require()),
            mime_headers: self.mime_headers().map(FieldView::from).collect(),
            content_type: Typed::from(self.content_type()),
            content_length: self.content().len(),
            content_error: content.as_ref().err().map(ToString::to_string),
            text: content
                .as_deref()
                .ok()
                .and_then(|content| std::str::from_utf8(content).ok()),
            message_id: Typed::optional(imdn.message_id().map(|id| id.map(|id| id.to_string()))),
            disposition_notification: Typed::from(imdn.disposition_notification().map(|value| words(&value))),
            original_to: Typed::optional(imdn.original_to()),
            imdn_record_route: imdn.record_route().map(Typed::from).collect(),
            imdn_route: imdn.route().map(Typed::from).collect(),
            notifications: Read::of(imdn.notifications(&Limits::default())),
            is_composing: Read::optional(self.is_composing(&Limits::default())),
        }
        .serialize(serializer)
    }
}

#[derive(Serialize)]
struct MessageView<'a> {
    layout: &'static str,
    oddities: Vec<OddityView>,
    entity_headers: Vec<FieldView<'a>>,
    headers: Vec<HeaderView<'a>>,
    from: Option<Typed<Address>>,
    to: Vec<Typed<Address>>,
    cc: Vec<Typed<Address>>,
    date_time: Option<Typed<String>>,
    subject: Vec<Typed<Subject>>,
    ns: Vec<Typed<NamespaceDeclaration<'a>>>,
    require: Typed<Vec<Requirement<'a>>>,
    mime_headers: Vec<FieldView<'a>>,
    content_type: Typed<MediaType>,
    content_length: usize,
    content_error: Option<String>,
    text: Option<&'a str>,
    message_id: Option<Typed<String>>,
    disposition_notification: Typed<Vec<&'static str>>,
    original_to: Option<Typed<Address>>,
    imdn_record_route: Vec<Typed<Address>>,
    imdn_route: Vec<Typed<Address>>,
    notifications: Read<Vec<Imdn>>,
    is_composing: Option<Read<IsComposing>>,
}

fn words(value: &DispositionNotification) -> Vec<&'static str> {
    value.requests().iter().map(|request| request.as_str()).collect()
}

/// What the content holds, or why it cannot be read.
#[derive(Serialize)]
#[serde(untagged)]
enum Read<T> {
    Malformed { error: String },
    Value(T),
}

impl<T> Read<T> {
    fn optional<E: Display>(result: Result<Option<T>, E>) -> Option<Self> {
        result.transpose().map(Self::of)
    }

    fn of<E: Display>(result: Result<T, E>) -> Self {
        match result {
            Ok(value) => Self::Value(value),
            Err(error) => Self::Malformed {
                error: error.to_string(),
            },
        }
    }
}

/// A typed value, or why there is none.
#[derive(Serialize)]
#[serde(untagged)]
enum Typed<T> {
    Malformed { error: String, offset: usize },
    Value(T),
}

impl<T> Typed<T> {
    fn optional(result: Result<Option<T>, HeaderError>) -> Option<Self> {
        result.transpose().map(Self::from)
    }
}

impl<T> From<Result<T, HeaderError>> for Typed<T> {
    fn from(result: Result<T, HeaderError>) -> Self {
        match result {
            Ok(value) => Self::Value(value),
            Err(error) => Self::Malformed {
                error: error.to_string(),
                offset: error.offset(),
            },
        }
    }
}

#[derive(Serialize)]
struct OddityView {
    oddity: String,
    offset: usize,
}

impl From<&Oddity> for OddityView {
    fn from(oddity: &Oddity) -> Self {
        Self {
            oddity: oddity.kind.to_string(),
            offset: oddity.offset,
        }
    }
}

/// `raw` is the whole header; bytes that are not UTF-8 show as U+FFFD.
#[derive(Serialize)]
struct HeaderView<'a> {
    name: &'a str,
    namespace: Option<&'a str>,
    raw: String,
    text: Typed<String>,
}

impl<'a> From<Header<'a>> for HeaderView<'a> {
    fn from(header: Header<'a>) -> Self {
        Self {
            name: header.name(),
            namespace: header.namespace(),
            raw: String::from_utf8_lossy(header.raw()).into_owned(),
            text: Typed::from(header.text().map(Cow::into_owned)),
        }
    }
}

#[derive(Serialize)]
struct FieldView<'a> {
    name: &'a str,
    raw: String,
    value: Typed<String>,
}

impl<'a> From<MimeHeader<'a>> for FieldView<'a> {
    fn from(header: MimeHeader<'a>) -> Self {
        Self {
            name: header.name(),
            raw: String::from_utf8_lossy(header.raw()).into_owned(),
            value: Typed::from(header.value().map(Cow::into_owned)),
        }
    }
}

impl Serialize for Address {
    /// `{ "name", "uri" }`, and `trailer` where there is one.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name().map(FormalName::as_str))?;
        map.serialize_entry("uri", self.uri().as_str())?;
        if !self.trailer().is_empty() {
            map.serialize_entry("trailer", self.trailer())?;
        }
        map.end()
    }
}

impl Serialize for Subject {
    /// `{ "lang", "text" }`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("lang", &self.lang().map(LanguageTag::as_str))?;
        map.serialize_entry("text", self.text())?;
        map.end()
    }
}

impl Serialize for NamespaceDeclaration<'_> {
    /// `{ "prefix", "uri" }`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("prefix", &self.prefix)?;
        map.serialize_entry("uri", self.uri)?;
        map.end()
    }
}

impl Serialize for Requirement<'_> {
    /// `{ "written", "namespace", "name" }`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("written", self.written)?;
        map.serialize_entry("namespace", &self.namespace)?;
        map.serialize_entry("name", self.name)?;
        map.end()
    }
}

impl Serialize for MediaType {
    /// `{ "type", "subtype", "parameters": [[name, value], ..] }`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parameters: Vec<(&str, &str)> = self.parameters().collect();
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("type", self.type_())?;
        map.serialize_entry("subtype", self.subtype())?;
        map.serialize_entry("parameters", &parameters)?;
        map.end()
    }
}

impl Serialize for Imdn {
    /// `{ "message_id", "datetime", "recipient_uri", "original_recipient_uri", "subject", "disposition", "status" }`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let disposition = self
            .notification()
            .map(|notification| match notification.disposition() {
                Disposition::Delivery => "delivery",
                Disposition::Processing => "processing",
                Disposition::Display => "display",
            });
        let mut map = serializer.serialize_map(Some(7))?;
        map.serialize_entry("message_id", self.message_id().as_str())?;
        map.serialize_entry("datetime", self.date_time_text())?;
        map.serialize_entry("recipient_uri", &self.recipient_uri())?;
        map.serialize_entry("original_recipient_uri", &self.original_recipient_uri())?;
        map.serialize_entry("subject", &self.subject())?;
        map.serialize_entry("disposition", &disposition)?;
        map.serialize_entry("status", &self.notification().map(Notification::status))?;
        map.end()
    }
}

impl Serialize for IsComposing {
    /// `{ "state", "last_active", "content_type", "refresh" }`, the last in seconds.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("state", self.state().as_str())?;
        map.serialize_entry("last_active", &self.last_active().map(|time| time.to_string()))?;
        map.serialize_entry("content_type", &self.content_type())?;
        map.serialize_entry("refresh", &self.refresh().map(|refresh| refresh.as_secs()))?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_view_has_raw_and_typed_headers_and_their_errors() {
        let message = Message::parse(
            &b"From: Alice <im:alice@example.com>\r\n\
               To: bob\r\n\
               Subject:;lang=fr \\u00e9t\xc3\xa9\r\n\
               NS: imdn <urn:ietf:params:imdn>\r\n\
               imdn.Message-ID: 34jk324j\r\n\
               X: \xff\r\n\
               \r\n\
               Content-Type: text/plain; charset=utf-8\r\n\
               Content-Length: 7\r\n\
               \r\n\
               hello"[..],
        )
        .unwrap();
        let view = serde_json::to_value(&message).unwrap();
        assert_eq!(view["layout"], "separated");
        assert_eq!(
            view["from"],
            serde_json::json!({"name": "Alice", "uri": "im:alice@example.com"})
        );
        assert_eq!(view["to"][0]["offset"], 43);
        assert_eq!(view["subject"][0], serde_json::json!({"lang": "fr", "text": "été"}));
        assert_eq!(view["date_time"], serde_json::Value::Null);
        assert_eq!(view["ns"][0]["prefix"], "imdn");
        assert_eq!(view["headers"][4]["namespace"], "urn:ietf:params:imdn");
        assert_eq!(view["headers"][4]["raw"], "imdn.Message-ID: 34jk324j");
        assert_eq!(view["headers"][5]["raw"], "X: \u{fffd}");
        assert!(view["headers"][5]["text"]["error"].is_string());
        assert_eq!(
            view["content_type"]["parameters"],
            serde_json::json!([["charset", "utf-8"]])
        );
        assert_eq!(view["content_length"], 5);
        assert_eq!(view["text"], "hello");
        assert_eq!(
            view["oddities"][0]["offset"],
            message.mime_header("content-length").unwrap().offset()
        );
    }

    #[test]
    fn notifications_and_composing_show_as_what_they_are() {
        let message = |content_type: &str, content: &str| {
            let bytes = format!("\r\nContent-Type: {content_type}\r\n\r\n{content}");
            serde_json::to_value(Message::parse(bytes).unwrap()).unwrap()
        };
        let imdn = "<imdn xmlns='urn:ietf:params:xml:ns:imdn'><message-id>1</message-id><datetime>now</datetime>\
            <display-notification><status><displayed/></status></display-notification></imdn>";
        let view = message("message/imdn+xml", imdn);
        assert_eq!(
            view["notifications"],
            serde_json::json!([{
                "message_id": "1", "datetime": "now", "recipient_uri": null, "original_recipient_uri": null,
                "subject": null, "disposition": "display", "status": "displayed",
            }])
        );
        let view = message("message/imdn+xml", "<imdn/>");
        let error = view["notifications"]["error"].as_str().unwrap();
        assert!(error.contains("line 1, column 1"), "{error}");
        let composing = "<isComposing xmlns='urn:ietf:params:xml:ns:im-iscomposing'><state>active</state>\
            <refresh>90</refresh></isComposing>";
        let view = message("application/im-iscomposing+xml", composing);
        assert_eq!(
            view["is_composing"],
            serde_json::json!({"state": "active", "last_active": null, "content_type": null, "refresh": 90})
        );
        assert_eq!(message("text/plain", "x")["is_composing"], serde_json::Value::Null);
        let view = message("text/plain\r\nContent-Encoding: deflate", "x");
        assert!(
            view["content_error"]
                .as_str()
                .unwrap()
                .starts_with("Content-Encoding deflate")
        );
    }

    #[test]
    fn content_that_is_not_utf_8_has_a_length_and_no_text() {
        let content_type = "application/octet-stream".parse().unwrap();
        let message = Message::builder().content(content_type, &b"\xff\x00"[..]).build();
        let view = serde_json::to_value(&message).unwrap();
        assert_eq!(view["content_length"], 2);
        assert_eq!(view["text"], serde_json::Value::Null);
    }
}
