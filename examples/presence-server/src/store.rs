//! The embedded store: an SQLite file whose tables an operator can read with the `sqlite3` tool.

mod binding;
mod column;
mod information;
mod publication;
mod subscription;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use sip_server::{Change, Row, RowKey};
use sip_tokio::StoreError;

/// The version of the tables, kept as SQLite's `user_version`.
const VERSION: i64 = 1;

/// How long a commit waits for an operator who has a write transaction open in the `sqlite3` tool. Requests wait as
/// long, so it is well below the 32 seconds after which clients give up (RFC 3261 section 17.1.2.2).
const BUSY: Duration = Duration::from_secs(5);

/// The statements in use: two per table.
const STATEMENTS: usize = 16;

/// Where the server's rows are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreLocation {
    /// In a file, created when it does not exist.
    File(PathBuf),
    /// In memory: gone when the server ends.
    Memory,
}

/// The server's rows in SQLite: a write-ahead log, synced at each commit, so that what was committed survives a kill of
/// the process and of the machine.
///
/// The tables are `presence_subscription`, `presence_information`, `publication`, `binding` and `server_secret`. They
/// can be read while the server runs.
///
/// ```
/// use presence_server::{SqliteStore, StoreLocation};
/// use sip_tokio::Store;
///
/// let mut store = SqliteStore::open(&StoreLocation::Memory)?;
/// assert!(store.load()?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SqliteStore {
    connection: Connection,
    // After the connection: closing any descriptor of the file drops SQLite's locks on it.
    _lock: Option<fs::File>,
    location: StoreLocation,
}

/// Why the store does not work. Each names the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreOpenError {
    /// The file cannot be created or opened.
    #[error("cannot open the store {location}: {source}")]
    File {
        /// Which store.
        location: StoreLocation,
        /// Why.
        source: std::io::Error,
    },
    /// The file is a database of another program.
    #[error("the store {location} is a database of another program: it has tables, and none of them is ours")]
    Foreign {
        /// Which store.
        location: StoreLocation,
    },
    /// Another server has the file open.
    #[error("the store {location} is in use by another server")]
    InUse {
        /// Which store.
        location: StoreLocation,
    },
    /// A newer server wrote the file.
    #[error("the store {location} has tables of version {found}, and this server knows versions up to {known}")]
    Newer {
        /// Which store.
        location: StoreLocation,
        /// The version of its tables.
        found: i64,
        /// The newest that is known here.
        known: i64,
    },
    /// SQLite reports an error.
    #[error("the store {location}: {source}")]
    Sqlite {
        /// Which store.
        location: StoreLocation,
        /// Why.
        source: rusqlite::Error,
    },
}

/// A row that cannot be read back, because somebody else wrote it.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {source}")]
struct BadRow {
    // The table, and the column when it is one.
    place: String,
    source: rusqlite::Error,
}

impl SqliteStore {
    /// Opens the store, creating it when it does not exist. The file is readable by its owner only, and one server at
    /// a time has it.
    ///
    /// # Errors
    /// When the file cannot be opened, is in use, or is not a store that this version knows.
    pub fn open(location: &StoreLocation) -> Result<Self, StoreOpenError> {
        let failed = |source| StoreOpenError::Sqlite {
            location: location.clone(),
            source,
        };
        let (connection, lock) = match location {
            StoreLocation::File(path) => {
                let lock = lock(path, location)?;
                (Connection::open(path).map_err(failed)?, lock)
            }
            StoreLocation::Memory => (Connection::open_in_memory().map_err(failed)?, None),
        };
        let mut store = Self {
            connection,
            _lock: lock,
            location: location.clone(),
        };
        store.configure().map_err(failed)?;
        store.create_tables()?;
        Ok(store)
    }

    /// Where it is.
    #[must_use]
    pub const fn location(&self) -> &StoreLocation {
        &self.location
    }

    /// The key that nonces are signed with: the one of the first start, so that nonces stay valid over restarts.
    /// `new` is kept when there is none yet.
    ///
    /// # Errors
    /// When SQLite reports one.
    pub fn nonce_key(&mut self, new: [u8; 32]) -> Result<[u8; 32], StoreOpenError> {
        let failed = |source| StoreOpenError::Sqlite {
            location: self.location.clone(),
            source,
        };
        self.connection
            .execute(
                "INSERT OR IGNORE INTO server_secret (name, value) VALUES ('nonce_key', ?1)",
                [new],
            )
            .map_err(failed)?;
        self.connection
            .query_row("SELECT value FROM server_secret WHERE name = 'nonce_key'", [], |row| {
                row.get(0)
            })
            .map_err(failed)
    }

    fn configure(&self) -> rusqlite::Result<()> {
        self.connection.busy_timeout(BUSY)?;
        self.connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // Answers with the mode, which stays `memory` for a store in memory.
        self.connection
            .pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        // FULL syncs the log at every commit: without it a power cut undoes commits that were confirmed.
        self.connection.pragma_update(None, "synchronous", "FULL")
    }

    fn create_tables(&mut self) -> Result<(), StoreOpenError> {
        let location = self.location.clone();
        let failed = |source| StoreOpenError::Sqlite {
            location: location.clone(),
            source,
        };
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        let found: i64 = transaction
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(failed)?;
        if found > VERSION {
            return Err(StoreOpenError::Newer {
                location,
                found,
                known: VERSION,
            });
        }
        if found < VERSION {
            let a_table = transaction
                .query_row("SELECT name FROM sqlite_schema LIMIT 1", [], |_| Ok(()))
                .optional()
                .map_err(failed)?;
            if a_table.is_some() {
                return Err(StoreOpenError::Foreign { location });
            }
            transaction
                .execute_batch(include_str!("store/schema.sql"))
                .map_err(failed)?;
            transaction
                .pragma_update(None, "user_version", VERSION)
                .map_err(failed)?;
        }
        transaction.commit().map_err(failed)
    }

    /// An error of the driver's kind, which names the store.
    fn error(&self, error: impl fmt::Display) -> StoreError {
        StoreError::new(format!("{}: {error}", self.location))
    }

    fn load_rows(&self) -> Result<Vec<Row>, BadRow> {
        let mut rows = Vec::new();
        self.load_table(binding::TABLE, binding::SELECT, |row| {
            rows.push(Row::Binding(Box::new(binding::read(row)?)));
            Ok(())
        })?;
        self.load_table(publication::TABLE, publication::SELECT, |row| {
            rows.push(Row::Publication(Box::new(publication::read(row)?)));
            Ok(())
        })?;
        self.load_table(information::TABLE, information::SELECT, |row| {
            rows.push(Row::Information(Box::new(information::read(row)?)));
            Ok(())
        })?;
        self.load_table(subscription::TABLE, subscription::SELECT, |row| {
            rows.push(Row::Subscription(Box::new(subscription::read(row)?)));
            Ok(())
        })?;
        Ok(rows)
    }

    fn load_table(
        &self,
        table: &'static str,
        select: &str,
        mut read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), BadRow> {
        let mut names = Vec::new();
        let mut run = || {
            let mut statement = self.connection.prepare(select)?;
            names = statement.column_names().map(str::to_owned).collect();
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                read(row)?;
            }
            Ok(())
        };
        run().map_err(|source: rusqlite::Error| {
            let column = match &source {
                rusqlite::Error::FromSqlConversionFailure(index, ..)
                | rusqlite::Error::IntegralValueOutOfRange(index, _)
                | rusqlite::Error::InvalidColumnType(index, ..) => names.get(*index).cloned(),
                _ => None,
            };
            let place = match column {
                Some(column) => format!("table {table}, column {column}"),
                None => format!("table {table}"),
            };
            BadRow { place, source }
        })
    }

    fn write(&mut self, changes: &[Change]) -> rusqlite::Result<()> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        for change in changes {
            match change {
                Change::Delete(RowKey::Binding { aor, contact }) => {
                    binding::delete(&transaction, aor, contact)?;
                }
                Change::Delete(RowKey::Information(presentity)) => {
                    information::delete(&transaction, presentity)?;
                }
                Change::Delete(RowKey::Publication {
                    resource,
                    package,
                    entity_tag,
                }) => {
                    publication::delete(&transaction, resource, package, entity_tag)?;
                }
                Change::Delete(RowKey::Subscription(id)) => {
                    subscription::delete(&transaction, *id)?;
                }
                Change::Put(Row::Binding(row)) => binding::put(&transaction, row)?,
                Change::Put(Row::Information(row)) => information::put(&transaction, row)?,
                Change::Put(Row::Publication(row)) => publication::put(&transaction, row)?,
                Change::Put(Row::Subscription(row)) => subscription::put(&transaction, row)?,
                unknown => {
                    let text = format!("no table for {unknown:?}");
                    return Err(rusqlite::Error::ToSqlConversionFailure(text.into()));
                }
            }
        }
        transaction.commit()
    }
}

/// Creates the file when there is none, for its owner only (the nonce key is in it), and locks it against a second
/// server. SQLite's own locks are of another kind, so that the `sqlite3` tool can still read.
#[cfg(unix)]
fn lock(path: &Path, location: &StoreLocation) -> Result<Option<fs::File>, StoreOpenError> {
    use std::os::unix::fs::OpenOptionsExt;

    let failed = |source| StoreOpenError::File {
        location: location.clone(),
        source,
    };
    let file = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Err(StoreOpenError::InUse {
            location: location.clone(),
        }),
        Err(fs::TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Where locks are mandatory, SQLite itself could not write to a file that is locked.
#[cfg(not(unix))]
fn lock(_: &Path, _: &StoreLocation) -> Result<Option<fs::File>, StoreOpenError> {
    Ok(None)
}

impl std::str::FromStr for StoreLocation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "" => Err("expected the path of a file, or :memory:".to_owned()),
            ":memory:" => Ok(Self::Memory),
            path => Ok(Self::File(path.into())),
        }
    }
}

impl fmt::Display for StoreLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Memory => f.write_str(":memory:"),
        }
    }
}

impl sip_tokio::Store for SqliteStore {
    fn load(&mut self) -> Result<Vec<Row>, StoreError> {
        self.load_rows().map_err(|error| self.error(error))
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        self.write(changes).map_err(|error| self.error(error))
    }
}

#[cfg(test)]
mod tests;
