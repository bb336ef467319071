//! Virtual network, virtual clock and corpus reader for the tests of this workspace.
//!
//! A [`Simulation`] has [`Host`]s, [`Link`]s between them that delay, lose, duplicate and reorder, and a clock that
//! jumps to whatever comes next: an hour of refreshes takes milliseconds. [`ServerHost`] and [`AgentHost`] are the
//! server and the user agent, [`setup`] configures them, and one seed gives one [`Transcript`], byte for byte.
//!
//! ```
//! use std::{net::SocketAddr, time::Duration};
//!
//! use sip_message::Transport;
//! use sip_test::{AgentHost, ServerHost, Simulation, setup};
//! use sip_transaction::Destination;
//!
//! let mut simulation = Simulation::new(7);
//! let at = |address: &str| address.parse::<SocketAddr>();
//! let (home, away) = (at("192.0.2.1:5060")?, at("192.0.2.2:5060")?);
//!
//! let config = setup::server(&mut simulation, home);
//! let server = ServerHost::new(config, setup::USERS)?;
//! let server = simulation.add(server, &[(Transport::Udp, home), (Transport::Tcp, home)]);
//!
//! let to = Destination::Address { transport: Transport::Udp, remote: home };
//! let config = setup::agent(&mut simulation, "alice", away, to);
//! let alice = simulation.add(AgentHost::new(config), &[(Transport::Udp, away)]);
//!
//! simulation.with(alice, |alice, now| alice.command(now, |agent, now| agent.register(now, Default::default())));
//! simulation.run_until(Duration::from_secs(1), |simulation| {
//!     simulation.host(alice).saw(|event| matches!(event, sip_ua::Event::Registered { .. }))
//! })?;
//! assert!(!simulation.host(server).rows().is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod agent_host;
pub mod corpus;
mod host;
mod link;
mod server_host;
pub mod setup;
mod simulation;
mod streams;
mod transcript;

pub use agent_host::AgentHost;
pub use host::Host;
pub use link::Link;
pub use server_host::ServerHost;
pub use simulation::{Handle, RunError, Simulation};
pub use transcript::{Entry, Transcript};

/// The README's example compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
