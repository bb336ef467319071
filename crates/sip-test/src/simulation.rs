use std::{
    any::Any,
    collections::BTreeMap,
    fmt,
    marker::PhantomData,
    net::SocketAddr,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use rand_chacha::ChaCha12Rng;
use rand_core::{Rng, SeedableRng};
use sip_message::Transport;
use sip_transaction::{Destination, Flow};

use crate::{Entry, Host, Link, Transcript, streams::Streams};

/// Steps of one run, each a message that arrives or a timeout. A registration, its refreshes and its end take some
/// dozens; so many are a machine that goes round in circles.
const STEPS: usize = 1_000_000;

/// Timeouts of one host in a row without time moving on. A machine has a handful of things that are due at one instant
/// and may handle one at a time; so many are a deadline that it does not handle.
const TIMEOUTS_AT_ONCE: usize = 100_000;

/// How long opening a connection over a cut link takes to fail.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

/// How long TCP takes to find a lost segment and send it again.
const RETRANSMISSION: Duration = Duration::from_millis(200);

/// The calendar time at which every simulation begins: 2024-07-03 09:46:40 UTC, for no reason but to be fixed.
const BEGINNING: Duration = Duration::from_secs(1_720_000_000);

/// The first port of connections that hosts open.
const EPHEMERAL: u16 = 49_152;

/// Hosts, the network between them, and the time.
///
/// Time stands still while hosts work and jumps to whatever comes next. Everything that chance decides comes from the
/// seed, so one seed gives one [`Transcript`], byte for byte.
pub struct Simulation {
    start: Instant,
    now: Instant,
    rng: ChaCha12Rng,
    hosts: Vec<Slot>,
    link: Link,
    links: BTreeMap<(usize, usize), Link>,
    streams: Streams,
    // What is on its way, in the order of arrival.
    queue: BTreeMap<(Instant, u64), Delivery>,
    queued: u64,
    transcript: Transcript,
}

/// Names a host of a simulation, and knows its type.
pub struct Handle<H> {
    index: usize,
    host: PhantomData<fn() -> H>,
}

/// Why a run ended before it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// A host has a deadline that it does not handle.
    #[error("host {0} has a deadline in the past that handle_timeout does not move")]
    Stuck(
        /// The how manyeth host it is.
        usize,
    ),
    /// What was waited for did not happen.
    #[error("what was waited for did not happen within {0:?}")]
    Timeout(
        /// The time that it had.
        Duration,
    ),
    /// Too much happened.
    #[error("more than {STEPS} steps: the hosts go round in circles")]
    TooManySteps,
}

struct Slot {
    host: Box<dyn Host>,
    listens: Vec<(Transport, SocketAddr)>,
    next_port: u16,
    was_running: bool,
}

/// What arrives.
enum Delivery {
    Datagram {
        to: usize,
        flow: Flow,
        bytes: Bytes,
        entry: usize,
    },
    SendFailed {
        host: usize,
        to: Destination,
    },
    Stream {
        connection: u64,
        from: usize,
        bytes: Bytes,
        entry: usize,
    },
}

impl Simulation {
    /// An empty network whose links are [`Link::default`].
    #[must_use]
    pub fn new(seed: u64) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "an Instant cannot be had otherwise; only differences are used"
        )]
        let start = Instant::now();
        Self {
            start,
            now: start,
            rng: ChaCha12Rng::seed_from_u64(seed),
            hosts: Vec::new(),
            link: Link::default(),
            links: BTreeMap::new(),
            streams: Streams::default(),
            queue: BTreeMap::new(),
            queued: 0,
            transcript: Transcript::default(),
        }
    }

    /// The virtual time.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// The virtual time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    /// The start and the calendar time at it, for the configuration of machines.
    #[must_use]
    pub fn epoch(&self) -> (Instant, SystemTime) {
        (self.start, SystemTime::UNIX_EPOCH + BEGINNING)
    }

    /// What was sent so far.
    #[must_use]
    pub const fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// A host.
    ///
    /// # Panics
    /// When the handle is another simulation's.
    #[must_use]
    pub fn host<H: Host>(&self, handle: Handle<H>) -> &H {
        let host: &dyn Any = &*self.hosts[handle.index].host;
        host.downcast_ref().expect("a handle has the type of its host")
    }

    /// A seed for a machine, from the simulation's own.
    pub fn seed(&mut self) -> [u8; 32] {
        let mut seed = [0; 32];
        self.rng.fill_bytes(&mut seed);
        seed
    }

    /// Puts a host on the network, at addresses that it receives at. The first one of a transport and address family is
    /// the one that it sends datagrams from.
    pub fn add<H: Host>(&mut self, host: H, listens: &[(Transport, SocketAddr)]) -> Handle<H> {
        self.hosts.push(Slot {
            was_running: host.is_running(),
            host: Box::new(host),
            listens: listens.to_vec(),
            next_port: EPHEMERAL,
        });
        let index = self.hosts.len() - 1;
        self.collect(index);
        Handle {
            index,
            host: PhantomData,
        }
    }

    /// Sets all links that are not set by themselves. What is on its way is not affected.
    pub const fn set_link(&mut self, link: Link) {
        self.link = link;
    }

    /// Sets the link between two hosts.
    pub fn set_link_between<A, B>(&mut self, one: Handle<A>, other: Handle<B>, link: Link) {
        self.links.insert(pair(one.index, other.index), link);
    }

    /// Runs something on a host; what it then wants to send is sent.
    ///
    /// # Panics
    /// When the handle is another simulation's.
    pub fn with<H: Host, T>(&mut self, handle: Handle<H>, command: impl FnOnce(&mut H, Instant) -> T) -> T {
        let host: &mut dyn Any = &mut *self.hosts[handle.index].host;
        let host = host.downcast_mut().expect("a handle has the type of its host");
        let result = command(host, self.now);
        self.collect(handle.index);
        result
    }

    /// Runs until a condition holds, which is looked at after every step.
    ///
    /// # Errors
    /// When it does not hold within this virtual time, or the hosts misbehave.
    pub fn run_until(&mut self, within: Duration, mut condition: impl FnMut(&Self) -> bool) -> Result<(), RunError> {
        if self.run(within, &mut condition)? {
            Ok(())
        } else {
            Err(RunError::Timeout(within))
        }
    }

    /// Runs for a virtual time.
    ///
    /// # Errors
    /// When the hosts misbehave.
    pub fn run_for(&mut self, duration: Duration) -> Result<(), RunError> {
        self.run(duration, &mut |_| false).map(drop)
    }

    fn run(&mut self, within: Duration, condition: &mut dyn FnMut(&Self) -> bool) -> Result<bool, RunError> {
        let end = self.now + within;
        let mut timeouts_at_once = 0;
        for _ in 0..STEPS {
            if condition(self) {
                return Ok(true);
            }
            let arrival = self.queue.first_key_value().map(|((at, _), _)| *at);
            let timeout = self.next_timeout();
            let next = match (arrival, timeout) {
                (Some(arrival), Some((due, _))) => arrival.min(due),
                (Some(at), None) | (None, Some((at, _))) => at,
                (None, None) => end + Duration::from_nanos(1),
            };
            if next > end {
                self.now = end;
                return Ok(false);
            }
            if next > self.now {
                self.now = next;
                timeouts_at_once = 0;
            }
            if arrival.is_some_and(|at| at <= self.now) {
                self.deliver();
            } else if let Some((_, host)) = timeout {
                timeouts_at_once += 1;
                if timeouts_at_once > TIMEOUTS_AT_ONCE {
                    return Err(RunError::Stuck(host));
                }
                self.hosts[host].host.handle_timeout(self.now);
                self.collect(host);
            }
        }
        Err(RunError::TooManySteps)
    }

    /// The earliest deadline, and whose it is.
    fn next_timeout(&self) -> Option<(Instant, usize)> {
        let hosts = self.hosts.iter().enumerate();
        hosts
            .filter(|(_, slot)| slot.host.is_running())
            .filter_map(|(index, slot)| Some((slot.host.poll_timeout()?, index)))
            .min()
    }

    fn deliver(&mut self) {
        let Some((_, delivery)) = self.queue.pop_first() else {
            return;
        };
        match delivery {
            Delivery::Datagram { to, flow, bytes, entry } => {
                if self.hosts[to].host.is_running() {
                    self.hosts[to].host.handle_received(self.now, bytes, flow);
                    self.collect(to);
                } else {
                    self.transcript.lose(entry);
                }
            }
            Delivery::SendFailed { host, to } => {
                if self.hosts[host].host.is_running() {
                    self.hosts[host].host.handle_send_failed(self.now, to);
                    self.collect(host);
                }
            }
            Delivery::Stream {
                connection,
                from,
                bytes,
                entry,
            } => {
                let Some(stream) = self.streams.get(connection) else {
                    self.transcript.lose(entry);
                    return;
                };
                let to = stream.ends[1 - from].host;
                let flow = stream.flow(connection, 1 - from);
                self.hosts[to].host.handle_received(self.now, bytes, flow);
                self.collect(to);
            }
        }
    }

    /// Takes what a host wants to send, and sees whether its process has ended.
    fn collect(&mut self, host: usize) {
        let is_running = self.hosts[host].host.is_running();
        if self.hosts[host].was_running && !is_running {
            for connection in self.streams.of(host) {
                self.reset(connection);
            }
        }
        self.hosts[host].was_running = is_running;
        while let Some((bytes, to)) = self.hosts[host].host.poll_transmit() {
            if to.transport().is_reliable() {
                self.send_on_stream(host, bytes, to);
            } else {
                self.send_datagram(host, &bytes, to);
            }
        }
    }

    fn send_datagram(&mut self, from: usize, bytes: &Bytes, to: Destination) {
        let (transport, remote) = (to.transport(), to.remote());
        let local = self.hosts[from].listens.iter().find_map(|(listens, address)| {
            let suits = match to {
                Destination::Address { .. } => address.is_ipv4() == remote.is_ipv4(),
                Destination::Flow(flow) => *address == flow.local,
            };
            (*listens == transport && suits).then_some(*address)
        });
        let Some(local) = local else {
            return self.queue(self.now, Delivery::SendFailed { host: from, to });
        };
        let Some(receiver) = self.listener(transport, remote) else {
            self.record(local, remote, transport, bytes, None);
            return;
        };
        let link = self.link_between(from, receiver);
        if link.is_cut || self.chance(link.loss) {
            self.record(local, remote, transport, bytes, None);
            return;
        }
        let copies = if self.chance(link.duplication) { 2 } else { 1 };
        for _ in 0..copies {
            let at = self.now + self.takes(&link);
            let entry = self.record(local, remote, transport, bytes, Some(at));
            let flow = Flow {
                transport,
                local: remote,
                remote: local,
                connection: 0,
            };
            let bytes = bytes.clone();
            self.queue(
                at,
                Delivery::Datagram {
                    to: receiver,
                    flow,
                    bytes,
                    entry,
                },
            );
        }
    }

    fn send_on_stream(&mut self, from: usize, bytes: Bytes, to: Destination) {
        let (connection, side) = match to {
            Destination::Flow(flow) => match self.streams.side(from, &flow) {
                Some(side) => (flow.connection, side),
                None => return self.queue(self.now, Delivery::SendFailed { host: from, to }),
            },
            Destination::Address { transport, remote } => {
                let open = self.streams.find(transport, from, remote);
                let Some(connection) = open.or_else(|| self.connect(from, transport, remote)) else {
                    return;
                };
                let side = self.streams.get(connection).map_or(0, |stream| stream.side_of(from));
                self.streams.address(connection, side);
                (connection, side)
            }
        };
        let Some(stream) = self.streams.get(connection) else {
            return;
        };
        let flow = stream.flow(connection, side);
        let link = self.link_between(from, stream.ends[1 - side].host);
        if link.is_cut {
            self.record(flow.local, flow.remote, flow.transport, &bytes, None);
            return self.reset(connection);
        }
        let mut takes = self.takes(&link);
        while self.chance(link.loss.min(900)) {
            takes += RETRANSMISSION;
        }
        let at = self.streams.schedule(connection, side, self.now, takes);
        let entry = self.record(flow.local, flow.remote, flow.transport, &bytes, Some(at));
        self.queue(
            at,
            Delivery::Stream {
                connection,
                from: side,
                bytes,
                entry,
            },
        );
    }

    /// Opens a connection, or has the host told that it cannot be.
    fn connect(&mut self, from: usize, transport: Transport, remote: SocketAddr) -> Option<u64> {
        let fails = |at| {
            (
                at,
                Delivery::SendFailed {
                    host: from,
                    to: Destination::Address { transport, remote },
                },
            )
        };
        let (at, failure) = match self.listener(transport, remote) {
            None => fails(self.now + self.link.latency * 2),
            Some(receiver) => {
                let link = self.link_between(from, receiver);
                let round_trip = link.latency * 2;
                if link.is_cut {
                    fails(self.now + CONNECT_PATIENCE)
                } else if !self.hosts[receiver].host.is_running() {
                    fails(self.now + round_trip)
                } else {
                    let local = self.ephemeral(from, remote);
                    let ready = self.now + round_trip + link.latency;
                    return Some(self.streams.open(transport, (from, local), (receiver, remote), ready));
                }
            }
        };
        self.queue(at, failure);
        None
    }

    /// Closes a connection, which both ends are told.
    fn reset(&mut self, connection: u64) {
        for (host, to) in self.streams.close(connection) {
            let at = self.now + self.link.latency;
            self.queue(at, Delivery::SendFailed { host, to });
        }
    }

    fn ephemeral(&mut self, host: usize, remote: SocketAddr) -> SocketAddr {
        let slot = &mut self.hosts[host];
        let port = slot.next_port;
        slot.next_port = port.checked_add(1).unwrap_or(EPHEMERAL);
        let listens = slot.listens.iter().map(|(_, address)| address);
        let mut of_family = listens.filter(|address| address.is_ipv4() == remote.is_ipv4());
        // A host that listens nowhere in the family is a client next to the peer.
        let ip = of_family.next().map_or(remote.ip(), SocketAddr::ip);
        SocketAddr::new(ip, port)
    }

    fn listener(&self, transport: Transport, address: SocketAddr) -> Option<usize> {
        self.hosts
            .iter()
            .position(|slot| slot.listens.contains(&(transport, address)))
    }

    fn link_between(&self, one: usize, other: usize) -> Link {
        self.links.get(&pair(one, other)).copied().unwrap_or(self.link)
    }

    fn chance(&mut self, of_thousand: u32) -> bool {
        // Without a chance nothing is drawn, so that what is not used does not change what is.
        of_thousand > 0 && self.rng.next_u32() % 1_000 < of_thousand
    }

    fn takes(&mut self, link: &Link) -> Duration {
        if link.jitter.is_zero() {
            return link.latency;
        }
        link.latency
            + link
                .jitter
                .mul_f64(f64::from(self.rng.next_u32()) / f64::from(u32::MAX))
    }

    fn queue(&mut self, at: Instant, delivery: Delivery) {
        self.queued += 1;
        self.queue.insert((at, self.queued), delivery);
    }

    fn record(
        &mut self,
        from: SocketAddr,
        to: SocketAddr,
        transport: Transport,
        bytes: &Bytes,
        at: Option<Instant>,
    ) -> usize {
        self.transcript.push(Entry {
            sent: self.elapsed(),
            arrives: at.map(|at| at - self.start),
            from,
            to,
            transport,
            bytes: bytes.clone(),
        })
    }
}

const fn pair(one: usize, other: usize) -> (usize, usize) {
    if one < other { (one, other) } else { (other, one) }
}

impl fmt::Debug for Simulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulation")
            .field("elapsed", &self.elapsed())
            .field("hosts", &self.hosts.len())
            .field("on_their_way", &self.queue.len())
            .field("sent", &self.transcript.entries().len())
            .finish_non_exhaustive()
    }
}

impl<H> Clone for Handle<H> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H> Copy for Handle<H> {}

impl<H> fmt::Debug for Handle<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handle").field(&self.index).finish()
    }
}
