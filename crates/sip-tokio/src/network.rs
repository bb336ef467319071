use std::{collections::VecDeque, fmt, io, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use sip_message::{Message, Transport};
use sip_transaction::{Destination, Flow};
use tokio::{net::TcpStream, sync::mpsc, task::JoinSet, time};

use crate::{
    Sockets,
    backlog::Outbox,
    bind::Bound,
    connections::Connections,
    seed,
    tap::{Direction, Fault, FaultKind, Tap},
    tcp::Opener,
    udp::Udp,
};

/// How long the end waits until what is queued on connections is written. Peers that read have it long before.
const DRAIN: Duration = Duration::from_secs(2);

/// All sockets of one machine. Other tasks read and write them; sending here never waits.
pub(crate) struct Network {
    tap: Arc<dyn Tap>,
    udp: Vec<Udp>,
    connections: Connections,
    opener: Arc<Opener>,
    arrivals: mpsc::Receiver<Arrival>,
    failed: VecDeque<Destination>,
    // The tasks that read datagrams and accept connections. They end with the set.
    tasks: JoinSet<()>,
}

/// What the network tells the machine.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every one is a message, and an allocation for each is what is avoided"
)]
pub(crate) enum NetworkEvent {
    Received { message: Message, flow: Flow },
    SendFailed { to: Destination },
}

/// What the sockets' tasks tell the network.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every one is a message, and an allocation for each is what is avoided"
)]
pub(crate) enum Arrival {
    /// A connection has ended or could not be opened.
    Closed {
        id: u64,
        fault: Option<Fault>,
    },
    Fault(Fault),
    Message {
        message: Message,
        flow: Flow,
    },
    /// A connection is open: the other end of an accepted one comes with it.
    Opened {
        flow: Flow,
        accepted: Option<Outbox>,
    },
    /// A connection cannot be read on. The answer goes before it is closed.
    Unframed {
        id: u64,
        answer: Option<Bytes>,
        fault: Fault,
    },
}

impl Network {
    /// Starts to read.
    pub(crate) fn open(sockets: Sockets, tap: Arc<dyn Tap>) -> Self {
        let Sockets { bound, limits } = sockets;
        let (sender, arrivals) = mpsc::channel(limits.received.max(1));
        let opener = Arc::new(Opener::new(limits, sender.clone(), first_connection()));
        let mut tasks = JoinSet::new();
        let mut udp = Vec::new();
        for bound in bound {
            match bound {
                Bound::Tcp(listener, local) => {
                    tasks.spawn(opener.clone().accept(listener, local));
                }
                Bound::Udp(socket, local) => {
                    udp.push(Udp::start(socket, local, &limits, sender.clone(), &mut tasks));
                }
            }
        }
        Self {
            tap,
            udp,
            connections: Connections::new(opener.clone()),
            opener,
            arrivals,
            failed: VecDeque::new(),
            tasks,
        }
    }

    /// Takes over a stream that is connected.
    pub(crate) fn adopt(&mut self, stream: TcpStream) -> io::Result<Flow> {
        self.connections.adopt(stream)
    }

    /// Sends a whole message, or has [`Self::next`] tell that it cannot be.
    pub(crate) fn send(&mut self, bytes: Bytes, to: Destination) {
        match to {
            Destination::Address {
                transport: Transport::Tcp,
                remote,
            } => {
                self.connections.send_to(bytes, remote, &*self.tap, &mut self.failed);
            }
            Destination::Flow(flow) if flow.transport == Transport::Tcp => {
                self.connections.send_on(bytes, flow, &*self.tap, &mut self.failed);
            }
            Destination::Address {
                transport: Transport::Udp,
                ..
            }
            | Destination::Flow(Flow {
                transport: Transport::Udp,
                ..
            }) => {
                self.send_datagram(&bytes, to);
            }
            _ => self.fail(to, FaultKind::Unroutable),
        }
    }

    /// What happens next. Dropping the future before it resolves loses nothing.
    pub(crate) async fn next(&mut self) -> NetworkEvent {
        loop {
            if let Some(to) = self.failed.pop_front() {
                return NetworkEvent::SendFailed { to };
            }
            let Some(arrival) = self.arrivals.recv().await else {
                // The opener has a sender, so the channel is open as long as this is.
                return std::future::pending().await;
            };
            if let Some(event) = self.arrived(arrival) {
                return event;
            }
        }
    }

    /// Stops reading, writes what is queued, and closes. A peer that does not read is given up after a moment.
    pub(crate) async fn close(mut self) {
        self.tasks.shutdown().await;
        self.arrivals.close();
        drop(self.arrivals);
        self.connections.clear();
        let _ = time::timeout(DRAIN, self.opener.all_closed()).await;
    }

    fn arrived(&mut self, arrival: Arrival) -> Option<NetworkEvent> {
        match arrival {
            Arrival::Closed { id, fault } => {
                if let Some(fault) = fault {
                    self.tap.fault(&fault);
                }
                self.failed.extend(self.connections.remove(id));
            }
            Arrival::Fault(fault) => self.tap.fault(&fault),
            Arrival::Message { message, flow } => {
                self.tap.message(
                    Direction::Received,
                    flow.local,
                    flow.remote,
                    flow.transport,
                    message.as_bytes(),
                );
                return Some(NetworkEvent::Received { message, flow });
            }
            Arrival::Opened {
                flow,
                accepted: Some(outbox),
            } => self.connections.accepted(flow, outbox),
            Arrival::Opened { flow, accepted: None } => self.connections.connected(flow, &*self.tap),
            Arrival::Unframed { id, answer, fault } => {
                self.tap.fault(&fault);
                if let (Some(flow), Some(answer)) = (self.connections.flow(id), answer) {
                    self.connections.send_on(answer, flow, &*self.tap, &mut self.failed);
                }
                self.failed.extend(self.connections.remove(id));
            }
        }
        None
    }

    fn send_datagram(&mut self, bytes: &Bytes, to: Destination) {
        let remote = to.remote();
        let socket = match to {
            Destination::Address { .. } => self
                .udp
                .iter()
                // Of equals the first.
                .rev()
                .filter_map(|socket| Some((socket.suits(remote)?, socket)))
                .max_by_key(|(how_well, _)| *how_well)
                .map(|(_, socket)| socket),
            Destination::Flow(flow) => self.udp.iter().find(|socket| socket.local() == flow.local),
        };
        let Some(socket) = socket else {
            return self.fail(to, FaultKind::Unroutable);
        };
        match socket.send(bytes, remote) {
            Ok(()) => {
                let local = socket.local();
                self.tap.message(Direction::Sent, local, remote, Transport::Udp, bytes);
            }
            Err(error) => self.fail(to, FaultKind::Send(error)),
        }
    }

    fn fail(&mut self, to: Destination, kind: FaultKind) {
        let local = match to {
            Destination::Address { .. } => None,
            Destination::Flow(flow) => Some(flow.local),
        };
        let remote: SocketAddr = to.remote();
        self.tap.fault(&Fault {
            transport: to.transport(),
            local,
            remote: Some(remote),
            kind,
        });
        self.failed.push_back(to);
    }
}

/// Somewhere in the lower half of the numbers, so that they never run out.
fn first_connection() -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&seed()[..8]);
    (u64::from_le_bytes(first) >> 1).max(1)
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network")
            .field("udp", &self.udp)
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
