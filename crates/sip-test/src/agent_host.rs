use std::{collections::VecDeque, time::Instant};

use bytes::Bytes;
use sip_message::Message;
use sip_transaction::{Destination, Flow};
use sip_ua::{Config, Event, Input, Output, UserAgent};

use crate::Host;

/// A user agent as a [`Host`]. It keeps all events.
#[derive(Debug)]
pub struct AgentHost {
    agent: UserAgent,
    transmits: VecDeque<(Bytes, Destination)>,
    events: Vec<(Instant, Event)>,
}

impl AgentHost {
    /// A user agent.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            agent: UserAgent::new(config),
            transmits: VecDeque::new(),
            events: Vec::new(),
        }
    }

    /// The user agent.
    #[must_use]
    pub const fn agent(&self) -> &UserAgent {
        &self.agent
    }

    /// What happened, and when.
    #[must_use]
    pub fn events(&self) -> &[(Instant, Event)] {
        &self.events
    }

    /// Whether an event happened that this is true for.
    pub fn saw(&self, is: impl Fn(&Event) -> bool) -> bool {
        self.events.iter().any(|(_, event)| is(event))
    }

    /// Runs a command on the user agent.
    pub fn command<T>(&mut self, now: Instant, command: impl FnOnce(&mut UserAgent, Instant) -> T) -> T {
        let result = command(&mut self.agent, now);
        self.drain(now);
        result
    }

    fn handle(&mut self, now: Instant, input: Input) {
        self.agent.handle_input(now, input);
        self.drain(now);
    }

    fn drain(&mut self, now: Instant) {
        while let Some(output) = self.agent.poll_output() {
            match output {
                Output::Event(event) => self.events.push((now, event)),
                Output::Transmit { bytes, to } => self.transmits.push_back((bytes, to)),
            }
        }
    }
}

impl Host for AgentHost {
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
        self.handle(now, Input::Timeout);
    }

    fn poll_transmit(&mut self) -> Option<(Bytes, Destination)> {
        self.transmits.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.agent.poll_timeout()
    }
}
