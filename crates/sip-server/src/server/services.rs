use std::time::Instant;

use sip_event::{RequestId, SubscriptionId};
use sip_message::{
    Aor, HeaderName, Message, StatusCode, Uri,
    headers::{Date, MinExpires},
};

use super::{Pending, Purpose, Server, answers::raw};
use crate::{
    Event,
    address::{sender, to},
    registrar::Refusal,
    route,
};

impl Server {
    pub(super) fn register(&mut self, now: Instant, pending: &Pending, aor: &Aor) {
        let calendar = self.calendar(now);
        match self
            .registrar
            .register(now, calendar, aor, &pending.request, pending.flow)
        {
            Ok(changes) => {
                for change in changes {
                    self.gate.change(change);
                }
                let mut response = self.response(&pending.request, StatusCode::OK);
                for contact in self.registrar.contacts(aor, now) {
                    response = raw(response, HeaderName::CONTACT, &contact);
                }
                let response = response.header(&Date::new(calendar)).build();
                self.answer(now, pending, response, None);
                self.registration_changed(now, aor.clone());
            }
            Err(refusal) => {
                let response = self.response(&pending.request, refusal.status());
                let (response, reason) = match refusal {
                    Refusal::BadRequest(reason) => (response, reason),
                    Refusal::IntervalTooBrief(min) => (response.header(&MinExpires(min)), "interval too brief"),
                    Refusal::OutOfOrder => (response, "CSeq not above that of the last REGISTER"),
                    Refusal::TooManyBindings => (response, "too many contacts"),
                };
                self.answer(now, pending, response.build(), Some(reason));
            }
        }
    }

    pub(super) fn registration_changed(&mut self, now: Instant, presentity: Aor) {
        let registered = self.registrar.is_registered(&presentity);
        self.agent
            .handle_input(now, sip_presence::Input::Registration { presentity, registered });
    }

    pub(super) fn expire_bindings(&mut self, now: Instant) {
        for (aor, changes) in self.registrar.handle_timeout(now) {
            for change in changes {
                self.gate.change(change);
            }
            self.registration_changed(now, aor);
        }
    }

    pub(super) fn subscribe(&mut self, now: Instant, pending: Pending, presentity: Aor, watcher: Aor) {
        let id = RequestId(self.next_id());
        let input = sip_presence::Input::Subscribe {
            id,
            request: &pending.request,
            presentity,
            watcher,
        };
        self.agent.handle_input(now, input);
        let flow = pending.flow;
        self.presence_requests.insert(id, pending);
        // What comes out now is this subscription's and, as for every SUBSCRIBE, its way is that of the request.
        while let Some(output) = self.agent.poll_output() {
            if let sip_presence::Output::PutSubscription(record) = &output {
                self.flows.insert(record.id, flow);
            }
            if let sip_presence::Output::Notify { subscription, .. } = &output {
                self.flows.entry(*subscription).or_insert(flow);
            }
            self.agent_output(now, output);
        }
    }

    pub(super) fn publish(&mut self, now: Instant, pending: Pending, presentity: Aor) {
        let id = RequestId(self.next_id());
        let input = sip_presence::Input::Publish {
            id,
            request: &pending.request,
            presentity,
        };
        self.agent.handle_input(now, input);
        self.presence_requests.insert(id, pending);
    }

    pub(super) fn notify(&mut self, now: Instant, subscription: SubscriptionId, request: Message, target: &Uri<'_>) {
        let Some(flow) = self.flows.get(&subscription) else {
            return;
        };
        let (destination, other) = route::destinations(target, flow);
        let state = request
            .header(HeaderName::SUBSCRIPTION_STATE)
            .map(|field| field.value())
            .unwrap_or_default();
        let state = String::from_utf8_lossy(state).into_owned();
        if let (Some(presentity), Some(watcher)) = (sender(&request), to(&request)) {
            self.event(Event::Notified {
                presentity,
                watcher,
                state,
            });
        }
        self.send(now, request, destination, other, Purpose::Notify(subscription));
    }
}
