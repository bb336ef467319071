use std::time::{Duration, Instant, SystemTime};

use sip_digest::Algorithms;
use sip_message::UriBuf;
use sip_transaction::SentBy;

/// How a [`Server`](crate::Server) is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// The domains whose users are served here. The first is the one of demo addresses and logs.
    pub domains: Vec<String>,
    /// The realm of challenges.
    pub realm: String,
    /// The server's own Contact, in NOTIFYs and 2xx of SUBSCRIBE.
    pub contact: UriBuf,
    /// What the server's Via says, per transport.
    pub sent_by: Vec<SentBy>,
    /// Bounds of registrations.
    pub register: Expiry,
    /// Bounds of subscriptions.
    pub subscribe: Expiry,
    /// Bounds of publications.
    pub publish: Expiry,
    /// The algorithms of the realm, the most preferred first: each request without credentials gets a challenge for
    /// each, in this order. MD5 alone is what every client knows; more than one costs some of them, as [`Algorithms`]
    /// says, and without MD5 old ones stay outside.
    pub algorithms: Algorithms,
    /// Whether challenges offer `qop="auth"`. Without it, answers are of RFC 2069.
    pub qop_auth: bool,
    /// For how long a nonce may be used.
    pub nonce_lifetime: Duration,
    /// The key that nonces are signed with. Servers that share it take each other's.
    pub nonce_key: [u8; 32],
    /// The Server header; none when `None`.
    pub server: Option<String>,
    /// An instant and the calendar time at it.
    pub epoch: (Instant, SystemTime),
    /// Where every random value comes from.
    pub seed: [u8; 32],
    /// Bounds on what peers can make the server hold.
    pub limits: Limits,
}

/// Bounds of an expiry interval, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// Shorter requests get 423 with this as Min-Expires. `Expires: 0` is never too short.
    pub min: u32,
    /// Longer requests are granted this.
    pub max: u32,
    /// What is granted when nothing is asked. The paper has 3600.
    pub default: u32,
}

impl Default for Expiry {
    fn default() -> Self {
        Self {
            min: 10,
            max: 86_400,
            default: 3_600,
        }
    }
}

/// Bounds on the server's state. What would pass one is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Contacts of one address of record. Default 16: people have a handful of devices, and a MESSAGE forks to all.
    pub bindings_per_aor: usize,
    /// Bindings of all users. Default 1,000,000, at some 500 bytes each.
    pub bindings: usize,
    /// Subscriptions of all watchers. Default 1,000,000.
    pub subscriptions: usize,
    /// Publications of all users. Default 1,000,000.
    pub publications: usize,
    /// Octets of a published document. Default 32,768: what is published over TCP has to fit a NOTIFY over UDP, which
    /// has 65,535 for everything.
    pub document: usize,
    /// Requests that wait for a lookup at once. Default 65,536: a second's worth at the highest rates.
    pub pending: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bindings_per_aor: 16,
            bindings: 1_000_000,
            subscriptions: 1_000_000,
            publications: 1_000_000,
            document: 32_768,
            pending: 65_536,
        }
    }
}

/// Why a [`Config`] makes no server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidConfig {
    /// A domain is no host name.
    #[error("{0:?} is no domain name")]
    Domain(String),
    /// No domain is given.
    #[error("no domain is given")]
    NoDomain,
    /// The realm has a line break.
    #[error("the realm has a line break")]
    Realm,
}
