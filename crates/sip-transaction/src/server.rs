use std::time::Instant;

use bytes::Bytes;
use sip_message::{Message, MessageBuilder, Method, StatusCode};

use crate::{Destination, Timers, index::Mark, key::ServerKey, via::ReplyTo};

/// A non-INVITE server transaction (RFC 3261 section 17.2.2, RFC 4320).
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) key: ServerKey,
    reply_to: ReplyTo,
    is_invite: bool,
    state: State,
    /// "Trying" and "Proceeding": 64 * T1 after the request, when its sender has given up. "Completed": timer J.
    end: Instant,
}

#[derive(Debug)]
enum State {
    /// Nothing is sent yet; at `answer_at` a 100 is due.
    Trying { request: Box<Message>, answer_at: Instant },
    /// A provisional response has been sent.
    Proceeding { response: Bytes },
    /// The final response has been sent.
    Completed { response: Bytes },
}

/// What a timer asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// The transaction is over.
    Forget,
    /// It is not yet time.
    Nothing,
    /// Send this.
    Send(Bytes),
}

impl Server {
    pub(crate) fn new(now: Instant, timers: &Timers, key: ServerKey, request: Box<Message>, reply_to: ReplyTo) -> Self {
        Self {
            key,
            reply_to,
            is_invite: request.method() == Some(Method::Invite),
            state: State::Trying {
                request,
                answer_at: now + timers.trying(),
            },
            end: now + timers.transaction(),
        }
    }

    pub(crate) const fn to(&self) -> Destination {
        self.reply_to.first
    }

    /// Whether the final response has been sent.
    pub(crate) const fn is_completed(&self) -> bool {
        matches!(self.state, State::Completed { .. })
    }

    /// Whether a request with this key is a retransmission. Timer J is zero where the transport is reliable; what is
    /// kept of such a transaction then is the response, for the case that the connection turns out to be gone.
    pub(crate) fn absorbs(&self) -> bool {
        !(self.is_completed() && self.to().transport().is_reliable())
    }

    pub(crate) fn mark(&self) -> Mark {
        let (wake, kept, has_sent) = match &self.state {
            State::Trying { request, answer_at } => (self.end.min(*answer_at), request.as_bytes().len(), false),
            State::Proceeding { response } | State::Completed { response } => (self.end, response.len(), true),
        };
        // What became of a datagram does not matter: the client asks again, or has what it wanted.
        let is_told = has_sent && self.to().transport().is_reliable();
        Mark {
            wake,
            answered: self.is_completed(),
            sent_to: is_told.then_some(self.to()),
            bytes: self.key.len() + kept,
        }
    }

    /// What answers a retransmission of the request.
    pub(crate) fn handle_retransmission(&self) -> Option<Bytes> {
        match &self.state {
            State::Trying { .. } => None,
            State::Proceeding { response } | State::Completed { response } => Some(response.clone()),
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Due {
        if self.end <= now {
            return Due::Forget;
        }
        match &self.state {
            State::Trying { request, answer_at } if *answer_at <= now => {
                let trying = MessageBuilder::reply_to(request, StatusCode::TRYING, None)
                    .expect("no tag is given that could be none")
                    .build();
                let response = trying.as_bytes().clone();
                self.state = State::Proceeding {
                    response: response.clone(),
                };
                Due::Send(response)
            }
            _ => Due::Nothing,
        }
    }

    /// Takes a response of the user; whether it is to be sent.
    pub(crate) fn respond(&mut self, now: Instant, timers: &Timers, status: StatusCode, response: Bytes) -> bool {
        if !self.may_send(now, status) {
            return false;
        }
        if status.is_final() {
            self.end = now
                + if self.to().transport().is_reliable() {
                    timers.t4
                } else {
                    timers.transaction()
                };
            self.state = State::Completed { response };
        } else {
            self.state = State::Proceeding { response };
        }
        true
    }

    /// RFC 4320 section 4: of provisional responses only 100, over UDP not before the client has slowed down; and no
    /// 408, which could only come too late.
    fn may_send(&self, now: Instant, status: StatusCode) -> bool {
        match &self.state {
            State::Completed { .. } => false,
            _ if self.is_invite => true,
            _ if status.is_final() => status != StatusCode::REQUEST_TIMEOUT,
            _ if status != StatusCode::TRYING => false,
            State::Trying { answer_at, .. } => self.to().transport().is_reliable() || *answer_at <= now,
            State::Proceeding { .. } => true,
        }
    }

    /// The connection that the response went to is gone: what to send to [`Server::to`], which is another place now.
    /// There is one other place to try (RFC 3261 section 18.2.2).
    pub(crate) fn handle_send_failed(&mut self) -> Option<Bytes> {
        self.reply_to.first = self.reply_to.second.take()?;
        self.handle_retransmission()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sip_message::{Transport, headers::Via};

    use super::*;
    use crate::Flow;

    const TIMERS: Timers = Timers {
        t1: Duration::from_millis(500),
        t2: Duration::from_secs(4),
        t4: Duration::from_secs(5),
    };

    fn server(now: Instant, method: &str, transport: Transport) -> Server {
        let request = Message::parse(format!(
            "{method} sip:b@b.test SIP/2.0\r\nVia: SIP/2.0/{transport} a.test;branch=z9hG4bK1\r\n\
             Timestamp: 54\r\n\r\n"
        ))
        .unwrap();
        let via = request.typed::<Via>().unwrap().unwrap();
        let flow = Flow {
            transport,
            local: "192.0.2.1:5060".parse().unwrap(),
            remote: "198.51.100.7:40000".parse().unwrap(),
            connection: 3,
        };
        let (key, reply_to) = (ServerKey::new(&request, &via), ReplyTo::new(&via, &flow));
        Server::new(now, &TIMERS, key, Box::new(request.clone()), reply_to)
    }

    #[expect(clippy::disallowed_methods, reason = "any instant is as good as another")]
    fn start() -> Instant {
        Instant::now()
    }

    const RESPONSE: Bytes = Bytes::from_static(b"response");

    #[test]
    fn a_100_comes_by_itself_when_the_user_is_slow() {
        let start = start();
        let mut server = server(start, "MESSAGE", Transport::Udp);
        assert_eq!(server.handle_retransmission(), None);
        let due = start + Duration::from_millis(3_500);
        assert_eq!(server.mark().wake, due);
        let Due::Send(trying) = server.handle_timeout(due) else {
            panic!("no 100");
        };
        assert!(trying.starts_with(b"SIP/2.0 100 Trying\r\n"));
        assert!(trying.windows(13).any(|part| part == b"Timestamp: 54"));
        assert_eq!(server.handle_retransmission(), Some(trying));
        let end = start + Duration::from_secs(32);
        assert_eq!(server.mark().wake, end);
        assert_eq!(server.handle_timeout(end), Due::Forget);
    }

    #[test]
    fn rfc_4320_bounds_what_may_be_said() {
        let start = start();
        let send = |server: &mut Server, code, millis| {
            let now = start + Duration::from_millis(millis);
            server.respond(now, &TIMERS, StatusCode::new(code).unwrap(), RESPONSE)
        };
        let mut udp = server(start, "MESSAGE", Transport::Udp);
        assert!(!send(&mut udp, 180, 0));
        assert!(!send(&mut udp, 100, 3_499));
        assert!(send(&mut udp, 100, 3_500));
        assert!(!send(&mut udp, 183, 3_600));
        assert!(!send(&mut udp, 408, 31_000));
        assert!(send(&mut udp, 202, 31_000));
        assert!(!send(&mut udp, 200, 31_000));
        let mut tcp = server(start, "MESSAGE", Transport::Tcp);
        assert!(send(&mut tcp, 100, 0));
        let mut invite = server(start, "INVITE", Transport::Udp);
        assert!(send(&mut invite, 180, 0));
    }

    #[test]
    fn timer_j_runs_for_datagrams_only() {
        let start = start();
        let mut udp = server(start, "MESSAGE", Transport::Udp);
        assert!(udp.respond(start, &TIMERS, StatusCode::OK, RESPONSE));
        assert!(udp.absorbs());
        assert_eq!(udp.handle_retransmission(), Some(RESPONSE));
        assert_eq!(udp.mark().wake, start + Duration::from_secs(32));
        assert_eq!(udp.mark().sent_to, None);
        let mut tcp = server(start, "MESSAGE", Transport::Tcp);
        assert!(tcp.respond(start, &TIMERS, StatusCode::OK, RESPONSE));
        assert!(!tcp.absorbs());
        assert_eq!(tcp.mark().sent_to, Some(tcp.to()));
        assert_eq!(tcp.handle_send_failed(), Some(RESPONSE));
        assert_eq!(tcp.to().to_string(), "TCP 198.51.100.7:5060");
        assert_eq!(tcp.handle_send_failed(), None);
    }
}
