//! What the server holds: for how long, and what becomes of it when a peer, the driver or the process goes away.

use crate::{
    harness::{Harness, Sent, flow},
    requests::{MESSAGE, SUBSCRIBE, notify, statuses},
};
use sip_message::{Aor, Method, Transport};
use sip_server::{Input, Limits, Row, RowKey};
use sip_transaction::Destination;

fn messages(sent: &[Sent]) -> Vec<Destination> {
    let is_message = |sent: &&Sent| sent.message.method() == Some(Method::Message);
    sent.iter().filter(is_message).map(|sent| sent.to).collect()
}

/// A harness where bob has registered by TCP and gets a MESSAGE on his connection.
fn messaged_by_tcp() -> (Harness, Destination) {
    let mut harness = Harness::new();
    harness.transport = Transport::Tcp;
    harness.register("bob", "");
    let connection = Destination::Flow(harness.flow("bob"));
    harness.transport = Transport::Udp;
    let sent = harness.send_as("alice", MESSAGE);
    assert_eq!(messages(&sent), [connection]);
    (harness, connection)
}

#[test]
fn a_closed_connection_leaves_the_contact() {
    let (mut harness, connection) = messaged_by_tcp();
    let sent = harness.input(Input::SendFailed { to: connection });
    let contact = Destination::Address {
        transport: Transport::Udp,
        remote: flow("bob").remote,
    };
    assert_eq!(messages(&sent), [contact]);
    // The answer to the REGISTER, which may have got lost, goes out once more as well.
    let message = &sent.last().unwrap().message;
    assert_eq!(statuses(&harness.reply("bob", message, 200)), [200]);
}

#[test]
fn a_silent_peer_gets_no_second_message() {
    let (mut harness, _) = messaged_by_tcp();
    assert!(messages(&harness.advance(100)).is_empty());
}

#[test]
fn lookups_that_are_never_answered_are_given_up() {
    let mut harness = Harness::with_limits(Limits {
        pending: 1,
        ..Limits::default()
    });
    let refusal = harness.send("bob", SUBSCRIBE).remove(0).message;
    harness.lookups = false;
    let subscribe = |harness: &mut Harness| statuses(&harness.authorize("bob", "bob", "bobpw", SUBSCRIBE, &refusal));
    assert_eq!(subscribe(&mut harness), []);
    assert_eq!(subscribe(&mut harness), [503]);
    harness.advance(32);
    harness.lookups = true;
    assert_eq!(subscribe(&mut harness), [200, 0]);
}

#[test]
fn information_that_cannot_be_read_back_is_composed_anew() {
    let mut harness = Harness::new();
    harness.register("alice", "");
    let alice = Aor::new("alice", "example.test").unwrap();
    let key = RowKey::Information(alice.clone());
    let Some(Row::Information(row)) = harness.rows.get_mut(&key) else {
        panic!("no information");
    };
    let document = std::mem::replace(&mut row.document, "<presence".to_owned());
    harness.restart();
    let basic = |harness: &Harness| harness.server.document(&alice).tuples()[0].status().basic();
    assert_eq!(basic(&harness), Some(pidf::Basic::Open));
    harness.send("bob", MESSAGE);
    assert!(matches!(&harness.rows[&key], Row::Information(row) if row.document == document));
}

#[test]
fn a_subscription_row_that_is_of_no_use_goes() {
    let mut harness = Harness::new();
    let sent = harness.send_as("bob", SUBSCRIBE);
    notify(&mut harness, &sent);
    for row in harness.rows.values_mut() {
        if let Row::Subscription(row) = row {
            row.record.remote_target = "nowhere".to_owned();
        }
    }
    harness.restart();
    // Without waiting for the next subscription.
    harness.send("bob", MESSAGE);
    assert!(harness.rows.is_empty());
}
