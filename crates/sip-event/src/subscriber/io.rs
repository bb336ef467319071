use sip_message::{Message, StatusCode, UriBuf};

use crate::{Body, RequestId};

/// Whose state a [`Subscriber`](crate::Subscriber) asks for, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriberConfig {
    /// The From value without tag, as in `"A" <sip:a@example.test>`.
    pub local: String,
    /// The resource: Request-URI and To of the first SUBSCRIBE.
    pub target: UriBuf,
    /// Where NOTIFYs are to go.
    pub contact: UriBuf,
    /// The event package.
    pub package: String,
    /// The media types that are understood, the preferred one first. Empty: no Accept header.
    pub accept: Vec<String>,
    /// The seconds to subscribe for; 0 fetches the state once. `None`: the SUBSCRIBE has no Expires header, and the
    /// package's default applies (RFC 6665 section 3.1.1).
    pub expires: Option<u32>,
    /// The software.
    pub user_agent: Option<String>,
    /// Route values of the first SUBSCRIBE: the outbound proxy.
    pub route: Vec<String>,
}

/// What a subscriber is told.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum SubscriberInput<'a> {
    /// No response came to the request of the last `Send`.
    Failed,
    /// A NOTIFY that [`Subscriber::matches`](crate::Subscriber::matches) said is ours.
    Notify {
        /// Comes back in [`SubscriberOutput::Respond`].
        id: RequestId,
        /// The request.
        request: &'a Message,
    },
    /// The final response to the request of the last `Send`.
    Response(&'a Message),
    /// `poll_timeout` is due.
    Timeout,
}

/// What a subscriber wants done, in the order in which it comes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubscriberOutput {
    /// A 401 or 407: compute credentials and call [`Subscriber::retry`](crate::Subscriber::retry), or give up with [`Subscriber::abandon`](crate::Subscriber::abandon).
    Challenged {
        /// The challenge.
        response: Message,
    },
    /// The subscription has ended. Nothing more follows, unless [`Subscriber::subscribe`](crate::Subscriber::subscribe) begins a new one.
    Ended {
        /// Why.
        reason: EndReason,
    },
    /// A SUBSCRIBE was accepted, the first one or a refresh.
    Established {
        /// The seconds that were granted.
        expires: u32,
    },
    /// The state of the resource.
    Notified {
        /// The body, if the NOTIFY had one.
        state: Option<Body>,
        /// The value of Subscription-State.
        subscription_state: String,
        /// Whether it says that the subscription has ended.
        terminated: bool,
    },
    /// Answer this NOTIFY.
    Respond {
        /// The request.
        id: RequestId,
        /// The response.
        response: Message,
    },
    /// Send this SUBSCRIBE (it has no Via) and report how it ends.
    Send {
        /// The SUBSCRIBE.
        request: Message,
        /// The next hop.
        target: UriBuf,
    },
}

/// Why a subscription has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndReason {
    /// No response came to the first SUBSCRIBE.
    Failed,
    /// A SUBSCRIBE was refused.
    Rejected(StatusCode),
    /// A NOTIFY said `terminated` without having been asked. RFC 6665 section 4.1.3 has the reasons and for which of
    /// them to subscribe again.
    Terminated {
        /// The `reason`, as in `deactivated`, `noresource`, `rejected` or `timeout`.
        reason: Option<String>,
        /// The seconds to wait before subscribing again.
        retry_after: Option<u32>,
    },
    /// No NOTIFY came (Timer N of RFC 6665 section 4.1.2.4), or the subscription could not be refreshed in time.
    Timeout,
    /// It was asked to end, or to fetch only.
    Unsubscribed,
}
