use std::{collections::BTreeMap, io, net::SocketAddr, sync::Arc};

use bytes::Bytes;
use sip_message::Transport;
use sip_transaction::{Destination, Flow};
use tokio::net::TcpStream;

use crate::{
    backlog::Outbox,
    tap::{Direction, Fault, FaultKind, Tap},
    tcp::Opener,
};

/// The connections that the machine can send on. It is owned by the machine's task.
#[derive(Debug)]
pub(crate) struct Connections {
    opener: Arc<Opener>,
    by_id: BTreeMap<u64, Entry>,
    // The connection that a message to the peer's address goes on: the newest.
    by_remote: BTreeMap<SocketAddr, u64>,
}

#[derive(Debug)]
struct Entry {
    remote: SocketAddr,
    // `None` while it is being opened.
    flow: Option<Flow>,
    outbox: Outbox,
    // What waits until it is open. Its room is taken.
    waiting: Vec<Bytes>,
    // Whether something was sent here by the peer's address, so that its end is the end of that way too.
    addressed: bool,
}

/// Why nothing was sent.
enum Refused {
    /// The peer is too far behind.
    Full,
    /// The connection has ended, and the table has not been told yet.
    Gone(Bytes),
}

impl Connections {
    pub(crate) fn new(opener: Arc<Opener>) -> Self {
        Self {
            opener,
            by_id: BTreeMap::new(),
            by_remote: BTreeMap::new(),
        }
    }

    /// Takes over a stream that is connected.
    pub(crate) fn adopt(&mut self, stream: TcpStream) -> io::Result<Flow> {
        let (flow, outbox) = self.opener.adopt(stream)?;
        self.accepted(flow, outbox);
        Ok(flow)
    }

    /// Sends to an address over the connection to it, or a new one. What cannot be reached any more is put in `failed`.
    pub(crate) fn send_to(
        &mut self,
        mut bytes: Bytes,
        remote: SocketAddr,
        tap: &dyn Tap,
        failed: &mut impl Extend<Destination>,
    ) {
        if let Some(&id) = self.by_remote.get(&remote) {
            match self.push(id, bytes, true, tap) {
                Ok(()) => return,
                Err(Refused::Full) => {
                    self.drop_slow(id, tap);
                    failed.extend(self.remove(id));
                    return;
                }
                Err(Refused::Gone(back)) => {
                    // The peer closed it, as it may when idle. This message still has a chance on a new one, so of the
                    // old one only the flow has failed.
                    failed.extend(self.remove(id).filter(|to| matches!(to, Destination::Flow(_))));
                    bytes = back;
                }
            }
        }
        let unsent = Destination::Address {
            transport: Transport::Tcp,
            remote,
        };
        let Some((id, outbox)) = self.opener.connect(remote) else {
            tap.fault(&fault(None, remote, FaultKind::TooManyConnections));
            failed.extend([unsent]);
            return;
        };
        if !outbox.reserve(bytes.len()) {
            // Dropping the outbox ends the connection.
            tap.fault(&fault(None, remote, FaultKind::Backlog));
            failed.extend([unsent]);
            return;
        }
        self.by_remote.insert(remote, id);
        self.by_id.insert(
            id,
            Entry {
                remote,
                flow: None,
                outbox,
                waiting: vec![bytes],
                addressed: true,
            },
        );
    }

    /// Sends on this very connection. What cannot be reached any more is put in `failed`.
    pub(crate) fn send_on(&mut self, bytes: Bytes, flow: Flow, tap: &dyn Tap, failed: &mut impl Extend<Destination>) {
        let id = flow.connection;
        // The whole flow is compared: one that an earlier process stored may have the number of another connection.
        if self.by_id.get(&id).and_then(|entry| entry.flow) != Some(flow) {
            failed.extend([Destination::Flow(flow)]);
            return;
        }
        match self.push(id, bytes, false, tap) {
            Ok(()) => {}
            Err(Refused::Full) => {
                self.drop_slow(id, tap);
                failed.extend(self.remove(id));
            }
            Err(Refused::Gone(_)) => failed.extend(self.remove(id)),
        }
    }

    /// A peer has connected.
    pub(crate) fn accepted(&mut self, flow: Flow, outbox: Outbox) {
        self.by_remote.insert(flow.remote, flow.connection);
        self.by_id.insert(
            flow.connection,
            Entry {
                remote: flow.remote,
                flow: Some(flow),
                outbox,
                waiting: Vec::new(),
                addressed: false,
            },
        );
    }

    /// A connection of ours is open: what waited for it goes.
    pub(crate) fn connected(&mut self, flow: Flow, tap: &dyn Tap) {
        if let Some(entry) = self.by_id.get_mut(&flow.connection) {
            entry.flow = Some(flow);
            for bytes in std::mem::take(&mut entry.waiting) {
                sent(tap, flow, &bytes);
                // When it has ended already, that is told next, and all that was sent fails.
                let _ = entry.outbox.push(bytes);
            }
        }
    }

    /// Lets go of a connection, which ends once all that is queued is written: what can be reached no more.
    pub(crate) fn remove(&mut self, id: u64) -> impl Iterator<Item = Destination> + use<> {
        let entry = self.by_id.remove(&id);
        if let Some(entry) = &entry
            && self.by_remote.get(&entry.remote) == Some(&id)
        {
            self.by_remote.remove(&entry.remote);
        }
        let flow = entry.as_ref().and_then(|entry| entry.flow);
        let address = entry.filter(|entry| entry.addressed).map(|entry| Destination::Address {
            transport: Transport::Tcp,
            remote: entry.remote,
        });
        flow.map(Destination::Flow).into_iter().chain(address)
    }

    /// The connection with this number, when it is open.
    pub(crate) fn flow(&self, id: u64) -> Option<Flow> {
        self.by_id.get(&id)?.flow
    }

    /// Lets go of all connections.
    pub(crate) fn clear(&mut self) {
        self.by_id.clear();
        self.by_remote.clear();
    }

    fn push(&mut self, id: u64, bytes: Bytes, addressed: bool, tap: &dyn Tap) -> Result<(), Refused> {
        let Some(entry) = self.by_id.get_mut(&id) else {
            return Err(Refused::Gone(bytes));
        };
        if !entry.outbox.is_open() {
            return Err(Refused::Gone(bytes));
        }
        if !entry.outbox.reserve(bytes.len()) {
            return Err(Refused::Full);
        }
        entry.addressed |= addressed;
        match entry.flow {
            Some(flow) => {
                sent(tap, flow, &bytes);
                // When it ends just now, that is told next, and all that was sent fails.
                let _ = entry.outbox.push(bytes);
            }
            None => entry.waiting.push(bytes),
        }
        Ok(())
    }

    fn drop_slow(&self, id: u64, tap: &dyn Tap) {
        if let Some(entry) = self.by_id.get(&id) {
            entry.outbox.abandon();
            let local = entry.flow.map(|flow| flow.local);
            tap.fault(&fault(local, entry.remote, FaultKind::Backlog));
        }
    }
}

fn sent(tap: &dyn Tap, flow: Flow, bytes: &Bytes) {
    tap.message(Direction::Sent, flow.local, flow.remote, flow.transport, bytes);
}

fn fault(local: Option<SocketAddr>, remote: SocketAddr, kind: FaultKind) -> Fault {
    Fault {
        transport: Transport::Tcp,
        local,
        remote: Some(remote),
        kind,
    }
}
