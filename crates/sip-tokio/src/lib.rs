//! Sockets and a runtime for [`sip_server`] and [`sip_ua`]: the only crate of the family that does I/O.
//!
//! - [`bind`] binds UDP and TCP sockets, and [`serve`] runs a server on them, with [`Accounts`] that say who the users
//!   are and a [`Store`] in which the server's state outlives the process.
//! - [`Agent`] runs a user agent.
//! - A [`Tap`] sees every message that passes; an [`Observer`] sees what the server does with them too.
//! - [`Limits`] has every bound on connections, queues and time.
//!
//! One task owns each machine. Sockets have tasks of their own that talk to it over bounded channels, and the store has
//! a thread.
//!
//! ```no_run
//! use std::{
//!     net::SocketAddr,
//!     time::{Duration, Instant, SystemTime},
//! };
//!
//! use sip_digest::{Ha1, Password};
//! use sip_message::{Aor, Transport, UriBuf};
//! use sip_tokio::{Agent, Listen, bind, seed, serve};
//! use sip_transaction::{Destination, SentBy};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! // A server on a free port, with one user and a store that keeps nothing.
//! let address = "127.0.0.1:0".parse()?;
//! let sockets = bind(&[Listen { transport: Transport::Udp, address }]).await?;
//! let (_, server_address) = sockets.local()[0];
//! let config = sip_server::Config {
//!     domains: vec!["example.test".to_owned()],
//!     realm: "example.test".to_owned(),
//!     contact: UriBuf::parse(format!("sip:{server_address}"))?,
//!     sent_by: vec![sent_by(server_address)],
//!     register: Default::default(),
//!     subscribe: Default::default(),
//!     publish: Default::default(),
//!     algorithms: Default::default(),
//!     qop_auth: true,
//!     nonce_lifetime: Duration::from_secs(300),
//!     nonce_key: seed(),
//!     server: None,
//!     epoch: (Instant::now(), SystemTime::now()),
//!     seed: seed(),
//!     limits: Default::default(),
//! };
//! let accounts = |user: &str, realm: &str, algorithm| {
//!     let password = Password::new("alicepw");
//!     (user == "alice").then(|| Ha1::new(algorithm, user, realm, &password))
//! };
//! let server = serve(sockets, config, accounts, (), ());
//!
//! // A user agent that registers.
//! let destination = Destination::Address { transport: Transport::Udp, remote: server_address };
//! let aor = Aor::new("alice", "example.test")?;
//! let contact = |local: SocketAddr| UriBuf::parse(format!("sip:alice@{local}"));
//! let mut alice = Agent::start(
//!     Transport::Udp,
//!     server_address,
//!     |local| sip_ua::Config {
//!         aor,
//!         display_name: None,
//!         username: "alice".to_owned(),
//!         password: Password::new("alicepw"),
//!         server: destination,
//!         contact: contact(local).expect("an address is a host and a port"),
//!         sent_by: vec![sent_by(local)],
//!         user_agent: None,
//!         epoch: (Instant::now(), SystemTime::now()),
//!         seed: seed(),
//!     },
//!     (),
//! )
//! .await?;
//! alice.with(|machine, now| machine.register(now, Default::default())).await;
//! while let Some(event) = alice.event().await {
//!     println!("{event:?}");
//!     if let sip_ua::Event::Registered { .. } = event {
//!         break;
//!     }
//! }
//! alice.shutdown().await;
//! server.shutdown().await?;
//! # Ok(())
//! # }
//!
//! fn sent_by(address: SocketAddr) -> SentBy {
//!     SentBy { transport: Transport::Udp, host: address.ip().to_string(), port: Some(address.port()) }
//! }
//! ```

mod agent;
mod backlog;
mod bind;
mod clock;
mod connections;
mod limits;
mod network;
mod server;
mod store;
mod tap;
mod tcp;
mod udp;

pub use agent::Agent;
pub use bind::{BindError, Listen, Sockets, bind};
pub use limits::Limits;
pub use server::{Accounts, Observer, ServeError, ServerHandle, serve};
pub use store::{Store, StoreError};
pub use tap::{Direction, Fault, FaultKind, Tap};

/// 32 bytes that nobody can guess, from the operating system: for the seed of a machine, or its nonce key.
///
/// # Panics
/// When the operating system has no random bytes, without which nothing here would be safe.
#[must_use]
pub fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).expect("the operating system has random bytes");
    seed
}
