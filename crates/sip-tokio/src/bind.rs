use std::{io, net::SocketAddr};

use sip_message::Transport;
use tokio::net::{TcpListener, UdpSocket};

use crate::Limits;

/// Where to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Listen {
    /// UDP or TCP.
    pub transport: Transport,
    /// The address. Port 0 is any free port.
    pub address: SocketAddr,
}

/// Sockets that are bound and not yet read: nothing that peers send is lost, and nothing is answered.
#[derive(Debug)]
pub struct Sockets {
    pub(crate) bound: Vec<Bound>,
    pub(crate) limits: Limits,
}

#[derive(Debug)]
pub(crate) enum Bound {
    Tcp(TcpListener, SocketAddr),
    Udp(UdpSocket, SocketAddr),
}

/// Why a socket could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// The server does not take the connection.
    #[error("cannot connect to {address} ({transport}): {source}")]
    Connect {
        /// The transport.
        transport: Transport,
        /// The server.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The address cannot be listened on: it is taken, not ours, or its port is reserved.
    #[error("cannot listen on {address} ({transport}): {source}")]
    Listen {
        /// The transport.
        transport: Transport,
        /// The address as it was given.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The transport is not built yet.
    #[error("{0} is not supported: UDP and TCP are")]
    Unsupported(
        /// The transport.
        Transport,
    ),
}

/// How often a pair of one port for UDP and TCP is looked for. The kernel hands out ports of one protocol without a
/// look at the other; with half of all ports taken, this many tries fail once in 65,000 times.
const PAIR_TRIES: usize = 16;

/// Binds sockets, in the given order.
///
/// Port 0 beside an earlier socket of the other transport on the same IP address is that socket's port, whenever it can
/// be had: "for any port and interface that a server listens on for UDP, it MUST listen on that same port and
/// interface for TCP" (RFC 3261 section 18.2.1), because requests too large for a datagram come by TCP.
///
/// # Errors
/// The first address that cannot be listened on.
///
/// # Panics
/// Outside of a tokio runtime.
pub async fn bind(listen: &[Listen]) -> Result<Sockets, BindError> {
    let mut tries = PAIR_TRIES;
    loop {
        tries -= 1;
        let mut bound: Vec<Bound> = Vec::with_capacity(listen.len());
        let mut unpaired = false;
        for wanted in listen {
            let mut socket = None;
            if wanted.address.port() == 0
                && let Some(pair) = bound.iter().find_map(|other| other.pair_of(wanted))
            {
                socket = bind_one(wanted.transport, pair).await.ok();
                unpaired |= socket.is_none();
            }
            bound.push(match socket {
                Some(socket) => socket,
                None => bind_one(wanted.transport, wanted.address).await?,
            });
        }
        if !unpaired || tries == 0 {
            let limits = Limits::default();
            return Ok(Sockets { bound, limits });
        }
    }
}

async fn bind_one(transport: Transport, address: SocketAddr) -> Result<Bound, BindError> {
    let fail = |source| BindError::Listen {
        transport,
        address,
        source,
    };
    match transport {
        Transport::Tcp => {
            let listener = TcpListener::bind(address).await.map_err(fail)?;
            let local = listener.local_addr().map_err(fail)?;
            Ok(Bound::Tcp(listener, local))
        }
        Transport::Udp => {
            let socket = UdpSocket::bind(address).await.map_err(fail)?;
            let local = socket.local_addr().map_err(fail)?;
            Ok(Bound::Udp(socket, local))
        }
        other => Err(BindError::Unsupported(other)),
    }
}

impl Sockets {
    /// The addresses that are listened on, in the order in which they were asked for, with the ports that were given.
    #[must_use]
    pub fn local(&self) -> Vec<(Transport, SocketAddr)> {
        self.bound
            .iter()
            .map(|bound| (bound.transport(), bound.local()))
            .collect()
    }

    /// The same sockets with other limits than the default ones.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

impl Bound {
    const fn transport(&self) -> Transport {
        match self {
            Self::Tcp(..) => Transport::Tcp,
            Self::Udp(..) => Transport::Udp,
        }
    }

    const fn local(&self) -> SocketAddr {
        match self {
            Self::Tcp(_, local) | Self::Udp(_, local) => *local,
        }
    }

    /// The address of this socket when `wanted` is its counterpart of the other transport.
    fn pair_of(&self, wanted: &Listen) -> Option<SocketAddr> {
        let local = self.local();
        (local.ip() == wanted.address.ip() && self.transport() != wanted.transport).then_some(local)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: &str = "127.0.0.1:0";

    fn listen(transport: Transport, address: &str) -> Listen {
        let address = address.parse().unwrap();
        Listen { transport, address }
    }

    #[tokio::test]
    async fn udp_and_tcp_get_one_port() {
        let sockets = bind(&[listen(Transport::Udp, ANY), listen(Transport::Tcp, ANY)])
            .await
            .unwrap();
        let local = sockets.local();
        assert_eq!(local[0].0, Transport::Udp);
        assert_eq!(local[1].0, Transport::Tcp);
        assert_ne!(local[0].1.port(), 0);
        assert_eq!(local[0].1, local[1].1);
    }

    #[tokio::test]
    async fn a_taken_port_is_named() {
        let first = bind(&[listen(Transport::Tcp, ANY)]).await.unwrap();
        let address = first.local()[0].1;
        let error = bind(&[Listen {
            transport: Transport::Tcp,
            address,
        }])
        .await
        .unwrap_err();
        assert!(error.to_string().contains(&address.to_string()), "{error}");
        assert!(error.to_string().contains("TCP"), "{error}");
    }

    #[tokio::test]
    async fn other_transports_are_refused() {
        let error = bind(&[listen(Transport::Tls, ANY)]).await.unwrap_err();
        assert!(matches!(error, BindError::Unsupported(Transport::Tls)));
    }
}
