//! The server's tables, read the way an operator does: from the SQLite file, while the server runs.

use std::{
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use rusqlite::{Connection, OpenFlags};

/// A row of the Presence Subscription Table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subscription {
    pub(crate) id: i64,
    pub(crate) presentity: String,
    pub(crate) watcher: String,
    pub(crate) contact: String,
    pub(crate) accept: String,
    /// The CSeq of the last NOTIFY.
    pub(crate) local_cseq: i64,
    /// In nanoseconds since 1970.
    pub(crate) expires_at: i64,
    /// In UTC.
    pub(crate) expires: String,
    /// The seconds that are left, rounded up.
    pub(crate) left: i64,
}

/// A row of the Presence Information Table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Information {
    pub(crate) presentity: String,
    pub(crate) status: String,
    pub(crate) contact: String,
    /// In UTC.
    pub(crate) modified: String,
    pub(crate) document: String,
}

/// All subscriptions, oldest first.
pub(crate) fn subscriptions(store: &Path) -> rusqlite::Result<Vec<Subscription>> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_nanos();
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let connection = open(store)?;
    let mut statement = connection.prepare(
        "SELECT id, presentity, watcher, contact, accept, local_cseq, expires, expires_at_ns
         FROM presence_subscription ORDER BY id",
    )?;
    let rows = statement.query_map([], |row| {
        let expires_at: i64 = row.get("expires_at_ns")?;
        Ok(Subscription {
            id: row.get("id")?,
            presentity: row.get("presentity")?,
            watcher: row.get("watcher")?,
            contact: row.get("contact")?,
            accept: row.get("accept")?,
            local_cseq: row.get("local_cseq")?,
            expires_at,
            expires: row.get("expires")?,
            left: expires_at.saturating_sub(now).saturating_add(999_999_999) / 1_000_000_000,
        })
    })?;
    rows.collect()
}

/// What is known of a presentity.
pub(crate) fn information(store: &Path, presentity: &str) -> rusqlite::Result<Information> {
    open(store)?.query_row(
        "SELECT presentity, status, contact, modified, document FROM presence_information WHERE presentity = ?1",
        [presentity],
        |row| {
            Ok(Information {
                presentity: row.get("presentity")?,
                status: row.get("status")?,
                contact: row.get::<_, Option<String>>("contact")?.unwrap_or_default(),
                modified: row.get("modified")?,
                document: row.get("document")?,
            })
        },
    )
}

/// The number of contacts that are registered.
pub(crate) fn bindings(store: &Path) -> rusqlite::Result<i64> {
    open(store)?.query_row("SELECT count(*) FROM binding", [], |row| row.get(0))
}

impl Subscription {
    /// The row, a column a line.
    pub(crate) fn lines(&self) -> Vec<String> {
        vec![
            format!("presentity  {}", self.presentity),
            format!("watcher     {}", self.watcher),
            format!("contact     {}", self.contact),
            format!("accept      {}", self.accept),
            format!("expires     {} UTC, in {} s", self.expires, self.left),
        ]
    }
}

impl Information {
    /// The row, a column a line.
    pub(crate) fn lines(&self) -> Vec<String> {
        vec![
            format!("presentity  {}", self.presentity),
            format!("status      {}", self.status),
            format!("contact     {}", self.contact),
            format!("modified    {} UTC", self.modified),
            format!("document    {} bytes of PIDF", self.document.len()),
        ]
    }
}

fn open(store: &Path) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(store, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process};

    use presence_server::{SqliteStore, StoreLocation};

    use super::*;

    #[test]
    fn the_tables_are_those_of_the_server() {
        let path = env::temp_dir().join(format!("quickstart-tables-{}.sqlite", process::id()));
        let store = SqliteStore::open(&StoreLocation::File(path.clone())).unwrap();
        assert_eq!(subscriptions(&path).unwrap(), []);
        assert_eq!(bindings(&path).unwrap(), 0);
        let missing = information(&path, "sip:kmh@sip2.kumoh.ac.kr").unwrap_err();
        assert_eq!(missing, rusqlite::Error::QueryReturnedNoRows);
        drop(store);
        fs::remove_file(path).unwrap();
    }
}
