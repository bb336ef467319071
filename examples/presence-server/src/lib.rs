//! SIP presence server: registrar, proxy and presence agent, with its rows in SQLite.
//!
//! The logic is the machine of `sip-server`, the sockets are those of `sip-tokio`. What is here is the rest of a server:
//! [`Settings`] from a TOML file and flags, [`SqliteStore`], [`Accounts`], a readable [`Log`], and [`start`], which puts
//! them together for the binary, the quickstart and tests.
//!
//! ```
//! use std::{io, net::SocketAddr};
//!
//! use presence_server::{Level, Log, Settings, StoreLocation, start};
//! use sip_message::Transport;
//! use sip_tokio::Listen;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let settings = Settings {
//!     listen: vec![Listen { transport: Transport::Udp, address: SocketAddr::from(([127, 0, 0, 1], 0)) }],
//!     store: StoreLocation::Memory,
//!     ..Settings::default()
//! };
//! let running = start(&settings, Log::new(Level::Info, false, io::stderr())).await?;
//! let (transport, address) = running.local()[0];
//! assert_eq!(transport, Transport::Udp);
//! assert_ne!(address.port(), 0);
//! running.shutdown().await?;
//! # Ok(())
//! # }
//! ```

mod accounts;
mod banner;
mod config;
mod log;
mod start;
mod store;

pub use accounts::Accounts;
pub use banner::Banner;
pub use config::{ConfigError, EXAMPLE, Flags, Settings};
pub use log::{Level, Log};
pub use start::{Running, StartError, start};
pub use store::{SqliteStore, StoreLocation, StoreOpenError};
