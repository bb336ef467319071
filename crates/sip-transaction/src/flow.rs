use std::{fmt, net::SocketAddr};

use sip_message::Transport;

/// One way that bytes travel: the 5-tuple, and for connections, which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    /// The transport.
    pub transport: Transport,
    /// Our end.
    pub local: SocketAddr,
    /// The peer's end.
    pub remote: SocketAddr,
    /// Which connection: a number that no later connection of the same process has. 0 for datagrams.
    pub connection: u64,
}

/// Where a message is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Destination {
    /// Any way to this address: UDP from the socket of its family; a stream reuses an open connection to it or opens
    /// one.
    Address {
        /// The transport.
        transport: Transport,
        /// The peer's end.
        remote: SocketAddr,
    },
    /// This socket and peer (UDP), or this very connection and no other.
    Flow(Flow),
}

impl Destination {
    /// The transport.
    #[must_use]
    pub const fn transport(&self) -> Transport {
        match self {
            Self::Address { transport, .. } => *transport,
            Self::Flow(flow) => flow.transport,
        }
    }

    /// The peer's end.
    #[must_use]
    pub const fn remote(&self) -> SocketAddr {
        match self {
            Self::Address { remote, .. } => *remote,
            Self::Flow(flow) => flow.remote,
        }
    }
}

/// `UDP 192.0.2.1:5060`, with `#3` for the third connection.
impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.transport, self.remote)?;
        if self.connection != 0 {
            write!(f, "#{}", self.connection)?;
        }
        Ok(())
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address { transport, remote } => write!(f, "{transport} {remote}"),
            Self::Flow(flow) => flow.fmt(f),
        }
    }
}
