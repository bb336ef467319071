use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use sip_message::Aor;

use super::PublicationRecord;

/// The publications, and when they expire.
#[derive(Debug, Default)]
pub(super) struct Table {
    // Of each resource and package those that there are, the one modified longest ago first. They are few: searched
    // from end to end.
    publications: BTreeMap<Key, Vec<Publication>>,
    expiries: BTreeSet<(Instant, Key, String)>,
}

/// A resource and the index of an event package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) resource: Aor,
    pub(super) package: usize,
}

#[derive(Debug)]
pub(super) struct Publication {
    pub(super) record: PublicationRecord,
    pub(super) deadline: Instant,
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.expiries.len()
    }

    pub(super) fn of(&self, key: &Key) -> &[Publication] {
        self.publications.get(key).map_or(&[], Vec::as_slice)
    }

    pub(super) fn find(&self, key: &Key, entity_tag: &str) -> Option<&Publication> {
        let mut publications = self.of(key).iter();
        publications.find(|publication| publication.record.entity_tag == entity_tag)
    }

    pub(super) fn next_expiry(&self) -> Option<Instant> {
        self.expiries.first().map(|(deadline, ..)| *deadline)
    }

    /// The publication that expired first.
    pub(super) fn expired(&self, now: Instant) -> Option<(Key, String)> {
        let (deadline, key, entity_tag) = self.expiries.first()?;
        (*deadline <= now).then(|| (key.clone(), entity_tag.clone()))
    }

    /// Behind all that were not modified later.
    pub(super) fn insert(&mut self, key: Key, publication: Publication) {
        self.remove(&key, &publication.record.entity_tag);
        let entity_tag = publication.record.entity_tag.clone();
        self.expiries.insert((publication.deadline, key.clone(), entity_tag));
        let all = self.publications.entry(key).or_default();
        let modified_at = publication.record.modified_at;
        let at = all.partition_point(|other| other.record.modified_at <= modified_at);
        all.insert(at, publication);
    }

    pub(super) fn remove(&mut self, key: &Key, entity_tag: &str) -> Option<Publication> {
        let all = self.publications.get_mut(key)?;
        let at = all
            .iter()
            .position(|publication| publication.record.entity_tag == entity_tag)?;
        let publication = all.remove(at);
        if all.is_empty() {
            self.publications.remove(key);
        }
        let entity_tag = publication.record.entity_tag.clone();
        self.expiries.remove(&(publication.deadline, key.clone(), entity_tag));
        Some(publication)
    }
}
