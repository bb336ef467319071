use sip_message::{Message, StatusCode, UriBuf};

/// Whose state a [`Publisher`](crate::Publisher) publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublisherConfig {
    /// The From value without tag, as in `"A" <sip:a@example.test>`.
    pub local: String,
    /// The resource: Request-URI and To.
    pub target: UriBuf,
    /// The event package.
    pub package: String,
    /// The seconds to publish for.
    pub expires: u32,
    /// The software.
    pub user_agent: Option<String>,
    /// Route values: the outbound proxy.
    pub route: Vec<String>,
}

/// What a publisher is told.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum PublisherInput<'a> {
    /// No response came to the request of the last `Send`.
    Failed,
    /// The final response to the request of the last `Send`.
    Response(&'a Message),
    /// `poll_timeout` is due.
    Timeout,
}

/// What a publisher wants done, in the order in which it comes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublisherOutput {
    /// A 401 or 407: compute credentials and call [`Publisher::retry`](crate::Publisher::retry), or give up with [`Publisher::abandon`](crate::Publisher::abandon).
    Challenged {
        /// The challenge.
        response: Message,
    },
    /// A PUBLISH failed.
    Failed {
        /// The status it was refused with; `None` when no response came.
        status: Option<StatusCode>,
    },
    /// The state is published: first, anew or refreshed.
    Published {
        /// Its entity-tag.
        entity_tag: String,
        /// The seconds that were granted.
        expires: u32,
    },
    /// Nothing is published any more.
    Removed,
    /// Send this PUBLISH (it has no Via) and report how it ends.
    Send {
        /// The PUBLISH.
        request: Message,
        /// The next hop.
        target: UriBuf,
    },
}
