//! A server under a hand-made clock, spoken to in bytes.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    time::{Duration, Instant, SystemTime},
};

use sip_digest::{Algorithms, Attempt, Challenge, Challenger, Client, Ha1, Password};
use sip_message::{HeaderName, Message, StatusCode, Transport, UriBuf, headers::Via};
use sip_server::{Change, Config, Event, Expiry, Input, Limits, Output, Row, RowKey, Server};
use sip_transaction::{Destination, Flow, SentBy};

pub(crate) const USERS: [(&str, &str); 3] = [("alice", "alicepw"), ("bob", "bobpw"), ("carol", "carolpw")];

pub(crate) struct Harness {
    pub(crate) server: Server,
    pub(crate) now: Instant,
    pub(crate) rows: BTreeMap<RowKey, Row>,
    pub(crate) events: Vec<Event>,
    pub(crate) commits: VecDeque<sip_server::CommitId>,
    /// Whether commits become durable at once.
    pub(crate) durable: bool,
    /// Whether lookups are answered.
    pub(crate) lookups: bool,
    /// What the users' requests come by.
    pub(crate) transport: Transport,
    limits: Limits,
    epoch: (Instant, SystemTime),
    branch: u32,
}

/// A message that the server sent, and where to.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) message: Message,
    pub(crate) to: Destination,
}

impl Sent {
    pub(crate) fn status(&self) -> u16 {
        self.message.status().map_or(0, StatusCode::as_u16)
    }

    pub(crate) fn header(&self, name: HeaderName) -> String {
        self.message
            .header(name)
            .map(|field| field.value_str().unwrap().to_owned())
            .unwrap_or_default()
    }
}

pub(crate) fn config(epoch: (Instant, SystemTime)) -> Config {
    Config {
        domains: vec!["example.test".to_owned()],
        realm: "example.test".to_owned(),
        contact: UriBuf::parse("sip:192.0.2.1:5060").unwrap(),
        sent_by: [Transport::Udp, Transport::Tcp]
            .map(|transport| SentBy {
                transport,
                host: "192.0.2.1".to_owned(),
                port: Some(5060),
            })
            .to_vec(),
        register: Expiry {
            min: 60,
            ..Expiry::default()
        },
        subscribe: Expiry {
            min: 60,
            ..Expiry::default()
        },
        publish: Expiry {
            min: 60,
            ..Expiry::default()
        },
        algorithms: Algorithms::default(),
        qop_auth: true,
        nonce_lifetime: Duration::from_secs(300),
        nonce_key: [1; 32],
        server: Some("test".to_owned()),
        epoch,
        seed: [2; 32],
        limits: Limits::default(),
    }
}

pub(crate) fn flow(user: &str) -> Flow {
    let host = 10 + u8::try_from(user.bytes().map(usize::from).sum::<usize>() % 200).unwrap();
    Flow {
        transport: Transport::Udp,
        local: "192.0.2.1:5060".parse().unwrap(),
        remote: SocketAddr::from(([192, 0, 2, host], 5060)),
        connection: 0,
    }
}

impl Harness {
    pub(crate) fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    pub(crate) fn with_limits(limits: Limits) -> Self {
        let now = Instant::now();
        let epoch = (now, SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000));
        let config = Config {
            limits,
            ..config(epoch)
        };
        Self {
            server: Server::new(config).unwrap(),
            now,
            rows: BTreeMap::new(),
            events: Vec::new(),
            commits: VecDeque::new(),
            durable: true,
            lookups: true,
            transport: Transport::Udp,
            limits,
            epoch,
            branch: 0,
        }
    }

    /// Ends the server as SIGKILL does, and starts another one with the rows that are durable.
    pub(crate) fn restart(&mut self) {
        let config = Config {
            limits: self.limits,
            ..config(self.epoch)
        };
        self.server = Server::new(config).unwrap();
        self.commits.clear();
        self.server.restore(self.now, self.rows.values().cloned().collect());
    }

    pub(crate) fn input(&mut self, input: Input) -> Vec<Sent> {
        let mut sent = Vec::new();
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            self.server.handle_input(self.now, input);
            while let Some(output) = self.server.poll_output() {
                match output {
                    Output::Commit { id, changes } => {
                        for change in changes {
                            match change {
                                Change::Delete(key) => drop(self.rows.remove(&key)),
                                Change::Put(row) => drop(self.rows.insert(row.key(), row)),
                                _ => panic!("an unknown change"),
                            }
                        }
                        if self.durable {
                            inputs.push_back(Input::Committed(id));
                        } else {
                            self.commits.push_back(id);
                        }
                    }
                    Output::Event(event) => self.events.push(event),
                    Output::LookupCredentials { .. } if !self.lookups => {}
                    Output::LookupCredentials {
                        id,
                        user,
                        realm,
                        algorithm,
                    } => {
                        let account = USERS.iter().find(|(name, _)| *name == user);
                        let ha1 = account
                            .map(|(name, password)| Ha1::new(algorithm, name, &realm, &Password::new(*password)));
                        inputs.push_back(Input::Credentials { id, ha1 });
                    }
                    Output::Transmit { bytes, to } => {
                        let message = Message::parse(bytes).expect("what the server sends is SIP");
                        // An answer to what is malformed copies what is malformed (RFC 3261 section 8.2.6.2).
                        if !message
                            .status()
                            .is_some_and(|status| matches!(status.as_u16(), 400 | 505))
                        {
                            message.validate().expect("what the server sends is valid");
                        }
                        sent.push(Sent { message, to });
                    }
                    _ => panic!("an unknown output"),
                }
            }
        }
        sent
    }

    pub(crate) fn advance(&mut self, seconds: u64) -> Vec<Sent> {
        let end = self.now + Duration::from_secs(seconds);
        let mut sent = Vec::new();
        while let Some(due) = self.server.poll_timeout().filter(|due| *due <= end) {
            self.now = due.max(self.now);
            sent.extend(self.input(Input::Timeout));
        }
        self.now = end;
        sent
    }

    /// Sends the headers and body of a request from a user; From, Via, Max-Forwards are added.
    pub(crate) fn send(&mut self, user: &str, request: &str) -> Vec<Sent> {
        let message = self.request(user, request, "");
        let flow = self.flow(user);
        self.input(Input::Received { message, flow })
    }

    /// The way on which a user's requests come.
    pub(crate) fn flow(&self, user: &str) -> Flow {
        Flow {
            transport: self.transport,
            ..flow(user)
        }
    }

    /// Sends a request, answers the challenge, and gives what comes then.
    pub(crate) fn send_as(&mut self, user: &str, request: &str) -> Vec<Sent> {
        let password = USERS.iter().find(|(name, _)| *name == user).unwrap().1;
        let first = self.send(user, request);
        self.authorize(user, user, password, request, &first[0].message)
    }

    pub(crate) fn authorize(
        &mut self,
        user: &str,
        username: &str,
        password: &str,
        request: &str,
        refusal: &Message,
    ) -> Vec<Sent> {
        let (name, header, challenger) = match refusal.status().map(StatusCode::as_u16) {
            Some(401) => (HeaderName::WWW_AUTHENTICATE, "Authorization", Challenger::UserAgent),
            Some(407) => (HeaderName::PROXY_AUTHENTICATE, "Proxy-Authorization", Challenger::Proxy),
            other => panic!("{other:?} is no challenge"),
        };
        let value = refusal.header(name).expect("a challenge").value_str().unwrap();
        let mut line = request.lines().next().unwrap().split(' ');
        let mut attempt = Attempt::new(line.next().unwrap(), line.next().unwrap());
        let mut client = Client::new(username, Password::new(password)).unwrap();
        let challenge = Challenge::parse(value).unwrap();
        let credentials = client.answer(&mut attempt, challenger, &[challenge], "c0ffee").unwrap();
        let message = self.request(user, request, &format!("{header}: {credentials}\r\n"));
        let flow = self.flow(user);
        self.input(Input::Received { message, flow })
    }

    fn request(&mut self, user: &str, request: &str, extra: &str) -> Message {
        self.branch += 1;
        let (line, rest) = request.split_once("\r\n").unwrap();
        let method = line.split(' ').next().unwrap();
        let host = flow(user).remote;
        let mut head = format!(
            "{line} SIP/2.0\r\nVia: SIP/2.0/{} {host};branch=z9hG4bK{}\r\n",
            self.transport, self.branch
        );
        if !rest.contains("From:") {
            head += &format!("From: <sip:{user}@example.test>;tag=from-{user}\r\n");
        }
        if !rest.contains("CSeq:") {
            head += &format!("CSeq: {} {method}\r\n", self.branch);
        }
        if !rest.contains("Max-Forwards:") {
            head += "Max-Forwards: 70\r\n";
        }
        Message::parse(head + extra + rest).unwrap()
    }

    /// Answers a request that the server sent.
    pub(crate) fn reply(&mut self, user: &str, request: &Message, status: u16) -> Vec<Sent> {
        let status = StatusCode::new(status).unwrap();
        let message = sip_message::MessageBuilder::reply_to(request, status, Some("uas"))
            .unwrap()
            .build();
        self.input(Input::Received {
            message,
            flow: flow(user),
        })
    }

    pub(crate) fn register(&mut self, user: &str, params: &str) -> Vec<Sent> {
        let host = flow(user).remote;
        self.send_as(
            user,
            &format!(
                "REGISTER sip:example.test\r\nTo: <sip:{user}@example.test>\r\nCall-ID: reg-{user}\r\n\
             Contact: <sip:{user}@{host}>{params}\r\n\r\n"
            ),
        )
    }

    pub(crate) fn has_event(&self, found: impl Fn(&Event) -> bool) -> bool {
        self.events.iter().any(found)
    }
}

pub(crate) fn via_count(message: &Message) -> usize {
    message.typed_all::<Via>().count()
}
