use std::time::SystemTime;

use bytes::Bytes;
use pidf::{Basic, Document};
use sip_event::{PublicationRecord, RequestId, SubscriptionId, SubscriptionRecord};
use sip_message::{Aor, Message, UriBuf};

/// What a [`PresenceAgent`](crate::PresenceAgent) is told.
#[derive(Debug)]
#[non_exhaustive]
pub enum Input<'a> {
    /// How a NOTIFY ended: with this response, or without any.
    NotifyDone {
        /// The subscription of the NOTIFY.
        subscription: SubscriptionId,
        /// The final response.
        response: Option<&'a Message>,
    },
    /// An authenticated PUBLISH.
    Publish {
        /// Names the request in [`Output::Respond`].
        id: RequestId,
        /// The request.
        request: &'a Message,
        /// Whose state it is.
        presentity: Aor,
    },
    /// Whether a presentity has a registered contact, told at every change and after a restart.
    Registration {
        /// Who.
        presentity: Aor,
        /// Whether there is a contact.
        registered: bool,
    },
    /// An authenticated SUBSCRIBE.
    Subscribe {
        /// Names the request in [`Output::Respond`].
        id: RequestId,
        /// The request.
        request: &'a Message,
        /// Whose state is asked for.
        presentity: Aor,
        /// Who asks.
        watcher: Aor,
    },
    /// [`PresenceAgent::poll_timeout`](crate::PresenceAgent::poll_timeout) is due.
    Timeout,
}

/// What a [`PresenceAgent`](crate::PresenceAgent) wants.
#[derive(Debug)]
#[non_exhaustive]
pub enum Output {
    /// The publication is gone.
    DeletePublication {
        /// Whose.
        presentity: Aor,
        /// The event package.
        package: String,
        /// Its entity-tag.
        entity_tag: String,
    },
    /// The subscription is gone.
    DeleteSubscription {
        /// Which.
        id: SubscriptionId,
        /// Whose state it was for.
        presentity: Aor,
    },
    /// Send this request, which has no Via yet, and tell how it ended with [`Input::NotifyDone`].
    Notify {
        /// The subscription.
        subscription: SubscriptionId,
        /// The NOTIFY.
        request: Message,
        /// The next hop.
        target: UriBuf,
    },
    /// What is told of a presentity has changed.
    PutInformation(Box<Information>),
    /// The publication is new or changed.
    PutPublication(Box<PublicationRecord>),
    /// The subscription is new or changed.
    PutSubscription(Box<SubscriptionRecord>),
    /// Answer this request.
    Respond {
        /// Which.
        id: RequestId,
        /// The answer.
        response: Message,
    },
}

/// What watchers of a presentity are told: a row of the paper's Presence Information Table.
#[derive(Clone, Debug, PartialEq)]
pub struct Information {
    /// Who.
    pub presentity: Aor,
    /// Open when one of the tuples is.
    pub basic: Basic,
    /// The contact address of the first open tuple that has one, or else of any.
    pub contact: Option<String>,
    /// When it changed.
    pub modified_at: SystemTime,
    /// The whole document.
    pub document: Document,
    /// The document as `application/pidf+xml`.
    pub body: Bytes,
}
