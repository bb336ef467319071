//! Whatever arrives, each machine answers once, keeps within its bounds and does not panic.
#![expect(
    clippy::disallowed_methods,
    reason = "an instant can only be had from the clock; the tests move it by hand"
)]
#![expect(clippy::unwrap_used, reason = "what a test makes by hand is well-formed")]

use std::{
    iter,
    time::{Duration, Instant, SystemTime},
};

use proptest::prelude::*;
use sip_event::{
    Body, Compositor, CompositorConfig, CompositorInput, CompositorLimits, CompositorOutput, Notifier, NotifierConfig,
    NotifierInput, NotifierLimits, NotifierOutput, Package, PublishPackage, Publisher, PublisherConfig, PublisherInput,
    PublisherOutput, RequestId, Subscriber, SubscriberConfig, SubscriberInput, SubscriberOutput, WatcherState,
};
use sip_message::{Aor, Message, UriBuf};

/// A change of the bytes: at this place, this many go and these come.
#[derive(Clone, Debug)]
struct Mutation {
    at: prop::sample::Index,
    cut: usize,
    text: String,
}

fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    let text = prop_oneof![
        "[ -~]{0,6}",
        Just("\r\nRecord-Route: <sip:p>\r\n".to_owned()),
        Just("\r\nContact: *\r\n".to_owned()),
        Just("\r\nExpires: 4294967295\r\n".to_owned()),
        Just("\r\nEvent: presence;id=x\r\n".to_owned()),
        Just("\r\nAccept: */*;q=0\r\n".to_owned()),
        Just("\r\n \u{e9}".to_owned()),
    ];
    let mutation =
        (any::<prop::sample::Index>(), 0_usize..20, text).prop_map(|(at, cut, text)| Mutation { at, cut, text });
    prop::collection::vec(mutation, 0..4)
}

fn mutate(text: &str, mutations: &[Mutation]) -> Option<Message> {
    let mut bytes = text.as_bytes().to_vec();
    for Mutation { at, cut, text } in mutations {
        let start = at.index(bytes.len() + 1);
        let end = (start + cut).min(bytes.len());
        bytes.splice(start..end, text.bytes());
    }
    Message::parse(bytes).ok()
}

fn request(method: &str, to_tag: &str, lines: &str) -> String {
    format!(
        "{method} sip:alice@example.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
         From: \"B\" <sip:bob@example.test>;tag=b0b\r\nTo: <sip:alice@example.test>{to_tag}\r\n\
         Call-ID: c1@192.0.2.1\r\nCSeq: 2 {method}\r\nEvent: presence\r\nContact: <sip:bob@192.0.2.1>\r\n{lines}\r\n"
    )
}

fn alice() -> Aor {
    Aor::new("alice", "example.test").unwrap()
}

fn uri(text: &str) -> UriBuf {
    UriBuf::parse(text).unwrap()
}

fn notifier(now: Instant) -> Notifier {
    let config = NotifierConfig {
        packages: vec![Package {
            name: "presence".into(),
            default_expires: 3600,
            default_accept: "text/plain".into(),
        }],
        min_expires: 60,
        max_expires: 7200,
        contact: uri("sip:192.0.2.9"),
        server: None,
        limits: NotifierLimits::default(),
    };
    Notifier::new(config, (now, SystemTime::UNIX_EPOCH), [1; 32])
}

fn subscriber() -> Subscriber {
    let config = SubscriberConfig {
        local: "<sip:bob@example.test>".into(),
        target: uri("sip:alice@example.test"),
        contact: uri("sip:bob@192.0.2.1"),
        package: "presence".into(),
        accept: Vec::new(),
        expires: Some(600),
        user_agent: None,
        route: Vec::new(),
    };
    Subscriber::new(config, [2; 32]).unwrap()
}

/// A response to a request that was sent, with these lines more.
fn response(sent: &Message, status: u16, lines: &str) -> String {
    let sent = sent.to_string();
    let copied: Vec<_> = sent
        .lines()
        .filter(|line| {
            ["From:", "To:", "Call-ID:", "CSeq:"]
                .iter()
                .any(|name| line.starts_with(name))
        })
        .collect();
    format!("SIP/2.0 {status} Any\r\n{}\r\n{lines}\r\n", copied.join("\r\n"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn subscribes(first in mutations(), second in mutations()) {
        let now = Instant::now();
        let mut notifier = notifier(now);
        let mut tag = String::new();
        for mutations in [first, second] {
            let text = request("SUBSCRIBE", &tag, "Accept: text/plain\r\nExpires: 600\r\nRecord-Route: <sip:p;lr>\r\n");
            let Some(request) = mutate(&text, &mutations) else { continue };
            let _ = (notifier.check_event(&request), notifier.has_dialog(&request));
            let input = NotifierInput::Subscribe {
                id: RequestId(1),
                request: &request,
                resource: alice(),
                watcher: alice(),
                state: WatcherState::Active,
            };
            notifier.handle_input(now, input);
            let mut answers = 0;
            let outputs: Vec<_> = iter::from_fn(|| notifier.poll_output()).collect();
            prop_assert!(outputs.len() <= 3);
            for output in outputs {
                match output {
                    NotifierOutput::Respond { .. } => answers += 1,
                    NotifierOutput::StateNeeded { subscription } => {
                        notifier.notify(now, subscription, None);
                        let sent = iter::from_fn(|| notifier.poll_output());
                        let sent = sent.filter(|output| matches!(output, NotifierOutput::Notify { .. }));
                        prop_assert_eq!(sent.count(), 1);
                        let ok = Message::parse("SIP/2.0 200 OK\r\n\r\n").unwrap();
                        let input = NotifierInput::NotifyDone { subscription, response: Some(&ok) };
                        notifier.handle_input(now, input);
                    }
                    NotifierOutput::Put(record) => tag = format!(";tag={}", record.local_tag),
                    _ => {}
                }
            }
            prop_assert_eq!(answers, 1);
        }
        prop_assert!(notifier.len() <= 2);
    }

    #[test]
    fn publishes(mutations in mutations()) {
        let now = Instant::now();
        let package = PublishPackage {
            name: "presence".into(),
            media_types: vec!["text/plain".into()],
            default_expires: 3600,
        };
        let config = CompositorConfig {
            packages: vec![package],
            min_expires: 60,
            max_expires: 300,
            server: None,
            limits: CompositorLimits::default(),
        };
        let mut compositor = Compositor::new(config, (now, SystemTime::UNIX_EPOCH), [3; 32]);
        let text = request("PUBLISH", "", "Content-Type: text/plain\r\nExpires: 600\r\n") + "state";
        if let Some(request) = mutate(&text, &mutations) {
            let input = CompositorInput::Publish { id: RequestId(1), request: &request, resource: alice() };
            compositor.handle_input(now, input);
            let outputs: Vec<_> = iter::from_fn(|| compositor.poll_output()).collect();
            let answered = matches!(outputs.last(), Some(CompositorOutput::Respond { .. }));
            prop_assert!(answered);
            prop_assert_eq!(compositor.len(), usize::from(outputs.len() == 3));
        }
    }

    #[test]
    fn notifies_and_responses(
        status in 100_u16..700,
        answer in mutations(),
        notify in mutations(),
        later in mutations(),
    ) {
        let now = Instant::now();
        let mut subscriber = subscriber();
        subscriber.subscribe(now);
        let Some(SubscriberOutput::Send { request: sent, .. }) = subscriber.poll_output() else {
            unreachable!("subscribing sends");
        };
        let lines = "Expires: 300\r\nMin-Expires: 900\r\nContact: <sip:n@192.0.2.9>\r\nRecord-Route: <sip:p;lr>\r\n";
        if let Some(response) = mutate(&response(&sent, status, lines), &answer) {
            subscriber.handle_input(now, SubscriberInput::Response(&response));
        }
        while subscriber.poll_output().is_some() {}
        let sent = sent.to_string();
        let field = |name: &str| sent.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        for mutations in [notify, later] {
            let text = format!(
                "NOTIFY sip:bob@192.0.2.1 SIP/2.0\r\nFrom: <sip:alice@example.test>;tag=n\r\nTo: {}\r\nCall-ID: {}\r\n\
                 CSeq: 1 NOTIFY\r\nEvent: presence\r\nContact: <sip:n@192.0.2.9>\r\nRecord-Route: <sip:p;lr>\r\n\
                 Subscription-State: active;expires=100\r\nContent-Type: text/plain\r\n\r\nopen",
                field("From: "), field("Call-ID: "),
            );
            let Some(request) = mutate(&text, &mutations) else { continue };
            let input = SubscriberInput::Notify { id: RequestId(1), request: &request };
            subscriber.handle_input(now, input);
            let outputs: Vec<_> = iter::from_fn(|| subscriber.poll_output()).collect();
            let answered = matches!(outputs.first(), Some(SubscriberOutput::Respond { .. }));
            prop_assert!(answered);
            prop_assert!(outputs.len() <= 3);
        }
        // However it stands now, it comes to an end.
        let mut now = now;
        for _ in 0..64 {
            subscriber.handle_input(now, SubscriberInput::Failed);
            while subscriber.poll_output().is_some() {}
            let Some(due) = subscriber.poll_timeout() else { break };
            prop_assert!(due <= now + Duration::from_secs(u64::from(u32::MAX)));
            now = now.max(due);
            subscriber.handle_input(now, SubscriberInput::Timeout);
        }
        subscriber.abandon(now);
        subscriber.unsubscribe(now);
        subscriber.handle_input(now, SubscriberInput::Failed);
        prop_assert!(!subscriber.is_active());
    }

    #[test]
    fn responses_to_publishes(status in 100_u16..700, answer in mutations()) {
        let now = Instant::now();
        let config = PublisherConfig {
            local: "<sip:alice@example.test>".into(),
            target: uri("sip:alice@example.test"),
            package: "presence".into(),
            expires: 600,
            user_agent: None,
            route: Vec::new(),
        };
        let mut publisher = Publisher::new(config, [4; 32]).unwrap();
        publisher.publish(now, Body::new("text/plain", "open"));
        let Some(PublisherOutput::Send { request: sent, .. }) = publisher.poll_output() else {
            unreachable!("publishing sends");
        };
        let lines = "Expires: 300\r\nMin-Expires: 900\r\nSIP-ETag: t1\r\n";
        if let Some(response) = mutate(&response(&sent, status, lines), &answer) {
            publisher.handle_input(now, PublisherInput::Response(&response));
        }
        prop_assert!(iter::from_fn(|| publisher.poll_output()).count() <= 2);
        publisher.abandon(now);
        publisher.handle_input(now, PublisherInput::Failed);
        publisher.remove(now);
        publisher.handle_input(now, PublisherInput::Failed);
        while publisher.poll_output().is_some() {}
        prop_assert_eq!(publisher.poll_timeout(), None);
    }
}
