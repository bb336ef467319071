use std::time::SystemTime;

use bytes::Bytes;
use sip_message::{Aor, Message};

use crate::RequestId;

/// What is kept of one publication: a row, whole and self-contained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicationRecord {
    /// Whose state it is.
    pub resource: Aor,
    /// The event package, as the configuration spells it.
    pub package: String,
    /// The name of the publication, another one after each PUBLISH.
    pub entity_tag: String,
    /// The type of the body.
    pub content_type: String,
    /// The published document.
    pub body: Bytes,
    /// When the publication ends, unless it is refreshed.
    pub expires_at: SystemTime,
    /// When the body was published.
    pub modified_at: SystemTime,
}

/// What a compositor is told.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CompositorInput<'a> {
    /// A PUBLISH whose sender was authenticated, and whose body, if it has one, is what its type says.
    Publish {
        /// Comes back in [`CompositorOutput::Respond`].
        id: RequestId,
        /// The request.
        request: &'a Message,
        /// Whose state is published.
        resource: Aor,
    },
    /// `poll_timeout` is due.
    Timeout,
}

/// What a compositor wants done, in the order in which it comes. A `Put` or `Deleted` comes before what may be said only
/// when the row has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "an output is moved out as soon as it is made, and most are responses"
)]
pub enum CompositorOutput {
    /// The set of documents of this resource changed.
    Changed {
        /// Whose state.
        resource: Aor,
        /// The event package.
        package: String,
    },
    /// The row is gone.
    Deleted {
        /// Whose state it was.
        resource: Aor,
        /// The event package.
        package: String,
        /// The name it had.
        entity_tag: String,
    },
    /// The row was created or changed.
    Put(Box<PublicationRecord>),
    /// Answer this PUBLISH.
    Respond {
        /// The request.
        id: RequestId,
        /// The response.
        response: Message,
    },
}
