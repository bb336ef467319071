use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Instant,
};

use bytes::Bytes;
use sip_message::{
    Aor, HeaderName, Message, Method, NameAddr, SipUri, StatusCode, Uri, UriBuf,
    headers::{CSeq, CallId, ContentType, Date, From, MediaType},
};

use crate::{
    Content, Event, Failure, OpId,
    authentication::{self, Exchange, with_cseq},
    context::{Asker, Context},
    identity::Ids,
    limits, responses,
};

/// The type of [`Content::Text`].
const TEXT: &str = "text/plain;charset=UTF-8";

/// The type of [`Content::Cpim`].
const CPIM: &str = "message/cpim";

/// Instant messages on their way out, in page mode (RFC 3428).
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    under_way: BTreeMap<OpId, Outgoing>,
    /// What waits, by recipient: "A UAC MUST NOT initiate a new out-of-dialog MESSAGE transaction to a given URI if
    /// there is a previous out-of-dialog transaction pending for the same URI" (RFC 3428 section 8). A recipient with
    /// a message under way has an entry.
    waiting: BTreeMap<String, VecDeque<(OpId, Message)>>,
}

#[derive(Debug)]
struct Outgoing {
    recipient: String,
    /// Without credentials.
    request: Message,
    cseq: u32,
    exchange: Exchange,
}

/// What was received, so that it is not reported twice: by Call-ID, CSeq and From tag. By Call-ID alone, the messages
/// of a client that keeps it would be lost.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    known: BTreeSet<Key>,
    /// The newest stands last.
    order: VecDeque<Key>,
}

type Key = (String, u32, String);

impl Outbox {
    pub(crate) fn send(&mut self, context: &mut Context, now: Instant, to: &UriBuf, content: Content) -> OpId {
        let op = context.next_op();
        let request = match request(context, now, to, content) {
            Ok(request) => request,
            Err(failure) => {
                context.failed(op, failure);
                return op;
            }
        };
        let recipient = to.as_str().to_owned();
        match self.waiting.get_mut(&recipient) {
            Some(waiting) => waiting.push_back((op, request)),
            None => {
                self.waiting.insert(recipient.clone(), VecDeque::new());
                self.start(context, now, recipient, op, request);
            }
        }
        op
    }

    pub(crate) fn handle_response(&mut self, context: &mut Context, now: Instant, op: OpId, response: &Message) {
        let Some(outgoing) = self.under_way.get_mut(&op) else {
            return;
        };
        let status = responses::status(response);
        if status.is_success() {
            context.event(Event::MessageSent { op, status });
        } else if authentication::is_challenge(response) {
            match context.answer_challenge(op, &mut outgoing.exchange, response) {
                Ok(credentials) => {
                    outgoing.cseq += 1;
                    outgoing.request = with_cseq(&outgoing.request, outgoing.cseq);
                    let request = credentials.add_to(&outgoing.request);
                    context.resend(now, Asker::Message(op), &request);
                    return;
                }
                Err(failure) => context.failed(op, failure),
            }
        } else {
            context.failed(op, responses::rejected(response));
        }
        self.proceed(context, now, op);
    }

    /// No answer came.
    pub(crate) fn handle_failure(&mut self, context: &mut Context, now: Instant, op: OpId, failure: Failure) {
        if self.under_way.contains_key(&op) {
            context.failed(op, failure);
            self.proceed(context, now, op);
        }
    }

    /// Sends the next message to the recipient of one that has ended.
    fn proceed(&mut self, context: &mut Context, now: Instant, ended: OpId) {
        let Some(Outgoing { recipient, .. }) = self.under_way.remove(&ended) else {
            return;
        };
        let next = self.waiting.get_mut(&recipient).and_then(VecDeque::pop_front);
        match next {
            Some((op, request)) => self.start(context, now, recipient, op, request),
            None => {
                self.waiting.remove(&recipient);
            }
        }
    }

    fn start(&mut self, context: &mut Context, now: Instant, recipient: String, op: OpId, request: Message) {
        let (_, exchange) = context.send(now, Asker::Message(op), &request);
        let outgoing = Outgoing {
            recipient,
            request,
            cseq: FIRST_CSEQ,
            exchange,
        };
        self.under_way.insert(op, outgoing);
    }
}

const FIRST_CSEQ: u32 = 1;

/// The MESSAGE (RFC 3428 section 4), which has no Contact.
fn request(context: &mut Context, now: Instant, to: &UriBuf, content: Content) -> Result<Message, Failure> {
    let resolved = sip_uri(to.as_uri());
    let uri = resolved.as_ref().map_or(to.as_uri(), UriBuf::as_uri);
    if uri.as_sip().is_some_and(SipUri::has_headers) {
        let reason = "a Request-URI has no headers (RFC 3261 section 19.1.1)";
        return Err(Failure::InvalidRequest(reason.to_owned()));
    }
    let (content_type, bytes) = match content {
        Content::Cpim(message) => (CPIM.to_owned(), message.into_bytes()),
        Content::Other { content_type, bytes } => (content_type, bytes),
        Content::Text(text) => (TEXT.to_owned(), text.into()),
    };
    let content_type =
        MediaType::parse(&content_type).map_err(|error| Failure::InvalidRequest(format!("Content-Type: {error}")))?;
    let ids = Ids::new(&mut context.random);
    let date = Date::new(context.time(now));
    let builder = context
        .identity
        .request(Method::Message, uri, NameAddr::new(uri), &ids, FIRST_CSEQ);
    Ok(builder.header(&date).body(&ContentType(content_type), bytes).build())
}

/// "If a UA is presented with an IM URI as the address for an instant message, it SHOULD resolve it to a SIP URI" (RFC
/// 3428 section 5): the address of the same user in the same domain. `None` when it is no such URI.
fn sip_uri(uri: Uri<'_>) -> Option<UriBuf> {
    match uri {
        Uri::Sip(_) => None,
        _ => Aor::from_uri(&uri).map(|aor| aor.to_uri()),
    }
}

impl Inbox {
    /// Answers a MESSAGE, and reports it.
    pub(crate) fn receive(&mut self, context: &mut Context, request: &Message) -> Message {
        let key = key(request);
        if key.as_ref().is_some_and(|key| self.known.contains(key)) {
            return responses::plain(context, request, StatusCode::OK);
        }
        let content = match content(request) {
            Ok(content) => content,
            Err(Refusal::Encoding) => return responses::unsupported_encoding(context, request),
            Err(Refusal::Malformed(reason)) => {
                return responses::bad_request(context, request, &reason);
            }
            Err(Refusal::Type) => return responses::unsupported_type(context, request),
        };
        if let Some(key) = key {
            self.remember(key);
        }
        let from = request.typed::<From>().ok().flatten();
        context.event(Event::MessageReceived {
            from: request
                .header(HeaderName::FROM)
                .map(|field| String::from_utf8_lossy(field.value()).into_owned())
                .unwrap_or_default(),
            from_aor: from.as_ref().and_then(|from| Aor::from_uri(&from.uri())),
            display_name: from
                .as_ref()
                .and_then(|from| from.0.display_name().map(std::borrow::Cow::into_owned)),
            content,
            request: request.clone(),
        });
        responses::plain(context, request, StatusCode::OK)
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

fn content(request: &Message) -> Result<Content, Refusal> {
    let content_type = match request.typed::<ContentType>() {
        Ok(Some(content_type)) => content_type,
        Ok(None) if request.body().is_empty() => return Ok(Content::Text(String::new())),
        Ok(None) => {
            let reason = "Body without Content-Type (RFC 3261 section 20.15)";
            return Err(Refusal::Malformed(reason.to_owned()));
        }
        Err(error) => return Err(Refusal::Malformed(error.to_string())),
    };
    let body = body(request)?;
    if content_type.is(CPIM) {
        return cpim(body).map_err(Refusal::Malformed);
    }
    if content_type.is("text/plain")
        && is_utf8(&content_type)
        && let Ok(text) = std::str::from_utf8(&body)
    {
        return Ok(Content::Text(text.to_owned()));
    }
    if content_type.0.main().eq_ignore_ascii_case("text") {
        return Ok(Content::Other {
            content_type: content_type.to_string(),
            bytes: body,
        });
    }
    Err(Refusal::Type)
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

fn cpim(body: Bytes) -> Result<Content, String> {
    let message = cpim::Message::parse(body).map_err(|error| format!("Message/CPIM: {error}"))?;
    // What is not understood but required forbids to act on the message (RFC 3862 section 3.5).
    message
        .unsupported_requirements(&cpim::imdn::UNDERSTOOD)
        .map_err(|error| format!("Message/CPIM {error}"))?;
    Ok(Content::Cpim(message))
}

/// SIP has UTF-8 where no charset is named (RFC 3261 section 7.4.1).
fn is_utf8(content_type: &ContentType<'_>) -> bool {
    content_type.0.params().value("charset").is_none_or(|name| {
        ["utf-8", "utf8", "us-ascii"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
    })
}
