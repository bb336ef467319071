use std::{
    collections::BTreeMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

use sip_message::Transport;
use sip_transaction::{Destination, Flow};

/// The connections between the hosts.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    open: BTreeMap<u64, Stream>,
    last_id: u64,
}

/// One connection, with the end that opened it first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stream {
    pub(crate) transport: Transport,
    pub(crate) ends: [End; 2],
}

/// One end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    pub(crate) host: usize,
    pub(crate) address: SocketAddr,
    /// Whether this host sent something by the peer's address, so that the end of the connection is the end of that
    /// way too.
    addressed: bool,
    /// When the last message from here arrives: the next does not before it.
    arrived: Instant,
}

impl Streams {
    /// A new connection. What its opener sends arrives after `ready`.
    pub(crate) fn open(
        &mut self,
        transport: Transport,
        from: (usize, SocketAddr),
        to: (usize, SocketAddr),
        ready: Instant,
    ) -> u64 {
        self.last_id += 1;
        let ends = [from, to].map(|(host, address)| End {
            host,
            address,
            addressed: false,
            arrived: ready,
        });
        self.open.insert(self.last_id, Stream { transport, ends });
        self.last_id
    }

    /// The newest connection of a host to an address.
    pub(crate) fn find(&self, transport: Transport, host: usize, remote: SocketAddr) -> Option<u64> {
        let mut newest_first = self.open.iter().rev();
        let (id, _) = newest_first.find(|(_, stream)| {
            stream.transport == transport
                && (0..2).any(|side| stream.ends[side].host == host && stream.ends[1 - side].address == remote)
        })?;
        Some(*id)
    }

    /// Which end of an open connection a host's flow is.
    pub(crate) fn side(&self, host: usize, flow: &Flow) -> Option<usize> {
        let stream = self.open.get(&flow.connection)?;
        (0..2).find(|side| stream.flow(flow.connection, *side) == *flow && stream.ends[*side].host == host)
    }

    pub(crate) fn get(&self, id: u64) -> Option<&Stream> {
        self.open.get(&id)
    }

    /// Notes that an end sends by the peer's address.
    pub(crate) fn address(&mut self, id: u64, side: usize) {
        if let Some(stream) = self.open.get_mut(&id) {
            stream.ends[side].addressed = true;
        }
    }

    /// When what an end sends now arrives, if it takes so long: not before what it sent earlier.
    pub(crate) fn schedule(&mut self, id: u64, side: usize, now: Instant, takes: Duration) -> Instant {
        let Some(stream) = self.open.get_mut(&id) else {
            return now + takes;
        };
        let end = &mut stream.ends[side];
        end.arrived = end.arrived.max(now + takes);
        end.arrived
    }

    /// Closes a connection: what each host can reach no more.
    pub(crate) fn close(&mut self, id: u64) -> Vec<(usize, Destination)> {
        let Some(stream) = self.open.remove(&id) else {
            return Vec::new();
        };
        let mut lost = Vec::new();
        for side in 0..2 {
            let end = stream.ends[side];
            lost.push((end.host, Destination::Flow(stream.flow(id, side))));
            if end.addressed {
                let transport = stream.transport;
                let remote = stream.ends[1 - side].address;
                lost.push((end.host, Destination::Address { transport, remote }));
            }
        }
        lost
    }

    /// The connections of a host.
    pub(crate) fn of(&self, host: usize) -> Vec<u64> {
        let is_of = |stream: &Stream| stream.ends.iter().any(|end| end.host == host);
        let open = self.open.iter();
        open.filter(|(_, stream)| is_of(stream)).map(|(id, _)| *id).collect()
    }
}

impl Stream {
    /// The connection as one end sees it.
    pub(crate) fn flow(&self, connection: u64, side: usize) -> Flow {
        Flow {
            transport: self.transport,
            local: self.ends[side].address,
            remote: self.ends[1 - side].address,
            connection,
        }
    }

    /// The end that a host has; the first when it has both.
    pub(crate) fn side_of(&self, host: usize) -> usize {
        usize::from(self.ends[0].host != host)
    }
}
