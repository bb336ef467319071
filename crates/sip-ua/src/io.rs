use bytes::Bytes;
use sip_event::Body;
use sip_message::{Aor, Message, StatusCode};
use sip_transaction::{Destination, Flow};

/// Names what the application asked for. Events refer to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId(pub u64);

/// No such subscription, or it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no subscription with operation id {}", .0.0)]
pub struct UnknownOp(pub OpId);

/// Names an instant message that came, whose sender wants to know that it was displayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReceivedId(pub u64);

/// Nobody waits to hear that this message was displayed: it was told already, or so many messages came since that it was
/// forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nobody waits to hear that message {} was displayed", .0.0)]
pub struct UnknownMessage(pub ReceivedId);

/// What an instant message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// `message/cpim` (RFC 3862): text or another object in an envelope of its own.
    Cpim(cpim::Message),
    /// Another type.
    Other {
        /// The Content-Type.
        content_type: String,
        /// The body.
        bytes: Bytes,
    },
    /// `text/plain;charset=UTF-8`.
    Text(String),
}

/// What comes to the user agent from outside.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "moved in once, never stored")]
pub enum Input {
    /// A message came.
    Received {
        /// The message.
        message: Message,
        /// The way on which it came.
        flow: Flow,
    },
    /// Nothing can be sent there: refused, reset, unreachable.
    SendFailed {
        /// Where to.
        to: Destination,
    },
    /// [`UserAgent::poll_timeout`](crate::UserAgent::poll_timeout) is due.
    Timeout,
}

/// What the user agent wants from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "moved out once, never stored for long")]
pub enum Output {
    /// Something for the application.
    Event(Event),
    /// Send these bytes.
    Transmit {
        /// A whole message.
        bytes: Bytes,
        /// Where to.
        to: Destination,
    },
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A request was challenged, and is sent again with credentials.
    Challenged {
        /// What was asked. What the user agent sends by itself, as notifications, has numbers too, of which nothing else
        /// is heard.
        op: OpId,
        /// 401 or 407.
        status: StatusCode,
        /// Who wants credentials.
        realm: String,
    },
    /// Somebody begins to compose an instant message for the user, or has stopped (RFC 3994 section 3.3). Who has begun
    /// and is not heard of again is taken to have stopped after the time that was named, or two minutes.
    Composing {
        /// Who it is. Only as true as the way on which the status message came.
        peer: Aor,
        /// Who it is where the peer passes on what others write, as the server of a conference does: the From of the
        /// Message/CPIM around the status message.
        author: Option<cpim::Uri>,
        /// Active, or idle.
        state: cpim::is_composing::State,
        /// What is composed, where that is told: a media type, or the part of it ahead of the slash.
        content_type: Option<String>,
    },
    /// Somebody tells what became of a message of ours (RFC 5438). A message may be told of by each of its recipients, of
    /// delivery and display apart, and long after it was sent.
    Disposition {
        /// The message that asked for it; `None` where this is not remembered, or none of ours.
        op: Option<OpId>,
        /// Who tells. Only as true as the way on which the notification came.
        from_aor: Option<Aor>,
        /// What is told, and by which recipient.
        imdn: cpim::imdn::Imdn,
    },
    /// What was asked did not work. This ends the operation, but for one case: a registration or publication that was
    /// there already, and could not be refreshed or changed for a reason that may pass ([`Failure::is_temporary`]), is
    /// tried again.
    Failed {
        /// What was asked.
        op: OpId,
        /// Why.
        failure: Failure,
    },
    /// An instant message came, and was answered 200. Each comes once.
    MessageReceived {
        /// The value of From. Only as true as the way on which the message came.
        from: String,
        /// The address of record in From, when there is one.
        from_aor: Option<Aor>,
        /// The display name in From, unquoted.
        display_name: Option<String>,
        /// What it says.
        content: Content,
        /// Set where the sender wants to know that it was displayed: for
        /// [`UserAgent::displayed`](crate::UserAgent::displayed).
        display: Option<ReceivedId>,
        /// The whole request.
        request: Message,
    },
    /// An instant message was taken by its recipient (200), or by someone on the way who stores it (202).
    MessageSent {
        /// What was asked.
        op: OpId,
        /// 200 or 202.
        status: StatusCode,
    },
    /// A NOTIFY came.
    Notified {
        /// The subscription.
        op: OpId,
        /// Whose state it is.
        presentity: Aor,
        /// The value of Subscription-State.
        state: String,
        /// The state, when the NOTIFY had a body.
        body: Option<Body>,
        /// The presence document in the body, when it is of one of the two presence types.
        document: Option<Result<pidf::Document, pidf::Error>>,
    },
    /// The event state compositor took a document, or kept it at a refresh.
    Published {
        /// The newest `publish`.
        op: OpId,
        /// Names the publication until the next change or refresh.
        entity_tag: String,
        /// For how long it is kept, in seconds.
        expires: u32,
    },
    /// The registrar took the binding, or kept it at a refresh.
    Registered {
        /// The `register`.
        op: OpId,
        /// For how long, in seconds.
        expires: u32,
        /// All bindings that the registrar lists, as it writes them.
        contacts: Vec<String>,
    },
    /// The notifier took the subscription, or kept it at a refresh.
    Subscribed {
        /// The subscription.
        op: OpId,
        /// Whose state is watched.
        presentity: Aor,
        /// For how long, in seconds.
        expires: u32,
    },
    /// A subscription has ended: the notifier said so, or the application wanted it. One that ends because a SUBSCRIBE
    /// failed ends with [`Event::Failed`] instead.
    SubscriptionEnded {
        /// The subscription.
        op: OpId,
        /// Whose state was watched.
        presentity: Aor,
        /// Why, in words.
        reason: String,
    },
    /// There is no publication of ours any more.
    Unpublished {
        /// The `unpublish`.
        op: OpId,
    },
    /// The registrar has no binding of ours any more.
    Unregistered {
        /// The `unregister`.
        op: OpId,
    },
}

/// Why something did not work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// User name or password was refused, with this status.
    #[error("user name or password was refused ({0})")]
    Authentication(StatusCode),
    /// A challenge that cannot be answered.
    #[error("the challenge cannot be answered: {0}")]
    BadChallenge(String),
    /// A success that lacks what it must have.
    #[error("the response cannot be used: {0}")]
    BadResponse(String),
    /// What was asked for cannot be written as a SIP message.
    #[error("the request cannot be written: {0}")]
    InvalidRequest(String),
    /// The server answered with this status.
    #[error("rejected: {status} {reason}")]
    Rejected {
        /// The status.
        status: StatusCode,
        /// The reason phrase.
        reason: String,
        /// The whole response.
        response: Box<Message>,
    },
    /// A newer document took the place of this one before it was sent.
    #[error("replaced by a newer one before it was sent")]
    Superseded,
    /// No final response came (RFC 3261 section 17.1.2.2).
    #[error("no answer")]
    Timeout,
    /// The request could not be sent.
    #[error("the server cannot be reached")]
    Transport,
}

impl Failure {
    /// Whether the same request may work later: nobody answered, or the server is out of order and did not say that it
    /// will never do this (501, 505, 513).
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Rejected { status, .. } => match *status {
                StatusCode::REQUEST_TIMEOUT => true,
                StatusCode::NOT_IMPLEMENTED | StatusCode::VERSION_NOT_SUPPORTED | StatusCode::MESSAGE_TOO_LARGE => {
                    false
                }
                other => other.as_u16() / 100 == 5,
            },
            Self::Timeout | Self::Transport => true,
            Self::Authentication(_)
            | Self::BadChallenge(_)
            | Self::BadResponse(_)
            | Self::InvalidRequest(_)
            | Self::Superseded => false,
        }
    }

    /// The status of the response that ended it, when there was one.
    #[must_use]
    pub const fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Authentication(status) | Self::Rejected { status, .. } => Some(*status),
            Self::BadChallenge(_)
            | Self::BadResponse(_)
            | Self::InvalidRequest(_)
            | Self::Superseded
            | Self::Timeout
            | Self::Transport => None,
        }
    }
}
