use bytes::Bytes;
use sip_digest::{Algorithm, Ha1};
use sip_message::{Aor, Message, StatusCode};
use sip_transaction::{Destination, Flow};

use crate::Change;

/// Names a [`Output::Commit`] until it is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId(pub u64);

/// Names a question until it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueryId(pub u64);

/// What comes to the server from outside.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every input is a message, and an allocation for each is what is avoided"
)]
#[non_exhaustive]
pub enum Input {
    /// The changes up to and including this commit are durable. A store that fails has no input: what it lost cannot
    /// be made up for, so the driver stops the server, and the next one begins with what is durable.
    Committed(CommitId),
    /// The answer to [`Output::LookupCredentials`]; `None` when there is no such user.
    Credentials {
        /// The question.
        id: QueryId,
        /// H(user:realm:password), by the algorithm of the question. Of a user who exists and has none for it, any
        /// other: that refuses the credentials and says in the log why.
        ha1: Option<Ha1>,
    },
    /// A message came.
    Received {
        /// The message.
        message: Message,
        /// The way on which it came.
        flow: Flow,
    },
    /// Nothing can be sent there.
    SendFailed {
        /// Where to.
        to: Destination,
    },
    /// [`Server::poll_timeout`](crate::Server::poll_timeout) is due.
    Timeout,
}

/// What the server wants from outside.
#[derive(Debug)]
#[non_exhaustive]
pub enum Output {
    /// Make these changes durable, in order, and answer with [`Input::Committed`]. What is said after them is held
    /// back until then.
    Commit {
        /// The name of this commit; they go up by one.
        id: CommitId,
        /// The changes.
        changes: Vec<Change>,
    },
    /// Something for the log.
    Event(Event),
    /// Which HA1 does this user have, and is there such a user at all? Answer with [`Input::Credentials`].
    LookupCredentials {
        /// The question.
        id: QueryId,
        /// The user name of the credentials.
        user: String,
        /// The realm.
        realm: String,
        /// The algorithm of the credentials; the first of the realm's where only the user's existence is asked for.
        algorithm: Algorithm,
    },
    /// Send these bytes.
    Transmit {
        /// A whole message.
        bytes: Bytes,
        /// Where to.
        to: Destination,
    },
}

/// What happened, for a readable log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A request got its final response from this server.
    Answered {
        /// The method.
        method: String,
        /// From whom, as far as that could be read.
        from: Option<Aor>,
        /// For whom.
        to: Option<Aor>,
        /// The status.
        status: StatusCode,
        /// Its reason phrase, or why the server answered so.
        reason: String,
        /// The way on which the request came.
        flow: Flow,
    },
    /// A request was forwarded.
    Forwarded {
        /// The method.
        method: String,
        /// From whom.
        from: Option<Aor>,
        /// For whom.
        to: Option<Aor>,
        /// The contacts it went to.
        targets: Vec<String>,
    },
    /// A NOTIFY was sent.
    Notified {
        /// Whose state.
        presentity: Aor,
        /// Who is told.
        watcher: Aor,
        /// The Subscription-State value.
        state: String,
    },
    /// A NOTIFY was not taken; `None` when nobody answered.
    NotifyRefused {
        /// Whose state.
        presentity: Aor,
        /// Who was told.
        watcher: Aor,
        /// The status of the answer.
        status: Option<StatusCode>,
    },
    /// A message was answered with an error, or dropped, before any of the server's logic saw it.
    Rejected {
        /// The way on which it came.
        flow: Flow,
        /// Why.
        reason: String,
    },
}
