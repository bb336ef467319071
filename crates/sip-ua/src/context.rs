use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant, SystemTime},
};

use sip_message::Message;
use sip_transaction::{ClientId, Destination, Transactions};

use crate::{
    Config, Event, Failure, OpId, Output,
    authentication::{Authenticator, CredentialSet, Exchange},
    identity::{Identity, Random},
    limits, responses,
};

/// What all parts of the user agent work with.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) identity: Identity,
    pub(crate) random: Random,
    pub(crate) transactions: Transactions,
    authenticator: Authenticator,
    server: Destination,
    epoch: (Instant, SystemTime),
    awaiting: BTreeMap<ClientId, Asker>,
    outputs: VecDeque<Output>,
    last_op: u64,
}

/// Whose request awaits an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    Message(OpId),
    Publication,
    Registration,
    Subscription(OpId),
}

impl Context {
    pub(crate) fn new(config: Config) -> Self {
        let mut random = Random::new(config.seed);
        let transactions = sip_transaction::Config {
            limits: sip_transaction::Limits {
                server_transactions: limits::TRANSACTIONS,
                client_transactions: limits::TRANSACTIONS,
                bytes: limits::TRANSACTION_BYTES,
            },
            sent_by: config.sent_by,
            ..sip_transaction::Config::default()
        };
        Self {
            identity: Identity::new(
                &config.aor,
                config.display_name.as_deref(),
                config.contact,
                config.user_agent.as_deref(),
            ),
            transactions: Transactions::new(transactions, random.seed()),
            authenticator: Authenticator::new(config.username, config.password),
            random,
            server: config.server,
            epoch: config.epoch,
            awaiting: BTreeMap::new(),
            outputs: VecDeque::new(),
            last_op: 0,
        }
    }

    pub(crate) fn next_op(&mut self) -> OpId {
        self.last_op += 1;
        OpId(self.last_op)
    }

    /// Whether no request of ours awaits an answer.
    pub(crate) fn is_idle(&self) -> bool {
        self.awaiting.is_empty()
    }

    /// An instant and the calendar time at it.
    pub(crate) const fn epoch(&self) -> (Instant, SystemTime) {
        self.epoch
    }

    /// The calendar time.
    pub(crate) fn time(&self, now: Instant) -> SystemTime {
        let (instant, time) = self.epoch;
        time + now.saturating_duration_since(instant)
    }

    pub(crate) fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    pub(crate) fn failed(&mut self, op: OpId, failure: Failure) {
        self.event(Event::Failed { op, failure });
    }

    pub(crate) fn transmit(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Sends a new request, with the credentials that it is known to need.
    pub(crate) fn send(&mut self, now: Instant, asker: Asker, request: &Message) -> (ClientId, Exchange) {
        let (exchange, credentials) = self.authenticator.begin(request, &mut self.random);
        let id = self.resend(now, asker, &credentials.add_to(request));
        (id, exchange)
    }

    /// Sends a request that has all it needs.
    pub(crate) fn resend(&mut self, now: Instant, asker: Asker, request: &Message) -> ClientId {
        let id = self.transactions.send_request(now, request.clone(), self.server);
        self.awaiting.insert(id, asker);
        id
    }

    /// Whose request this was, once it has got its answer.
    pub(crate) fn answered(&mut self, id: ClientId) -> Option<Asker> {
        self.awaiting.remove(&id)
    }

    /// Answers a challenge, and tells the application.
    pub(crate) fn answer_challenge(
        &mut self,
        op: OpId,
        exchange: &mut Exchange,
        response: &Message,
    ) -> Result<CredentialSet, Failure> {
        let answer = self.authenticator.answer(exchange, response, &mut self.random)?;
        for realm in answer.realms {
            self.event(Event::Challenged {
                op,
                status: responses::status(response),
                realm,
            });
        }
        Ok(answer.credentials)
    }
}

/// When to refresh what was granted for `granted` seconds: with room for a request that times out (32 s, RFC 3261
/// section 17.1.2.2) and one that works, but not before half of the time.
pub(crate) fn refresh_after(granted: u32) -> Duration {
    const ROOM: Duration = Duration::from_secs(40);
    let granted = Duration::from_secs(u64::from(granted));
    let room = (granted / 10).max(ROOM).min(granted / 2);
    (granted - room).clamp(limits::SOONEST_REFRESH, limits::LATEST_REFRESH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refreshes_come_in_time_and_never_at_once() {
        for (granted, after) in [(0, 1), (1, 1), (60, 30), (100, 60), (3600, 3240), (u32::MAX, 86_400)] {
            assert_eq!(refresh_after(granted), Duration::from_secs(after), "{granted}");
        }
    }
}
