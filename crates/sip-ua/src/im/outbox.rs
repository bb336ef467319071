use std::{
    collections::{BTreeMap, VecDeque},
    time::Instant,
};

use cpim::is_composing::{self, IsComposing};
use sip_message::{
    Aor, Message, Method, NameAddr, SipUri, StatusCode, Uri, UriBuf, UriKey,
    headers::{ContentType, Date, MediaType},
};

use super::{
    CPIM,
    notifications::{Account, Notification, Notifications},
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

/// Instant messages on their way out, in page mode (RFC 3428).
#[derive(Debug, Default)]
pub(super) struct Outbox {
    under_way: BTreeMap<OpId, Outgoing>,
    /// What waits, by Request-URI: "A UAC MUST NOT initiate a new out-of-dialog MESSAGE transaction to a given URI if
    /// there is a previous out-of-dialog transaction pending for the same URI" (RFC 3428 section 8). The URIs with a
    /// message under way have an entry, and no others.
    waiting: BTreeMap<UriKey, Queue>,
    /// They go where nothing else is to go. While one more may be under way, none waits for a URI without an entry.
    notifications: Notifications,
}

/// What waits for one recipient. What the user says goes first, and in order.
#[derive(Debug, Default)]
struct Queue {
    contents: VecDeque<Waiting>,
    /// What the user does now, or has written since, makes an earlier status untrue.
    status: Option<Waiting>,
}

/// What a message is for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// The application sent it, and is told how that went.
    Content,
    /// It answers a request for notification, and is counted for this account.
    Notification(Account),
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

    /// Sends a disposition notification. One too many, one too long, or one that cannot be addressed is not sent: "the IM
    /// Recipient may choose to ignore any IMDN requests" (RFC 5438 section 7.2.1.2).
    pub(super) fn notify(&mut self, context: &mut Context, now: Instant, to: &UriBuf, notification: cpim::Message) {
        let Ok((recipient, request)) = request(context, now, to, Content::Cpim(notification)) else {
            return;
        };
        if request.as_bytes().len() > limits::NOTIFICATION {
            return;
        }
        let account = request.request_uri().ok().and_then(|uri| Account::of(&uri));
        if let Some(account) = account {
            let is_free = !self.waiting.contains_key(&recipient);
            self.notifications.add(Notification {
                op: context.next_op(),
                account,
                recipient,
                request,
            });
            if is_free {
                self.start_notifications(context, now);
            }
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
        self.end(context, now, op);
        refused
    }

    /// No answer came.
    pub(super) fn handle_failure(&mut self, context: &mut Context, now: Instant, op: OpId, failure: Failure) {
        let Some(outgoing) = self.under_way.get(&op) else {
            return;
        };
        outgoing.failed(context, op, failure);
        // Who does not answer one notification is not sent the others, each for half a minute.
        if let Kind::Notification(account) = &outgoing.kind {
            self.notifications.drop_waiting(account);
        }
        self.end(context, now, op);
    }

    fn enqueue(&mut self, context: &mut Context, now: Instant, recipient: UriKey, message: Waiting) {
        match self.waiting.get_mut(&recipient) {
            Some(queue) => queue.push(message),
            None => self.start(context, now, recipient, message),
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

    /// Forgets a message that was under way, for which others have waited.
    fn end(&mut self, context: &mut Context, now: Instant, op: OpId) {
        let Some(Outgoing { kind, recipient, .. }) = self.under_way.remove(&op) else {
            return;
        };
        if let Kind::Notification(account) = kind {
            self.notifications.ended(&account);
        }
        match self.waiting.get_mut(&recipient).and_then(Queue::pop) {
            Some(message) => self.start(context, now, recipient, message),
            None => _ = self.waiting.remove(&recipient),
        }
        self.start_notifications(context, now);
    }

    /// Sends the notifications that may go now.
    fn start_notifications(&mut self, context: &mut Context, now: Instant) {
        while let Some(notification) = self
            .notifications
            .next(|recipient| !self.waiting.contains_key(recipient))
        {
            let Notification {
                op,
                account,
                recipient,
                request,
            } = notification;
            let kind = Kind::Notification(account);
            self.start(context, now, recipient, Waiting { op, kind, request });
        }
    }

    fn start(&mut self, context: &mut Context, now: Instant, recipient: UriKey, message: Waiting) {
        let Waiting { op, kind, request } = message;
        let (_, exchange) = context.send(now, Asker::Message(op), &request);
        self.waiting.entry(recipient.clone()).or_default();
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
        if let Kind::Status(_) = message.kind {
            self.status = Some(message);
        } else {
            self.status = None;
            self.contents.push_back(message);
        }
    }

    fn pop(&mut self) -> Option<Waiting> {
        self.contents.pop_front().or_else(|| self.status.take())
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
