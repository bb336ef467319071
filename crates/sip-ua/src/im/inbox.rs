use std::collections::{BTreeSet, VecDeque};

use bytes::Bytes;
use cpim::{
    imdn::{self, Imdn},
    is_composing::{self, IsComposing},
};
use sip_message::{
    HeaderName, Message, StatusCode,
    headers::{CSeq, CallId, ContentType, From},
};

use super::CPIM;
use crate::{Content, context::Context, limits, responses};

/// What was received, so that it is not reported twice: by Call-ID, CSeq and From tag. By Call-ID alone, the messages
/// of a client that keeps it would be lost.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    known: BTreeSet<Key>,
    /// The newest stands last.
    order: VecDeque<Key>,
}

type Key = (String, u32, String);

/// What a MESSAGE brings.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) kind: ArrivalKind,
    /// The Message/CPIM that it came in.
    pub(super) envelope: Option<cpim::Message>,
}

#[derive(Debug)]
pub(super) enum ArrivalKind {
    /// Something for the user.
    Content(Content),
    /// What became of messages (RFC 5438): one, or those of an aggregate.
    Dispositions(Vec<Imdn>),
    /// What the peer does (RFC 3994).
    Status(IsComposing),
}

impl Inbox {
    /// Answers a MESSAGE, and says what it brings; nothing when it is refused, or was there before.
    pub(super) fn receive(&mut self, context: &mut Context, request: &Message) -> (Message, Option<Arrival>) {
        let key = key(request);
        if key.as_ref().is_some_and(|key| self.known.contains(key)) {
            return (responses::plain(context, request, StatusCode::OK), None);
        }
        let arrival = match arrival(request) {
            Ok(arrival) => arrival,
            Err(Refusal::Encoding) => return (responses::unsupported_encoding(context, request), None),
            Err(Refusal::Malformed(reason)) => {
                return (responses::bad_request(context, request, &reason), None);
            }
            Err(Refusal::Type) => return (responses::unsupported_type(context, request), None),
        };
        if let Some(key) = key {
            self.remember(key);
        }
        (responses::plain(context, request, StatusCode::OK), Some(arrival))
    }

    fn remember(&mut self, key: Key) {
        if self.order.len() >= limits::RECEIVED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        self.known.insert(key.clone());
        self.order.push_back(key);
    }
}

fn key(request: &Message) -> Option<Key> {
    let call_id = request.typed::<CallId>().ok()??;
    let cseq = request.typed::<CSeq>().ok()??;
    let from = request.typed::<From>().ok()??;
    let tag = from.tag().unwrap_or_default();
    (call_id.as_str().len() + tag.len() <= limits::RECEIVED_KEY)
        .then(|| (call_id.as_str().to_owned(), cseq.number(), tag.to_owned()))
}

/// Why an instant message is not taken.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    Encoding,
    Malformed(String),
    Type,
}

fn arrival(request: &Message) -> Result<Arrival, Refusal> {
    let content_type = match request.typed::<ContentType>() {
        Ok(Some(content_type)) => content_type,
        Ok(None) if request.body().is_empty() => return Ok(bare(ArrivalKind::Content(Content::Text(String::new())))),
        Ok(None) => {
            let reason = "Body without Content-Type (RFC 3261 section 20.15)";
            return Err(Refusal::Malformed(reason.to_owned()));
        }
        Err(error) => return Err(Refusal::Malformed(error.to_string())),
    };
    let body = body(request)?;
    if content_type.is(CPIM) {
        return enveloped(body).map_err(Refusal::Malformed);
    }
    let limits = cpim::Limits::default();
    let kind = if content_type.is(is_composing::MEDIA_TYPE) {
        let status = IsComposing::parse(&body, &limits);
        ArrivalKind::Status(status.map_err(|error| Refusal::Malformed(format!("isComposing: {error}")))?)
    } else if content_type.is(imdn::MEDIA_TYPE) {
        let told = Imdn::parse(&body, &limits);
        ArrivalKind::Dispositions(vec![
            told.map_err(|error| Refusal::Malformed(format!("IMDN: {error}")))?,
        ])
    } else {
        ArrivalKind::Content(content(&content_type, body).ok_or(Refusal::Type)?)
    };
    Ok(bare(kind))
}

fn bare(kind: ArrivalKind) -> Arrival {
    Arrival { kind, envelope: None }
}

/// Text of any kind; what is none is not taken.
fn content(content_type: &ContentType<'_>, body: Bytes) -> Option<Content> {
    if content_type.is("text/plain")
        && is_utf8(content_type)
        && let Ok(text) = std::str::from_utf8(&body)
    {
        return Some(Content::Text(text.to_owned()));
    }
    let is_text = content_type.0.main().eq_ignore_ascii_case("text");
    is_text.then(|| Content::Other {
        content_type: content_type.to_string(),
        bytes: body,
    })
}

/// The body without its Content-Encoding, which may be `deflate`, once: linphone puts that around its notifications.
fn body(request: &Message) -> Result<Bytes, Refusal> {
    let fields = request.header_all(HeaderName::CONTENT_ENCODING);
    let codings = fields.flat_map(|field| field.value().split(|byte| *byte == b','));
    let mut codings = codings
        .map(<[u8]>::trim_ascii)
        .filter(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity"));
    match (codings.next(), codings.next()) {
        (None, _) => Ok(request.body_bytes()),
        (Some(coding), None) if coding.eq_ignore_ascii_case(b"deflate") => {
            let inflated = cpim::inflate(request.body(), &cpim::Limits::default());
            let inflated =
                inflated.map_err(|error| Refusal::Malformed(format!("Content-Encoding deflate: {error}")))?;
            Ok(inflated.into())
        }
        _ => Err(Refusal::Encoding),
    }
}

fn enveloped(body: Bytes) -> Result<Arrival, String> {
    let message = cpim::Message::parse(body).map_err(|error| format!("Message/CPIM: {error}"))?;
    // What is not understood but required forbids to act on the message (RFC 3862 section 3.5).
    message
        .unsupported_requirements(&imdn::UNDERSTOOD)
        .map_err(|error| format!("Message/CPIM {error}"))?;
    let limits = cpim::Limits::default();
    let told = match message.imdn().is_notification() {
        true => message.imdn().notifications(&limits),
        false => Ok(Vec::new()),
    };
    let told = told.map_err(|error| format!("IMDN: {error}"))?;
    // A Content-Type that is broken is no reason to keep the rest from the user.
    let status = match message.content_type() {
        Ok(_) => message.is_composing(&limits),
        Err(_) => Ok(None),
    };
    let kind = match status.map_err(|error| format!("isComposing: {error}"))? {
        Some(status) => ArrivalKind::Status(status),
        None if told.is_empty() => ArrivalKind::Content(Content::Cpim(message.clone())),
        None => ArrivalKind::Dispositions(told),
    };
    Ok(Arrival {
        kind,
        envelope: Some(message),
    })
}

/// SIP has UTF-8 where no charset is named (RFC 3261 section 7.4.1).
fn is_utf8(content_type: &ContentType<'_>) -> bool {
    content_type.0.params().value("charset").is_none_or(|name| {
        ["utf-8", "utf8", "us-ascii"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
    })
}
