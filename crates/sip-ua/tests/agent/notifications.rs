//! How many disposition notifications others can make the user agent send, and to whom.

use std::collections::{BTreeSet, VecDeque};

use sip_message::{Message, StatusCode, UriBuf};
use sip_ua::{Content, Event};

use crate::{
    dispositions::{asking, bob, display, hear, notice, willing},
    script::{Script, ids, take},
};

#[test]
fn what_asks_without_end_gets_a_bounded_answer() {
    let mut script = willing();
    for cseq in 1..=1000 {
        let request = script.message(cseq, "message/cpim", asking("positive-delivery, display", ""));
        script.receive(request);
    }
    // One goes out, and nobody answers it; the others wait.
    let requests = |script: &mut Script| script.take_sent().into_iter().filter(Message::is_request).count();
    assert_eq!(requests(&mut script), 1);
    let mut received = Vec::new();
    while let Some(event) = script.try_event() {
        received.extend(take!(event, Event::MessageReceived { display, .. } => display));
    }
    assert_eq!(received.len(), 1000);
    assert!(script.agent.displayed(script.now, received[0]).is_err());
    assert!(script.agent.displayed(script.now, received[999]).is_ok());
    let mut sent = BTreeSet::new();
    while let Some(due) = script.agent.poll_timeout() {
        script.pass(due - script.now);
        for request in script.take_sent().into_iter().filter(Message::is_request) {
            sent.insert(ids(&request));
            script.answer(&request, StatusCode::OK);
        }
    }
    assert_eq!(sent.len(), 64);
    assert!(script.agent.is_idle());
}

/// Hands in messages that ask, one from each of these addresses.
fn hear_from(script: &mut Script, senders: impl Iterator<Item = String>) {
    for (cseq, sender) in (1..).zip(senders) {
        let request = script.message(cseq, "message/cpim", asking("positive-delivery", ""));
        let request = request.to_string().replace("sip:bob@example.test", &sender);
        script.receive(Message::parse(request).unwrap());
    }
}

/// Hands in messages that ask, one from each of these addresses, and returns how many notifications go out at once,
/// and how many in all where each is answered.
fn notified(script: &mut Script, senders: impl Iterator<Item = String>) -> (usize, usize) {
    hear_from(script, senders);
    let requests =
        |script: &mut Script| -> Vec<_> { script.take_sent().into_iter().filter(Message::is_request).collect() };
    let mut pending = requests(script);
    let at_once = pending.len();
    let mut all = 0;
    while let Some(request) = pending.pop() {
        script.answer(&request, StatusCode::OK);
        pending.extend(requests(script));
        assert!(pending.len() <= at_once);
        all += 1;
    }
    assert!(script.agent.is_idle());
    (at_once, all)
}

#[test]
fn parameters_and_ports_make_no_other_recipient() {
    let with_parameter = |n| format!("sip:victim@example.test;maddr=192.0.2.{n}");
    assert_eq!(notified(&mut willing(), (0..200).map(with_parameter)), (32, 64));
    let with_port = |n| format!("sip:victim@example.test:{}", 2000 + n);
    assert_eq!(notified(&mut willing(), (0..200).map(with_port)), (32, 64));
    // What one was sent leaves no mark.
    let mut script = willing();
    for cseq in 1..=200 {
        hear(&mut script, cseq, asking("positive-delivery", ""));
        let (_, _, request) = notice(&mut script);
        script.answer(&request, StatusCode::OK);
    }
}

#[test]
fn many_recipients_are_notified_in_turn() {
    let recipient = |n| format!("sip:victim{n}@example.test");
    assert_eq!(notified(&mut willing(), (0..200).map(recipient)), (32, 200));
    assert_eq!(notified(&mut willing(), (0..2000).map(recipient)), (32, 1024));
}

/// Whom a notification goes to.
fn recipient(request: &Message) -> String {
    request.request_uri().unwrap().as_str().to_owned()
}

#[test]
fn one_host_takes_no_place_and_no_turn_from_another() {
    let mut script = willing();
    let made_up = (0..2000).map(|n| format!("sip:made-up{n}@example.test"));
    let honest = (0..3).map(|n| format!("sip:honest{n}@example.net"));
    let more = (0..2000).map(|n| format!("sip:more{n}@example.test"));
    hear_from(&mut script, made_up.chain(honest).chain(more));
    let mut pending: VecDeque<_> = script.take_sent().into_iter().filter(Message::is_request).collect();
    let mut told = Vec::new();
    while let Some(request) = pending.pop_front() {
        script.answer(&request, StatusCode::OK);
        pending.extend(script.take_sent().into_iter().filter(Message::is_request));
        told.push(recipient(&request));
    }
    assert!(script.agent.is_idle());
    assert_eq!(told.len(), 1024);
    // Those that are under way by then are sent. Of those that wait, the oldest of the one host make room.
    assert!(told[..32].iter().all(|uri| uri.starts_with("sip:made-up")));
    let honest = (0..3).map(|n| told.iter().position(|uri| *uri == format!("sip:honest{n}@example.net")));
    assert_eq!(honest.collect::<Vec<_>>(), [Some(32), Some(34), Some(36)]);
    assert_eq!(told[33], format!("sip:more{}@example.test", 2000 - (1024 - 32 - 3)));
    assert_eq!(told[1023], "sip:more1999@example.test");
}

#[test]
fn where_hosts_have_as_many_the_oldest_makes_room() {
    let mut script = willing();
    let hosts = (0..1500).map(|n| format!("sip:user@host{n:04}.example"));
    hear_from(&mut script, hosts.chain(["sip:honest@zz.example".to_owned()]));
    let mut pending: Vec<_> = script.take_sent().into_iter().filter(Message::is_request).collect();
    let mut told = BTreeSet::new();
    while let Some(request) = pending.pop() {
        script.answer(&request, StatusCode::OK);
        pending.extend(script.take_sent().into_iter().filter(Message::is_request));
        told.insert(recipient(&request));
    }
    assert_eq!(told.len(), 1024);
    let expected = (0..32)
        .chain(1500 - (1024 - 32 - 1)..1500)
        .map(|n| format!("sip:user@host{n:04}.example"));
    let expected: BTreeSet<_> = expected.chain(["sip:honest@zz.example".to_owned()]).collect();
    assert_eq!(told.symmetric_difference(&expected).next(), None);
}

#[test]
fn who_waits_for_a_turn_gets_what_the_user_says() {
    let mut script = willing();
    hear_from(&mut script, (0..40).map(|n| format!("sip:victim{n}@example.test")));
    let first = script.take_sent().into_iter().find(Message::is_request).unwrap();
    script.forget_events();
    let last = UriBuf::parse("sip:victim39@example.test").unwrap();
    let reply = Content::Text("reply".to_owned());
    script.agent.send_message(script.now, &last, reply);
    let reply = script.sent();
    assert_eq!(reply.body(), b"reply");
    script.answer(&reply, StatusCode::OK);
    script.silence();
    script.answer(&first, StatusCode::OK);
    let (_, _, request) = notice(&mut script);
    assert_eq!(recipient(&request), "sip:victim32@example.test");
    script.silence();
    // The others are not answered, and give their turns to those that wait.
    script.seconds(33);
    let sent = script.take_sent();
    let told = |n: usize| {
        let uri = format!("sip:victim{n}@example.test");
        sent.iter().any(|request| recipient(request) == uri)
    };
    assert!((33..40).all(told));
    script.seconds(66);
    assert!(script.agent.is_idle());
}

#[test]
fn what_the_user_says_goes_before_notifications() {
    let mut script = willing();
    for cseq in 1..=10 {
        hear(&mut script, cseq, asking("positive-delivery", ""));
        if cseq == 1 {
            // It is never answered.
            script.skip();
        }
    }
    script.forget_events();
    let reply = Content::Text("reply".to_owned());
    script.agent.send_message(script.now, &bob(), reply);
    script.silence();
    script.seconds(33);
    let sent = script.take_sent();
    assert_eq!(sent.last().unwrap().body(), b"reply");
    script.answer(sent.last().unwrap(), StatusCode::OK);
    take!(script.event(), Event::MessageSent { .. } => ());
    // Who did not answer one notification is not sent the others.
    assert!(script.agent.is_idle());
    script.silence();
}

#[test]
fn a_message_with_long_headers_is_not_told_of() {
    let mut script = willing();
    let subject = format!("Subject: {}\r\n", "x".repeat(9000));
    hear(&mut script, 1, asking("positive-delivery, display", &subject));
    assert!(display(&mut script).is_none());
    script.silence();
}

#[test]
fn a_notification_that_grows_long_is_not_sent() {
    // Subjects come back as XML, in which an ampersand is five characters.
    for (mark, is_sent) in [("x", true), ("&", false)] {
        let mut script = willing();
        let subject = format!("Subject: {}\r\n", mark.repeat(7000));
        hear(&mut script, 1, asking("positive-delivery", &subject));
        if is_sent {
            notice(&mut script);
        }
        script.silence();
    }
}
