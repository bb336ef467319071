use std::collections::BTreeMap;

use super::{State, Status, Watcher, WatcherInfo, WatcherList};
use crate::Limits;

/// What a subscriber knows of the watchers, from the documents that it received (RFC 3858 section 4).
///
/// ```
/// use pidf::Limits;
/// use pidf::watcherinfo::{State, Table, Update, WatcherInfo};
///
/// let limits = Limits::default();
/// let mut table = Table::default();
/// assert_eq!(table.apply(WatcherInfo::new(5, State::Full), &limits), Update::Applied);
/// assert_eq!(table.apply(WatcherInfo::new(7, State::Partial), &limits), Update::Gap);
/// assert_eq!(table.apply(WatcherInfo::new(6, State::Partial), &limits), Update::Discarded);
/// assert_eq!(table.version(), Some(7));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    version: Option<u32>,
    lists: Vec<WatcherList>,
}

/// What became of a document that was applied to a [`Table`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
#[non_exhaustive]
pub enum Update {
    /// The table is up to date.
    Applied,
    /// Older than what is known, or the same again: nothing changed.
    Discarded,
    /// It was applied, and what was between it and the one before is missing: refresh the subscription, so that the full
    /// state is sent.
    Gap,
    /// The table would have become larger than a document may be: it was emptied, and with the next partial document it has
    /// a gap.
    TooLarge,
}

impl Table {
    /// Brings the table up to date with a document.
    ///
    /// A document with the version that is known already is discarded too: section 4 does not name the case, and the same
    /// document says nothing new.
    ///
    /// The table is held to the [`Limits`] on documents, elements and bytes, as what is told in many small ones adds up. Of
    /// what is beyond them, the watchers whose subscription is over go first.
    pub fn apply(&mut self, info: WatcherInfo, limits: &Limits) -> Update {
        let update = match self.version {
            Some(known) if info.version <= known => return Update::Discarded,
            // The full state needs nothing of what was before it.
            Some(known) if info.version - known > 1 && info.state == State::Partial => Update::Gap,
            None if info.state == State::Partial => Update::Gap,
            _ => Update::Applied,
        };
        self.version = Some(info.version);
        match info.state {
            State::Full => self.lists = info.lists,
            State::Partial => self.merge(info.lists),
        }
        if self.is_beyond(limits) {
            self.remove_terminated();
        }
        if self.is_beyond(limits) {
            *self = Self::default();
            return Update::TooLarge;
        }
        update
    }

    fn is_beyond(&self, limits: &Limits) -> bool {
        let rows = || self.lists.iter().flat_map(|list| &list.watchers);
        let keys = self.lists.iter().map(|list| &list.key);
        let of_keys: usize = keys
            .map(|key| key.resource.as_str().len() + key.package.as_str().len())
            .sum();
        let of_row = |row: &Watcher| {
            let name = row.display_name.as_ref().map_or(0, |name| name.as_str().len());
            row.id.as_str().len() + row.uri.as_str().len() + name
        };
        let bytes = of_keys + rows().map(of_row).sum::<usize>();
        self.lists.len() + rows().count() > limits.elements || bytes > limits.bytes
    }

    fn merge(&mut self, lists: Vec<WatcherList>) {
        // Found through maps, so that long tables cost no more than their length.
        let known = self.lists.iter().enumerate();
        let mut tables: BTreeMap<_, _> = known.map(|(index, list)| (list.key.clone(), index)).collect();
        for list in lists {
            let next = self.lists.len();
            let index = *tables.entry(list.key.clone()).or_insert(next);
            match self.lists.get_mut(index) {
                Some(known) => merge_rows(&mut known.watchers, list.watchers),
                None => self.lists.push(list),
            }
        }
    }

    /// Forgets the watchers whose subscription is over, which section 4 allows at any time.
    pub fn remove_terminated(&mut self) {
        for list in &mut self.lists {
            list.watchers.retain(|watcher| watcher.status != Status::Terminated);
        }
    }

    /// The version of the last document that was applied.
    pub const fn version(&self) -> Option<u32> {
        self.version
    }

    /// The lists with their watchers, in the order in which they were first told.
    pub fn lists(&self) -> &[WatcherList] {
        &self.lists
    }

    /// The table as a document with the full state, in its version.
    pub fn to_watcherinfo(&self) -> WatcherInfo {
        WatcherInfo {
            version: self.version.unwrap_or(0),
            state: State::Full,
            lists: self.lists.clone(),
        }
    }
}

fn merge_rows(rows: &mut Vec<Watcher>, watchers: Vec<Watcher>) {
    let known = rows.iter().enumerate();
    let mut indexes: BTreeMap<_, _> = known.map(|(index, row)| (row.id.clone(), index)).collect();
    for watcher in watchers {
        let next = rows.len();
        let index = *indexes.entry(watcher.id.clone()).or_insert(next);
        match rows.get_mut(index) {
            Some(row) => *row = watcher,
            None => rows.push(watcher),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watcherinfo::{Event, ListKey, WatcherId};

    fn key(resource: &str) -> ListKey {
        ListKey {
            resource: resource.parse().unwrap(),
            package: "presence".parse().unwrap(),
        }
    }

    fn watcher(id: &str, status: Status) -> Watcher {
        let uri = "sip:w@example.test".parse().unwrap();
        Watcher::new(WatcherId::new(id).unwrap(), uri, status, Event::Subscribe)
    }

    fn info(version: u32, state: State, rows: &[(&str, &str, Status)]) -> WatcherInfo {
        let mut info = WatcherInfo::new(version, state);
        for (resource, id, status) in rows {
            info.list_mut(key(resource)).insert(watcher(id, *status));
        }
        info
    }

    fn rows(table: &Table) -> Vec<(&str, &str, Status)> {
        let lists = table.lists().iter();
        lists
            .flat_map(|list| {
                let rows = list.watchers().iter();
                rows.map(|row| (list.key().resource.as_str(), row.id.as_str(), row.status))
            })
            .collect()
    }

    fn apply(table: &mut Table, info: WatcherInfo) -> Update {
        table.apply(info, &Limits::default())
    }

    /// What no single document says may add up.
    #[test]
    fn a_table_is_as_bounded_as_a_document() {
        let limits = Limits {
            elements: 3,
            bytes: 100,
            ..Limits::default()
        };
        let mut table = Table::default();
        let mut told = |version, id: &str, status| {
            let state = if version == 0 { State::Full } else { State::Partial };
            table.apply(info(version, state, &[("sip:a", id, status)]), &limits)
        };
        assert_eq!(told(0, "1", Status::Active), Update::Applied);
        assert_eq!(told(1, "2", Status::Terminated), Update::Applied);
        // The one that is over makes room.
        assert_eq!(told(2, "3", Status::Active), Update::Applied);
        assert_eq!(told(3, "4", Status::Active), Update::TooLarge);
        assert_eq!(told(4, "5", Status::Active), Update::Gap);
        assert_eq!(told(5, &"6".repeat(100), Status::Active), Update::TooLarge);
    }

    #[test]
    fn partial_state_adds_and_updates_rows() {
        let mut table = Table::default();
        let first = info(
            0,
            State::Full,
            &[("sip:a", "1", Status::Pending), ("sip:a", "2", Status::Active)],
        );
        assert_eq!(apply(&mut table, first), Update::Applied);
        let second = info(
            1,
            State::Partial,
            &[
                ("sip:a", "1", Status::Active),
                ("sip:a", "3", Status::Terminated),
                ("sip:b", "4", Status::Waiting),
            ],
        );
        assert_eq!(apply(&mut table, second), Update::Applied);
        let expected = [
            ("sip:a", "1", Status::Active),
            ("sip:a", "2", Status::Active),
            ("sip:a", "3", Status::Terminated),
            ("sip:b", "4", Status::Waiting),
        ];
        assert_eq!(rows(&table), expected);
        table.remove_terminated();
        assert_eq!(rows(&table).len(), 3);
        // The full state flushes what was known.
        assert_eq!(
            apply(&mut table, info(2, State::Full, &[("sip:c", "9", Status::Active)])),
            Update::Applied
        );
        assert_eq!(rows(&table), [("sip:c", "9", Status::Active)]);
    }

    #[test]
    fn versions_order_the_documents() {
        let partial = |version| WatcherInfo::new(version, State::Partial);
        let mut table = Table::default();
        assert_eq!(apply(&mut table, partial(3)), Update::Gap);
        assert_eq!(apply(&mut table, partial(4)), Update::Applied);
        assert_eq!(apply(&mut table, partial(4)), Update::Discarded);
        assert_eq!(apply(&mut table, partial(2)), Update::Discarded);
        assert_eq!(apply(&mut table, partial(9)), Update::Gap);
        assert_eq!(apply(&mut table, WatcherInfo::new(20, State::Full)), Update::Applied);
        assert_eq!(apply(&mut table, partial(u32::MAX)), Update::Gap);
        assert!(table.to_watcherinfo().next_partial().is_err());
    }
}
