//! The paper's Presence Subscription Table.

use rusqlite::{Connection, named_params};
use sip_event::{SubscriptionId, SubscriptionRecord, WatcherState};
use sip_server::SubscriptionRow;

use super::column::{Address, List, Socket, Time, Unsigned, Via, flow};

pub(super) const TABLE: &str = "presence_subscription";

pub(super) const SELECT: &str = "SELECT * FROM presence_subscription ORDER BY id";

pub(super) fn put(connection: &Connection, row: &SubscriptionRow) -> rusqlite::Result<()> {
    let SubscriptionRow { record, flow } = row;
    let mut statement = connection.prepare_cached(
        "INSERT OR REPLACE INTO presence_subscription (
            id, presentity, watcher, contact, state, expires_at_ns, package, event_id, call_id, local_tag, remote_tag,
            local_address, remote_address, route_set, accept, local_cseq, remote_cseq,
            flow_transport, flow_local, flow_remote, flow_connection
        ) VALUES (
            :id, :presentity, :watcher, :contact, :state, :expires_at, :package, :event_id, :call_id, :local_tag,
            :remote_tag, :local_address, :remote_address, :route_set, :accept, :local_cseq, :remote_cseq,
            :flow_transport, :flow_local, :flow_remote, :flow_connection
        )",
    )?;
    statement.execute(named_params! {
        ":id": Unsigned(record.id.0),
        ":presentity": Address(record.resource.clone()),
        ":watcher": Address(record.watcher.clone()),
        ":contact": record.remote_target,
        ":state": state_name(record.state),
        ":expires_at": Time(record.expires_at),
        ":package": record.package,
        ":event_id": record.event_id,
        ":call_id": record.call_id,
        ":local_tag": record.local_tag,
        ":remote_tag": record.remote_tag,
        ":local_address": record.local_address,
        ":remote_address": record.remote_address,
        ":route_set": List(record.route_set.clone()),
        ":accept": List(record.accept.clone()),
        ":local_cseq": record.local_cseq,
        ":remote_cseq": record.remote_cseq,
        ":flow_transport": Via(flow.transport),
        ":flow_local": Socket(flow.local),
        ":flow_remote": Socket(flow.remote),
        ":flow_connection": Unsigned(flow.connection),
    })?;
    Ok(())
}

pub(super) fn delete(connection: &Connection, id: SubscriptionId) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM presence_subscription WHERE id = :id")?
        .execute(named_params! { ":id": Unsigned(id.0) })?;
    Ok(())
}

pub(super) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<SubscriptionRow> {
    let record = SubscriptionRecord {
        id: SubscriptionId(row.get::<_, Unsigned>("id")?.0),
        resource: row.get::<_, Address>("presentity")?.0,
        watcher: row.get::<_, Address>("watcher")?.0,
        package: row.get("package")?,
        event_id: row.get("event_id")?,
        call_id: row.get("call_id")?,
        local_tag: row.get("local_tag")?,
        remote_tag: row.get("remote_tag")?,
        local_address: row.get("local_address")?,
        remote_address: row.get("remote_address")?,
        remote_target: row.get("contact")?,
        route_set: row.get::<_, List>("route_set")?.0,
        accept: row.get::<_, List>("accept")?.0,
        local_cseq: row.get("local_cseq")?,
        remote_cseq: row.get("remote_cseq")?,
        expires_at: row.get::<_, Time>("expires_at_ns")?.0,
        // The table's CHECK lets no third word in.
        state: match row.get::<_, String>("state")?.as_str() {
            "active" => WatcherState::Active,
            _ => WatcherState::Pending,
        },
    };
    Ok(SubscriptionRow {
        record,
        flow: flow(row)?,
    })
}

fn state_name(state: WatcherState) -> &'static str {
    match state {
        WatcherState::Active => "active",
        WatcherState::Pending => "pending",
    }
}
