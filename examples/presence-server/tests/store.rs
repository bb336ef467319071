//! The store as a file: over restarts, kills and second servers.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod common;

use std::{fs, path::Path, time::SystemTime};

use presence_server::{SqliteStore, StoreLocation, StoreOpenError};
use rusqlite::Connection;
use sip_message::Aor;
use sip_server::{Change, InformationRow, Row, RowKey};
use sip_tokio::Store;

use common::Scratch;

fn open(path: &Path) -> Result<SqliteStore, StoreOpenError> {
    SqliteStore::open(&StoreLocation::File(path.to_owned()))
}

fn aor(user: &str) -> Aor {
    Aor::new(user, "example.test").unwrap()
}

fn row(user: &str, document: &str) -> Row {
    Row::Information(Box::new(InformationRow {
        presentity: aor(user),
        basic: "open".to_owned(),
        contact: None,
        modified_at: SystemTime::now(),
        document: document.to_owned(),
    }))
}

#[test]
fn rows_and_the_nonce_key_survive_a_restart() {
    let scratch = Scratch::new("restart");
    let path = scratch.file("a.sqlite");
    let alice = row("alice", "first");
    let mut store = open(&path).unwrap();
    let key = store.nonce_key([1; 32]).unwrap();
    store
        .commit(&[Change::Put(alice.clone()), Change::Put(row("bob", "first"))])
        .unwrap();
    drop(store);
    let mut store = open(&path).unwrap();
    assert_eq!(store.nonce_key([2; 32]).unwrap(), key);
    store
        .commit(&[Change::Delete(RowKey::Information(aor("bob")))])
        .unwrap();
    drop(store);
    assert_eq!(open(&path).unwrap().load().unwrap(), [alice]);
}

/// What is on the disk while the server runs is what a kill leaves: here it is opened as the next start would.
#[test]
fn what_was_committed_survives_a_kill_at_any_moment() {
    let scratch = Scratch::new("kill");
    let path = scratch.file("a.sqlite");
    let mut store = open(&path).unwrap();
    let document = "x".repeat(10_000);
    let (first, second, third) = (row("alice", &document), row("bob", &document), row("carol", &document));
    store.commit(&[Change::Put(first.clone())]).unwrap();
    let log = scratch.file("a.sqlite-wal");
    let committed = fs::read(&log).unwrap().len();
    store
        .commit(&[Change::Put(second.clone()), Change::Put(third.clone())])
        .unwrap();
    let (database, log) = (fs::read(&path).unwrap(), fs::read(&log).unwrap());
    let killed_at = |length: usize| {
        let copy = scratch.file("copy.sqlite");
        fs::write(&copy, &database).unwrap();
        fs::write(scratch.file("copy.sqlite-wal"), &log[..length]).unwrap();
        let rows = open(&copy).unwrap().load().unwrap();
        for file in ["copy.sqlite", "copy.sqlite-wal", "copy.sqlite-shm"] {
            let _ = fs::remove_file(scratch.file(file));
        }
        rows
    };
    assert_eq!(killed_at(log.len()), [first.clone(), second, third]);
    // In the middle of the second commit, whose rows come together or not at all.
    let step = (log.len() - committed) / 7;
    for length in (committed..log.len()).step_by(step) {
        assert_eq!(
            killed_at(length),
            std::slice::from_ref(&first),
            "{length} of {}",
            log.len()
        );
    }
}

#[test]
fn it_can_be_read_while_the_server_runs() {
    let scratch = Scratch::new("read");
    let path = scratch.file("a.sqlite");
    let mut store = open(&path).unwrap();
    let operator = Connection::open(&path).unwrap();
    let mut seen = Vec::new();
    for user in ["alice", "bob"] {
        store.commit(&[Change::Put(row(user, "d"))]).unwrap();
        let count: i64 = operator
            .query_row(
                "SELECT count(*) FROM presence_information WHERE modified LIKE '20%'",
                [],
                |row| row.get(0),
            )
            .unwrap();
        seen.push(count);
    }
    assert_eq!(seen, [1, 2]);
}

#[test]
fn a_second_server_is_refused() {
    let scratch = Scratch::new("second");
    let path = scratch.file("a.sqlite");
    let first = open(&path).unwrap();
    let error = open(&path).unwrap_err();
    assert!(matches!(error, StoreOpenError::InUse { .. }));
    assert!(error.to_string().contains("a.sqlite is in use"), "{error}");
    drop(first);
    open(&path).unwrap();
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;

    let scratch = Scratch::new("owner");
    let path = scratch.file("a.sqlite");
    let mut store = open(&path).unwrap();
    store.commit(&[Change::Put(row("alice", "d"))]).unwrap();
    for file in ["a.sqlite", "a.sqlite-wal"] {
        let mode = fs::metadata(scratch.file(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[test]
fn files_of_others_are_left_alone() {
    let scratch = Scratch::new("others");
    let newer = scratch.file("newer.sqlite");
    drop(open(&newer).unwrap());
    Connection::open(&newer)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let error = open(&newer).unwrap_err();
    assert!(matches!(error, StoreOpenError::Newer { found: 99, .. }));
    assert!(
        error.to_string().contains("newer.sqlite has tables of version 99"),
        "{error}"
    );

    let foreign = scratch.file("foreign.sqlite");
    Connection::open(&foreign)
        .unwrap()
        .execute_batch("CREATE TABLE recipe (name TEXT)")
        .unwrap();
    assert!(matches!(open(&foreign).unwrap_err(), StoreOpenError::Foreign { .. }));

    let text = scratch.file("notes.txt");
    fs::write(&text, "not a database ".repeat(100)).unwrap();
    let error = open(&text).unwrap_err();
    assert!(error.to_string().contains("notes.txt"), "{error}");
    assert!(fs::read(&text).unwrap().starts_with(b"not a database"));

    let nowhere = scratch.file("no/such/dir.sqlite");
    let error = open(&nowhere).unwrap_err();
    assert!(error.to_string().contains("no/such/dir.sqlite"), "{error}");
}
