use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::{Duration, Instant, SystemTime},
};

use pidf::{Basic, Document};
use rand_chacha::ChaCha12Rng;
use rand_core::{Rng, SeedableRng};
use sip_digest::Credentials;
use sip_event::{CompositorLimits, NotifierLimits, RequestId, SubscriptionId};
use sip_message::{Aor, Host, Message};
use sip_presence::{Interval, PresenceAgent};
use sip_transaction::{ClientId, Destination, Flow, ServerId, Transactions};

use crate::{
    Change, Config, Event, Expiry, InformationRow, Input, InvalidConfig, Output, QueryId, Row, RowKey, SubscriptionRow,
    authentication::{Authentication, Role},
    fork::Forks,
    gate::Gate,
    registrar::Registrar,
};

mod answers;
mod forwarding;
mod requests;
mod services;

/// The presence server: registrar, proxy and presence agent of a set of domains.
///
/// Inputs, then [`poll_output`](Self::poll_output) until it is empty, then sleep until
/// [`poll_timeout`](Self::poll_timeout).
#[derive(Debug)]
pub struct Server {
    config: Config,
    random: ChaCha12Rng,
    transactions: Transactions,
    authentication: Authentication,
    registrar: Registrar,
    agent: PresenceAgent,
    forks: Forks<ServerId, ClientId>,
    /// Requests that wait for a lookup.
    waiting: BTreeMap<QueryId, Waiting>,
    /// Requests that wait for the presence agent.
    presence_requests: BTreeMap<RequestId, Pending>,
    /// Requests that were sent.
    sent: BTreeMap<ClientId, Sent>,
    /// The way to each watcher.
    flows: BTreeMap<SubscriptionId, Flow>,
    gate: Gate,
    outputs: VecDeque<Output>,
    last_id: u64,
}

/// A request and what has to be known to answer it.
#[derive(Debug)]
struct Pending {
    id: ServerId,
    request: Message,
    flow: Flow,
}

#[derive(Debug)]
struct Waiting {
    pending: Pending,
    step: Step,
    since: Instant,
}

/// What a lookup is for.
#[derive(Debug)]
enum Step {
    /// Are these credentials right?
    Credentials {
        role: Role,
        credentials: Box<Credentials<'static>>,
        identity: Aor,
    },
    /// Does the user exist whom the request is for?
    Recipient { watcher: Aor, recipient: Aor },
}

#[derive(Debug)]
struct Sent {
    purpose: Purpose,
    /// The request once more, for another way when the first is closed.
    fallback: Option<(Message, Destination)>,
}

#[derive(Clone, Copy, Debug)]
enum Purpose {
    Forward,
    Notify(SubscriptionId),
}

impl Server {
    /// A server without state.
    ///
    /// # Errors
    /// When the realm or a domain cannot be written in a message, or no domain is given.
    pub fn new(config: Config) -> Result<Self, InvalidConfig> {
        if config.domains.is_empty() {
            return Err(InvalidConfig::NoDomain);
        }
        if let Some(domain) = config.domains.iter().find(|domain| Host::parse(domain).is_err()) {
            return Err(InvalidConfig::Domain(domain.clone()));
        }
        let authentication = Authentication::new(&config).map_err(|_| InvalidConfig::Realm)?;
        let mut random = ChaCha12Rng::from_seed(config.seed);
        let mut seed = || {
            let mut seed = [0; 32];
            random.fill_bytes(&mut seed);
            seed
        };
        let transactions = sip_transaction::Config {
            sent_by: config.sent_by.clone(),
            ..sip_transaction::Config::default()
        };
        let interval = |expiry: Expiry| Interval {
            min: expiry.min,
            max: expiry.max,
            default: expiry.default,
        };
        let notifier_limits = NotifierLimits {
            subscriptions: config.limits.subscriptions,
            ..NotifierLimits::default()
        };
        let compositor_limits = CompositorLimits {
            publications: config.limits.publications,
            body: config.limits.document,
            ..CompositorLimits::default()
        };
        let agent = sip_presence::Config {
            contact: config.contact.clone(),
            server: config.server.clone(),
            subscribe: interval(config.subscribe),
            publish: interval(config.publish),
            notifier_limits,
            compositor_limits,
            epoch: config.epoch,
            seed: seed(),
        };
        Ok(Self {
            transactions: Transactions::new(transactions, seed()),
            authentication,
            registrar: Registrar::new(config.register, config.limits),
            agent: PresenceAgent::new(agent),
            forks: Forks::new(),
            waiting: BTreeMap::new(),
            presence_requests: BTreeMap::new(),
            sent: BTreeMap::new(),
            flows: BTreeMap::new(),
            gate: Gate::default(),
            outputs: VecDeque::new(),
            last_id: 0,
            random,
            config,
        })
    }

    /// What is told of a presentity now.
    #[must_use]
    pub fn document(&self, presentity: &Aor) -> Document {
        self.agent.document(presentity)
    }

    /// Takes the rows of an earlier run back, before the first input. What has expired meanwhile ends with the first
    /// [`Input::Timeout`]. Where there is no readable information of a presentity, it is composed anew.
    pub fn restore(&mut self, now: Instant, rows: Vec<Row>) {
        let calendar = self.calendar(now);
        // Whether a presentity is registered is known once the bindings are.
        let (bindings, others): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| matches!(row, Row::Binding(_)));
        let mut presentities = BTreeSet::new();
        for row in bindings.into_iter().chain(others) {
            match row {
                Row::Binding(row) => {
                    presentities.insert(row.aor.clone());
                    self.registrar.restore(now, calendar, *row);
                }
                Row::Information(row) => {
                    if let Ok(document) = Document::parse(row.document.as_bytes(), &pidf::Limits::default()) {
                        let registered = self.registrar.is_registered(&row.presentity);
                        self.agent.restore_information(row.presentity, document, registered);
                    }
                }
                Row::Publication(record) => {
                    presentities.insert(record.resource.clone());
                    self.agent.restore_publication(now, *record);
                }
                Row::Subscription(row) => {
                    self.flows.insert(row.record.id, row.flow);
                    self.agent.restore_subscription(now, row.record);
                }
            }
        }
        for presentity in presentities {
            self.registration_changed(now, presentity);
        }
        self.drain(now);
        self.gate.flush(&mut self.outputs);
    }

    /// Takes what came from outside. Whatever a peer sent, this does not fail.
    pub fn handle_input(&mut self, now: Instant, input: Input) {
        match input {
            Input::Committed(id) => self.gate.committed(id, &mut self.outputs),
            Input::Credentials { id, ha1 } => self.looked_up(now, id, ha1.as_ref()),
            Input::Received { message, flow } => {
                self.transactions
                    .handle_input(now, sip_transaction::Input::Received { message, flow });
            }
            Input::SendFailed { to } => {
                self.transactions
                    .handle_input(now, sip_transaction::Input::SendFailed { to });
            }
            Input::Timeout => {
                self.transactions.handle_input(now, sip_transaction::Input::Timeout);
                self.expire_bindings(now);
                self.agent.handle_input(now, sip_presence::Input::Timeout);
            }
        }
        self.drain(now);
        self.gate.flush(&mut self.outputs);
    }

    /// The next thing to do; `None` when there is nothing before the next input.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Input::Timeout`] is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        [
            self.transactions.poll_timeout(),
            self.registrar.poll_timeout(),
            self.agent.poll_timeout(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Wires the machines: what one puts out goes into the other, until all are quiet.
    fn drain(&mut self, now: Instant) {
        loop {
            if let Some(output) = self.transactions.poll_output() {
                self.transaction_output(now, output);
            } else if let Some(output) = self.agent.poll_output() {
                self.agent_output(now, output);
            } else {
                return;
            }
        }
    }

    fn transaction_output(&mut self, now: Instant, output: sip_transaction::Output) {
        match output {
            sip_transaction::Output::Failed { id, failure } => self.branch_failed(now, id, failure),
            sip_transaction::Output::Rejected { flow, reason } => {
                self.event(Event::Rejected {
                    flow,
                    reason: reason.to_string(),
                });
            }
            sip_transaction::Output::Request { id, request, flow } => {
                self.request(now, Pending { id, request, flow });
            }
            sip_transaction::Output::Response { id, response, .. } => self.branch_ended(now, id, Some(&response)),
            sip_transaction::Output::Transmit { bytes, to } => self.gate.transmit(bytes, to),
        }
    }

    fn agent_output(&mut self, now: Instant, output: sip_presence::Output) {
        match output {
            sip_presence::Output::DeletePublication {
                presentity,
                package,
                entity_tag,
            } => {
                let key = RowKey::Publication {
                    resource: presentity,
                    package,
                    entity_tag,
                };
                self.gate.change(Change::Delete(key));
            }
            sip_presence::Output::DeleteSubscription { id, .. } => {
                // Of one that sends a last NOTIFY the way is forgotten when that has ended.
                if self.agent.subscription(id).is_none() {
                    self.flows.remove(&id);
                }
                self.gate.change(Change::Delete(RowKey::Subscription(id)));
            }
            sip_presence::Output::Notify {
                subscription,
                request,
                target,
            } => {
                self.notify(now, subscription, request, &target.as_uri());
            }
            sip_presence::Output::PutInformation(information) => {
                let basic = if information.basic == Basic::Open {
                    "open"
                } else {
                    "closed"
                };
                self.gate.change(Change::Put(Row::Information(Box::new(InformationRow {
                    presentity: information.presentity,
                    basic: basic.to_owned(),
                    contact: information.contact,
                    modified_at: information.modified_at,
                    document: String::from_utf8_lossy(&information.body).into_owned(),
                }))));
            }
            sip_presence::Output::PutPublication(record) => self.gate.change(Change::Put(Row::Publication(record))),
            sip_presence::Output::PutSubscription(record) => {
                if let Some(flow) = self.flows.get(&record.id).copied() {
                    let row = SubscriptionRow { record: *record, flow };
                    self.gate.change(Change::Put(Row::Subscription(Box::new(row))));
                }
            }
            sip_presence::Output::Respond { id, response } => {
                if let Some(pending) = self.presence_requests.remove(&id) {
                    self.answer(now, &pending, response, None);
                }
            }
            _ => {}
        }
    }

    fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    fn tag(&mut self) -> String {
        format!("{:016x}", self.random.next_u64())
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    fn calendar(&self, now: Instant) -> SystemTime {
        let (instant, time) = self.config.epoch;
        time + now.checked_duration_since(instant).unwrap_or(Duration::ZERO)
    }
}
