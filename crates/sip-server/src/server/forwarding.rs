use std::time::Instant;

use sip_message::{Aor, Message, StatusCode, Uri};
use sip_transaction::{ClientId, Destination, Failure};

use super::{Pending, Purpose, Sent, Server};
use crate::{Event, address::sender, fork, proxy, route};

impl Server {
    /// Forwards to every contact of the recipient that takes the method (RFC 3261 section 16.6).
    pub(super) fn forward(&mut self, now: Instant, pending: Pending, recipient: &Aor) {
        let Some(method) = pending.request.method() else {
            return;
        };
        let targets = self.registrar.targets(recipient, &method);
        let mut copies = Vec::with_capacity(targets.len());
        for target in &targets {
            let Ok(uri) = Uri::parse(&target.uri) else {
                continue;
            };
            if let Ok(copy) = proxy::forwarded(&self.config.realm, &pending.request, &uri) {
                copies.push((copy, route::destinations(&uri, &target.flow)));
            }
        }
        if copies.is_empty() {
            let reason = if self.registrar.is_registered(recipient) {
                "no contact takes this method"
            } else {
                "not registered"
            };
            return self.refuse(now, &pending, StatusCode::TEMPORARILY_UNAVAILABLE, Some(reason));
        }
        self.event(Event::Forwarded {
            method: method.to_string(),
            from: sender(&pending.request),
            to: Some(recipient.clone()),
            targets: targets.into_iter().map(|target| target.uri).collect(),
        });
        let branches = copies
            .into_iter()
            .map(|(copy, (to, other))| self.send(now, copy, to, other, Purpose::Forward))
            .collect();
        let tag = self.tag();
        self.forks.open(pending.id, pending.request, branches, tag);
    }

    pub(super) fn send(
        &mut self,
        now: Instant,
        request: Message,
        to: Destination,
        other: Option<Destination>,
        purpose: Purpose,
    ) -> ClientId {
        let fallback = other.map(|other| (request.clone(), other));
        let id = self.transactions.send_request(now, request, to);
        self.sent.insert(id, Sent { purpose, fallback });
        id
    }

    /// No response will come for a request of ours. When nothing could be sent, the other way is tried; a peer that
    /// was silent may well have the request, and gets no second one.
    pub(super) fn branch_failed(&mut self, now: Instant, id: ClientId, failure: Failure) {
        if failure == Failure::Transport
            && let Some(sent) = self.sent.get_mut(&id)
            && let Some((request, to)) = sent.fallback.take()
        {
            let purpose = sent.purpose;
            self.sent.remove(&id);
            let again = self.send(now, request, to, None, purpose);
            return self.forks.replace(id, again);
        }
        self.branch_ended(now, id, None);
    }

    /// A response came for a request of ours, or none will.
    pub(super) fn branch_ended(&mut self, now: Instant, id: ClientId, response: Option<&Message>) {
        let status = response.and_then(Message::status);
        if status.is_some_and(StatusCode::is_provisional) {
            return;
        }
        let Some(Sent { purpose, .. }) = self.sent.remove(&id) else {
            return;
        };
        match purpose {
            Purpose::Forward => {
                let answer = match response.and_then(fork::pop_via) {
                    Some(response) => self.forks.response(id, response),
                    None => self.forks.failed(id),
                };
                if let Some(answer) = answer {
                    self.transactions.send_response(now, answer.id, answer.response);
                }
            }
            Purpose::Notify(subscription) => {
                if !status.is_some_and(StatusCode::is_success)
                    && let Some(record) = self.agent.subscription(subscription)
                {
                    let (presentity, watcher) = (record.resource.clone(), record.watcher.clone());
                    self.event(Event::NotifyRefused {
                        presentity,
                        watcher,
                        status,
                    });
                }
                let input = sip_presence::Input::NotifyDone { subscription, response };
                self.agent.handle_input(now, input);
                if self.agent.subscription(subscription).is_none() {
                    self.flows.remove(&subscription);
                }
            }
        }
    }
}
