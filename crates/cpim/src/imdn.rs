//! Instant Message Disposition Notifications (IMDN, RFC 5438): who sent a message is told what became of it.
//!
//! Three parts play, each without I/O:
//!
//! - The IM Sender asks, with [`Request`] and [`Builder::request_notifications`], and reads what comes back with
//!   [`Headers::notifications`].
//! - The IM Recipient answers with a [`Sender`], which writes a notification only where the RFC lets her.
//! - An intermediary passes messages on ([`Forwarding`], [`next_hop`]), may notify too ([`Sender::for_intermediary`]), and
//!   as the server of a list puts the notifications of its members together ([`Aggregator`]).
//!
//! ```
//! use cpim::{
//!     Address, DateTime, Message, Uri,
//!     imdn::{DeliveryStatus, MessageId, Notification, NotifyRequest, Request, Sender},
//! };
//!
//! // Alice asks. The identifier comes from 128 random bits.
//! let id = MessageId::from_random(0x5f3c_21d2_9a77_0c41_88ee_6a13_f0b2_99d4);
//! let sent_at: DateTime = "2026-11-23T09:00:00Z".parse()?;
//! let im = Message::builder()
//!     .from(Uri::new("im:alice@example.com")?)
//!     .to(Uri::new("im:bob@example.com")?)
//!     .request_notifications(Request::new(id.clone(), sent_at, [NotifyRequest::PositiveDelivery]))
//!     .text("hello")
//!     .build();
//!
//! // Bob got it, and tells so. There is nothing to tell a second time.
//! let bob = Address::from(Uri::new("im:bob@example.com")?);
//! let mut sender = Sender::for_recipient(&im, bob)?;
//! let delivered = Notification::Delivery(DeliveryStatus::Delivered);
//! let outgoing = sender.notify(delivered, MessageId::from_random(7)).expect("it was asked for");
//! assert_eq!(outgoing.destination.as_str(), "im:alice@example.com");
//! assert!(sender.notify(delivered, MessageId::from_random(8)).is_none());
//!
//! // Alice reads it.
//! let told = outgoing.message.imdn().notifications(&cpim::Limits::default())?;
//! assert_eq!(told[0].message_id(), &id);
//! assert_eq!(told[0].notification(), Some(delivered));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Whether to answer is the user's choice (section 14.2), and so is how often: a notification goes where the message
//! says, and a forged one may name a victim there. A notification must be signed and encrypted as its message was
//! (section 14); what does that stands around this crate.
//!
//! [`Builder::request_notifications`]: crate::Builder::request_notifications

mod aggregator;
mod asked;
mod document;
mod forwarding;
mod headers;
mod message_id;
mod read;
mod request;
mod sender;

pub use self::{
    aggregator::{Aggregate, Aggregation, Aggregator, Disclosure, Input, Output},
    asked::Silence,
    document::{DeliveryStatus, DisplayStatus, Disposition, Imdn, Notification, ProcessingStatus},
    forwarding::{Forwarding, ForwardingError, next_hop},
    headers::Headers,
    message_id::MessageId,
    request::{DispositionNotification, NotifyRequest, Request},
    sender::{Outgoing, Sender},
};
use crate::{
    media_type::MediaType,
    name::{ExpandedName, Name, Namespace},
};

/// The namespace of the message headers of this module (section 6.1).
pub const NAMESPACE: &str = "urn:ietf:params:imdn";

/// What notifications are asked for (section 6.2).
pub const DISPOSITION_NOTIFICATION: ExpandedName<'static> = ExpandedName::new(NAMESPACE, "Disposition-Notification");

/// Which message it is (section 6.3).
pub const MESSAGE_ID: ExpandedName<'static> = ExpandedName::new(NAMESPACE, "Message-ID");

/// Who the message was for before an intermediary changed that (section 6.4).
pub const ORIGINAL_TO: ExpandedName<'static> = ExpandedName::new(NAMESPACE, "Original-To");

/// An intermediary that notifications shall come by (section 6.5).
pub const RECORD_ROUTE: ExpandedName<'static> = ExpandedName::new(NAMESPACE, "IMDN-Record-Route");

/// The next stop of a notification (section 6.6).
pub const ROUTE: ExpandedName<'static> = ExpandedName::new(NAMESPACE, "IMDN-Route");

/// The headers of this module, for [`Message::unsupported_requirements`](crate::Message::unsupported_requirements):
/// whoever acts on them understands them.
pub const UNDERSTOOD: [ExpandedName<'static>; 5] =
    [DISPOSITION_NOTIFICATION, MESSAGE_ID, ORIGINAL_TO, RECORD_ROUTE, ROUTE];

/// The media type of an IMDN document (section 11.1.8).
pub const MEDIA_TYPE: &str = "message/imdn+xml";

/// The namespace with the prefix that the RFC uses throughout.
fn namespace() -> Namespace {
    Namespace::new("imdn", NAMESPACE).expect("both fit their grammars, and it is not the core namespace")
}

fn header_name(name: ExpandedName<'static>) -> Name {
    Name::new(name.name).expect("the names above fit the grammar")
}

fn media_type() -> MediaType {
    MediaType::bare(MEDIA_TYPE)
}
