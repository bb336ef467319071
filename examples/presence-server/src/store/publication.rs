//! Published documents (RFC 3903), by entity-tag.

use rusqlite::{Connection, named_params};
use sip_event::PublicationRecord;
use sip_message::Aor;

use super::column::{Address, Time};

pub(super) const TABLE: &str = "publication";

pub(super) const SELECT: &str = "SELECT * FROM publication ORDER BY presentity, package, modified_at_ns, entity_tag";

pub(super) fn put(connection: &Connection, row: &PublicationRecord) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT OR REPLACE INTO publication (
            presentity, package, entity_tag, content_type, body, expires_at_ns, modified_at_ns
        ) VALUES (
            :presentity, :package, :entity_tag, :content_type, :body, :expires_at, :modified_at
        )",
    )?;
    statement.execute(named_params! {
        ":presentity": Address(row.resource.clone()),
        ":package": row.package,
        ":entity_tag": row.entity_tag,
        ":content_type": row.content_type,
        ":body": &row.body[..],
        ":expires_at": Time(row.expires_at),
        ":modified_at": Time(row.modified_at),
    })?;
    Ok(())
}

pub(super) fn delete(connection: &Connection, resource: &Aor, package: &str, entity_tag: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "DELETE FROM publication
            WHERE presentity = :presentity AND package = :package AND entity_tag = :entity_tag",
        )?
        .execute(named_params! {
            ":presentity": resource.as_str(),
            ":package": package,
            ":entity_tag": entity_tag,
        })?;
    Ok(())
}

pub(super) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<PublicationRecord> {
    Ok(PublicationRecord {
        resource: row.get::<_, Address>("presentity")?.0,
        package: row.get("package")?,
        entity_tag: row.get("entity_tag")?,
        content_type: row.get("content_type")?,
        body: row.get::<_, Vec<u8>>("body")?.into(),
        expires_at: row.get::<_, Time>("expires_at_ns")?.0,
        modified_at: row.get::<_, Time>("modified_at_ns")?.0,
    })
}
