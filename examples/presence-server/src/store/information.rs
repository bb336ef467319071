//! The paper's Presence Information Table.

use rusqlite::{Connection, named_params};
use sip_message::Aor;
use sip_server::InformationRow;

use super::column::{Address, Time};

pub(super) const TABLE: &str = "presence_information";

pub(super) const SELECT: &str = "SELECT * FROM presence_information ORDER BY presentity";

pub(super) fn put(connection: &Connection, row: &InformationRow) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT OR REPLACE INTO presence_information (presentity, status, contact, modified_at_ns, document)
        VALUES (:presentity, :status, :contact, :modified_at, :document)",
    )?;
    statement.execute(named_params! {
        ":presentity": Address(row.presentity.clone()),
        ":status": row.basic,
        ":contact": row.contact,
        ":modified_at": Time(row.modified_at),
        ":document": row.document,
    })?;
    Ok(())
}

pub(super) fn delete(connection: &Connection, presentity: &Aor) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM presence_information WHERE presentity = :presentity")?
        .execute(named_params! { ":presentity": presentity.as_str() })?;
    Ok(())
}

pub(super) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<InformationRow> {
    Ok(InformationRow {
        presentity: row.get::<_, Address>("presentity")?.0,
        basic: row.get("status")?,
        contact: row.get("contact")?,
        modified_at: row.get::<_, Time>("modified_at_ns")?.0,
        document: row.get("document")?,
    })
}
