use std::{collections::BTreeMap, time::Instant};

use proptest::prelude::*;
use sip_event::{
    Body, Compositor, CompositorConfig, CompositorInput, CompositorLimits, CompositorOutput, PublicationRecord,
    PublishPackage, Publisher, PublisherConfig, PublisherInput, PublisherOutput, RequestId,
};
use sip_message::{Aor, Message, UriBuf};

use crate::network::{Fate, Network, Step, TIMER_F, fates};

#[derive(Clone, Copy, Debug)]
enum Action {
    Publish,
    Remove,
    Restart,
    Wait,
}

#[derive(Debug)]
enum Event {
    /// The PUBLISH of this number has ended.
    Done(u64, Option<Message>),
    /// A PUBLISH arrives at the compositor.
    Publish(u64, Message, Fate),
}

const BURST: usize = 16;

struct World {
    network: Network<Event>,
    compositor: Compositor,
    publisher: Publisher,
    rows: BTreeMap<String, PublicationRecord>,
    /// Every entity-tag that there ever was.
    tags: BTreeMap<String, ()>,
    run: u8,
    sent: u64,
    state: u32,
    steps: u32,
}

fn alice() -> Aor {
    Aor::new("alice", "example.test").unwrap()
}

fn compositor(network: &Network<Event>, run: u8) -> Compositor {
    let config = CompositorConfig {
        packages: vec![PublishPackage {
            name: "presence".into(),
            media_types: vec!["text/plain".into()],
            default_expires: 3600,
        }],
        min_expires: 60,
        max_expires: 300,
        server: None,
        limits: CompositorLimits::default(),
    };
    Compositor::new(config, network.epoch(), [run; 32])
}

impl World {
    fn new(fates: Vec<Fate>) -> Self {
        let network = Network::new(fates);
        let config = PublisherConfig {
            local: "<sip:alice@example.test>".into(),
            target: UriBuf::parse("sip:alice@example.test").unwrap(),
            package: "presence".into(),
            expires: 600,
            user_agent: None,
            route: Vec::new(),
        };
        Self {
            compositor: compositor(&network, 0),
            network,
            publisher: Publisher::new(config, [200; 32]).unwrap(),
            rows: BTreeMap::new(),
            tags: BTreeMap::new(),
            run: 0,
            sent: 0,
            state: 0,
            steps: 0,
        }
    }

    fn act(&mut self, action: Action) {
        let now = self.network.now();
        match action {
            Action::Publish => {
                self.state += 1;
                let body = Body::new("text/plain", self.state.to_string());
                self.publisher.publish(now, body);
            }
            Action::Remove => self.publisher.remove(now),
            Action::Restart => {
                self.run += 1;
                self.compositor = compositor(&self.network, self.run);
                for row in self.rows.values() {
                    self.compositor.restore(now, row.clone());
                }
            }
            Action::Wait => {}
        }
        self.drain();
    }

    fn run_until(&mut self, end: u64) {
        loop {
            self.steps += 1;
            assert!(self.steps < 20_000, "the machines keep each other busy");
            let timeouts = [self.compositor.poll_timeout(), self.publisher.poll_timeout()];
            let step = self.network.next(end, timeouts.into_iter().flatten().min());
            let now = self.network.now();
            match step {
                Step::End => return,
                Step::Event(event) => self.event(now, event),
                Step::Timeout => {
                    self.compositor.handle_input(now, CompositorInput::Timeout);
                    self.publisher.handle_input(now, PublisherInput::Timeout);
                }
            }
            self.drain();
        }
    }

    fn event(&mut self, now: Instant, event: Event) {
        match event {
            Event::Done(number, response) => {
                if number != self.sent {
                    return;
                }
                self.sent += 1;
                let input = match &response {
                    Some(response) => PublisherInput::Response(response),
                    None => PublisherInput::Failed,
                };
                self.publisher.handle_input(now, input);
            }
            Event::Publish(number, request, fate) => {
                let input = CompositorInput::Publish {
                    id: RequestId(number),
                    request: &request,
                    resource: alice(),
                };
                self.compositor.handle_input(now, input);
                let response = self.drain_compositor().expect("every PUBLISH is answered");
                if let Some(delay) = fate.answer() {
                    self.network.schedule(delay, Event::Done(number, Some(response)));
                }
            }
        }
    }

    fn drain(&mut self) {
        assert!(self.drain_compositor().is_none(), "an answer to nothing");
        for _ in 0..BURST {
            match self.publisher.poll_output() {
                Some(PublisherOutput::Send { request, .. }) => self.send(request),
                Some(PublisherOutput::Published { entity_tag, .. }) => {
                    assert_eq!(self.publisher.entity_tag(), Some(&*entity_tag));
                }
                Some(PublisherOutput::Removed) => assert_eq!(self.publisher.entity_tag(), None),
                Some(PublisherOutput::Failed { .. }) => {}
                Some(output) => panic!("{output:?}"),
                None => return,
            }
        }
        panic!("the publisher does not come to rest");
    }

    fn send(&mut self, request: Message) {
        self.sent += 1;
        let (number, fate) = (self.sent, self.network.fate());
        self.network.schedule(TIMER_F, Event::Done(number, None));
        if let Some(delay) = fate.arrival() {
            self.network.schedule(delay, Event::Publish(number, request, fate));
        }
    }

    fn drain_compositor(&mut self) -> Option<Message> {
        let mut answer = None;
        for _ in 0..BURST * 16 {
            match self.compositor.poll_output() {
                Some(CompositorOutput::Changed { resource, .. }) => assert_eq!(resource, alice()),
                Some(CompositorOutput::Deleted { entity_tag, .. }) => {
                    assert!(self.rows.remove(&entity_tag).is_some(), "deleted twice");
                }
                Some(CompositorOutput::Put(record)) => {
                    let tag = record.entity_tag.clone();
                    assert!(self.tags.insert(tag.clone(), ()).is_none(), "a tag of old");
                    self.rows.insert(tag, *record);
                }
                Some(CompositorOutput::Respond { response, .. }) => answer = Some(response),
                Some(output) => panic!("{output:?}"),
                None => return answer,
            }
        }
        panic!("the compositor does not come to rest");
    }

    fn documents(&self) -> Vec<String> {
        let records = self.compositor.publications_of(&alice(), "presence");
        records
            .map(|record| String::from_utf8(record.body.to_vec()).unwrap())
            .collect()
    }
}

fn actions() -> impl Strategy<Value = Vec<(Action, u64)>> {
    let action = prop_oneof![
        4 => Just(Action::Publish),
        1 => Just(Action::Remove),
        1 => Just(Action::Restart),
        2 => Just(Action::Wait),
    ];
    let gap = prop_oneof![0_u64..100, 0_u64..40_000, 0_u64..400_000];
    proptest::collection::vec((action, gap), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn after_quiet_there_is_one_document(fates in fates(), actions in actions()) {
        let mut world = World::new(fates);
        for (action, gap) in actions {
            world.act(action);
            world.run_until(world.network.millis() + gap);
        }
        world.network.be_quiet();
        // What the loss has left behind runs out.
        world.run_until(world.network.millis() + 1_000_000);
        world.act(Action::Publish);
        world.act(Action::Publish);
        world.run_until(world.network.millis() + 1_000_000);
        prop_assert_eq!(world.documents(), [world.state.to_string()]);
        let tags: Vec<_> = world.rows.keys().map(|tag| Some(&**tag)).collect();
        prop_assert_eq!(tags, [world.publisher.entity_tag()]);
        world.act(Action::Remove);
        world.run_until(world.network.millis() + 10_000);
        prop_assert!(world.compositor.is_empty() && world.rows.is_empty());
        prop_assert_eq!(world.compositor.poll_timeout(), None);
        prop_assert_eq!(world.publisher.poll_timeout(), None);
    }
}
