use std::collections::BTreeMap;

use super::{State, Status, Watcher, WatcherInfo, WatcherList};

/// What a subscriber knows of the watchers, from the documents that it received (RFC 3858 section 4).
///
/// ```
/// use pidf::watcherinfo::{State, Table, Update, WatcherInfo};
///
/// let mut table = Table::default();
/// table.apply(WatcherInfo::new(5, State::Full));
/// assert_eq!(table.apply(WatcherInfo::new(7, State::Partial)), Update::Gap);
/// assert_eq!(table.apply(WatcherInfo::new(6, State::Partial)), Update::Discarded);
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
pub enum Update {
    /// The table is up to date.
    Applied,
    /// Older than what is known, or the same again: nothing changed.
    Discarded,
    /// It was applied, and what was between it and the one before is missing: refresh the subscription, so that the full
    /// state is sent.
    Gap,
}

impl Table {
    /// Brings the table up to date with a document.
    ///
    /// A document with the version that is known already is discarded too: section 4 does not name the case, and the same
    /// document says nothing new.
    pub fn apply(&mut self, info: WatcherInfo) -> Update {
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
        update
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

    #[test]
    fn partial_state_adds_and_updates_rows() {
        let mut table = Table::default();
        let first = info(
            0,
            State::Full,
            &[("sip:a", "1", Status::Pending), ("sip:a", "2", Status::Active)],
        );
        assert_eq!(table.apply(first), Update::Applied);
        let second = info(
            1,
            State::Partial,
            &[
                ("sip:a", "1", Status::Active),
                ("sip:a", "3", Status::Terminated),
                ("sip:b", "4", Status::Waiting),
            ],
        );
        assert_eq!(table.apply(second), Update::Applied);
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
            table.apply(info(2, State::Full, &[("sip:c", "9", Status::Active)])),
            Update::Applied
        );
        assert_eq!(rows(&table), [("sip:c", "9", Status::Active)]);
    }

    #[test]
    fn versions_order_the_documents() {
        let partial = |version| WatcherInfo::new(version, State::Partial);
        let mut table = Table::default();
        assert_eq!(table.apply(partial(3)), Update::Gap);
        assert_eq!(table.apply(partial(4)), Update::Applied);
        assert_eq!(table.apply(partial(4)), Update::Discarded);
        assert_eq!(table.apply(partial(2)), Update::Discarded);
        assert_eq!(table.apply(partial(9)), Update::Gap);
        assert_eq!(table.apply(WatcherInfo::new(20, State::Full)), Update::Applied);
        assert_eq!(table.apply(partial(u32::MAX)), Update::Gap);
        assert!(table.to_watcherinfo().next_partial().is_err());
    }
}
