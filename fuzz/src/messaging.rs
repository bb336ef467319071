use std::time::{Duration, Instant};

use cpim::{
    Address, Limits, Message, Uri,
    imdn::{
        Aggregation, Aggregator, DeliveryStatus, Disclosure, DisplayStatus, Forwarding, Imdn, Input, MessageId,
        Notification, Output, ProcessingStatus, Sender, Silence, next_hop,
    },
    inflate,
    is_composing::{IsComposing, Receiver, ReceiverInput, State},
};
use miniz_oxide::deflate::{compress_to_vec, compress_to_vec_zlib};

/// An IMDN document that was read is written as one that reads the same. A message is answered, forwarded and put
/// together as RFC 5438 has it, whatever it holds.
pub fn imdn(data: &[u8]) {
    let limits = Limits::default();
    match Imdn::parse(data, &limits) {
        Ok(imdn) => {
            let written = imdn.to_xml();
            // Escapes may take what was written over the limit in size, never over another one.
            if written.len() <= limits.document {
                let again = Imdn::parse(written.as_bytes(), &limits).expect("what is written can be read");
                assert_eq!(again.to_xml(), written);
                assert_eq!(again.message_id(), imdn.message_id());
                assert_eq!(again.notification(), imdn.notification());
            }
        }
        Err(error) => assert!(error.offset() <= data.len()),
    }
    if let Ok(message) = Message::parse(data.to_vec()) {
        answer(&message);
        forward(&message);
        aggregate(&message);
    }
}

const NOTIFICATIONS: [Notification; 4] = [
    Notification::Delivery(DeliveryStatus::Delivered),
    Notification::Delivery(DeliveryStatus::Failed),
    Notification::Processing(ProcessingStatus::Stored),
    Notification::Display(DisplayStatus::Displayed),
];

fn own() -> Address {
    Uri::new("im:own@example.test").expect("a URI").into()
}

fn answer(message: &Message) {
    let is_notification = message.imdn().is_notification();
    for make in [Sender::for_recipient, Sender::for_intermediary] {
        let mut sender = match make(message, own()) {
            Ok(sender) => sender,
            Err(silence) => {
                assert_eq!(is_notification, silence == Silence::Notification);
                continue;
            }
        };
        assert!(!is_notification);
        let id = message.imdn().message_id().expect("it was read").expect("it asks");
        for notification in NOTIFICATIONS {
            let Some(outgoing) = sender.notify(notification, MessageId::from_random(1)) else {
                continue;
            };
            assert!(sender.notify(notification, MessageId::from_random(2)).is_none());
            let sent = outgoing.message;
            assert!(sent.imdn().is_notification());
            assert!(matches!(
                Sender::for_recipient(&sent, own()),
                Err(Silence::Notification)
            ));
            // A message near the limits has an answer that is over them.
            if let (Ok(again), Ok(told)) = (
                Message::parse(sent.as_bytes().clone()),
                sent.imdn().notifications(&Limits::default()),
            ) {
                assert_eq!(again, sent);
                assert_eq!(again.oddities(), []);
                assert_eq!(told.len(), 1);
                assert_eq!(
                    (told[0].message_id(), told[0].notification()),
                    (&id, Some(notification))
                );
            }
        }
    }
}

fn forward(message: &Message) {
    let limits = Limits::default();
    let forwarding = Forwarding::new().to(own()).record_route(own());
    if let Ok(forwarded) = forwarding.apply(message, &limits) {
        assert_eq!(forwarded.content(), message.content());
        assert_eq!(forwarded.from().is_ok(), message.from().is_ok());
        let to: Vec<_> = forwarded.to().map(|to| to.expect("it was written")).collect();
        assert_eq!(to, [own()]);
        let first = forwarded.imdn().record_route().next().expect("it was written");
        assert_eq!(first, Ok(own()));
        let others = |message: &Message| {
            let lines = message.headers().filter(|header| header.local_name() != "To");
            lines.map(|header| header.raw().to_vec()).collect::<Vec<_>>()
        };
        assert!(others(&forwarded).ends_with(&others(message)));
    }
    if let Ok(outgoing) = next_hop(message, own().uri(), &limits) {
        assert_eq!(outgoing.message.content(), message.content());
    }
}

fn aggregate(message: &Message) {
    let start = Instant::now();
    for disclosure in [Disclosure::Members, Disclosure::Number, Disclosure::Nothing] {
        let member = |number: u8| Uri::new(format!("im:m{number}@example.test")).expect("a URI");
        let aggregation = Aggregation::new(own(), (0..3).map(member)).disclosure(disclosure);
        let Ok(mut aggregator) = Aggregator::new(start, message, aggregation, &Limits::default()) else {
            return;
        };
        // The last one is a stranger.
        for number in 0..4 {
            let Ok(mut sender) = Sender::for_recipient(message, member(number).into()) else {
                return;
            };
            for notification in NOTIFICATIONS {
                if let Some(outgoing) = sender.notify(notification, MessageId::from_random(3)) {
                    aggregator.handle_input(start, Input::Notification(&outgoing.message));
                }
            }
        }
        aggregator.handle_input(start + Duration::from_secs(1 << 20), Input::Timeout);
        assert!(aggregator.is_over() && aggregator.poll_timeout().is_none());
        while let Some(output) = aggregator.poll_output() {
            if let Output::Aggregate(aggregate) = output {
                let documents = aggregate.documents().len();
                let sent = aggregate.into_outgoing(MessageId::from_random(4)).message;
                let told = sent.imdn().notifications(&Limits::default());
                assert_eq!(told.expect("what is written can be read").len(), documents);
            }
        }
    }
}

/// An isComposing document that was read is written and reads as the same; who is told it is idle again one day.
pub fn iscomposing(data: &[u8]) {
    let limits = Limits::default();
    let document = match IsComposing::parse(data, &limits) {
        Ok(document) => document,
        Err(error) => return assert!(error.offset() <= data.len()),
    };
    let written = document.to_xml();
    if written.len() <= limits.document {
        assert_eq!(IsComposing::parse(written.as_bytes(), &limits).as_ref(), Ok(&document));
    }
    let mut receiver = Receiver::new(limits);
    let now = Instant::now();
    receiver.handle_input(now, ReceiverInput::Status(&document));
    assert_eq!(receiver.state(), document.state());
    if let Some(due) = receiver.poll_timeout() {
        receiver.handle_input(due, ReceiverInput::Timeout);
    }
    assert_eq!(receiver.state(), State::Idle);
}

/// Any bytes inflate within the limit or are refused, and what was deflated inflates to what it was.
pub fn deflate(data: &[u8]) {
    // Small, so that the fuzzer comes to the limit.
    let mut limits = Limits::default();
    limits.inflated = 4096;
    match inflate(data, &limits) {
        Ok(inflated) => assert!(inflated.len() <= limits.inflated),
        Err(error) => assert!(error.offset() <= data.len()),
    }
    if data.len() <= limits.inflated {
        assert_eq!(inflate(&compress_to_vec_zlib(data, 6), &limits).as_deref(), Ok(data));
        let bare = compress_to_vec(data, 1);
        assert_eq!(inflate(&bare, &limits).as_deref(), Ok(data));
    }
}
