use std::{fmt::Write, time::SystemTime};

use cpim::{
    FormalName, LanguageTag, MediaType,
    imdn::{Disposition, Notification},
};
use pidf::{Basic, Document, Note, Tuple};
use serde_json::{Value, json};
use sip_message::{HeaderName, Message, StartLine, StatusCode};
use sip_ua::{Content, Event};

use super::{Received, Report, utc};
use crate::address::short;

/// One object and the end of its line. The field names are documented in the help, and stay.
pub(super) fn render(report: &Report<'_>, user: &str, now: SystemTime) -> String {
    let Some(mut object) = view(report, user) else {
        return String::new();
    };
    if let Value::Object(fields) = &mut object {
        fields.insert("time".to_owned(), json!(utc(now)));
    }
    format!("{object}\n")
}

fn view(report: &Report<'_>, user: &str) -> Option<Value> {
    Some(match report {
        Report::Agent(event) => return event_view(event, user),
        Report::Failed(failure) => json!({
            "event": "failed",
            "kind": failure.kind().as_str(),
            "status": number(failure.status()),
            "message": failure.to_string(),
            "exit_code": failure.kind().exit_code(),
        }),
        Report::MessageFailed { id, to, failure } => json!({
            "event": "message-failed",
            "id": id.0,
            "to": to,
            "status": number(failure.status()),
            "message": failure.to_string(),
        }),
        Report::MessageSent { id, to, status } => json!({
            "event": "message-sent",
            "id": id.0,
            "to": to,
            "status": status.as_u16(),
            "reason": status.reason(),
        }),
        // The list of bindings that were taken back is empty.
        Report::NoBindings => return None,
        Report::Received(received) => received_view(*received),
        Report::RefreshFailed(failure) => json!({
            "event": "refresh-failed",
            "status": number(failure.status()),
            "message": failure.to_string(),
        }),
        Report::Unregistered { contact } => unregistered_view(user, Some(contact)),
    })
}

fn event_view(event: &Event, user: &str) -> Option<Value> {
    Some(match event {
        Event::Challenged { status, realm, .. } => json!({
            "event": "challenged",
            "status": status.as_u16(),
            "realm": realm,
        }),
        Event::Composing {
            peer,
            author,
            state,
            content_type,
        } => json!({
            "event": "composing",
            "address": short(peer),
            "author": author.as_ref().map(cpim::Uri::as_str),
            "state": state.as_str(),
            "content_type": content_type,
        }),
        Event::Disposition { op, from_aor, imdn } => json!({
            "event": "disposition",
            "id": op.map(|op| op.0),
            "message_id": imdn.message_id().as_str(),
            "address": from_aor.as_ref().map(short),
            "recipient": imdn.recipient_uri(),
            "disposition": imdn.notification().map(disposition),
            "status": imdn.notification().map(Notification::status),
        }),
        Event::MessageReceived {
            from,
            from_aor,
            display_name,
            content,
            request,
            ..
        } => {
            let call_id = request.header(HeaderName::CALL_ID);
            let (content_type, text, cpim) = match content {
                Content::Cpim(message) => ("message/cpim", utf8(message.content()), Some(cpim_view(message))),
                Content::Other { content_type, bytes } => (content_type.as_str(), utf8(bytes), None),
                Content::Text(text) => ("text/plain", Some(text.as_str()), None),
            };
            json!({
                "event": "message-received",
                "from": from,
                "address": from_aor.as_ref().map(short),
                "display_name": display_name,
                "call_id": call_id.map(|header| String::from_utf8_lossy(header.value()).into_owned()),
                "content_type": content_type,
                "text": text,
                "cpim": cpim,
            })
        }
        Event::Notified {
            presentity,
            state,
            body,
            document,
            ..
        } => {
            let (document, error) = match document {
                Some(Ok(document)) => (Some(document_view(document)), None),
                Some(Err(error)) => (None, Some(error.to_string())),
                None => (None, None),
            };
            json!({
                "event": "notified",
                "presentity": short(presentity),
                "state": state,
                "content_type": body.as_ref().map(|body| &body.content_type),
                "body": body.as_ref().and_then(|body| utf8(&body.bytes)),
                "document": document,
                "error": error,
            })
        }
        Event::Published {
            entity_tag, expires, ..
        } => json!({
            "event": "published",
            "address": user,
            "entity_tag": entity_tag,
            "expires": expires,
        }),
        Event::Registered { expires, contacts, .. } => json!({
            "event": "registered",
            "address": user,
            "expires": expires,
            "contacts": contacts,
        }),
        Event::Subscribed {
            presentity, expires, ..
        } => json!({
            "event": "subscribed",
            "presentity": short(presentity),
            "expires": expires,
        }),
        Event::SubscriptionEnded { presentity, reason, .. } => json!({
            "event": "subscription-ended",
            "presentity": short(presentity),
            "reason": reason,
        }),
        Event::Unpublished { .. } => json!({ "event": "unpublished", "address": user }),
        Event::Unregistered { .. } => unregistered_view(user, None),
        // `message_sent` and `failed` have their own reports.
        _ => return None,
    })
}

fn disposition(notification: Notification) -> &'static str {
    match notification.disposition() {
        Disposition::Delivery => "delivery",
        Disposition::Display => "display",
        Disposition::Processing => "processing",
        _ => "other",
    }
}

fn unregistered_view(user: &str, contact: Option<&str>) -> Value {
    json!({ "event": "unregistered", "address": user, "contact": contact })
}

fn document_view(document: &Document) -> Value {
    json!({
        "entity": document.entity(),
        "tuples": document.tuples().iter().map(tuple_view).collect::<Vec<_>>(),
        "notes": notes_view(document.notes()),
    })
}

fn tuple_view(tuple: &Tuple) -> Value {
    let contact = tuple.contact();
    json!({
        "id": tuple.id().as_str(),
        "basic": tuple.status().basic().map(|basic| match basic {
            Basic::Closed => "closed",
            Basic::Open => "open",
        }),
        "contact": contact.map(pidf::Contact::uri),
        "priority": contact
            .and_then(pidf::Contact::priority)
            .map(|priority| f64::from(priority.thousandths()) / 1000.0),
        "notes": notes_view(tuple.notes()),
        "timestamp": tuple.timestamp().map(pidf::Timestamp::as_str),
    })
}

fn notes_view(notes: &[Note]) -> Vec<Value> {
    let view = |note: &Note| json!({ "text": note.text(), "lang": note.lang() });
    notes.iter().map(view).collect()
}

/// Typed headers that are malformed are left out; `headers` has them all.
fn cpim_view(message: &cpim::Message) -> Value {
    let address = |address: &cpim::Address| {
        json!({
            "name": address.name().map(FormalName::as_str),
            "uri": address.uri().as_str(),
        })
    };
    let addresses = |all: &mut dyn Iterator<Item = Result<cpim::Address, cpim::HeaderError>>| {
        all.filter_map(Result::ok).map(|one| address(&one)).collect::<Vec<_>>()
    };
    let subjects = message.subject().filter_map(Result::ok).map(|subject| {
        json!({
            "text": subject.text(),
            "lang": subject.lang().map(LanguageTag::as_str),
        })
    });
    let headers = message.headers().map(|header| {
        let value = header.text().map_or_else(
            |_| String::from_utf8_lossy(header.raw_value()).into_owned(),
            std::borrow::Cow::into_owned,
        );
        json!({ "name": header.name(), "value": value })
    });
    json!({
        "from": message.from().ok().flatten().as_ref().map(address),
        "to": addresses(&mut message.to()),
        "cc": addresses(&mut message.cc()),
        "date_time": message.date_time().ok().flatten().map(|time| time.to_string()),
        "subject": subjects.collect::<Vec<_>>(),
        "content_type": message.content_type().ok().as_ref().map(MediaType::to_string),
        "headers": headers.collect::<Vec<_>>(),
    })
}

fn received_view(received: Received<'_>) -> Value {
    let message = Message::parse(received.bytes.to_vec()).ok();
    let status = message.as_ref().and_then(Message::status);
    let start_line = message.as_ref().map(|message| match message.start_line() {
        StartLine::Request { method, uri, version } => {
            format!("{method} {} {version}", String::from_utf8_lossy(uri))
        }
        StartLine::Response {
            version,
            status,
            reason,
        } => format!("{version} {status} {}", String::from_utf8_lossy(reason)),
    });
    let text = utf8(received.bytes);
    json!({
        "event": "received",
        "peer": received.peer,
        "after_ms": u64::try_from(received.after_ms).unwrap_or(u64::MAX),
        "length": received.bytes.len(),
        "start_line": start_line,
        "status": number(status),
        "text": text,
        "hex": text.is_none().then(|| hex(received.bytes)),
    })
}

fn number(status: Option<StatusCode>) -> Option<u16> {
    status.map(StatusCode::as_u16)
}

fn utf8(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use sip_message::Aor;
    use sip_ua::OpId;

    use super::*;
    use crate::failure::Failure;

    const OP: OpId = OpId(1);

    fn object(report: &Report<'_>) -> Value {
        let text = render(report, "alice@example.test", SystemTime::UNIX_EPOCH);
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        assert!(text.ends_with('\n'));
        let mut value: Value = serde_json::from_str(&text).unwrap();
        let time = value.as_object_mut().unwrap().remove("time");
        assert_eq!(time, Some(json!("1970-01-01T00:00:00Z")));
        value
    }

    fn agent(event: &Event) -> Value {
        object(&Report::Agent(event))
    }

    fn bob() -> Aor {
        Aor::new("bob", "example.test").unwrap()
    }

    #[test]
    fn operations_have_their_fields() {
        let registered = Event::Registered {
            op: OP,
            expires: 3600,
            contacts: vec!["<sip:alice@192.0.2.1>".to_owned()],
        };
        assert_eq!(
            agent(&registered),
            json!({"event": "registered", "address": "alice@example.test", "expires": 3600,
                   "contacts": ["<sip:alice@192.0.2.1>"]})
        );
        let published = Event::Published {
            op: OP,
            entity_tag: "a1".to_owned(),
            expires: 60,
        };
        assert_eq!(
            agent(&published),
            json!({"event": "published", "address": "alice@example.test", "entity_tag": "a1", "expires": 60})
        );
        let challenged = Event::Challenged {
            op: OP,
            status: StatusCode::PROXY_AUTHENTICATION_REQUIRED,
            realm: "example.test".to_owned(),
        };
        assert_eq!(
            agent(&challenged),
            json!({"event": "challenged", "status": 407, "realm": "example.test"})
        );
        let ended = Event::SubscriptionEnded {
            op: OP,
            presentity: bob(),
            reason: "timeout".to_owned(),
        };
        assert_eq!(
            agent(&ended),
            json!({"event": "subscription-ended", "presentity": "bob@example.test", "reason": "timeout"})
        );
        assert_eq!(
            agent(&Event::Unregistered { op: OP }),
            json!({"event": "unregistered", "address": "alice@example.test", "contact": null})
        );
        assert_eq!(render(&Report::NoBindings, "", SystemTime::UNIX_EPOCH), "");
    }

    #[test]
    fn a_notification_has_the_document_or_why_not() {
        let text = r#"<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:bob@example.test"><tuple id="desk">
            <status><basic>open</basic></status><contact priority="0.8">sip:bob@192.0.2.7</contact>
            <note xml:lang="en">busy</note><timestamp>2001-10-27T16:49:29Z</timestamp></tuple></presence>"#;
        let event = |text: &str| Event::Notified {
            op: OP,
            presentity: bob(),
            state: "active".to_owned(),
            body: None,
            document: Some(Document::parse(text.as_bytes(), &pidf::Limits::default())),
        };
        assert_eq!(
            agent(&event(text)),
            json!({"event": "notified", "presentity": "bob@example.test", "state": "active",
                "content_type": null, "body": null, "error": null,
                "document": {"entity": "pres:bob@example.test", "notes": [], "tuples": [{
                    "id": "desk", "basic": "open", "contact": "sip:bob@192.0.2.7", "priority": 0.8,
                    "notes": [{"text": "busy", "lang": "en"}], "timestamp": "2001-10-27T16:49:29Z"}]}})
        );
        let broken = agent(&event("<presence"));
        assert_eq!(broken["document"], Value::Null);
        assert!(broken["error"].as_str().unwrap().contains("line 1"));
    }

    #[test]
    fn what_became_of_a_message_and_who_types_has_its_fields() {
        let document = "<imdn xmlns='urn:ietf:params:xml:ns:imdn'><message-id>x7</message-id><datetime/>\
            <recipient-uri>im:bob@example.test</recipient-uri><display-notification><status><displayed/></status>\
            </display-notification></imdn>";
        let event = |op| Event::Disposition {
            op,
            from_aor: Some(bob()),
            imdn: cpim::imdn::Imdn::parse(document.as_bytes(), &cpim::Limits::default()).unwrap(),
        };
        let expected = |id: Value| {
            json!({"event": "disposition", "id": id, "message_id": "x7", "address": "bob@example.test",
                   "recipient": "im:bob@example.test", "disposition": "display", "status": "displayed"})
        };
        assert_eq!(agent(&event(Some(OP))), expected(json!(1)));
        assert_eq!(agent(&event(None)), expected(Value::Null));
        let composing = Event::Composing {
            peer: bob(),
            author: None,
            state: cpim::is_composing::State::Active,
            content_type: Some("text/plain".to_owned()),
        };
        assert_eq!(
            agent(&composing),
            json!({"event": "composing", "address": "bob@example.test", "author": null, "state": "active",
                   "content_type": "text/plain"})
        );
    }

    #[test]
    fn a_message_has_its_text_and_cpim_headers() {
        let message = cpim::Message::parse(
            &b"From: Alice <im:alice@example.test>\r\n\
               To: <im:bob@example.test>\r\n\
               DateTime: 2006-04-04T17:16:49Z\r\n\
               Subject:;lang=en Tea\r\n\
               \r\n\
               Content-Type: text/plain; charset=utf-8\r\n\
               \r\n\
               four o'clock"[..],
        )
        .unwrap();
        let request = Message::parse("MESSAGE sip:a@b SIP/2.0\r\ni: 77@192.0.2.1\r\n\r\n").unwrap();
        let event = |content: Content| Event::MessageReceived {
            from: "<sip:bob@example.test>;tag=1".to_owned(),
            from_aor: Some(bob()),
            display_name: None,
            content,
            display: None,
            request: request.clone(),
        };
        let view = agent(&event(Content::Cpim(message)));
        assert_eq!(view["text"], "four o'clock");
        assert_eq!(view["call_id"], "77@192.0.2.1");
        assert_eq!(
            view["cpim"],
            json!({"from": {"name": "Alice", "uri": "im:alice@example.test"},
                "to": [{"name": null, "uri": "im:bob@example.test"}], "cc": [],
                "date_time": "2006-04-04T17:16:49Z", "subject": [{"text": "Tea", "lang": "en"}],
                "content_type": "text/plain; charset=utf-8",
                "headers": [
                    {"name": "From", "value": "Alice <im:alice@example.test>"},
                    {"name": "To", "value": "<im:bob@example.test>"},
                    {"name": "DateTime", "value": "2006-04-04T17:16:49Z"},
                    {"name": "Subject", "value": "Tea"}]})
        );
        let view = agent(&event(Content::Text("hi\nthere".to_owned())));
        assert_eq!((&view["text"], &view["cpim"]), (&json!("hi\nthere"), &Value::Null));
        let view = agent(&event(Content::Other {
            content_type: "text/html".to_owned(),
            bytes: (&b"\xff"[..]).into(),
        }));
        assert_eq!(
            (&view["text"], &view["content_type"]),
            (&Value::Null, &json!("text/html"))
        );
    }

    #[test]
    fn what_came_back_is_text_or_hex() {
        let received = |bytes: &'static [u8]| {
            object(&Report::Received(Received {
                peer: "udp:192.0.2.1:5060",
                after_ms: 12,
                bytes,
            }))
        };
        assert_eq!(
            received(b"SIP/2.0 489 Bad Event\r\n\r\n"),
            json!({"event": "received", "peer": "udp:192.0.2.1:5060", "after_ms": 12, "length": 25,
                "start_line": "SIP/2.0 489 Bad Event", "status": 489,
                "text": "SIP/2.0 489 Bad Event\r\n\r\n", "hex": null})
        );
        let binary = received(b"\xff\x00");
        assert_eq!((&binary["hex"], &binary["text"]), (&json!("ff00"), &Value::Null));
        assert_eq!(binary["start_line"], Value::Null);
    }

    #[test]
    fn failures_carry_the_exit_code() {
        let failure = Failure::timeout("no answer");
        assert_eq!(
            object(&Report::Failed(&failure)),
            json!({"event": "failed", "kind": "timeout", "status": null, "message": "no answer", "exit_code": 4})
        );
        assert_eq!(
            object(&Report::RefreshFailed(&failure)),
            json!({"event": "refresh-failed", "status": null, "message": "no answer"})
        );
        let to = "bob@example.test";
        let sent = Report::MessageSent {
            id: OP,
            to,
            status: StatusCode::OK,
        };
        assert_eq!(
            object(&sent),
            json!({"event": "message-sent", "id": 1, "to": to, "status": 200, "reason": "OK"})
        );
        let failed = Report::MessageFailed {
            id: OP,
            to,
            failure: &failure,
        };
        assert_eq!(
            object(&failed),
            json!({"event": "message-failed", "id": 1, "to": to, "status": null, "message": "no answer"})
        );
    }
}
