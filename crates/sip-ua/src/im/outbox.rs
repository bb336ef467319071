use std::{
    collections::{BTreeMap, VecDeque},
    time::Instant,
};

use cpim::is_composing::{self, IsComposing};
use sip_message::{
    Aor, Message, Method, NameAddr, SipUri, StatusCode, Uri, UriBuf, UriKey,
    headers::{ContentType, Date, MediaType},
};

use super::CPIM;
use crate::{
    Content, Event, Failure, OpId,
    authentication::{self, Exchange, with_cseq},
    context::{Asker, Context},
    identity::Ids,
    limits, responses,
};

/// The type of [`Content::Text`].
const TEXT: &str = "text/plain;charset=UTF-8";

/// Instant messages on their way out, in page mode (RFC 3428).
#[derive(Debug, Default)]
pub(super) struct Outbox {
    under_way: BTreeMap<OpId, Outgoing>,
    /// What waits, by Request-URI: "A UAC MUST NOT initiate a new out-of-dialog MESSAGE transaction to a given URI if
    /// there is a previous out-of-dialog transaction pending for the same URI" (RFC 3428 section 8). A URI with a
    /// message under way has an entry.
    waiting: BTreeMap<UriKey, Queue>,
    /// How many [`Kind::Notification`] there are in both. Peers make them come to be.
    notifications: usize,
}

/// What waits for one recipient. What the user says goes first, and in order.
#[derive(Debug, Default)]
struct Queue {
    contents: VecDeque<Waiting>,
    /// What the user does now, or has written since, makes an earlier status untrue.
    status: Option<Waiting>,
    notifications: VecDeque<Waiting>,
}

/// What a message is for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// The application sent it, and is told how that went.
    Content,
    /// It answers a request for notification.
    Notification,
    /// It tells this peer what the user does.
    Status(Aor),
}

#[derive(Debug)]
struct Waiting {
    op: OpId,
    kind: Kind,
    request: Message,
}

#[derive(Debug)]
struct Outgoing {
    kind: Kind,
    recipient: UriKey,
    /// Without credentials.
    request: Message,
    cseq: u32,
    exchange: Exchange,
}

impl Outbox {
    /// Sends what the application wants to be sent.
    pub(super) fn send(&mut self, context: &mut Context, now: Instant, to: &UriBuf, op: OpId, content: Content) {
        match request(context, now, to, content) {
            Ok((recipient, request)) => {
                let kind = Kind::Content;
                self.enqueue(context, now, recipient, Waiting { op, kind, request });
            }
            Err(failure) => context.failed(op, failure),
        }
    }

    /// Sends a disposition notification. One too many, or one that cannot be addressed, is not sent: "the IM Recipient
    /// may choose to ignore any IMDN requests" (RFC 5438 section 7.2.1.2).
    pub(super) fn notify(&mut self, context: &mut Context, now: Instant, to: &UriBuf, notification: cpim::Message) {
        let Ok((recipient, request)) = request(context, now, to, Content::Cpim(notification)) else {
            return;
        };
        let queue = self.waiting.get(&recipient);
        let waiting = queue.map_or(0, |queue| queue.notifications.len());
        if self.notifications < limits::NOTIFICATIONS && waiting < limits::NOTIFICATIONS_EACH {
            self.notifications += 1;
            let (op, kind) = (context.next_op(), Kind::Notification);
            self.enqueue(context, now, recipient, Waiting { op, kind, request });
        }
    }

    /// Tells a peer what the user does (RFC 3994 section 4).
    pub(super) fn tell(&mut self, context: &mut Context, now: Instant, to: &UriBuf, peer: Aor, status: &IsComposing) {
        let content = Content::Other {
            content_type: is_composing::MEDIA_TYPE.to_owned(),
            bytes: status.to_xml().into(),
        };
        if let Ok((recipient, request)) = request(context, now, to, content) {
            let (op, kind) = (context.next_op(), Kind::Status(peer));
            self.enqueue(context, now, recipient, Waiting { op, kind, request });
        }
    }

    /// Returns the peer that takes no status messages, when the response says that.
    pub(super) fn handle_response(
        &mut self,
        context: &mut Context,
        now: Instant,
        op: OpId,
        response: &Message,
    ) -> Option<Aor> {
        let outgoing = self.under_way.get_mut(&op)?;
        let status = responses::status(response);
        let mut refused = None;
        if status.is_success() {
            if outgoing.kind == Kind::Content {
                context.event(Event::MessageSent { op, status });
            }
        } else if authentication::is_challenge(response) {
            match context.answer_challenge(op, &mut outgoing.exchange, response) {
                Ok(credentials) => {
                    outgoing.cseq += 1;
                    outgoing.request = with_cseq(&outgoing.request, outgoing.cseq);
                    let request = credentials.add_to(&outgoing.request);
                    context.resend(now, Asker::Message(op), &request);
                    return None;
                }
                Err(failure) => outgoing.failed(context, op, failure),
            }
        } else {
            if let Kind::Status(peer) = &outgoing.kind
                && status == StatusCode::UNSUPPORTED_MEDIA_TYPE
            {
                refused = Some(peer.clone());
            }
            outgoing.failed(context, op, responses::rejected(response));
        }
        if let Some(peer) = &refused {
            self.forget_statuses(peer);
        }
        self.proceed(context, now, op);
        refused
    }

    /// No answer came.
    pub(super) fn handle_failure(&mut self, context: &mut Context, now: Instant, op: OpId, failure: Failure) {
        let Some(outgoing) = self.under_way.get(&op) else {
            return;
        };
        outgoing.failed(context, op, failure);
        // Who does not answer one notification is not sent the others, each for half a minute.
        if outgoing.kind == Kind::Notification
            && let Some(queue) = self.waiting.get_mut(&outgoing.recipient)
        {
            self.notifications -= queue.notifications.len();
            queue.notifications.clear();
        }
        self.proceed(context, now, op);
    }

    fn enqueue(&mut self, context: &mut Context, now: Instant, recipient: UriKey, message: Waiting) {
        match self.waiting.get_mut(&recipient) {
            Some(queue) => queue.push(message),
            None => {
                self.waiting.insert(recipient.clone(), Queue::default());
                self.start(context, now, recipient, message);
            }
        }
    }

    /// What waits is transmission too: the composer "MUST cease transmitting status messages" (RFC 3994 section 4).
    fn forget_statuses(&mut self, peer: &Aor) {
        for queue in self.waiting.values_mut() {
            queue
                .status
                .take_if(|status| matches!(&status.kind, Kind::Status(of) if of == peer));
        }
    }

    /// Sends the next message to the recipient of one that has ended.
    fn proceed(&mut self, context: &mut Context, now: Instant, ended: OpId) {
        let Some(Outgoing { kind, recipient, .. }) = self.under_way.remove(&ended) else {
            return;
        };
        if kind == Kind::Notification {
            self.notifications -= 1;
        }
        let next = self.waiting.get_mut(&recipient).and_then(Queue::pop);
        match next {
            Some(message) => self.start(context, now, recipient, message),
            None => {
                self.waiting.remove(&recipient);
            }
        }
    }

    fn start(&mut self, context: &mut Context, now: Instant, recipient: UriKey, message: Waiting) {
        let Waiting { op, kind, request } = message;
        let (_, exchange) = context.send(now, Asker::Message(op), &request);
        let outgoing = Outgoing {
            kind,
            recipient,
            request,
            cseq: FIRST_CSEQ,
            exchange,
        };
        self.under_way.insert(op, outgoing);
    }
}

impl Queue {
    fn push(&mut self, message: Waiting) {
        match message.kind {
            Kind::Content => {
                self.status = None;
                self.contents.push_back(message);
            }
            Kind::Notification => self.notifications.push_back(message),
            Kind::Status(_) => self.status = Some(message),
        }
    }

    fn pop(&mut self) -> Option<Waiting> {
        let said = self.contents.pop_front().or_else(|| self.status.take());
        said.or_else(|| self.notifications.pop_front())
    }
}

impl Outgoing {
    /// Tells the application, where it knows of the message.
    fn failed(&self, context: &mut Context, op: OpId, failure: Failure) {
        if self.kind == Kind::Content {
            context.failed(op, failure);
        }
    }
}

const FIRST_CSEQ: u32 = 1;

/// The MESSAGE (RFC 3428 section 4), which has no Contact, with the key of its Request-URI.
fn request(context: &mut Context, now: Instant, to: &UriBuf, content: Content) -> Result<(UriKey, Message), Failure> {
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
    let request = builder.header(&date).body(&ContentType(content_type), bytes).build();
    Ok((uri.key(), request))
}

/// "If a UA is presented with an IM URI as the address for an instant message, it SHOULD resolve it to a SIP URI" (RFC
/// 3428 section 5): the address of the same user in the same domain. `None` when it is no such URI.
fn sip_uri(uri: Uri<'_>) -> Option<UriBuf> {
    match uri {
        Uri::Sip(_) => None,
        _ => Aor::from_uri(&uri).map(|aor| aor.to_uri()),
    }
}
