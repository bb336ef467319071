//! Bindings of addresses of record to contacts (RFC 3261 section 10).

use rusqlite::{Connection, named_params};
use sip_message::Aor;
use sip_server::BindingRow;

use super::column::{Address, Socket, Time, Unsigned, Via, flow};

pub(super) const TABLE: &str = "binding";

pub(super) const SELECT: &str = "SELECT * FROM binding ORDER BY aor, uri";

pub(super) fn put(connection: &Connection, row: &BindingRow) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT OR REPLACE INTO binding (
            aor, uri, contact, expires_at_ns, call_id, cseq, flow_transport, flow_local, flow_remote, flow_connection
        ) VALUES (
            :aor, :uri, :contact, :expires_at, :call_id, :cseq,
            :flow_transport, :flow_local, :flow_remote, :flow_connection
        )",
    )?;
    statement.execute(named_params! {
        ":aor": Address(row.aor.clone()),
        ":uri": row.uri,
        ":contact": row.contact,
        ":expires_at": Time(row.expires_at),
        ":call_id": row.call_id,
        ":cseq": row.cseq,
        ":flow_transport": Via(row.flow.transport),
        ":flow_local": Socket(row.flow.local),
        ":flow_remote": Socket(row.flow.remote),
        ":flow_connection": Unsigned(row.flow.connection),
    })?;
    Ok(())
}

pub(super) fn delete(connection: &Connection, aor: &Aor, uri: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM binding WHERE aor = :aor AND uri = :uri")?
        .execute(named_params! { ":aor": aor.as_str(), ":uri": uri })?;
    Ok(())
}

pub(super) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<BindingRow> {
    Ok(BindingRow {
        aor: row.get::<_, Address>("aor")?.0,
        uri: row.get("uri")?,
        contact: row.get("contact")?,
        expires_at: row.get::<_, Time>("expires_at_ns")?.0,
        call_id: row.get("call_id")?,
        cseq: row.get("cseq")?,
        flow: flow(row)?,
    })
}
