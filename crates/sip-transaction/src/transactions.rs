use std::{
    collections::{BTreeMap, VecDeque},
    time::Instant,
};

use bytes::Bytes;
use rand_chacha::ChaCha12Rng;
use rand_core::{Rng, SeedableRng};
use sip_message::{
    Invalid, Message, Method, StatusCode, Transport,
    headers::{CSeq, Via},
};

use crate::{
    ClientId, Config, Destination, Failure, Flow, Input, Output, Rejection, SentBy, ServerId,
    client::{self, Client},
    index::{Id, Index},
    key::ServerKey,
    server::{self, Server},
    stateless::{self, Tags},
    via::{self, Branch, ReplyTo},
};

/// The largest request that goes by UDP when the path MTU is not known (RFC 3261 section 18.1.1).
const LARGEST_DATAGRAM: usize = 1_300;

/// The transactions of an element, and what its transport layer knows of messages (RFC 3261 sections 17 and 18).
///
/// Hand in what arrives with [`handle_input`](Self::handle_input), drain [`poll_output`](Self::poll_output) after each
/// call of anything, and call `handle_input` with [`Input::Timeout`] at the time that
/// [`poll_timeout`](Self::poll_timeout) names; calling it early does no harm.
///
/// INVITE has no machine of its own here: it comes up like any other request and is to be answered at once, and
/// statelessly. An ACK goes nowhere.
#[derive(Debug)]
pub struct Transactions {
    config: Config,
    rng: ChaCha12Rng,
    tags: Tags,
    clients: BTreeMap<ClientId, Client>,
    branches: BTreeMap<Branch, ClientId>,
    servers: BTreeMap<ServerId, Server>,
    keys: BTreeMap<ServerKey, ServerId>,
    index: Index,
    last_id: u64,
    outputs: VecDeque<Output>,
}

impl Transactions {
    /// Starts without any transaction. Branches are drawn from `seed`: the same seed gives the same ones, so one that
    /// others could know lets them forge responses.
    #[must_use]
    pub fn new(config: Config, seed: [u8; 32]) -> Self {
        let mut rng = ChaCha12Rng::from_seed(seed);
        Self {
            config,
            tags: Tags(rng.next_u64()),
            rng,
            clients: BTreeMap::new(),
            branches: BTreeMap::new(),
            servers: BTreeMap::new(),
            keys: BTreeMap::new(),
            index: Index::default(),
            last_id: 0,
            outputs: VecDeque::new(),
        }
    }

    /// How many transactions there are, those that are answered and wait for retransmissions among them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.clients.len() + self.servers.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes what came from outside.
    pub fn handle_input(&mut self, now: Instant, input: Input) {
        match input {
            Input::Received { message, flow } if message.is_request() => {
                self.handle_request(now, &message, flow);
            }
            Input::Received { message, flow } => self.handle_response(now, message, flow),
            Input::SendFailed { to } => self.handle_send_failed(now, to),
            Input::Timeout => self.handle_timeout(now),
        }
    }

    /// Pushes a Via (sent-by of the transport, `rport`, a new branch) and sends, over UDP again and again until a final
    /// response comes. [`Output::Response`] and [`Output::Failed`] name the id that is returned.
    ///
    /// A request that with its Via is longer than 1300 bytes does not go by UDP to a [`Destination::Address`]: it goes
    /// by TCP, and by UDP after all when that cannot be sent (RFC 3261 section 18.1.1). A [`Destination::Flow`] is kept.
    ///
    /// Not for ACK, which gets no response.
    #[expect(clippy::needless_pass_by_value, reason = "a message that is sent is given away")]
    pub fn send_request(&mut self, now: Instant, request: Message, to: Destination) -> ClientId {
        let id = ClientId(self.next_id());
        let branch = self.new_branch();
        let method = request.method().map_or("", |method| method.as_str()).into();
        let sent_by = &self.config.sent_by;
        let (mut bytes, mut to, mut fallback) = (with_via(&request, sent_by, &to, branch), to, None);
        if bytes.len() > LARGEST_DATAGRAM
            && let Destination::Address {
                transport: Transport::Udp,
                remote,
            } = to
        {
            to = Destination::Address {
                transport: Transport::Tcp,
                remote,
            };
            // With the same branch: should the first attempt have arrived after all, this is its retransmission.
            fallback = Some(bytes);
            bytes = with_via(&request, sent_by, &to, branch);
        }
        let timers = &self.config.timers;
        let client = Client::new(now, timers, branch, method, bytes.clone(), to, fallback);
        let mark = client.mark();
        if !self.has_room_for_client(mark.bytes) {
            self.outputs.push_back(Output::Failed {
                id,
                failure: Failure::Transport,
            });
            return id;
        }
        self.index.insert(Id::Client(id), &mark);
        self.branches.insert(branch, id);
        self.clients.insert(id, client);
        self.transmit(bytes, to);
        id
    }

    /// Answers a request. Returns whether the response was sent: it is not when the request has been answered or has
    /// been given up by its sender, which is no error of the caller, and when the RFC forbids the response: a
    /// provisional one but 100, a 100 too early, or 408 (RFC 4320 section 4).
    #[expect(clippy::needless_pass_by_value, reason = "a message that is sent is given away")]
    pub fn send_response(&mut self, now: Instant, id: ServerId, response: Message) -> bool {
        let (Some(server), Some(status)) = (self.servers.get_mut(&id), response.status()) else {
            return false;
        };
        let before = server.mark();
        let bytes = response.as_bytes();
        if !server.respond(now, &self.config.timers, status, bytes.clone()) {
            return false;
        }
        self.index.change(Id::Server(id), &before, &server.mark());
        if !server.absorbs() {
            self.keys.remove(&server.key);
        }
        let to = server.to();
        self.transmit(bytes.clone(), to);
        // A response may be longer than the request whose place it takes.
        self.has_room_for_bytes(0);
        true
    }

    /// Answers with a final response and forgets the transaction, so that a retry of the request with the same branch
    /// is a new request: for challenges (RFC 3261 section 26.3.2.4; libpurple retries with the same branch). Returns
    /// whether it was sent, as [`send_response`](Self::send_response) does.
    #[expect(clippy::needless_pass_by_value, reason = "a message that is sent is given away")]
    pub fn send_response_stateless(&mut self, id: ServerId, response: Message) -> bool {
        let is_final = response.status().is_some_and(StatusCode::is_final);
        match self.servers.get(&id) {
            Some(server) if is_final && !server.is_completed() => {
                let to = server.to();
                self.transmit(response.as_bytes().clone(), to);
                self.forget(Id::Server(id));
                true
            }
            _ => false,
        }
    }

    /// What is to be done next. To be drained before the next input.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Input::Timeout`] is due. `None` when there is no transaction.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.index.next_timeout()
    }

    fn handle_request(&mut self, now: Instant, message: &Message, flow: Flow) {
        // It belongs to an INVITE that was answered statelessly, and is never answered itself.
        if message.method() == Some(Method::Ack) {
            return;
        }
        let via = match message.typed::<Via>() {
            Ok(Some(via)) => via,
            Ok(None) => return self.reject(flow, Rejection::Unanswerable),
            Err(error) => return self.refuse(message, error.into(), flow, Destination::Flow(flow)),
        };
        let key = ServerKey::new(message, &via);
        if let Some(server) = self.keys.get(&key).and_then(|id| self.servers.get(id)) {
            if let Some(bytes) = server.handle_retransmission() {
                let to = server.to();
                self.transmit(bytes, to);
            }
            return;
        }
        let reply_to = ReplyTo::new(&via, &flow);
        let (address, port) = (flow.remote.ip(), flow.remote.port());
        let request = match message.edit().set_source(address, port) {
            Ok(edit) => edit.finish(),
            Err(error) => return self.refuse(message, error.into(), flow, reply_to.first),
        };
        // Of the message as it came: the offsets in the error are of that one.
        if let Err(invalid) = message.validate() {
            return self.refuse(&request, invalid, flow, reply_to.first);
        }
        let id = ServerId(self.next_id());
        let server = Server::new(
            now,
            &self.config.timers,
            key.clone(),
            Box::new(request.clone()),
            reply_to,
        );
        let mark = server.mark();
        if !self.has_room_for_server(mark.bytes) {
            // By then every request that waits now is answered or given up.
            let seconds = self.config.timers.transaction().as_secs();
            let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
            let bytes = stateless::overloaded(&request, self.tags, seconds);
            self.transmit(bytes, reply_to.first);
            return self.reject(flow, Rejection::Overloaded);
        }
        self.index.insert(Id::Server(id), &mark);
        self.keys.insert(key, id);
        self.servers.insert(id, server);
        self.outputs.push_back(Output::Request { id, request, flow });
    }

    fn handle_response(&mut self, now: Instant, response: Message, flow: Flow) {
        if let Err(invalid) = response.validate() {
            return self.reject(flow, Rejection::Dropped(invalid));
        }
        let (Some(id), Some(status)) = (self.client_of(&response), response.status()) else {
            return self.reject(flow, Rejection::Stray);
        };
        let Some(client) = self.clients.get_mut(&id) else {
            return;
        };
        let before = client.mark();
        let is_news = client.handle_response(now, &self.config.timers, status);
        self.index.change(Id::Client(id), &before, &client.mark());
        // Timer K is zero there.
        if status.is_final() && client.to.transport().is_reliable() {
            self.forget(Id::Client(id));
        }
        if is_news {
            self.outputs.push_back(Output::Response { id, response, flow });
        }
    }

    /// The request that a response answers (RFC 3261 sections 17.1.3, 18.1.2).
    fn client_of(&self, response: &Message) -> Option<ClientId> {
        let via = response.typed::<Via>().ok()??;
        let cseq = response.typed::<CSeq>().ok()??;
        let id = self.branches.get(&Branch::of(&via)?)?;
        let client = self.clients.get(id)?;
        let is_ours = via::is_ours(&via, &self.config.sent_by, &client.to) && cseq.method().as_str() == &*client.method;
        is_ours.then_some(*id)
    }

    fn handle_send_failed(&mut self, now: Instant, to: Destination) {
        for id in self.index.sent_to(to) {
            match id {
                Id::Client(id) => self.client_send_failed(now, id),
                Id::Server(id) => self.server_send_failed(id),
            }
        }
    }

    fn client_send_failed(&mut self, now: Instant, id: ClientId) {
        let Some(client) = self.clients.get_mut(&id) else {
            return;
        };
        let before = client.mark();
        let Some(bytes) = client.fall_back(now, &self.config.timers) else {
            self.forget(Id::Client(id));
            let failure = Failure::Transport;
            return self.outputs.push_back(Output::Failed { id, failure });
        };
        self.index.change(Id::Client(id), &before, &client.mark());
        let to = client.to;
        self.transmit(bytes, to);
    }

    fn server_send_failed(&mut self, id: ServerId) {
        let Some(server) = self.servers.get_mut(&id) else {
            return;
        };
        let before = server.mark();
        let resent = server.handle_send_failed();
        self.index.change(Id::Server(id), &before, &server.mark());
        if let Some(bytes) = resent {
            let to = server.to();
            self.transmit(bytes, to);
        } else if server.is_completed() {
            self.forget(Id::Server(id));
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        for id in self.index.due(now) {
            match id {
                Id::Client(id) => self.client_timeout(now, id),
                Id::Server(id) => self.server_timeout(now, id),
            }
        }
    }

    fn client_timeout(&mut self, now: Instant, id: ClientId) {
        let Some(client) = self.clients.get_mut(&id) else {
            return;
        };
        let before = client.mark();
        match client.handle_timeout(now, &self.config.timers) {
            client::Due::Forget => self.forget(Id::Client(id)),
            client::Due::Nothing => {}
            client::Due::Resend(bytes) => {
                self.index.change(Id::Client(id), &before, &client.mark());
                let to = client.to;
                self.transmit(bytes, to);
            }
            client::Due::TimedOut => {
                self.forget(Id::Client(id));
                let failure = Failure::Timeout;
                self.outputs.push_back(Output::Failed { id, failure });
            }
        }
    }

    fn server_timeout(&mut self, now: Instant, id: ServerId) {
        let Some(server) = self.servers.get_mut(&id) else {
            return;
        };
        let before = server.mark();
        match server.handle_timeout(now) {
            server::Due::Forget => self.forget(Id::Server(id)),
            server::Due::Nothing => {}
            server::Due::Send(bytes) => {
                self.index.change(Id::Server(id), &before, &server.mark());
                let to = server.to();
                self.transmit(bytes, to);
            }
        }
    }

    fn has_room_for_client(&mut self, bytes: usize) -> bool {
        while self.clients.len() >= self.config.limits.client_transactions {
            let Some(id) = self.index.first_answered_client() else {
                return false;
            };
            self.forget(id);
        }
        self.has_room_for_bytes(bytes)
    }

    fn has_room_for_server(&mut self, bytes: usize) -> bool {
        while self.servers.len() >= self.config.limits.server_transactions {
            let Some(id) = self.index.first_answered_server() else {
                return false;
            };
            self.forget(id);
        }
        self.has_room_for_bytes(bytes)
    }

    fn has_room_for_bytes(&mut self, bytes: usize) -> bool {
        while self.index.bytes().saturating_add(bytes) > self.config.limits.bytes {
            // Of clients, those that are answered keep none.
            let Some(id) = self.index.first_answered_server() else {
                return false;
            };
            self.forget(id);
        }
        true
    }

    fn forget(&mut self, id: Id) {
        match id {
            Id::Client(client_id) => {
                if let Some(client) = self.clients.remove(&client_id) {
                    self.index.remove(id, &client.mark());
                    self.branches.remove(&client.branch);
                }
            }
            Id::Server(server_id) => {
                if let Some(server) = self.servers.remove(&server_id) {
                    self.index.remove(id, &server.mark());
                    // One that no longer absorbs has left its key to others.
                    if server.absorbs() {
                        self.keys.remove(&server.key);
                    }
                }
            }
        }
    }

    fn transmit(&mut self, bytes: Bytes, to: Destination) {
        self.outputs.push_back(Output::Transmit { bytes, to });
    }

    fn refuse(&mut self, request: &Message, invalid: Invalid, flow: Flow, to: Destination) {
        let bytes = stateless::invalid(request, self.tags, &invalid);
        self.transmit(bytes, to);
        self.reject(flow, Rejection::Invalid(invalid));
    }

    fn reject(&mut self, flow: Flow, reason: Rejection) {
        self.outputs.push_back(Output::Rejected { flow, reason });
    }

    const fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    fn new_branch(&mut self) -> Branch {
        Branch(u128::from(self.rng.next_u64()) << 64 | u128::from(self.rng.next_u64()))
    }
}

fn with_via(request: &Message, sent_by: &[SentBy], to: &Destination, branch: Branch) -> Bytes {
    let via = via::ours(sent_by, to, branch);
    request.edit().push_front(&via).finish().as_bytes().clone()
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
