use std::{collections::BTreeMap, net::SocketAddr, time::SystemTime};

use proptest::{collection::vec, option, prelude::*};
use sip_event::{PublicationRecord, SubscriptionId, SubscriptionRecord, WatcherState};
use sip_message::{Aor, Transport};
use sip_server::{BindingRow, InformationRow, SubscriptionRow};
use sip_tokio::Store;
use sip_transaction::Flow;

use super::*;

fn memory() -> SqliteStore {
    SqliteStore::open(&StoreLocation::Memory).unwrap()
}

fn aor() -> impl Strategy<Value = Aor> {
    (
        any::<String>(),
        "[a-zA-Z]{1,3}(\\.[a-z]{1,3})?|\\[::1\\]|192\\.0\\.2\\.1",
    )
        .prop_filter_map("a user", |(user, domain)| Aor::new(&user, &domain).ok())
}

fn time() -> impl Strategy<Value = SystemTime> {
    // The years 1970 to 2262.
    (0..=i64::MAX.cast_unsigned()).prop_map(|nanoseconds| SystemTime::UNIX_EPOCH + Duration::from_nanos(nanoseconds))
}

fn flow() -> impl Strategy<Value = Flow> {
    let transport = prop::sample::select(vec![
        Transport::Tcp,
        Transport::Tls,
        Transport::Udp,
        Transport::Ws,
        Transport::Wss,
    ]);
    (transport, socket(), socket(), any::<u64>()).prop_map(|(transport, local, remote, connection)| Flow {
        transport,
        local,
        remote,
        connection,
    })
}

fn socket() -> impl Strategy<Value = SocketAddr> {
    let v6 = (any::<[u8; 16]>(), any::<u16>(), any::<u32>())
        .prop_map(|(ip, port, scope)| SocketAddr::V6(std::net::SocketAddrV6::new(ip.into(), port, 0, scope)));
    prop_oneof![any::<([u8; 4], u16)>().prop_map(SocketAddr::from), v6]
}

fn binding_row() -> impl Strategy<Value = Row> {
    (aor(), any::<[String; 3]>(), any::<u32>(), time(), flow()).prop_map(
        |(aor, [contact, uri, call_id], cseq, expires_at, flow)| {
            Row::Binding(Box::new(BindingRow {
                aor,
                contact,
                uri,
                call_id,
                cseq,
                expires_at,
                flow,
            }))
        },
    )
}

fn information_row() -> impl Strategy<Value = Row> {
    (aor(), any::<[String; 2]>(), option::of(any::<String>()), time()).prop_map(
        |(presentity, [basic, document], contact, modified_at)| {
            let row = InformationRow {
                presentity,
                basic,
                contact,
                modified_at,
                document,
            };
            Row::Information(Box::new(row))
        },
    )
}

fn publication_row() -> impl Strategy<Value = Row> {
    (aor(), any::<[String; 3]>(), any::<Vec<u8>>(), time(), time()).prop_map(
        |(resource, [package, entity_tag, content_type], body, expires_at, modified_at)| {
            Row::Publication(Box::new(PublicationRecord {
                resource,
                package,
                entity_tag,
                content_type,
                body: body.into(),
                expires_at,
                modified_at,
            }))
        },
    )
}

fn subscription_row() -> impl Strategy<Value = Row> {
    (
        any::<u64>(),
        (aor(), aor()),
        any::<[String; 7]>(),
        option::of(any::<String>()),
        (vec(any::<String>(), 0..4), vec(any::<String>(), 0..4)),
        any::<[u32; 2]>(),
        time(),
        any::<bool>(),
        flow(),
    )
        .prop_map(|(id, aors, texts, event_id, lists, cseqs, expires_at, active, flow)| {
            let [
                package,
                call_id,
                local_tag,
                remote_tag,
                local_address,
                remote_address,
                remote_target,
            ] = texts;
            let record = SubscriptionRecord {
                id: SubscriptionId(id),
                resource: aors.0,
                watcher: aors.1,
                package,
                event_id,
                call_id,
                local_tag,
                remote_tag,
                local_address,
                remote_address,
                remote_target,
                route_set: lists.0,
                accept: lists.1,
                local_cseq: cseqs[0],
                remote_cseq: cseqs[1],
                expires_at,
                state: if active {
                    WatcherState::Active
                } else {
                    WatcherState::Pending
                },
            };
            Row::Subscription(Box::new(SubscriptionRow { record, flow }))
        })
}

fn row() -> impl Strategy<Value = Row> {
    prop_oneof![binding_row(), information_row(), publication_row(), subscription_row()]
}

fn by_key(rows: Vec<Row>) -> BTreeMap<RowKey, Row> {
    rows.into_iter().map(|row| (row.key(), row)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn rows_come_back_as_they_were(rows in vec(row(), 0..12)) {
        let mut store = memory();
        let changes: Vec<_> = rows.iter().cloned().map(Change::Put).collect();
        store.commit(&changes).unwrap();
        let loaded = store.load().unwrap();
        let expected = by_key(rows);
        prop_assert_eq!(loaded.len(), expected.len());
        prop_assert_eq!(by_key(loaded), expected);
    }

    #[test]
    fn changes_apply_in_order(
        changes in vec((row(), any::<bool>(), any::<prop::sample::Index>()), 1..12),
    ) {
        let mut store = memory();
        let mut model = BTreeMap::new();
        let mut group = Vec::new();
        for (row, delete, index) in changes {
            let keys: Vec<RowKey> = model.keys().cloned().collect();
            if delete && !keys.is_empty() {
                let key = index.get(&keys).clone();
                model.remove(&key);
                group.push(Change::Delete(key));
            } else {
                model.insert(row.key(), row.clone());
                group.push(Change::Put(row));
            }
        }
        // Two groups, so that deletes reach rows of an earlier one.
        let (first, second) = group.split_at(group.len() / 2);
        store.commit(first).unwrap();
        store.commit(second).unwrap();
        prop_assert_eq!(by_key(store.load().unwrap()), model);
    }
}

fn subscription() -> SubscriptionRow {
    let address = SocketAddr::from(([127, 0, 0, 1], 5071));
    SubscriptionRow {
        record: SubscriptionRecord {
            id: SubscriptionId(u64::MAX),
            resource: Aor::parse("alice@example.test").unwrap(),
            watcher: Aor::parse("bob@example.test").unwrap(),
            package: "presence".to_owned(),
            event_id: None,
            call_id: "1".to_owned(),
            local_tag: "2".to_owned(),
            remote_tag: "3".to_owned(),
            local_address: "<sip:alice@example.test>".to_owned(),
            remote_address: "<sip:bob@example.test>".to_owned(),
            remote_target: "sip:bob@127.0.0.1:5071".to_owned(),
            route_set: vec!["<sip:a.test;lr>".to_owned()],
            accept: Vec::new(),
            local_cseq: 7,
            remote_cseq: u32::MAX,
            expires_at: SystemTime::UNIX_EPOCH + Duration::from_nanos(1_700_000_000_000_000_001),
            state: WatcherState::Active,
        },
        flow: Flow {
            transport: Transport::Udp,
            local: address,
            remote: address,
            connection: 0,
        },
    }
}

#[test]
fn tables_read_well() {
    let mut store = memory();
    store
        .commit(&[Change::Put(Row::Subscription(Box::new(subscription())))])
        .unwrap();
    let read: (String, String, String, i64, String, String) = store
        .connection
        .query_row(
            "SELECT presentity, watcher, contact, expires_at, expires, route_set FROM presence_subscription",
            [],
            |row| {
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    row.get(2)?,
                    row.get(3)?,
                    row.get(4)?,
                    row.get(5)?,
                ))
            },
        )
        .unwrap();
    let expected = (
        "sip:alice@example.test",
        "sip:bob@example.test",
        "sip:bob@127.0.0.1:5071",
        // Not a second too early.
        1_700_000_001,
        "2023-11-14 22:13:21",
        r#"["<sip:a.test;lr>"]"#,
    );
    let (presentity, watcher, contact, expires_at, expires, route_set) = &read;
    assert_eq!(
        (
            &**presentity,
            &**watcher,
            &**contact,
            *expires_at,
            &**expires,
            &**route_set
        ),
        expected
    );
}

#[test]
fn a_group_is_written_whole_or_not_at_all() {
    let mut store = memory();
    let mut other = subscription();
    other.record.id = SubscriptionId(1);
    // As when the disk is full: the second row cannot be written.
    store
        .connection
        .execute_batch(
            "CREATE TRIGGER full BEFORE INSERT ON presence_subscription WHEN NEW.id = 1
            BEGIN SELECT RAISE(ABORT, 'no space'); END",
        )
        .unwrap();
    let error = store
        .commit(&[
            Change::Put(Row::Subscription(Box::new(subscription()))),
            Change::Put(Row::Subscription(Box::new(other))),
        ])
        .unwrap_err();
    assert!(
        error.to_string().contains("store: :memory:: ") && error.to_string().contains("no space"),
        "{error}"
    );
    assert_eq!(store.load().unwrap(), []);
    store.connection.execute_batch("DROP TRIGGER full").unwrap();
    store
        .commit(&[Change::Put(Row::Subscription(Box::new(subscription())))])
        .unwrap();
    assert_eq!(store.load().unwrap().len(), 1);
}

#[test]
fn a_row_that_somebody_broke_is_named() {
    let mut store = memory();
    store
        .commit(&[Change::Put(Row::Subscription(Box::new(subscription())))])
        .unwrap();
    for (assignment, column) in [
        ("flow_remote = 'nowhere'", "flow_remote"),
        ("accept = 'text/plain'", "accept"),
        ("remote_cseq = -1", "remote_cseq"),
        ("watcher = 'bob'", "watcher"),
    ] {
        store.connection.execute_batch("SAVEPOINT sound").unwrap();
        store
            .connection
            .execute_batch(&format!("UPDATE presence_subscription SET {assignment}"))
            .unwrap();
        let error = store.load().unwrap_err().to_string();
        assert!(
            error.contains(&format!("table presence_subscription, column {column}: ")),
            "{error}"
        );
        store
            .connection
            .execute_batch("ROLLBACK TO sound; RELEASE sound")
            .unwrap();
    }
    assert_eq!(store.load().unwrap().len(), 1);
}

#[test]
fn the_nonce_key_is_the_first_one() {
    let mut store = memory();
    assert_eq!(store.nonce_key([1; 32]).unwrap(), [1; 32]);
    assert_eq!(store.nonce_key([2; 32]).unwrap(), [1; 32]);
}
