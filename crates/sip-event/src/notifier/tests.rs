use sip_message::{HeaderName, headers::To};

use super::*;
use crate::fixture::{answer, aor, at, epoch, header, message, summary, time, uri};

fn config() -> NotifierConfig {
    NotifierConfig {
        packages: vec![
            Package {
                name: "presence".into(),
                default_expires: 3600,
                default_accept: "application/pidf+xml".into(),
            },
            Package {
                name: "presence.winfo".into(),
                default_expires: 600,
                default_accept: "application/watcherinfo+xml".into(),
            },
        ],
        min_expires: 60,
        max_expires: 7200,
        contact: uri("sip:192.0.2.9:5060"),
        server: Some("test".into()),
        limits: NotifierLimits::default(),
    }
}

fn notifier() -> Notifier {
    Notifier::new(config(), epoch(), [7; 32])
}

/// A SUBSCRIBE of bob's to alice with these lines besides the mandatory ones.
fn subscribe_with(cseq: u32, to_tag: Option<&str>, lines: &[&str]) -> Message {
    let to_tag = to_tag.map_or_else(String::new, |tag| format!(";tag={tag}"));
    let to = format!("To: <sip:alice@example.test>{to_tag}");
    let cseq = format!("CSeq: {cseq} SUBSCRIBE");
    let mut all = vec![
        "SUBSCRIBE sip:alice@example.test SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
        "From: \"Bob\" <sip:bob@example.test>;tag=b0b",
        &to,
        "Call-ID: c1@192.0.2.1",
        &cseq,
    ];
    all.extend(lines);
    message(&all, "")
}

const CONTACT: &str = "Contact: <sip:bob@192.0.2.1>";
const EVENT: &str = "Event: presence";

fn subscribe(cseq: u32, to_tag: Option<&str>, expires: &str) -> Message {
    let expires = format!("Expires: {expires}");
    subscribe_with(cseq, to_tag, &[EVENT, CONTACT, &expires])
}

/// Hands a SUBSCRIBE in and returns the outputs.
fn ask(notifier: &mut Notifier, now: Instant, request: &Message) -> Vec<String> {
    ask_as(notifier, now, request, "bob", WatcherState::Active)
}

fn ask_as(notifier: &mut Notifier, now: Instant, request: &Message, watcher: &str, state: WatcherState) -> Vec<String> {
    let input = NotifierInput::Subscribe {
        id: RequestId(5),
        request,
        resource: aor("alice"),
        watcher: aor(watcher),
        state,
    };
    notifier.handle_input(now, input);
    outputs(notifier)
}

fn done(notifier: &mut Notifier, now: Instant, id: u64, response: Option<&Message>) -> Vec<String> {
    let subscription = SubscriptionId(id);
    let input = NotifierInput::NotifyDone { subscription, response };
    notifier.handle_input(now, input);
    outputs(notifier)
}

fn done_with(notifier: &mut Notifier, now: Instant, id: u64, status: u16) -> Vec<String> {
    let request = subscribe(1, None, "0");
    done(notifier, now, id, Some(&answer(&request, status, &[])))
}

fn state(notifier: &mut Notifier, now: Instant, id: u64, text: &'static str) -> Vec<String> {
    let body = Body::new("text/plain", text);
    notifier.notify(now, SubscriptionId(id), Some(body));
    outputs(notifier)
}

fn timeout(notifier: &mut Notifier, now: Instant) -> Vec<String> {
    notifier.handle_input(now, NotifierInput::Timeout);
    outputs(notifier)
}

fn outputs(notifier: &mut Notifier) -> Vec<String> {
    std::iter::from_fn(|| notifier.poll_output())
        .map(|output| show(&output))
        .collect()
}

fn show(output: &NotifierOutput) -> String {
    match output {
        NotifierOutput::Deleted { id, resource } => format!("deleted {} {}", id.0, resource.user()),
        NotifierOutput::Notify {
            subscription,
            request,
            target,
        } => format!("notify {} to {target}: {}", subscription.0, summary(request)),
        NotifierOutput::Put(record) => {
            let left = record.expires_at.duration_since(time(0)).unwrap();
            format!(
                "put {} cseq {}/{} until {} {:?}",
                record.id.0,
                record.local_cseq,
                record.remote_cseq,
                left.as_secs(),
                record.state
            )
        }
        NotifierOutput::Respond { id, response } => format!("respond {} {}", id.0, summary(response)),
        NotifierOutput::StateNeeded { subscription } => format!("state {}", subscription.0),
    }
}

fn tag(notifier: &Notifier, id: u64) -> String {
    let record = notifier.subscription(SubscriptionId(id)).unwrap();
    record.local_tag.clone()
}

const OK: &str = "respond 5 200 OK | CSeq:";

/// A notifier with bob's subscription 1, its first NOTIFY answered, and its tag.
fn subscribed() -> (Notifier, String) {
    let mut notifier = notifier();
    ask(&mut notifier, at(0), &subscribe(1, None, "3600"));
    state(&mut notifier, at(0), 1, "open");
    assert!(done_with(&mut notifier, at(0), 1, 200).is_empty());
    let tag = tag(&notifier, 1);
    (notifier, tag)
}

#[test]
fn the_first_subscribe_byte_for_byte() {
    let mut notifier = notifier();
    let request = subscribe_with(
        17,
        None,
        &[
            "Event: Presence;id=9",
            CONTACT,
            "Record-Route: <sip:p2;lr>, <sip:p1;lr>",
            "Accept: application/cpim-pidf+xml;q=0.5, application/pidf+xml",
            "Expires: 600",
        ],
    );
    let input = NotifierInput::Subscribe {
        id: RequestId(5),
        request: &request,
        resource: aor("alice"),
        watcher: aor("bob"),
        state: WatcherState::Active,
    };
    notifier.handle_input(at(3), input);
    let tag = tag(&notifier, 1);
    assert!(tag.len() >= 16);
    let record = SubscriptionRecord {
        id: SubscriptionId(1),
        resource: aor("alice"),
        watcher: aor("bob"),
        package: "presence".into(),
        event_id: Some("9".into()),
        call_id: "c1@192.0.2.1".into(),
        local_tag: tag.clone(),
        remote_tag: "b0b".into(),
        local_address: "<sip:alice@example.test>".into(),
        remote_address: "\"Bob\" <sip:bob@example.test>".into(),
        remote_target: "sip:bob@192.0.2.1".into(),
        route_set: vec!["<sip:p2;lr>".into(), "<sip:p1;lr>".into()],
        accept: vec!["application/pidf+xml".into(), "application/cpim-pidf+xml".into()],
        local_cseq: 0,
        remote_cseq: 17,
        expires_at: time(603),
        state: WatcherState::Active,
    };
    let to = format!("To: <sip:alice@example.test>;tag={tag}");
    let response = message(
        &[
            "SIP/2.0 200 OK",
            "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
            "From: \"Bob\" <sip:bob@example.test>;tag=b0b",
            &to,
            "Call-ID: c1@192.0.2.1",
            "CSeq: 17 SUBSCRIBE",
            "Server: test",
            "Record-Route: <sip:p2;lr>, <sip:p1;lr>",
            "Expires: 600",
            "Contact: <sip:192.0.2.9:5060>",
            "Allow-Events: presence",
        ],
        "",
    );
    let subscription = SubscriptionId(1);
    let drain = |notifier: &mut Notifier| -> Vec<_> { std::iter::from_fn(|| notifier.poll_output()).collect() };
    assert_eq!(
        drain(&mut notifier),
        [
            NotifierOutput::Put(Box::new(record.clone())),
            NotifierOutput::Respond {
                id: RequestId(5),
                response
            },
            NotifierOutput::StateNeeded { subscription },
        ]
    );
    notifier.notify(at(4), subscription, Some(Body::new("application/pidf+xml", "<p/>")));
    let from = format!("From: <sip:alice@example.test>;tag={tag}");
    let request = message(
        &[
            "NOTIFY sip:bob@192.0.2.1 SIP/2.0",
            "Max-Forwards: 70",
            &from,
            "To: \"Bob\" <sip:bob@example.test>;tag=b0b",
            "Call-ID: c1@192.0.2.1",
            "CSeq: 1 NOTIFY",
            "Route: <sip:p2;lr>",
            "Route: <sip:p1;lr>",
            "Contact: <sip:192.0.2.9:5060>",
            "Event: presence;id=9",
            "Subscription-State: active;expires=599",
            "User-Agent: test",
            "Content-Type: application/pidf+xml",
        ],
        "<p/>",
    );
    let put = NotifierOutput::Put(Box::new(SubscriptionRecord {
        local_cseq: 1,
        ..record
    }));
    let notify = NotifierOutput::Notify {
        subscription,
        request,
        target: uri("sip:p2;lr"),
    };
    assert_eq!(drain(&mut notifier), [put, notify]);
    assert_eq!(notifier.poll_timeout(), Some(at(603)));
    assert_eq!(
        notifier.preferred_type(subscription, &["application/cpim-pidf+xml", "application/pidf+xml"]),
        Some("application/pidf+xml")
    );
    assert_eq!(notifier.preferred_type(subscription, &["text/plain"]), None);
}

#[test]
fn without_expires_and_accept_the_package_decides() {
    let mut notifier = notifier();
    let request = subscribe_with(1, None, &[EVENT, CONTACT]);
    assert_eq!(
        ask(&mut notifier, at(0), &request),
        [
            "put 1 cseq 0/1 until 3600 Active",
            &format!("{OK} 1 SUBSCRIBE | Expires: 3600 | Allow-Events: presence"),
            "state 1"
        ]
    );
    assert_eq!(
        notifier.preferred_type(
            SubscriptionId(1),
            &["application/cpim-pidf+xml", "application/pidf+xml"]
        ),
        Some("application/pidf+xml")
    );
    let long = subscribe_with(2, Some(&tag(&notifier, 1)), &[EVENT, CONTACT, "Expires: 4294967295"]);
    assert_eq!(ask(&mut notifier, at(0), &long)[0], "put 1 cseq 0/2 until 7200 Active");
}

#[test]
fn a_refresh_moves_target_and_expiry_and_is_notified() {
    let (mut notifier, tag) = subscribed();
    let refresh = subscribe_with(
        4,
        Some(&tag),
        &[
            EVENT,
            "Contact: <sip:bob@198.51.100.7:5070>",
            "Record-Route: <sip:new;lr>",
            "Expires: 120",
        ],
    );
    assert!(notifier.has_dialog(&refresh));
    assert_eq!(
        ask(&mut notifier, at(100), &refresh),
        [
            "put 1 cseq 1/4 until 220 Active",
            &format!("{OK} 4 SUBSCRIBE | Expires: 120 | Allow-Events: presence"),
            "state 1"
        ]
    );
    assert_eq!(
        state(&mut notifier, at(100), 1, "open"),
        [
            "put 1 cseq 2/4 until 220 Active",
            "notify 1 to sip:bob@198.51.100.7:5070: NOTIFY sip:bob@198.51.100.7:5070 SIP/2.0 | CSeq: 2 NOTIFY | \
             Event: presence | Subscription-State: active;expires=120 | open"
        ]
    );
    assert_eq!(notifier.poll_timeout(), Some(at(220)));
    // Without a Contact the target stays.
    let refresh = subscribe_with(5, Some(&tag), &[EVENT, "Expires: 120"]);
    ask(&mut notifier, at(100), &refresh);
    let record = notifier.subscription(SubscriptionId(1)).unwrap();
    assert_eq!(record.remote_target, "sip:bob@198.51.100.7:5070");
    assert_eq!(record.route_set, Vec::<String>::new());
}

#[test]
fn expires_0_in_the_dialog_ends_it_with_a_last_notify() {
    let (mut notifier, tag) = subscribed();
    assert_eq!(
        ask(&mut notifier, at(10), &subscribe(2, Some(&tag), "0")),
        [
            "put 1 cseq 1/2 until 10 Active",
            &format!("{OK} 2 SUBSCRIBE | Expires: 0 | Allow-Events: presence"),
            "state 1"
        ]
    );
    assert_eq!(notifier.subscriptions_of(&aor("alice")).count(), 0);
    assert_eq!(notifier.poll_timeout(), None);
    // No way back while the last NOTIFY is awaited.
    assert_eq!(
        ask(&mut notifier, at(10), &subscribe(3, Some(&tag), "60")),
        ["respond 5 481 Call/Transaction Does Not Exist | CSeq: 3 SUBSCRIBE"]
    );
    assert_eq!(
        state(&mut notifier, at(10), 1, "open"),
        [
            "deleted 1 alice",
            "notify 1 to sip:bob@192.0.2.1: NOTIFY sip:bob@192.0.2.1 SIP/2.0 | CSeq: 2 NOTIFY | Event: presence | \
             Subscription-State: terminated;reason=timeout | open"
        ]
    );
    assert!(state(&mut notifier, at(11), 1, "closed").is_empty());
    assert_eq!(notifier.len(), 1);
    assert!(done_with(&mut notifier, at(11), 1, 481).is_empty());
    assert!(notifier.is_empty());
}

#[test]
fn a_fetch_has_no_row() {
    let mut notifier = notifier();
    assert_eq!(
        ask(&mut notifier, at(0), &subscribe(1, None, "0")),
        [
            &*format!("{OK} 1 SUBSCRIBE | Expires: 0 | Allow-Events: presence"),
            "state 1"
        ]
    );
    assert_eq!(notifier.subscriptions_of(&aor("alice")).count(), 0);
    notifier.notify(at(0), SubscriptionId(1), None);
    assert_eq!(
        outputs(&mut notifier),
        [
            "notify 1 to sip:bob@192.0.2.1: NOTIFY sip:bob@192.0.2.1 SIP/2.0 | CSeq: 1 NOTIFY | Event: presence | \
          Subscription-State: terminated;reason=timeout"
        ]
    );
    assert!(done(&mut notifier, at(32), 1, None).is_empty());
    assert!(notifier.is_empty());
}

#[test]
fn the_clock_ends_a_subscription() {
    let (mut notifier, tag) = subscribed();
    assert!(timeout(&mut notifier, at(3599)).is_empty());
    assert_eq!(timeout(&mut notifier, at(3600)), ["state 1"]);
    assert_eq!(
        state(&mut notifier, at(3600), 1, "open"),
        [
            "deleted 1 alice",
            "notify 1 to sip:bob@192.0.2.1: NOTIFY sip:bob@192.0.2.1 SIP/2.0 | CSeq: 2 NOTIFY | Event: presence | \
             Subscription-State: terminated;reason=timeout | open"
        ]
    );
    assert!(done_with(&mut notifier, at(3600), 1, 200).is_empty());
    assert!(notifier.is_empty());
    assert_eq!(
        ask(&mut notifier, at(3601), &subscribe(2, Some(&tag), "3600")),
        ["respond 5 481 Call/Transaction Does Not Exist | CSeq: 2 SUBSCRIBE"]
    );
}

#[test]
fn nothing_outlives_its_expiry_even_before_the_timeout() {
    let (mut notifier, tag) = subscribed();
    assert_eq!(
        ask(&mut notifier, at(3600), &subscribe(2, Some(&tag), "3600")),
        ["respond 5 481 Call/Transaction Does Not Exist | CSeq: 2 SUBSCRIBE"]
    );
    let sent = state(&mut notifier, at(3600), 1, "open");
    assert_eq!(sent[0], "deleted 1 alice");
    assert!(sent[1].contains("terminated;reason=timeout"));
    assert!(timeout(&mut notifier, at(3600)).is_empty());
}

#[test]
fn what_is_refused() {
    let (mut notifier, tag) = subscribed();
    let mut refused = |lines: &[&str], to_tag| {
        let mut outputs = ask(&mut notifier, at(1), &subscribe_with(2, to_tag, lines));
        assert_eq!(outputs.len(), 1, "{outputs:?}");
        outputs.remove(0).replace(" | CSeq: 2 SUBSCRIBE", "")
    };
    let bad_event = "respond 5 489 Bad Event | Allow-Events: presence";
    let none = "respond 5 481 Call/Transaction Does Not Exist";
    let bad = "respond 5 400 Bad Request";
    assert_eq!(
        refused(&[EVENT, CONTACT, "Expires: 59"], None),
        "respond 5 423 Interval Too Brief | Min-Expires: 60"
    );
    assert_eq!(refused(&["Event: dialog", CONTACT], None), bad_event);
    assert_eq!(refused(&[CONTACT], None), bad_event);
    assert_eq!(refused(&["Event: <>", CONTACT], None), bad);
    assert_eq!(refused(&["Event: presence;id=3"], None), bad);
    assert_eq!(refused(&[EVENT, "Contact: *"], None), bad);
    assert_eq!(refused(&[EVENT, CONTACT, "Expires: soon"], None), bad);
    assert_eq!(refused(&[EVENT, CONTACT, "Record-Route: <"], None), bad);
    assert_eq!(
        refused(&[EVENT, CONTACT, "Accept: "], None),
        "respond 5 406 Not Acceptable"
    );
    assert_eq!(refused(&[EVENT, CONTACT], Some("other")), none);
    assert_eq!(refused(&["Event: presence;id=1", CONTACT], Some(&tag)), none);
    assert_eq!(refused(&["Event: presence.winfo", CONTACT], Some(&tag)), none);
    let long = format!("Contact: <sip:{}@192.0.2.1>", "b".repeat(8_192));
    assert_eq!(refused(&[EVENT, &long], None), "respond 5 513 Message Too Large");
    assert_eq!(refused(&[EVENT, &long], Some(&tag)), "respond 5 513 Message Too Large");
    let stolen = subscribe(2, Some(&tag), "60");
    assert_eq!(
        ask_as(&mut notifier, at(1), &stolen, "mallory", WatcherState::Active),
        ["respond 5 403 Forbidden | CSeq: 2 SUBSCRIBE"]
    );
    // Nothing of it changed the subscription.
    assert_eq!(notifier.len(), 1);
    assert_eq!(notifier.poll_timeout(), Some(at(3600)));
}

#[test]
fn events_are_checked_before_credentials() {
    let notifier = notifier();
    let with = |event: &str| subscribe_with(1, None, &[event, CONTACT]);
    assert_eq!(notifier.check_event(&with("o: PRESENCE;x=y")), Ok(()));
    assert_eq!(notifier.check_event(&with("Event: reg")), Err(StatusCode::BAD_EVENT));
    assert_eq!(notifier.check_event(&with("Event: ;")), Err(StatusCode::BAD_REQUEST));
    let response = notifier.bad_event(&with("Event: reg"), "t4g");
    assert_eq!(
        summary(&response),
        "489 Bad Event | CSeq: 1 SUBSCRIBE | Allow-Events: presence"
    );
    assert_eq!(response.typed::<To>().unwrap().unwrap().tag(), Some("t4g"));
}

#[test]
fn a_lower_cseq_is_out_of_order() {
    let mut notifier = notifier();
    ask(&mut notifier, at(0), &subscribe(10, None, "600"));
    let tag = tag(&notifier, 1);
    assert_eq!(
        ask(&mut notifier, at(0), &subscribe(9, Some(&tag), "600")),
        ["respond 5 500 Server Internal Error | CSeq: 9 SUBSCRIBE | Retry-After: 10"]
    );
    assert_eq!(ask(&mut notifier, at(0), &subscribe(11, Some(&tag), "600")).len(), 3);
}

#[test]
fn the_same_subscribe_again_is_the_same_subscription() {
    let mut notifier = notifier();
    ask(&mut notifier, at(0), &subscribe(1, None, "600"));
    let again = subscribe(1, None, "600");
    assert_eq!(ask(&mut notifier, at(5), &again)[0], "put 1 cseq 0/1 until 605 Active");
    // Another watcher, resource or id is another subscription, and so is one behind the end of the first.
    let id = subscribe_with(1, None, &["Event: presence;id=2", CONTACT]);
    assert_eq!(ask(&mut notifier, at(5), &id)[0], "put 2 cseq 0/1 until 3605 Active");
    let carol = ask_as(&mut notifier, at(5), &again, "carol", WatcherState::Active);
    assert_eq!(carol[0], "put 3 cseq 0/1 until 605 Active");
    notifier.terminate(at(6), SubscriptionId(1), "deactivated");
    outputs(&mut notifier);
    assert_eq!(ask(&mut notifier, at(6), &again)[0], "put 4 cseq 0/1 until 606 Active");
    assert_eq!(notifier.subscriptions_of(&aor("alice")).count(), 3);
}

#[test]
fn while_a_notify_is_under_way_the_newest_state_waits() {
    let (mut notifier, _) = subscribed();
    assert_eq!(state(&mut notifier, at(1), 1, "one").len(), 2);
    assert!(state(&mut notifier, at(2), 1, "two").is_empty());
    assert!(state(&mut notifier, at(3), 1, "three").is_empty());
    assert!(done_with(&mut notifier, at(4), 1, 100).is_empty());
    assert_eq!(
        done_with(&mut notifier, at(5), 1, 200),
        [
            "put 1 cseq 3/1 until 3600 Active",
            "notify 1 to sip:bob@192.0.2.1: NOTIFY sip:bob@192.0.2.1 SIP/2.0 | CSeq: 3 NOTIFY | Event: presence | \
             Subscription-State: active;expires=3595 | three"
        ]
    );
    assert!(done_with(&mut notifier, at(5), 1, 200).is_empty());
    assert!(done_with(&mut notifier, at(5), 1, 200).is_empty());
}

#[test]
fn an_end_waits_for_the_notify_under_way() {
    let (mut notifier, tag) = subscribed();
    state(&mut notifier, at(1), 1, "one");
    ask(&mut notifier, at(1), &subscribe(2, Some(&tag), "0"));
    assert!(state(&mut notifier, at(1), 1, "last").is_empty());
    let sent = done_with(&mut notifier, at(2), 1, 200);
    assert_eq!(sent[0], "deleted 1 alice");
    assert!(
        sent[1].ends_with("CSeq: 3 NOTIFY | Event: presence | Subscription-State: terminated;reason=timeout | last")
    );
}

#[test]
fn notify_failures_of_section_4_2_2_remove_the_subscription() {
    for status in [404, 405, 410, 416, 480, 481, 485, 489, 501, 604] {
        let (mut notifier, _) = subscribed();
        state(&mut notifier, at(1), 1, "one");
        state(&mut notifier, at(1), 1, "two");
        assert_eq!(done_with(&mut notifier, at(2), 1, status), ["deleted 1 alice"]);
        assert!(notifier.is_empty());
        assert_eq!(notifier.poll_timeout(), None);
        assert!(state(&mut notifier, at(2), 1, "three").is_empty());
    }
    let (mut notifier, _) = subscribed();
    state(&mut notifier, at(1), 1, "one");
    assert_eq!(done(&mut notifier, at(33), 1, None), ["deleted 1 alice"]);
    // All others leave it, and what waited goes on.
    for status in [400, 401, 408, 486, 500, 503, 600] {
        let (mut notifier, _) = subscribed();
        state(&mut notifier, at(1), 1, "one");
        assert!(done_with(&mut notifier, at(2), 1, status).is_empty());
        assert!(state(&mut notifier, at(2), 1, "two")[1].contains("CSeq: 3 NOTIFY"));
    }
}

#[test]
fn the_server_ends_subscriptions_and_activates_them() {
    let mut notifier = notifier();
    let request = subscribe(1, None, "600");
    ask_as(&mut notifier, at(0), &request, "bob", WatcherState::Pending);
    notifier.notify(at(0), SubscriptionId(1), None);
    assert!(outputs(&mut notifier)[1].ends_with("Subscription-State: pending;expires=600"));
    done_with(&mut notifier, at(0), 1, 200);
    notifier.set_state(SubscriptionId(1), WatcherState::Active);
    assert_eq!(outputs(&mut notifier), ["put 1 cseq 1/1 until 600 Active", "state 1"]);
    notifier.set_state(SubscriptionId(1), WatcherState::Active);
    notifier.terminate(at(9), SubscriptionId(1), "rejected");
    assert_eq!(outputs(&mut notifier), ["put 1 cseq 1/1 until 9 Active", "state 1"]);
    notifier.terminate(at(9), SubscriptionId(1), "noresource");
    notifier.set_state(SubscriptionId(1), WatcherState::Pending);
    assert!(outputs(&mut notifier).is_empty());
    notifier.notify(at(9), SubscriptionId(1), None);
    assert!(outputs(&mut notifier)[1].ends_with("Subscription-State: terminated;reason=rejected"));
}

#[test]
fn a_restart_goes_on_where_the_rows_end() {
    let (mut old, tag) = subscribed();
    state(&mut old, at(1), 1, "one");
    let row = old.subscription(SubscriptionId(1)).unwrap().clone();
    assert_eq!(row.local_cseq, 2);

    let later = (at(1000), time(1000));
    let mut notifier = Notifier::new(config(), later, [8; 32]);
    notifier.restore(at(1000), row.clone());
    assert!(outputs(&mut notifier).is_empty());
    assert_eq!(notifier.poll_timeout(), Some(at(3600)));
    let sent = state(&mut notifier, at(1000), 1, "two");
    assert!(sent[1].contains("CSeq: 3 NOTIFY"), "{sent:?}");
    assert!(sent[1].contains("active;expires=2600"));
    // The SUBSCRIBE whose answer got lost, and one that follows it.
    let again = ask(&mut notifier, at(1000), &subscribe(1, None, "3600"));
    assert_eq!(again[0], "put 1 cseq 3/1 until 4600 Active");
    let next = ask(&mut notifier, at(1001), &subscribe(2, Some(&tag), "3600"));
    assert_eq!(next[0], "put 1 cseq 3/2 until 4601 Active");
    let new = subscribe_with(1, None, &["Event: presence;id=5", CONTACT]);
    assert!(ask(&mut notifier, at(1001), &new)[0].starts_with("put 2 "));

    let mut notifier = Notifier::new(config(), (at(9000), time(9000)), [8; 32]);
    notifier.restore(at(9000), row.clone());
    assert_eq!(timeout(&mut notifier, at(9000)), ["state 1"]);
    assert!(state(&mut notifier, at(9000), 1, "x")[1].contains("CSeq: 3 NOTIFY"));
    let broken = SubscriptionRecord {
        remote_target: "nowhere".into(),
        ..row.clone()
    };
    notifier.restore(at(9000), broken);
    let gone = SubscriptionRecord {
        package: "dialog".into(),
        ..row.clone()
    };
    notifier.restore(at(9000), gone);
    assert_eq!(outputs(&mut notifier), ["deleted 1 alice", "deleted 1 alice"]);
    let used_up = SubscriptionRecord {
        id: SubscriptionId(7),
        local_cseq: CSeq::MAX,
        ..row
    };
    notifier.restore(at(9000), used_up);
    assert_eq!(state(&mut notifier, at(9000), 7, "x"), ["deleted 7 alice"]);
}

#[test]
fn ten_thousand_expiries_at_one_instant_come_in_portions() {
    let mut notifier = notifier();
    let (old, _) = subscribed();
    let template = old.subscription(SubscriptionId(1)).unwrap().clone();
    for id in 1..=10_000 {
        let row = SubscriptionRecord {
            id: SubscriptionId(id),
            call_id: format!("call-{id}"),
            ..template.clone()
        };
        notifier.restore(at(0), row);
    }
    let mut rounds = 0;
    while notifier.poll_timeout().is_some_and(|due| due <= at(3600)) {
        notifier.handle_input(at(3600), NotifierInput::Timeout);
        let needed: Vec<_> = std::iter::from_fn(|| notifier.poll_output()).collect();
        assert!((1..=256).contains(&needed.len()));
        for output in needed {
            let NotifierOutput::StateNeeded { subscription } = output else {
                panic!("{output:?}");
            };
            notifier.notify(at(3600), subscription, None);
            assert_eq!(outputs(&mut notifier).len(), 2);
            assert!(done(&mut notifier, at(3600), subscription.0, None).is_empty());
        }
        rounds += 1;
    }
    assert_eq!((rounds, notifier.len()), (40, 0));
}

#[test]
fn limits_are_kept() {
    let limited = |limits| Notifier::new(NotifierConfig { limits, ..config() }, epoch(), [7; 32]);
    let full = "respond 5 503 Service Unavailable | CSeq: 1 SUBSCRIBE | Retry-After: 10";
    let other = subscribe_with(1, None, &["Event: presence;id=2", CONTACT]);
    let default = NotifierLimits::default();
    for limits in [
        NotifierLimits {
            subscriptions: 1,
            ..default
        },
        NotifierLimits {
            per_resource: 1,
            ..default
        },
        NotifierLimits {
            per_watcher: 1,
            ..default
        },
    ] {
        let mut notifier = limited(limits);
        ask(&mut notifier, at(0), &subscribe(1, None, "600"));
        assert_eq!(ask(&mut notifier, at(0), &other), [full]);
        // A refresh is not a new one, and what has gone makes room.
        assert_eq!(ask(&mut notifier, at(0), &subscribe(1, None, "600")).len(), 3);
        state(&mut notifier, at(0), 1, "x");
        done(&mut notifier, at(0), 1, None);
        assert_eq!(ask(&mut notifier, at(0), &other).len(), 3);
    }
}

#[test]
fn a_peer_without_tag_has_a_dialog_too() {
    let mut notifier = notifier();
    let lines = [
        "SUBSCRIBE sip:alice@example.test SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.1;branch=1",
        "From: sip:bob@example.test",
        "To: sip:alice@example.test",
        "Call-ID: old",
        "CSeq: 1 SUBSCRIBE",
        EVENT,
        CONTACT,
    ];
    ask(&mut notifier, at(0), &message(&lines, ""));
    notifier.notify(at(0), SubscriptionId(1), None);
    let request = std::iter::from_fn(|| notifier.poll_output()).find_map(|output| match output {
        NotifierOutput::Notify { request, .. } => Some(request),
        _ => None,
    });
    assert_eq!(header(&request.unwrap(), HeaderName::TO), "<sip:bob@example.test>");
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let run = |seed| {
        let mut notifier = Notifier::new(config(), epoch(), seed);
        ask(&mut notifier, at(0), &subscribe(1, None, "600"));
        tag(&notifier, 1)
    };
    assert_eq!(run([1; 32]), run([1; 32]));
    assert_ne!(run([1; 32]), run([2; 32]));
}
