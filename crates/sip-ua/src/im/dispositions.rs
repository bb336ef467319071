use std::collections::{BTreeMap, VecDeque};

use cpim::{
    Address, DateTime, InvalidValue,
    imdn::{DeliveryStatus, DisplayStatus, MessageId, Notification, NotifyRequest, Outgoing, Request, Sender},
};
use sip_message::{Aor, Message, UriBuf, headers::From};

use super::aor_of;
use crate::{OpId, ReceivedId, UnknownMessage, context::Context, limits};

/// What becomes of instant messages (RFC 5438): of ours, which others tell, and of those of others, which we tell.
#[derive(Debug, Default)]
pub(super) struct Dispositions {
    /// Our messages that ask, by Message-ID.
    sent: BTreeMap<MessageId, OpId>,
    /// The same, the newest last.
    order: VecDeque<MessageId>,
    /// Messages whose senders want to know that they were displayed. The newest has the highest number.
    received: BTreeMap<ReceivedId, Received>,
    last: u64,
    /// The user lets senders know of deliveries.
    tells_deliveries: bool,
}

#[derive(Debug)]
struct Received {
    sender: Sender,
    /// Who sent it, as SIP has it.
    from: UriBuf,
}

/// What a message that asks has come to.
#[derive(Debug, Default)]
pub(super) struct Receipt {
    /// Tells the delivery.
    pub(super) delivery: Option<Notice>,
    /// Names the message for [`Dispositions::displayed`].
    pub(super) display: Option<ReceivedId>,
}

/// A notification, and where it goes.
#[derive(Debug)]
pub(super) struct Notice {
    pub(super) to: UriBuf,
    pub(super) message: cpim::Message,
}

impl Dispositions {
    pub(super) fn set_delivery_notifications(&mut self, is_on: bool) {
        self.tells_deliveries = is_on;
    }

    /// What a message of ours is given so that it asks. Whoever answers will name `op`.
    pub(super) fn request(
        &mut self,
        context: &mut Context,
        sent_at: DateTime,
        op: OpId,
        wanted: &[NotifyRequest],
    ) -> Request {
        let id = MessageId::from_random(context.random.bits());
        if self.order.len() >= limits::SENT
            && let Some(oldest) = self.order.pop_front()
        {
            self.sent.remove(&oldest);
        }
        self.sent.insert(id.clone(), op);
        self.order.push_back(id.clone());
        Request::new(id, sent_at, wanted.iter().copied())
    }

    /// Which message of ours this is.
    pub(super) fn op_of(&self, id: &MessageId) -> Option<OpId> {
        self.sent.get(id).copied()
    }

    /// Reads what a message asks for that came and is reported to the application.
    pub(super) fn receive(&mut self, context: &mut Context, request: &Message, envelope: &cpim::Message) -> Receipt {
        let mut receipt = Receipt::default();
        let headers = envelope.as_bytes().len() - envelope.content().len();
        let (Some(from), ..=limits::ASKING_HEADERS) = (return_address(request), headers) else {
            return receipt;
        };
        let Ok(mut sender) = own_address(context, envelope)
            .map_err(drop)
            .and_then(|own| Sender::for_recipient(envelope, own).map_err(drop))
        else {
            return receipt;
        };
        if self.tells_deliveries {
            let delivered = Notification::Delivery(DeliveryStatus::Delivered);
            receipt.delivery = notify(context, &mut sender, &from, delivered);
        }
        if sender.wanted().asks_for(NotifyRequest::Display) {
            if self.received.len() >= limits::UNDISPLAYED {
                self.received.pop_first();
            }
            self.last += 1;
            let id = ReceivedId(self.last);
            self.received.insert(id, Received { sender, from });
            receipt.display = Some(id);
        }
        receipt
    }

    /// The user has seen a message. It is forgotten: that is told once.
    pub(super) fn displayed(
        &mut self,
        context: &mut Context,
        id: ReceivedId,
    ) -> Result<Option<Notice>, UnknownMessage> {
        let Received { mut sender, from } = self.received.remove(&id).ok_or(UnknownMessage(id))?;
        let displayed = Notification::Display(DisplayStatus::Displayed);
        Ok(notify(context, &mut sender, &from, displayed))
    }
}

fn notify(context: &mut Context, sender: &mut Sender, from: &UriBuf, notification: Notification) -> Option<Notice> {
    let id = MessageId::from_random(context.random.bits());
    let Outgoing {
        destination, message, ..
    } = sender.notify(notification, id)?;
    // Without a route the notification goes to whom SIP says that the message is from (RFC 5438 section 12.1.3.1).
    let to = match message.imdn().route().next() {
        Some(_) => UriBuf::parse(destination.as_str()).ok()?,
        None => from.clone(),
    };
    Some(Notice { to, message })
}

/// Who sent it, when that is somebody: "An IM Recipient MAY ignore such a request if the IM Sender is anonymous" (RFC 5438
/// section 12.1.1).
fn return_address(request: &Message) -> Option<UriBuf> {
    let from = request.typed::<From>().ok()??;
    let is_anonymous = Aor::from_uri(&from.uri())?.domain().rsplit('.').next() == Some("invalid");
    match is_anonymous {
        true => None,
        false => UriBuf::parse(from.uri().as_str()).ok(),
    }
}

/// We, as the sender of the message calls us, where it does.
fn own_address(context: &Context, envelope: &cpim::Message) -> Result<Address, InvalidValue> {
    let own = Aor::from_uri(&context.identity.uri());
    let named = envelope
        .to()
        .flatten()
        .find(|to| own.is_some() && aor_of(to.uri()) == own);
    named.map_or_else(|| context.identity.im_address(), Ok)
}
