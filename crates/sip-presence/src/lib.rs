//! The presence agent (RFC 3856): what watchers of a presentity are told, composed of registrations and publications.
//!
//! [`PresenceAgent`] joins the two machines of `sip-event` (subscriptions and publications of the event package
//! `presence`) with the documents of `pidf`. It does no I/O and knows no credentials: the SUBSCRIBE and PUBLISH that
//! come in are authenticated already.
//!
//! ```
//! use std::time::{Instant, SystemTime};
//! use sip_message::{Aor, UriBuf};
//! use sip_presence::{Config, Input, Interval, Output, PresenceAgent};
//!
//! # #[expect(clippy::disallowed_methods, reason = "an example has to begin somewhere")]
//! let now = Instant::now();
//! let interval = Interval { min: 60, max: 86_400, default: 3_600 };
//! let mut agent = PresenceAgent::new(Config {
//!     contact: UriBuf::parse("sip:192.0.2.1:5060")?,
//!     server: None,
//!     subscribe: interval,
//!     publish: interval,
//!     notifier_limits: Default::default(),
//!     compositor_limits: Default::default(),
//!     epoch: (now, SystemTime::UNIX_EPOCH),
//!     seed: [7; 32],
//! });
//! let alice = Aor::new("alice", "example.test")?;
//! agent.handle_input(now, Input::Registration { presentity: alice.clone(), registered: true });
//! assert!(matches!(agent.poll_output(), Some(Output::PutInformation(row)) if row.basic == pidf::Basic::Open));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod agent;
mod compose;
mod io;
mod negotiate;

pub use agent::{Config, Interval, PresenceAgent};
pub use io::{Information, Input, Output};
