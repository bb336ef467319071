use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use sip_message::Aor;

use super::record::{SubscriptionId, SubscriptionRecord};
use crate::{Body, dialog::Ids};

/// The subscriptions and the ways to find one.
#[derive(Debug, Default)]
pub(super) struct Table {
    entries: BTreeMap<SubscriptionId, Entry>,
    dialogs: BTreeMap<DialogKey, SubscriptionId>,
    // Of subscriptions that last: those that a SUBSCRIBE without To tag can mean.
    origins: BTreeMap<Origin, SubscriptionId>,
    // Of subscriptions that last.
    resources: BTreeMap<Aor, BTreeSet<SubscriptionId>>,
    expiries: BTreeSet<(Instant, SubscriptionId)>,
    // How many entries a watcher has.
    watchers: BTreeMap<Aor, usize>,
}

/// A subscription.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) record: SubscriptionRecord,
    pub(super) deadline: Instant,
    pub(super) phase: Phase,
    /// Whether there is a row for it: not for a fetch, and not any more when the last NOTIFY is sent.
    pub(super) stored: bool,
    /// Whether a NOTIFY is.
    pub(super) under_way: bool,
    /// The newest state, when it came while a NOTIFY was under way.
    pub(super) waiting: Option<Option<Body>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Active or pending.
    Lasting,
    /// Over for this reason; the last NOTIFY waits for the state.
    Ending(&'static str),
    /// The last NOTIFY is under way.
    Ended,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct DialogKey {
    call_id: String,
    local_tag: String,
    remote_tag: String,
}

/// What makes two SUBSCRIBEs without To tag the same one (a retransmission that outlived its transaction).
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Origin {
    pub(super) call_id: String,
    pub(super) remote_tag: String,
    pub(super) resource: Aor,
    pub(super) watcher: Aor,
    pub(super) package: String,
    pub(super) event_id: Option<String>,
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn entry(&self, id: SubscriptionId) -> Option<&Entry> {
        self.entries.get(&id)
    }

    pub(super) fn entry_mut(&mut self, id: SubscriptionId) -> Option<&mut Entry> {
        self.entries.get_mut(&id)
    }

    /// The subscriptions to a resource that last.
    pub(super) fn lasting<'a>(&'a self, resource: &Aor) -> impl Iterator<Item = &'a SubscriptionRecord> + use<'a> {
        self.resources
            .get(resource)
            .into_iter()
            .flatten()
            .filter_map(|id| self.entries.get(id))
            .map(|entry| &entry.record)
    }

    pub(super) fn count_of_resource(&self, resource: &Aor) -> usize {
        self.resources.get(resource).map_or(0, BTreeSet::len)
    }

    pub(super) fn count_of_watcher(&self, watcher: &Aor) -> usize {
        self.watchers.get(watcher).copied().unwrap_or_default()
    }

    /// The subscription of the dialog that a request from the watcher names by Call-ID and tags.
    pub(super) fn of_dialog(&self, ids: &Ids) -> Option<SubscriptionId> {
        let key = DialogKey {
            call_id: ids.call_id.clone(),
            local_tag: ids.to_tag.clone()?,
            remote_tag: ids.from_tag.clone(),
        };
        self.dialogs.get(&key).copied()
    }

    pub(super) fn of_origin(&self, origin: &Origin) -> Option<SubscriptionId> {
        self.origins.get(origin).copied()
    }

    pub(super) fn next_expiry(&self) -> Option<(Instant, SubscriptionId)> {
        self.expiries.first().copied()
    }

    pub(super) fn insert(&mut self, entry: Entry) {
        let record = &entry.record;
        let id = record.id;
        self.remove(id);
        self.dialogs.insert(DialogKey::of(record), id);
        *self.watchers.entry(record.watcher.clone()).or_default() += 1;
        if entry.phase == Phase::Lasting {
            self.origins.insert(Origin::of(record), id);
            self.resources.entry(record.resource.clone()).or_default().insert(id);
            self.expiries.insert((entry.deadline, id));
        }
        self.entries.insert(id, entry);
    }

    pub(super) fn set_deadline(&mut self, id: SubscriptionId, deadline: Instant) {
        if let Some(entry) = self.entries.get_mut(&id) {
            self.expiries.remove(&(entry.deadline, id));
            self.expiries.insert((deadline, id));
            entry.deadline = deadline;
        }
    }

    /// The subscription lasts no longer. False when it did not before.
    pub(super) fn begin_end(&mut self, id: SubscriptionId, reason: &'static str) -> bool {
        let Some(entry) = self.entries.get_mut(&id) else {
            return false;
        };
        if entry.phase != Phase::Lasting {
            return false;
        }
        entry.phase = Phase::Ending(reason);
        let (deadline, resource) = (entry.deadline, entry.record.resource.clone());
        let origin = Origin::of(&entry.record);
        self.expiries.remove(&(deadline, id));
        if self.origins.get(&origin) == Some(&id) {
            self.origins.remove(&origin);
        }
        if let Some(ids) = self.resources.get_mut(&resource) {
            ids.remove(&id);
            if ids.is_empty() {
                self.resources.remove(&resource);
            }
        }
        true
    }

    pub(super) fn remove(&mut self, id: SubscriptionId) -> Option<Entry> {
        self.begin_end(id, "");
        let entry = self.entries.remove(&id)?;
        let key = DialogKey::of(&entry.record);
        if self.dialogs.get(&key) == Some(&id) {
            self.dialogs.remove(&key);
        }
        let watcher = &entry.record.watcher;
        if let Some(count) = self.watchers.get_mut(watcher) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.watchers.remove(watcher);
            }
        }
        Some(entry)
    }
}

impl DialogKey {
    fn of(record: &SubscriptionRecord) -> Self {
        Self {
            call_id: record.call_id.clone(),
            local_tag: record.local_tag.clone(),
            remote_tag: record.remote_tag.clone(),
        }
    }
}

impl Origin {
    fn of(record: &SubscriptionRecord) -> Self {
        Self {
            call_id: record.call_id.clone(),
            remote_tag: record.remote_tag.clone(),
            resource: record.resource.clone(),
            watcher: record.watcher.clone(),
            package: record.package.clone(),
            event_id: record.event_id.clone(),
        }
    }
}
