use sip_message::{
    Message, Method, UriBuf, ValueError,
    headers::{Event, SubscriptionState},
};

use super::{config::NotifierConfig, record::SubscriptionRecord};
use crate::{
    Body,
    dialog::{self, Outgoing},
};

/// The NOTIFY with the record's CSeq, and its next hop.
pub(super) fn notify(
    record: &SubscriptionRecord,
    state: &SubscriptionState<'_>,
    body: Option<&Body>,
    config: &NotifierConfig,
) -> Result<(Message, UriBuf), ValueError> {
    let (builder, next_hop) = Outgoing {
        method: Method::Notify,
        local: &record.local_address,
        local_tag: &record.local_tag,
        remote: &record.remote_address,
        remote_tag: &record.remote_tag,
        call_id: &record.call_id,
        cseq: record.local_cseq,
        target: &record.remote_target,
        route_set: &record.route_set,
    }
    .start()?;
    let event = Event::new(&record.package)?;
    let event = match &record.event_id {
        Some(id) => event.with_id(id)?,
        None => event,
    };
    let builder = dialog::add_contact(builder, &config.contact)
        .header(&event)
        .header(state);
    let builder = dialog::add_user_agent(builder, config.server.as_deref());
    let builder = match body {
        Some(body) => body.add_to(builder),
        None => builder,
    };
    Ok((builder.build(), next_hop))
}

/// The octets that a record keeps of what its peer sent.
pub(super) fn octets(record: &SubscriptionRecord) -> usize {
    let lists = record.route_set.iter().chain(&record.accept);
    [
        &record.call_id,
        &record.remote_tag,
        &record.local_address,
        &record.remote_address,
        &record.remote_target,
    ]
    .into_iter()
    .chain(record.event_id.as_ref())
    .chain(lists)
    .map(String::len)
    .sum()
}
