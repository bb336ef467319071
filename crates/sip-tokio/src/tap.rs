use std::{fmt, io, net::SocketAddr, sync::Arc};

use bytes::Bytes;
use sip_message::Transport;

/// Sees what passes over the sockets: for traces, ladders and logs.
///
/// The methods are called by the one task that owns the machine, so they come in the order in which the machine saw
/// and said things, and they hold it up: they are to be quick.
pub trait Tap: Send + Sync + 'static {
    /// A message was received, or handed to a socket. For datagrams `local` is the address that was bound.
    fn message(&self, direction: Direction, local: SocketAddr, remote: SocketAddr, transport: Transport, bytes: &Bytes);

    /// Something went wrong below the messages: a peer that cannot be reached, bytes that are no message.
    fn fault(&self, fault: &Fault) {
        let _ = fault;
    }
}

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// It came.
    Received,
    /// It was sent.
    Sent,
}

/// What went wrong below the messages, and with whom.
#[derive(Debug)]
#[non_exhaustive]
pub struct Fault {
    /// The transport.
    pub transport: Transport,
    /// Our address, as far as it is known.
    pub local: Option<SocketAddr>,
    /// The peer, when there is one.
    pub remote: Option<SocketAddr>,
    /// What went wrong.
    pub kind: FaultKind,
}

/// What a [`Fault`] is about.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FaultKind {
    /// A connection could not be accepted. The next one is tried after a moment.
    #[error("cannot accept a connection: {0}")]
    Accept(io::Error),
    /// More bytes waited for this peer than [`Limits`](crate::Limits) allow. The connection was dropped.
    #[error("the peer reads too slowly: the connection is dropped")]
    Backlog,
    /// The peer could not be connected to.
    #[error("cannot connect: {0}")]
    Connect(io::Error),
    /// A message that had begun did not come to its end in time. The connection was dropped.
    #[error("a message did not come to its end in time: the connection is dropped")]
    HalfMessage,
    /// Nothing passed over the connection for long. It was closed.
    #[error("idle for too long: the connection is closed")]
    Idle,
    /// What came is no SIP message. A datagram was dropped, a connection closed.
    #[error("not a SIP message: {0}")]
    NotSip(String),
    /// A socket could not be read.
    #[error("cannot receive: {0}")]
    Receive(io::Error),
    /// A socket could not be written to.
    #[error("cannot send: {0}")]
    Send(io::Error),
    /// The peer took nothing for long. The connection was dropped.
    #[error("the peer takes nothing any more: the connection is dropped")]
    Stalled,
    /// There are as many connections as [`Limits`](crate::Limits) allow. This one was refused.
    #[error("too many connections")]
    TooManyConnections,
    /// There is no socket for this transport and address family.
    #[error("no socket that could send there")]
    Unroutable,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.transport)?;
        if let Some(local) = self.local {
            write!(f, " at {local}")?;
        }
        if let Some(remote) = self.remote {
            write!(f, " with {remote}")?;
        }
        write!(f, ": {}", self.kind)
    }
}

/// Sees nothing.
impl Tap for () {
    fn message(&self, _: Direction, _: SocketAddr, _: SocketAddr, _: Transport, _: &Bytes) {}
}

impl<T: Tap + ?Sized> Tap for Arc<T> {
    fn message(
        &self,
        direction: Direction,
        local: SocketAddr,
        remote: SocketAddr,
        transport: Transport,
        bytes: &Bytes,
    ) {
        (**self).message(direction, local, remote, transport, bytes);
    }

    fn fault(&self, fault: &Fault) {
        (**self).fault(fault);
    }
}
