//! The paper's presence server as one machine without I/O: registrar (RFC 3261 section 10), proxy (section 16) and
//! presence agent (RFC 3856) of a set of domains, with Digest authentication on every method.
//!
//! A [`Server`] takes [`Input`]s with the time and gives [`Output`]s. It has no sockets and no store: what must survive
//! a restart comes out as [`Output::Commit`] in rows that need no other row to be understood, what is said after it is
//! held back until [`Input::Committed`], and after a restart the rows come back through [`Server::restore`].
//!
//! The order of a request: transaction (retransmissions are absorbed) and mandatory headers, Proxy-Require and, where the
//! server is UAS, Require (420), event package (489), Max-Forwards and loops for what is relayed (483, 482), domains (404
//! for a recipient or registrar, 403 for a sender), credentials (401 for what the server is UAS of, 407 for what it
//! relays), identity (403), dialog (481) or recipient (404), then the registrar, the presence agent or the contacts.
//!
//! ```
//! use std::time::{Duration, Instant, SystemTime};
//! use sip_message::{Message, Transport, UriBuf};
//! use sip_server::{Config, Expiry, Input, Limits, Output, Server};
//! use sip_transaction::{Flow, SentBy};
//!
//! # #[expect(clippy::disallowed_methods, reason = "an example has to begin somewhere")]
//! let now = Instant::now();
//! let mut server = Server::new(Config {
//!     domains: vec!["example.test".to_owned()],
//!     realm: "example.test".to_owned(),
//!     contact: UriBuf::parse("sip:192.0.2.1:5060")?,
//!     sent_by: vec![SentBy { transport: Transport::Udp, host: "192.0.2.1".to_owned(), port: Some(5060) }],
//!     register: Expiry::default(),
//!     subscribe: Expiry::default(),
//!     publish: Expiry::default(),
//!     algorithms: Default::default(),
//!     qop_auth: true,
//!     nonce_lifetime: Duration::from_secs(300),
//!     nonce_key: [1; 32],
//!     server: None,
//!     epoch: (now, SystemTime::UNIX_EPOCH),
//!     seed: [2; 32],
//!     limits: Limits::default(),
//! })?;
//! let message = Message::parse(
//!     "REGISTER sip:example.test SIP/2.0\r\n\
//!      Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1;rport\r\n\
//!      From: <sip:alice@example.test>;tag=1\r\n\
//!      To: <sip:alice@example.test>\r\n\
//!      Call-ID: 1@192.0.2.9\r\n\
//!      CSeq: 1 REGISTER\r\n\
//!      Contact: <sip:alice@192.0.2.9>\r\n\
//!      \r\n",
//! )?;
//! let flow = Flow {
//!     transport: Transport::Udp,
//!     local: "192.0.2.1:5060".parse()?,
//!     remote: "192.0.2.9:5060".parse()?,
//!     connection: 0,
//! };
//! server.handle_input(now, Input::Received { message, flow });
//! let answer = std::iter::from_fn(|| server.poll_output()).find_map(|output| match output {
//!     Output::Transmit { bytes, .. } => Some(bytes),
//!     _ => None,
//! });
//! assert!(answer.is_some_and(|bytes| bytes.starts_with(b"SIP/2.0 401 Unauthorized\r\n")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod address;
mod authentication;
mod config;
mod fork;
mod gate;
mod io;
mod proxy;
mod registrar;
mod route;
mod rows;
mod server;

pub use config::{Config, Expiry, InvalidConfig, Limits};
pub use io::{CommitId, Event, Input, Output, QueryId};
pub use rows::{BindingRow, Change, InformationRow, Row, RowKey, SubscriptionRow};
pub use server::Server;
