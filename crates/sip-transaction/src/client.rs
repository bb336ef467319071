use std::time::{Duration, Instant};

use bytes::Bytes;
use sip_message::{StatusCode, Transport};

use crate::{Destination, Timers, index::Mark, via::Branch};

/// A non-INVITE client transaction (RFC 3261 section 17.1.2).
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) branch: Branch,
    pub(crate) method: Box<str>,
    pub(crate) to: Destination,
    state: State,
}

#[derive(Debug)]
enum State {
    /// "Trying" and "Proceeding".
    Waiting {
        /// A provisional response has come.
        is_proceeding: bool,
        /// What goes out again; `None` where the transport sees to that.
        resend: Option<Resend>,
        /// Timer F.
        give_up: Instant,
        /// What goes by UDP, when the request was moved from there to TCP for its size.
        fallback: Option<Bytes>,
    },
    /// "Completed", until timer K.
    Completed { until: Instant },
}

#[derive(Debug)]
struct Resend {
    bytes: Bytes,
    /// Timer E.
    at: Instant,
    interval: Duration,
}

impl Resend {
    fn new(now: Instant, timers: &Timers, bytes: Bytes, to: &Destination) -> Option<Self> {
        (!to.transport().is_reliable()).then(|| Self {
            bytes,
            at: now + timers.t1,
            interval: timers.t1,
        })
    }
}

/// What a timer asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// The transaction is over.
    Forget,
    /// It is not yet time.
    Nothing,
    /// Send the request again.
    Resend(Bytes),
    /// No final response came.
    TimedOut,
}

impl Client {
    /// `bytes` have been sent. `fallback` is what to send by UDP when TCP turns out not to be there.
    pub(crate) fn new(
        now: Instant,
        timers: &Timers,
        branch: Branch,
        method: Box<str>,
        bytes: Bytes,
        to: Destination,
        fallback: Option<Bytes>,
    ) -> Self {
        Self {
            branch,
            method,
            to,
            state: State::Waiting {
                is_proceeding: false,
                resend: Resend::new(now, timers, bytes, &to),
                give_up: now + timers.transaction(),
                fallback,
            },
        }
    }

    pub(crate) fn mark(&self) -> Mark {
        match &self.state {
            State::Waiting {
                resend,
                give_up,
                fallback,
                ..
            } => {
                let kept = resend.as_ref().map_or(0, |resend| resend.bytes.len());
                let spare = fallback.as_ref().map_or(0, Bytes::len);
                Mark {
                    wake: resend.as_ref().map_or(*give_up, |resend| resend.at.min(*give_up)),
                    answered: false,
                    sent_to: Some(self.to),
                    bytes: kept + spare,
                }
            }
            State::Completed { until } => Mark {
                wake: *until,
                answered: true,
                sent_to: None,
                bytes: 0,
            },
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant, timers: &Timers) -> Due {
        match &mut self.state {
            State::Completed { until } if *until <= now => Due::Forget,
            State::Waiting { give_up, .. } if *give_up <= now => Due::TimedOut,
            State::Waiting {
                is_proceeding,
                resend: Some(resend),
                ..
            } if resend.at <= now => {
                resend.interval = if *is_proceeding {
                    timers.t2
                } else {
                    resend.interval.saturating_mul(2).min(timers.t2)
                };
                resend.at = now + resend.interval;
                Due::Resend(resend.bytes.clone())
            }
            State::Completed { .. } | State::Waiting { .. } => Due::Nothing,
        }
    }

    /// Whether the response is news; if not, it repeats one that has been handed up.
    pub(crate) fn handle_response(&mut self, now: Instant, timers: &Timers, status: StatusCode) -> bool {
        let State::Waiting { is_proceeding, .. } = &mut self.state else {
            return false;
        };
        if status.is_final() {
            // Timer K is zero where the transport is reliable.
            let linger = if self.to.transport().is_reliable() {
                Duration::ZERO
            } else {
                timers.t4
            };
            self.state = State::Completed { until: now + linger };
        } else {
            *is_proceeding = true;
        }
        true
    }

    /// Nothing can be sent to [`Client::to`]. Moves to UDP, if that is where the request would have gone but for its
    /// size (RFC 3261 section 18.1.1): what to send to [`Client::to`], which is another place now. Once a response has
    /// come there is nothing to move for. Timer F goes on: whoever waits was promised an end.
    pub(crate) fn fall_back(&mut self, now: Instant, timers: &Timers) -> Option<Bytes> {
        let State::Waiting {
            is_proceeding: false,
            resend,
            fallback,
            ..
        } = &mut self.state
        else {
            return None;
        };
        let bytes = fallback.take()?;
        self.to = Destination::Address {
            transport: Transport::Udp,
            remote: self.to.remote(),
        };
        *resend = Resend::new(now, timers, bytes.clone(), &self.to);
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMERS: Timers = Timers {
        t1: Duration::from_millis(500),
        t2: Duration::from_secs(4),
        t4: Duration::from_secs(5),
    };

    fn client(now: Instant, transport: Transport) -> Client {
        let to = Destination::Address {
            transport,
            remote: "192.0.2.1:5060".parse().unwrap(),
        };
        let bytes = Bytes::from_static(b"request");
        Client::new(now, &TIMERS, Branch(1), "MESSAGE".into(), bytes, to, None)
    }

    /// Runs until the transaction is over; the milliseconds of each retransmission, and those and the kind of the end.
    fn run(client: &mut Client, start: Instant) -> (Vec<u128>, u128, Due) {
        let mut resent = Vec::new();
        loop {
            let now = client.mark().wake;
            let at = (now - start).as_millis();
            match client.handle_timeout(now, &TIMERS) {
                Due::Resend(_) => resent.push(at),
                Due::Nothing => panic!("woken for nothing at {at}"),
                end => return (resent, at, end),
            }
        }
    }

    #[expect(clippy::disallowed_methods, reason = "any instant is as good as another")]
    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn timer_e_doubles_up_to_t2_and_timer_f_ends_it() {
        let start = start();
        let (resent, end, due) = run(&mut client(start, Transport::Udp), start);
        assert_eq!(
            resent,
            [500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
        );
        assert_eq!((end, due), (32_000, Due::TimedOut));
    }

    #[test]
    fn a_reliable_transport_resends_nothing() {
        let start = start();
        let (resent, end, due) = run(&mut client(start, Transport::Tcp), start);
        assert!(resent.is_empty());
        assert_eq!((end, due), (32_000, Due::TimedOut));
    }

    #[test]
    fn in_proceeding_timer_e_is_t2() {
        let start = start();
        let mut client = client(start, Transport::Udp);
        let at = start + Duration::from_millis(100);
        assert!(client.handle_response(at, &TIMERS, StatusCode::TRYING));
        let (resent, ..) = run(&mut client, start);
        // What was set runs out first.
        assert_eq!(resent[..3], [500, 4500, 8500]);
    }

    #[test]
    fn timer_k_absorbs_repeated_responses() {
        let start = start();
        let mut udp = client(start, Transport::Udp);
        assert!(udp.handle_response(start, &TIMERS, StatusCode::OK));
        assert!(!udp.handle_response(start, &TIMERS, StatusCode::OK));
        assert_eq!(udp.mark().bytes, 0);
        let (resent, end, due) = run(&mut udp, start);
        assert_eq!((resent.len(), end, due), (0, 5000, Due::Forget));
        let mut tcp = client(start, Transport::Tcp);
        assert!(tcp.handle_response(start, &TIMERS, StatusCode::OK));
        assert_eq!(tcp.mark().wake, start);
    }

    #[test]
    fn a_late_timer_sends_once() {
        let start = start();
        let mut client = client(start, Transport::Udp);
        let late = start + Duration::from_secs(20);
        assert!(matches!(client.handle_timeout(late, &TIMERS), Due::Resend(_)));
        assert_eq!(client.handle_timeout(late, &TIMERS), Due::Nothing);
    }
}
