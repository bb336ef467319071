use bytes::Bytes;
use sip_message::{Invalid, Message};

use crate::{Destination, Flow};

/// Names a request that we sent. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub(crate) u64);

/// Names a request that we received. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerId(pub(crate) u64);

/// What comes from outside.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "moved in once, never stored")]
pub enum Input {
    /// A message that could be parsed, and the way it came.
    Received {
        /// The message.
        message: Message,
        /// The way it came.
        flow: Flow,
    },
    /// Nothing can be sent there: refused, reset, unreachable. `to` is the destination of the
    /// [`Output::Transmit`] that failed, as it was.
    SendFailed {
        /// The destination.
        to: Destination,
    },
    /// The time that [`Transactions::poll_timeout`](crate::Transactions::poll_timeout) named has come.
    Timeout,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send these bytes.
    Transmit {
        /// One message.
        bytes: Bytes,
        /// Where to.
        to: Destination,
    },
    /// A new, valid request. `received` and `rport` are already in its top Via. It is never an ACK.
    Request {
        /// The name to answer it by.
        id: ServerId,
        /// The request.
        request: Message,
        /// The way it came.
        flow: Flow,
    },
    /// A provisional or final response to a request that was sent, its top Via (ours) still in it. After a final one
    /// nothing more comes for this id.
    Response {
        /// The request that it answers.
        id: ClientId,
        /// The response.
        response: Message,
        /// The way it came.
        flow: Flow,
    },
    /// No final response will come; nothing more comes for this id.
    Failed {
        /// The request.
        id: ClientId,
        /// Why.
        failure: Failure,
    },
    /// A message was answered with an error here, or dropped; for logs.
    Rejected {
        /// The way it came.
        flow: Flow,
        /// Why.
        reason: Rejection,
    },
}

/// Why a request that we sent got no final response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Failure {
    /// None came within 64 * T1 (timer F). To be treated like a 408 (RFC 3261 section 8.1.3.1).
    #[error("no final response in time (RFC 3261 section 17.1.2.2)")]
    Timeout,
    /// It could not be sent, or there is no room for another transaction. To be treated like a 503.
    #[error("the request could not be sent (RFC 3261 section 17.1.4)")]
    Transport,
}

/// Why a message went no further.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// A response that breaks a rule that every message has to keep; it was dropped.
    #[error("dropped: {0}")]
    Dropped(Invalid),
    /// A request that breaks a rule that every message has to keep; it was answered with the reason.
    #[error("answered {status}: {0}", status = .0.status())]
    Invalid(Invalid),
    /// There is no room for another transaction; the request was answered.
    #[error("answered 503: too many requests are waiting for their answer")]
    Overloaded,
    /// A response that answers none of our requests, or one that has ended (RFC 3261 section 18.1.2, RFC 4320 section
    /// 4.2); it was dropped.
    #[error("dropped: a response to no request that is waiting (RFC 3261 section 18.1.2)")]
    Stray,
    /// A request without a Via: nobody would know the response for theirs, and it was dropped.
    #[error("dropped: a request without a Via (RFC 3261 section 8.1.1.7)")]
    Unanswerable,
}
