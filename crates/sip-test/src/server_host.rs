use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use bytes::Bytes;
use sip_digest::{Ha1, Password};
use sip_message::Message;
use sip_server::{Change, CommitId, Config, Event, Input, InvalidConfig, Output, Row, RowKey, Server};
use sip_transaction::{Destination, Flow};

use crate::Host;

/// A server with accounts and a store of rows, as a [`Host`].
///
/// The store outlives the server: [`ServerHost::kill`] ends the process at whatever moment it is, with commits that are
/// under way lost, and [`ServerHost::restart`] makes a new one of the rows.
#[derive(Debug)]
pub struct ServerHost {
    // `None` while no process runs.
    server: Option<Server>,
    config: Config,
    accounts: BTreeMap<String, Password>,
    rows: BTreeMap<RowKey, Row>,
    commit_latency: Duration,
    store_fails: bool,
    // Commits that are not durable yet, and when they will be.
    commits: VecDeque<(Instant, CommitId, Vec<Change>)>,
    transmits: VecDeque<(Bytes, Destination)>,
    events: Vec<(Instant, Event)>,
}

impl ServerHost {
    /// A server that runs, with users and their passwords. A commit takes a millisecond.
    ///
    /// # Errors
    /// When the configuration makes no server.
    pub fn new<'a>(
        config: Config,
        accounts: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, InvalidConfig> {
        let accounts = accounts.into_iter();
        Ok(Self {
            server: Some(Server::new(config.clone())?),
            config,
            accounts: accounts
                .map(|(user, password)| (user.to_owned(), Password::new(password)))
                .collect(),
            rows: BTreeMap::new(),
            commit_latency: Duration::from_millis(1),
            store_fails: false,
            commits: VecDeque::new(),
            transmits: VecDeque::new(),
            events: Vec::new(),
        })
    }

    /// What the server did, and when.
    #[must_use]
    pub fn events(&self) -> &[(Instant, Event)] {
        &self.events
    }

    /// What is durable.
    #[must_use]
    pub const fn rows(&self) -> &BTreeMap<RowKey, Row> {
        &self.rows
    }

    /// The server, while its process runs.
    #[must_use]
    pub const fn server(&self) -> Option<&Server> {
        self.server.as_ref()
    }

    /// Sets how long a commit takes.
    pub const fn set_commit_latency(&mut self, latency: Duration) {
        self.commit_latency = latency;
    }

    /// Sets whether commits fail from now on. The first that does ends the process, as the driver does.
    pub const fn set_store_fails(&mut self, fails: bool) {
        self.store_fails = fails;
    }

    /// Ends the process as SIGKILL does.
    pub fn kill(&mut self) {
        self.server = None;
        self.commits.clear();
        self.transmits.clear();
    }

    /// Starts a new process on the rows, with a seed that no process had before.
    ///
    /// # Panics
    /// Never: the configuration has made a server before.
    pub fn restart(&mut self, now: Instant, seed: [u8; 32]) {
        self.kill();
        self.config.seed = seed;
        let mut server = Server::new(self.config.clone()).expect("it has made a server before");
        server.restore(now, self.rows.values().cloned().collect());
        self.server = Some(server);
        self.drain(now);
    }

    fn handle(&mut self, now: Instant, input: Input) {
        if let Some(server) = &mut self.server {
            server.handle_input(now, input);
            self.drain(now);
        }
    }

    fn drain(&mut self, now: Instant) {
        let Some(server) = &mut self.server else {
            return;
        };
        loop {
            let mut answers = Vec::new();
            while let Some(output) = server.poll_output() {
                match output {
                    Output::Commit { id, changes } => {
                        self.commits.push_back((now + self.commit_latency, id, changes));
                    }
                    Output::Event(event) => self.events.push((now, event)),
                    Output::LookupCredentials {
                        id,
                        user,
                        realm,
                        algorithm,
                    } => {
                        let password = self.accounts.get(&user);
                        let ha1 = password.map(|password| Ha1::new(algorithm, &user, &realm, password));
                        answers.push(Input::Credentials { id, ha1 });
                    }
                    Output::Transmit { bytes, to } => self.transmits.push_back((bytes, to)),
                    _ => {}
                }
            }
            if answers.is_empty() {
                return;
            }
            for answer in answers {
                server.handle_input(now, answer);
            }
        }
    }

    /// All commits that are due are one group, as in a store that writes them with one sync.
    fn commit(&mut self, now: Instant) {
        let mut last = None;
        while let Some((due, ..)) = self.commits.front()
            && *due <= now
            && let Some((_, id, changes)) = self.commits.pop_front()
        {
            if self.store_fails {
                return self.kill();
            }
            last = Some(id);
            for change in changes {
                match change {
                    Change::Delete(key) => drop(self.rows.remove(&key)),
                    Change::Put(row) => drop(self.rows.insert(row.key(), row)),
                    _ => {}
                }
            }
        }
        if let Some(last) = last {
            self.handle(now, Input::Committed(last));
        }
    }
}

impl Host for ServerHost {
    fn handle_received(&mut self, now: Instant, bytes: Bytes, flow: Flow) {
        // What is no message is dropped, as a driver does.
        if let Ok(message) = Message::parse(bytes) {
            self.handle(now, Input::Received { message, flow });
        }
    }

    fn handle_send_failed(&mut self, now: Instant, to: Destination) {
        self.handle(now, Input::SendFailed { to });
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.commit(now);
        let timeout = self.server.as_ref().and_then(Server::poll_timeout);
        if timeout.is_some_and(|due| due <= now) {
            self.handle(now, Input::Timeout);
        }
    }

    fn poll_transmit(&mut self) -> Option<(Bytes, Destination)> {
        self.transmits.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let commit = self.commits.front().map(|(due, ..)| *due);
        let timeout = self.server.as_ref()?.poll_timeout();
        commit.into_iter().chain(timeout).min()
    }

    fn is_running(&self) -> bool {
        self.server.is_some()
    }
}
