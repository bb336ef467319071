use std::{collections::BTreeMap, time::Instant};

use proptest::prelude::*;
use sip_event::{
    Body, Notifier, NotifierConfig, NotifierInput, NotifierLimits, NotifierOutput, Package, RequestId, Subscriber,
    SubscriberConfig, SubscriberInput, SubscriberOutput, SubscriptionId, SubscriptionRecord, WatcherState,
};
use sip_message::{
    Aor, Message, UriBuf,
    headers::{CSeq, CallId},
};

use crate::network::{Fate, Network, Step, TIMER_F, fates};

#[derive(Clone, Copy, Debug)]
enum Action {
    Change,
    Refresh,
    Restart,
    Subscribe,
    Terminate,
    Unsubscribe,
    Wait,
}

#[derive(Debug)]
enum Event {
    /// A NOTIFY arrives at the subscriber.
    Notify(u64, SubscriptionId, Message, Fate),
    /// A NOTIFY has ended, for the notifier of this run.
    NotifyDone(u64, SubscriptionId, Option<Message>),
    /// A SUBSCRIBE arrives at the notifier.
    Subscribe(u64, Message, Fate),
    /// The SUBSCRIBE of this number has ended.
    SubscribeDone(u64, Option<Message>),
}

/// The most that one input may put out. A `Timeout` could give more, were there more subscriptions.
const BURST: usize = 16;

struct World {
    network: Network<Event>,
    notifier: Notifier,
    subscriber: Subscriber,
    rows: BTreeMap<SubscriptionId, SubscriptionRecord>,
    /// The last CSeq of the NOTIFYs of each Call-ID.
    cseqs: BTreeMap<String, u32>,
    under_way: BTreeMap<SubscriptionId, u32>,
    /// How often the notifier was started.
    run: u64,
    /// The number of the last SUBSCRIBE.
    sent: u64,
    state: u32,
    seen: Option<u32>,
    steps: u32,
}

fn aor(user: &str) -> Aor {
    Aor::new(user, "example.test").unwrap()
}

fn notifier(network: &Network<Event>, run: u64) -> Notifier {
    let config = NotifierConfig {
        packages: vec![Package {
            name: "presence".into(),
            default_expires: 3600,
            default_accept: "text/plain".into(),
        }],
        min_expires: 60,
        max_expires: 7200,
        contact: UriBuf::parse("sip:192.0.2.9").unwrap(),
        server: None,
        limits: NotifierLimits::default(),
    };
    let seed = [u8::try_from(run % 251).unwrap(); 32];
    Notifier::new(config, network.epoch(), seed)
}

impl World {
    fn new(fates: Vec<Fate>) -> Self {
        let network = Network::new(fates);
        let config = SubscriberConfig {
            local: "<sip:bob@example.test>".into(),
            target: UriBuf::parse("sip:alice@example.test").unwrap(),
            contact: UriBuf::parse("sip:bob@192.0.2.1").unwrap(),
            package: "presence".into(),
            accept: Vec::new(),
            expires: Some(300),
            user_agent: None,
            route: Vec::new(),
        };
        Self {
            notifier: notifier(&network, 0),
            network,
            subscriber: Subscriber::new(config, [9; 32]).unwrap(),
            rows: BTreeMap::new(),
            cseqs: BTreeMap::new(),
            under_way: BTreeMap::new(),
            run: 0,
            sent: 0,
            state: 0,
            seen: None,
            steps: 0,
        }
    }

    fn act(&mut self, action: Action) {
        let now = self.network.now();
        match action {
            Action::Change => {
                self.state += 1;
                let watched = self.notifier.subscriptions_of(&aor("alice"));
                let ids: Vec<_> = watched.map(|record| record.id).collect();
                for id in ids {
                    self.hand_in_state(now, id);
                }
            }
            Action::Refresh => self.subscriber.refresh(now),
            Action::Restart => {
                self.run += 1;
                self.under_way.clear();
                self.notifier = notifier(&self.network, self.run);
                for row in self.rows.values() {
                    self.notifier.restore(now, row.clone());
                }
            }
            Action::Subscribe => self.subscriber.subscribe(now),
            Action::Terminate => {
                let watched = self.notifier.subscriptions_of(&aor("alice")).next();
                if let Some(id) = watched.map(|record| record.id) {
                    self.notifier.terminate(now, id, "deactivated");
                }
            }
            Action::Unsubscribe => self.subscriber.unsubscribe(now),
            Action::Wait => {}
        }
        self.drain();
    }

    fn hand_in_state(&mut self, now: Instant, id: SubscriptionId) {
        let body = Body::new("text/plain", self.state.to_string());
        self.notifier.notify(now, id, Some(body));
    }

    fn run_until(&mut self, end: u64) {
        loop {
            self.steps += 1;
            assert!(self.steps < 20_000, "the machines keep each other busy");
            let timeouts = [self.notifier.poll_timeout(), self.subscriber.poll_timeout()];
            let step = self.network.next(end, timeouts.into_iter().flatten().min());
            let now = self.network.now();
            match step {
                Step::End => return,
                Step::Event(event) => self.event(now, event),
                Step::Timeout => {
                    self.notifier.handle_input(now, NotifierInput::Timeout);
                    self.subscriber.handle_input(now, SubscriberInput::Timeout);
                }
            }
            self.drain();
        }
    }

    fn event(&mut self, now: Instant, event: Event) {
        match event {
            Event::Notify(run, id, request, fate) => {
                let input = SubscriberInput::Notify {
                    id: RequestId(1),
                    request: &request,
                };
                self.subscriber.handle_input(now, input);
                let mut response = None;
                for _ in 0..BURST {
                    match self.subscriber.poll_output() {
                        Some(SubscriberOutput::Respond { response: answer, .. }) => {
                            response = Some(answer);
                        }
                        Some(output) => self.subscriber_output(output),
                        None => break,
                    }
                }
                let response = response.expect("every NOTIFY is answered");
                if let Some(delay) = fate.answer() {
                    let done = Event::NotifyDone(run, id, Some(response));
                    self.network.schedule(delay, done);
                }
            }
            Event::NotifyDone(run, id, response) => {
                // One that was sent by the notifier of an earlier run, or whose response came, has ended already.
                if run == self.run && self.under_way.remove(&id).is_some() {
                    let input = NotifierInput::NotifyDone {
                        subscription: id,
                        response: response.as_ref(),
                    };
                    self.notifier.handle_input(now, input);
                }
            }
            Event::Subscribe(number, request, fate) => {
                let input = NotifierInput::Subscribe {
                    id: RequestId(number),
                    request: &request,
                    resource: aor("alice"),
                    watcher: aor("bob"),
                    state: WatcherState::Active,
                };
                self.notifier.handle_input(now, input);
                let response = self.drain_notifier().expect("every SUBSCRIBE is answered");
                if let Some(delay) = fate.answer() {
                    let done = Event::SubscribeDone(number, Some(response));
                    self.network.schedule(delay, done);
                }
            }
            Event::SubscribeDone(number, response) => {
                if number != self.sent {
                    return;
                }
                self.sent += 1;
                let input = match &response {
                    Some(response) => SubscriberInput::Response(response),
                    None => SubscriberInput::Failed,
                };
                self.subscriber.handle_input(now, input);
            }
        }
    }

    fn drain(&mut self) {
        let answer = self.drain_notifier();
        assert!(answer.is_none(), "an answer to nothing");
        for _ in 0..BURST {
            match self.subscriber.poll_output() {
                Some(output) => self.subscriber_output(output),
                None => return,
            }
        }
        panic!("the subscriber does not come to rest");
    }

    fn subscriber_output(&mut self, output: SubscriberOutput) {
        match output {
            SubscriberOutput::Challenged { .. } | SubscriberOutput::Respond { .. } => {
                panic!("{output:?}")
            }
            SubscriberOutput::Ended { .. } | SubscriberOutput::Established { .. } => {}
            SubscriberOutput::Notified { state, .. } => {
                let text = state.map(|body| String::from_utf8(body.bytes.to_vec()).unwrap());
                self.seen = text.map(|text| text.parse().unwrap());
            }
            SubscriberOutput::Send { request, .. } => {
                self.sent += 1;
                let fate = self.network.fate();
                let number = self.sent;
                self.network.schedule(TIMER_F, Event::SubscribeDone(number, None));
                if let Some(delay) = fate.arrival() {
                    self.network.schedule(delay, Event::Subscribe(number, request, fate));
                }
            }
            output => panic!("{output:?}"),
        }
    }

    /// Deals with what the notifier puts out; returns the answer to a SUBSCRIBE.
    fn drain_notifier(&mut self) -> Option<Message> {
        let now = self.network.now();
        let mut answer = None;
        for _ in 0..BURST {
            match self.notifier.poll_output() {
                Some(NotifierOutput::Deleted { id, resource }) => {
                    assert_eq!(resource, aor("alice"));
                    assert!(self.rows.remove(&id).is_some(), "deleted twice");
                }
                Some(NotifierOutput::Notify {
                    subscription, request, ..
                }) => self.send_notify(subscription, request),
                Some(NotifierOutput::Put(record)) => {
                    if let Some(old) = self.rows.get(&record.id) {
                        assert!(old.local_cseq <= record.local_cseq, "CSeq goes back");
                        assert!(old.remote_cseq <= record.remote_cseq);
                    }
                    self.rows.insert(record.id, *record);
                }
                Some(NotifierOutput::Respond { response, .. }) => answer = Some(response),
                Some(NotifierOutput::StateNeeded { subscription }) => {
                    self.hand_in_state(now, subscription);
                }
                Some(output) => panic!("{output:?}"),
                None => return answer,
            }
        }
        panic!("the notifier does not come to rest");
    }

    fn send_notify(&mut self, id: SubscriptionId, request: Message) {
        let cseq = request.typed::<CSeq>().unwrap().unwrap().number();
        let call_id = request.typed::<CallId>().unwrap().unwrap().as_str().to_owned();
        let dialog = format!("{call_id} {id:?}");
        let last = self.cseqs.insert(dialog, cseq);
        assert!(last.is_none_or(|last| last < cseq), "CSeq goes back");
        assert!(self.under_way.insert(id, cseq).is_none(), "two NOTIFYs at once");
        if let Some(row) = self.rows.get(&id) {
            assert_eq!(row.local_cseq, cseq, "the row is not up to date");
        }
        let fate = self.network.fate();
        self.network.schedule(TIMER_F, Event::NotifyDone(self.run, id, None));
        if let Some(delay) = fate.arrival() {
            let notify = Event::Notify(self.run, id, request, fate);
            self.network.schedule(delay, notify);
        }
    }

    /// Both ends know the same.
    fn check_agreement(&self) {
        let lasting: Vec<_> = self.notifier.subscriptions_of(&aor("alice")).collect();
        assert_eq!(self.notifier.len(), lasting.len(), "an end that never ends");
        assert_eq!(self.rows.values().collect::<Vec<_>>(), lasting);
        assert!(self.subscriber.is_active());
        assert_eq!(lasting.len(), 1, "{lasting:?}");
        assert_eq!(self.seen, Some(self.state));
    }
}

fn actions() -> impl Strategy<Value = Vec<(Action, u64)>> {
    let action = prop_oneof![
        4 => Just(Action::Change),
        1 => Just(Action::Refresh),
        1 => Just(Action::Restart),
        3 => Just(Action::Subscribe),
        1 => Just(Action::Terminate),
        1 => Just(Action::Unsubscribe),
        2 => Just(Action::Wait),
    ];
    let gap = prop_oneof![0_u64..100, 0_u64..40_000, 0_u64..400_000];
    proptest::collection::vec((action, gap), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn after_quiet_both_ends_agree(fates in fates(), actions in actions()) {
        let mut world = World::new(fates);
        for (action, gap) in actions {
            world.act(action);
            world.run_until(world.network.millis() + gap);
        }
        world.network.be_quiet();
        // What the loss has left behind runs out, and the subscriber subscribes again if it has to.
        world.run_until(world.network.millis() + 1_000_000);
        world.act(Action::Subscribe);
        world.run_until(world.network.millis() + 1_000_000);
        world.act(Action::Change);
        world.run_until(world.network.millis() + 10_000);
        world.check_agreement();
        world.act(Action::Unsubscribe);
        world.run_until(world.network.millis() + 10_000);
        prop_assert!(world.notifier.is_empty() && world.rows.is_empty());
        prop_assert!(!world.subscriber.is_active());
        prop_assert_eq!(world.notifier.poll_timeout(), None);
        prop_assert_eq!(world.subscriber.poll_timeout(), None);
    }
}
