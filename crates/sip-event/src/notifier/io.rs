use sip_message::{Aor, Message, UriBuf};

use super::record::{SubscriptionId, SubscriptionRecord, WatcherState};
use crate::RequestId;

/// What a notifier is told.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum NotifierInput<'a> {
    /// How a NOTIFY ended: its final response, or `None` when none came.
    NotifyDone {
        /// Whose NOTIFY.
        subscription: SubscriptionId,
        /// The final response.
        response: Option<&'a Message>,
    },
    /// A SUBSCRIBE whose sender was authenticated.
    Subscribe {
        /// Comes back in [`NotifierOutput::Respond`].
        id: RequestId,
        /// The request.
        request: &'a Message,
        /// Whose state is asked for.
        resource: Aor,
        /// Who asks.
        watcher: Aor,
        /// How a new subscription begins; one that exists keeps its state.
        state: WatcherState,
    },
    /// `poll_timeout` is due.
    Timeout,
}

/// What a notifier wants done, in the order in which it comes. A `Put` or `Deleted` comes before what may be said only
/// when the row has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotifierOutput {
    /// The row is gone.
    Deleted {
        /// The row.
        id: SubscriptionId,
        /// Whose state was watched.
        resource: Aor,
    },
    /// Send this request (it has no Via) and report its end with [`NotifierInput::NotifyDone`]. At most one per
    /// subscription is under way.
    Notify {
        /// The subscription.
        subscription: SubscriptionId,
        /// The NOTIFY.
        request: Message,
        /// The next hop: the first Route or the remote target.
        target: UriBuf,
    },
    /// The row was created or changed.
    Put(Box<SubscriptionRecord>),
    /// Answer this SUBSCRIBE.
    Respond {
        /// The request.
        id: RequestId,
        /// The response.
        response: Message,
    },
    /// Hand in the state of the resource with [`Notifier::notify`](crate::Notifier::notify).
    StateNeeded {
        /// The subscription.
        subscription: SubscriptionId,
    },
}
