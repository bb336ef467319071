use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use proptest::{collection::vec, prelude::*};

use cpim::{
    Address, Builder, Limits, Message, Uri,
    imdn::{
        Aggregation, Aggregator, DeliveryStatus, Disclosure, DisplayStatus, Input, MessageId, Notification,
        NotifyRequest, Output, Request, Sender, Silence,
    },
    is_composing::{
        Composer, ComposerConfig, ComposerInput, ComposerOutput, IsComposing, Receiver, ReceiverInput, ReceiverOutput,
        State,
    },
};

use crate::values::{address, date_time, message_id, notification, subject};

/// What happens in a conversation, one thing each second or later.
#[derive(Clone, Copy, Debug)]
enum Step {
    Compose,
    GiveUp,
    Send,
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => Just(Step::Compose),
        1 => Just(Step::GiveUp),
        1 => Just(Step::Send),
        3 => (1..90_u64).prop_map(Step::Wait),
    ];
    vec(step, 0..60)
}

#[expect(clippy::disallowed_methods, reason = "a test begins at some moment")]
fn start() -> Instant {
    Instant::now()
}

proptest! {
    #[test]
    fn a_request_is_answered_once_for_each_disposition_and_nothing_answers_the_answer(
        (from, to, own) in (address(), vec(address(), 0..3), address()),
        (id, sent_at) in (message_id(), date_time()),
        wanted in vec(prop_oneof![
            Just(NotifyRequest::NegativeDelivery),
            Just(NotifyRequest::PositiveDelivery),
            Just(NotifyRequest::Processing),
            Just(NotifyRequest::Display),
        ], 1..4),
        subjects in vec(subject(), 0..3),
        told in vec(notification(), 0..12),
        intermediary in any::<bool>(),
    ) {
        let builder = Message::builder().from(from.clone());
        let builder = to.into_iter().fold(builder, Builder::to);
        let builder = subjects.into_iter().fold(builder, Builder::subject);
        let request = Request::new(id.clone(), sent_at, wanted.clone());
        let im = builder.request_notifications(request).text("x").build();
        let im = Message::parse(im.into_bytes()).unwrap();
        let requests = im.imdn().disposition_notification().unwrap();
        prop_assert_eq!(requests.requests(), &wanted[..]);
        let sender = if intermediary {
            Sender::for_intermediary(&im, own.clone())
        } else {
            Sender::for_recipient(&im, own.clone())
        };
        let mut sender = match sender {
            Ok(sender) => sender,
            Err(silence) => {
                prop_assert_eq!(silence, Silence::Anonymous);
                return Ok(());
            }
        };
        let mut dispositions = Vec::new();
        for notification in told {
            let Some(outgoing) = sender.notify(notification, MessageId::from_random(1)) else {
                continue;
            };
            prop_assert!(!dispositions.contains(&notification.disposition()));
            dispositions.push(notification.disposition());
            prop_assert_eq!(&outgoing.destination, from.uri());
            let sent = Message::parse(outgoing.message.as_bytes().clone()).unwrap();
            prop_assert_eq!(&sent, &outgoing.message);
            prop_assert_eq!(sent.from(), Ok(Some(own.clone())));
            let told = sent.imdn().notifications(&Limits::default()).unwrap();
            prop_assert_eq!(told.len(), 1);
            prop_assert_eq!(told[0].message_id(), &id);
            prop_assert_eq!(told[0].date_time(), Ok(sent_at));
            prop_assert_eq!(told[0].notification(), Some(notification));
            prop_assert_eq!(Sender::for_recipient(&sent, own.clone()).unwrap_err(), Silence::Notification);
        }
    }

    #[test]
    fn every_notification_of_a_member_is_passed_on_once(
        members in vec((0..5_u8, any::<bool>(), 0..40_u64), 0..40),
        hidden in any::<bool>(),
    ) {
        let list: Address = Uri::new("im:list@example.test").unwrap().into();
        let sent_at = "2026-11-23T09:00:00Z".parse().unwrap();
        let wanted = [NotifyRequest::PositiveDelivery, NotifyRequest::Display];
        let im = Message::builder()
            .from(Uri::new("im:alice@example.test").unwrap())
            .to(list.clone())
            .request_notifications(Request::new(MessageId::from_random(0), sent_at, wanted))
            .build();
        let disclosure = if hidden { Disclosure::Number } else { Disclosure::Members };
        let member = |number: u8| Uri::new(format!("im:{number}@example.test")).unwrap();
        let aggregation = Aggregation::new(list, (0..5).map(member)).disclosure(disclosure);
        let mut now = start();
        let mut aggregator = Aggregator::new(now, &im, aggregation, &Limits::default()).unwrap();
        let (mut sent, mut told) = (0, BTreeSet::new());
        let mut drain = |aggregator: &mut Aggregator| {
            while let Some(output) = aggregator.poll_output() {
                if let Output::Aggregate(aggregate) = output {
                    let message = aggregate.into_outgoing(MessageId::from_random(2)).message;
                    let read = message.imdn().notifications(&Limits::default()).unwrap();
                    assert!(read.iter().all(|imdn| imdn.recipient_uri().is_some() != hidden));
                    sent += read.len();
                }
            }
        };
        for (number, displayed, seconds) in members {
            now += Duration::from_secs(seconds);
            if aggregator.poll_timeout().is_some_and(|due| due <= now) {
                aggregator.handle_input(now, Input::Timeout);
            }
            let own: Address = member(number).into();
            let notification = if displayed {
                Notification::Display(DisplayStatus::Displayed)
            } else {
                Notification::Delivery(DeliveryStatus::Delivered)
            };
            let mut sender = Sender::for_recipient(&im, own).unwrap();
            let outgoing = sender.notify(notification, MessageId::from_random(1)).unwrap();
            aggregator.handle_input(now, Input::Notification(&outgoing.message));
            told.insert((number, displayed));
            drain(&mut aggregator);
        }
        now += Duration::from_secs(7 * 24 * 3600);
        aggregator.handle_input(now, Input::Timeout);
        drain(&mut aggregator);
        prop_assert!(aggregator.is_over());
        prop_assert_eq!(sent, told.len());
    }

    #[test]
    fn the_two_sides_of_a_conversation_agree(steps in steps()) {
        let mut now = start();
        let mut composer = Composer::new(ComposerConfig::default());
        let mut receiver = Receiver::new(Limits::default());
        for step in steps {
            let until = match step {
                Step::Compose => {
                    composer.composing(now);
                    now + Duration::from_secs(1)
                }
                Step::GiveUp => {
                    composer.given_up(now);
                    now + Duration::from_secs(1)
                }
                Step::Send => {
                    composer.content_sent();
                    receiver.handle_input(now, ReceiverInput::Content);
                    now + Duration::from_secs(1)
                }
                Step::Wait(seconds) => now + Duration::from_secs(seconds),
            };
            loop {
                while let Some(ComposerOutput::Send(status)) = composer.poll_output() {
                    let parsed = IsComposing::parse(status.to_xml().as_bytes(), &Limits::default());
                    receiver.handle_input(now, ReceiverInput::Status(&parsed.unwrap()));
                }
                prop_assert_eq!(receiver.state(), composer.state());
                let due = composer.poll_timeout().into_iter().chain(receiver.poll_timeout()).min();
                match due.filter(|due| *due <= until) {
                    Some(due) => {
                        prop_assert!(due >= now);
                        now = due;
                        composer.handle_input(now, ComposerInput::Timeout);
                        // What was sent arrives before the other side gives up.
                        while let Some(ComposerOutput::Send(status)) = composer.poll_output() {
                            receiver.handle_input(now, ReceiverInput::Status(&status));
                        }
                        receiver.handle_input(now, ReceiverInput::Timeout);
                    }
                    None => break,
                }
            }
            now = until;
        }
        let mut last = State::Idle;
        while let Some(ReceiverOutput::Changed(state)) = receiver.poll_output() {
            prop_assert_ne!(state, last);
            last = state;
        }
        prop_assert_eq!(last, receiver.state());
    }
}
