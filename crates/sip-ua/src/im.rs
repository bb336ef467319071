//! Instant messages in page mode (RFC 3428), what becomes of them (RFC 5438), and who composes one (RFC 3994).

mod conversations;
mod dispositions;
mod inbox;
mod notifications;
mod outbox;

use std::time::Instant;

use cpim::{DateTime, imdn::NotifyRequest};
use sip_message::{Aor, HeaderName, Message, UriBuf, headers::From};
use sip_transaction::ServerId;

use self::{
    conversations::{Conversations, Party, Status},
    dispositions::{Dispositions, Notice},
    inbox::{Arrival, ArrivalKind, Inbox},
    outbox::Outbox,
};
use crate::{Content, Event, Failure, OpId, ReceivedId, UnknownMessage, context::Context};

/// The type of [`Content::Cpim`].
const CPIM: &str = "message/cpim";

/// The instant messages of the user, both ways.
#[derive(Debug, Default)]
pub(crate) struct InstantMessages {
    inbox: Inbox,
    outbox: Outbox,
    conversations: Conversations,
    dispositions: Dispositions,
}

impl InstantMessages {
    pub(crate) fn send(&mut self, context: &mut Context, now: Instant, to: &UriBuf, content: Content) -> OpId {
        self.conversations.content_sent(to);
        let op = context.next_op();
        self.outbox.send(context, now, to, op, content);
        op
    }

    pub(crate) fn send_asking(
        &mut self,
        context: &mut Context,
        now: Instant,
        to: &UriBuf,
        message: cpim::Builder,
        wanted: &[NotifyRequest],
    ) -> OpId {
        self.conversations.content_sent(to);
        let op = context.next_op();
        match self.asking(context, now, to, op, message, wanted) {
            Ok(message) => self.outbox.send(context, now, to, op, Content::Cpim(message)),
            Err(error) => context.failed(op, Failure::InvalidRequest(format!("Message/CPIM: {error}"))),
        }
        op
    }

    pub(crate) fn composing(&mut self, context: &mut Context, now: Instant, to: &UriBuf) {
        let statuses = self.conversations.write(context, now, to, false);
        self.tell(context, now, statuses);
    }

    pub(crate) fn idle(&mut self, context: &mut Context, now: Instant, to: &UriBuf) {
        let statuses = self.conversations.write(context, now, to, true);
        self.tell(context, now, statuses);
    }

    pub(crate) fn displayed(
        &mut self,
        context: &mut Context,
        now: Instant,
        message: ReceivedId,
    ) -> Result<(), UnknownMessage> {
        if let Some(notice) = self.dispositions.displayed(context, message)? {
            self.notify(context, now, notice);
        }
        Ok(())
    }

    pub(crate) fn set_delivery_notifications(&mut self, is_on: bool) {
        self.dispositions.set_delivery_notifications(is_on);
    }

    /// Answers a MESSAGE, and reports what it brings.
    pub(crate) fn receive(&mut self, context: &mut Context, now: Instant, id: ServerId, request: &Message) {
        let (response, arrival) = self.inbox.receive(context, request);
        context.transactions.send_response(now, id, response);
        // Nobody is notified before the message was answered 2xx (RFC 5438 section 12.1.3.1).
        let notice = arrival.and_then(|arrival| self.report(context, now, request, arrival));
        if let Some(notice) = notice {
            self.notify(context, now, notice);
        }
    }

    pub(crate) fn handle_response(&mut self, context: &mut Context, now: Instant, op: OpId, response: &Message) {
        if let Some(peer) = self.outbox.handle_response(context, now, op, response) {
            self.conversations.refused(now, peer);
        }
    }

    pub(crate) fn handle_failure(&mut self, context: &mut Context, now: Instant, op: OpId, failure: Failure) {
        self.outbox.handle_failure(context, now, op, failure);
    }

    pub(crate) fn handle_timeout(&mut self, context: &mut Context, now: Instant) {
        let statuses = self.conversations.handle_timeout(context, now);
        self.tell(context, now, statuses);
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.conversations.poll_timeout()
    }

    /// The message with all that RFC 5438 section 7.1.1 has for one that asks.
    fn asking(
        &mut self,
        context: &mut Context,
        now: Instant,
        to: &UriBuf,
        op: OpId,
        message: cpim::Builder,
        wanted: &[NotifyRequest],
    ) -> Result<cpim::Message, cpim::InvalidValue> {
        let own = context.identity.im_address()?;
        let to = cpim::Uri::new(to.as_str())?;
        let sent_at = DateTime::try_from(context.time(now))?.whole_seconds();
        let request = self.dispositions.request(context, sent_at, op, wanted);
        Ok(message.from(own).to(to).request_notifications(request).build())
    }

    fn report(&mut self, context: &mut Context, now: Instant, request: &Message, arrival: Arrival) -> Option<Notice> {
        let from = request.typed::<From>().ok().flatten();
        let from_aor = from.as_ref().and_then(|from| Aor::from_uri(&from.uri()));
        let envelope = arrival.envelope.as_ref();
        let party = from_aor.clone().map(|peer| party(peer, envelope));
        match arrival.kind {
            ArrivalKind::Content(content) => {
                if let Some(party) = party {
                    let is_private = envelope.is_none_or(|envelope| envelope.to().chain(envelope.cc()).count() <= 1);
                    self.conversations.handle_content(context, now, &party, is_private);
                }
                let receipt = envelope.map(|envelope| self.dispositions.receive(context, request, envelope));
                let receipt = receipt.unwrap_or_default();
                context.event(Event::MessageReceived {
                    from: request
                        .header(HeaderName::FROM)
                        .map(|field| String::from_utf8_lossy(field.value()).into_owned())
                        .unwrap_or_default(),
                    from_aor,
                    display_name: from
                        .as_ref()
                        .and_then(|from| from.0.display_name().map(std::borrow::Cow::into_owned)),
                    content,
                    display: receipt.display,
                    request: request.clone(),
                });
                return receipt.delivery;
            }
            ArrivalKind::Dispositions(told) => {
                for imdn in told {
                    context.event(Event::Disposition {
                        op: self.dispositions.op_of(imdn.message_id()),
                        from_aor: from_aor.clone(),
                        imdn,
                    });
                }
            }
            ArrivalKind::Status(status) => {
                if let Some(party) = party {
                    self.conversations.handle_status(context, now, &party, &status);
                }
            }
        }
        None
    }

    fn notify(&mut self, context: &mut Context, now: Instant, notice: Notice) {
        self.outbox.notify(context, now, &notice.to, notice.message);
    }

    fn tell(&mut self, context: &mut Context, now: Instant, statuses: Vec<Status>) {
        for Status { to, peer, document } in statuses {
            self.outbox.tell(context, now, &to, peer, &document);
        }
    }
}

/// Who speaks in a message. "The CPIM message maintains the identity of the original composer" (RFC 3994 section 3.5) where
/// that is not who sent it.
fn party(peer: Aor, envelope: Option<&cpim::Message>) -> Party {
    let author = envelope.and_then(|envelope| envelope.from().ok().flatten());
    let author = author.map(|author| author.uri().clone());
    let author = author.filter(|author| aor_of(author).as_ref() != Some(&peer));
    Party { peer, author }
}

fn aor_of(uri: &cpim::Uri) -> Option<Aor> {
    let uri = UriBuf::parse(uri.as_str()).ok()?;
    Aor::from_uri(&uri.as_uri())
}
