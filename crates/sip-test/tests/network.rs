//! What the virtual network does to messages, shown with hosts that only note what comes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    collections::VecDeque,
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::Bytes;
use sip_message::Transport;
use sip_test::{Handle, Host, Link, RunError, Simulation};
use sip_transaction::{Destination, Flow};

/// Notes what comes, and answers when it is to.
#[derive(Debug, Default)]
struct Note {
    received: Vec<(Instant, Bytes, Flow)>,
    failed: Vec<(Instant, Destination)>,
    transmits: VecDeque<(Bytes, Destination)>,
    timeout: Option<Instant>,
    answers: bool,
    keeps_timeout: bool,
    is_down: bool,
}

impl Host for Note {
    fn handle_received(&mut self, now: Instant, bytes: Bytes, flow: Flow) {
        if self.answers {
            self.transmits.push_back((bytes.clone(), Destination::Flow(flow)));
        }
        self.received.push((now, bytes, flow));
    }

    fn handle_send_failed(&mut self, now: Instant, to: Destination) {
        self.failed.push((now, to));
    }

    fn handle_timeout(&mut self, _: Instant) {
        if !self.keeps_timeout {
            self.timeout = None;
        }
    }

    fn poll_transmit(&mut self) -> Option<(Bytes, Destination)> {
        self.transmits.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.timeout
    }

    fn is_running(&self) -> bool {
        !self.is_down
    }
}

struct Two {
    simulation: Simulation,
    one: Handle<Note>,
    other: Handle<Note>,
}

fn address(host: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, host], 5060))
}

fn to(transport: Transport, host: u8) -> Destination {
    let remote = address(host);
    Destination::Address { transport, remote }
}

impl Two {
    fn new(seed: u64, link: Link) -> Self {
        let mut simulation = Simulation::new(seed);
        simulation.set_link(link);
        let mut add = |host| {
            simulation.add(
                Note::default(),
                &[(Transport::Udp, address(host)), (Transport::Tcp, address(host))],
            )
        };
        let (one, other) = (add(1), add(2));
        Self { simulation, one, other }
    }

    fn send(&mut self, bytes: impl Into<Bytes>, to: Destination) {
        let bytes = bytes.into();
        self.simulation
            .with(self.one, |one, _| one.transmits.push_back((bytes, to)));
    }

    fn send_numbers(&mut self, transport: Transport, numbers: u32) {
        for number in 0..numbers {
            self.send(number.to_string(), to(transport, 2));
            self.simulation.run_for(Duration::from_millis(5)).unwrap();
        }
        self.simulation.run_for(Duration::from_secs(60)).unwrap();
    }

    fn numbers(&self) -> Vec<u32> {
        let received = self.simulation.host(self.other).received.iter();
        received
            .map(|(_, bytes, _)| str::from_utf8(bytes).unwrap().parse().unwrap())
            .collect()
    }

    fn run(&mut self) {
        self.simulation.run_for(Duration::from_secs(10)).unwrap();
    }
}

#[test]
fn datagrams_take_the_latency_and_go_back_on_their_flow() {
    let mut two = Two::new(1, Link::default());
    two.simulation.with(two.other, |other, _| other.answers = true);
    let start = two.simulation.now();
    two.send("hello", to(Transport::Udp, 2));
    two.run();
    let (at, bytes, flow) = &two.simulation.host(two.other).received[0];
    assert_eq!((*at - start, &bytes[..]), (Duration::from_millis(10), &b"hello"[..]));
    let expected = Flow {
        transport: Transport::Udp,
        local: address(2),
        remote: address(1),
        connection: 0,
    };
    assert_eq!(*flow, expected);
    let (at, _, flow) = &two.simulation.host(two.one).received[0];
    assert_eq!((*at - start, flow.remote), (Duration::from_millis(20), address(2)));
    assert_eq!(two.simulation.elapsed(), Duration::from_secs(10));
}

#[test]
fn udp_loses_duplicates_and_reorders() {
    let mut two = Two::new(
        2,
        Link {
            loss: 200,
            duplication: 100,
            ..Link::bad()
        },
    );
    two.send_numbers(Transport::Udp, 5_000);
    let numbers = two.numbers();
    let mut different = numbers.clone();
    different.sort_unstable();
    different.dedup();
    let lost = 5_000 - different.len();
    // Within five standard deviations of what was asked for: 200 and 100 of a thousand.
    assert!((860..=1_140).contains(&lost), "{lost} of 5,000 lost");
    let doubled = numbers.len() - different.len();
    assert!((305..=495).contains(&doubled), "{doubled} of 4,000 doubled");
    assert!(!numbers.is_sorted(), "some change their order");
    let entries = two.simulation.transcript().entries();
    assert_eq!(entries.iter().filter(|entry| entry.arrives.is_none()).count(), lost);
    assert_eq!(
        entries.iter().filter(|entry| entry.arrives.is_some()).count(),
        numbers.len()
    );
}

#[test]
fn tcp_brings_all_in_order() {
    let mut two = Two::new(3, Link::bad());
    two.send_numbers(Transport::Tcp, 2_000);
    assert!(two.numbers().into_iter().eq(0..2_000));
    let received = &two.simulation.host(two.other).received;
    assert!(
        received.iter().all(|(_, _, flow)| *flow == received[0].2),
        "one connection"
    );
}

#[test]
fn a_connection_serves_both_directions() {
    let mut two = Two::new(4, Link::default());
    two.simulation.with(two.other, |other, _| other.answers = true);
    let start = two.simulation.now();
    two.send("there", to(Transport::Tcp, 2));
    two.run();
    let (at, _, flow) = two.simulation.host(two.other).received[0].clone();
    // SYN, SYN-ACK, and then the message.
    assert_eq!((at - start, flow.local), (Duration::from_millis(30), address(2)));
    let back = &two.simulation.host(two.one).received[0];
    assert_eq!((back.2.local, back.2.connection), (flow.remote, flow.connection));
    // By the address that the connection came from.
    let remote = flow.remote;
    let to = Destination::Address {
        transport: Transport::Tcp,
        remote,
    };
    two.simulation.with(two.other, |other, _| {
        other.transmits.push_back((Bytes::from_static(b"again"), to));
    });
    two.run();
    assert_eq!(two.simulation.host(two.one).received[1].2, back_flow(flow));
}

fn back_flow(flow: Flow) -> Flow {
    Flow {
        local: flow.remote,
        remote: flow.local,
        ..flow
    }
}

#[test]
fn what_cannot_be_reached_fails() {
    let mut two = Two::new(5, Link::default());
    // By TCP a host that is not there is noticed; by UDP it is not.
    two.send("", to(Transport::Tcp, 9));
    two.send("", to(Transport::Udp, 9));
    two.run();
    let failed = |two: &Two| {
        two.simulation
            .host(two.one)
            .failed
            .iter()
            .map(|(_, to)| *to)
            .collect::<Vec<_>>()
    };
    assert_eq!(failed(&two), [to(Transport::Tcp, 9)]);
    // A flow of no connection, and one of a socket that the host does not have.
    let flow = Flow {
        transport: Transport::Tcp,
        local: address(1),
        remote: address(2),
        connection: 77,
    };
    two.send("", Destination::Flow(flow));
    let elsewhere = Flow {
        transport: Transport::Udp,
        local: address(7),
        remote: address(2),
        connection: 0,
    };
    two.send("", Destination::Flow(elsewhere));
    two.run();
    assert_eq!(
        failed(&two)[1..],
        [Destination::Flow(flow), Destination::Flow(elsewhere)]
    );
    assert!(two.simulation.host(two.other).received.is_empty());
}

#[test]
fn a_process_that_ends_resets_its_connections() {
    let mut two = Two::new(6, Link::default());
    two.send("first", to(Transport::Tcp, 2));
    two.run();
    let flow = back_flow(two.simulation.host(two.other).received[0].2);
    two.simulation.with(two.other, |other, _| other.is_down = true);
    two.run();
    let failed: Vec<_> = two.simulation.host(two.one).failed.iter().map(|(_, to)| *to).collect();
    assert_eq!(failed, [Destination::Flow(flow), to(Transport::Tcp, 2)]);
    two.send("second", to(Transport::Tcp, 2));
    two.send("third", to(Transport::Udp, 2));
    two.run();
    assert_eq!(two.simulation.host(two.one).failed.len(), 3, "refused");
    assert_eq!(two.simulation.transcript().entries().last().unwrap().arrives, None);
    two.simulation.with(two.other, |other, _| other.is_down = false);
    two.send("fourth", to(Transport::Tcp, 2));
    two.run();
    let received = &two.simulation.host(two.other).received;
    assert_eq!(received.len(), 2);
    assert_ne!(received[1].2.connection, flow.connection);
}

#[test]
fn a_cut_link_lets_nothing_pass() {
    let mut two = Two::new(7, Link::default());
    two.send("open", to(Transport::Tcp, 2));
    two.run();
    two.simulation.set_link_between(two.other, two.one, Link::cut());
    two.send("tcp", to(Transport::Tcp, 2));
    two.send("udp", to(Transport::Udp, 2));
    two.run();
    assert_eq!(two.simulation.host(two.other).received.len(), 1);
    let failed = |two: &Two| two.simulation.host(two.one).failed.len();
    assert_eq!(failed(&two), 2, "the flow and the address");
    two.send("new", to(Transport::Tcp, 2));
    two.run();
    assert_eq!(failed(&two), 3, "no new connection");
    two.simulation.set_link_between(two.one, two.other, Link::default());
    two.send("healed", to(Transport::Udp, 2));
    two.run();
    assert_eq!(two.simulation.host(two.other).received.len(), 2);
}

#[test]
fn time_jumps_to_what_comes_next_and_ends_where_it_should() {
    let mut two = Two::new(8, Link::default());
    let hour = Duration::from_secs(3_600);
    two.simulation.with(two.one, |one, now| one.timeout = Some(now + hour));
    let handled = |simulation: &Simulation| simulation.elapsed() >= hour;
    assert_eq!(
        two.simulation.run_until(hour / 2, handled),
        Err(RunError::Timeout(hour / 2))
    );
    assert_eq!(two.simulation.elapsed(), hour / 2);
    two.simulation.run_until(hour, handled).unwrap();
    assert_eq!(two.simulation.elapsed(), hour);
    assert_eq!(two.simulation.host(two.one).timeout, None, "handled when it was due");
}

#[test]
fn hosts_that_go_round_in_circles_are_stopped() {
    let mut two = Two::new(
        9,
        Link {
            latency: Duration::ZERO,
            ..Link::default()
        },
    );
    for host in [two.one, two.other] {
        two.simulation.with(host, |host, _| host.answers = true);
    }
    two.send("ping", to(Transport::Udp, 2));
    assert_eq!(
        two.simulation.run_for(Duration::from_secs(1)),
        Err(RunError::TooManySteps)
    );

    let mut two = Two::new(9, Link::default());
    two.simulation.with(two.other, |other, now| {
        other.timeout = Some(now);
        other.keeps_timeout = true;
    });
    assert_eq!(two.simulation.run_for(Duration::from_secs(1)), Err(RunError::Stuck(1)));
}
