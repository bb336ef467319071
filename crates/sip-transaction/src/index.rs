use std::{collections::BTreeSet, time::Instant};

use crate::{ClientId, Destination, ServerId};

/// Any transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Id {
    Client(ClientId),
    Server(ServerId),
}

impl Id {
    const FIRST: Self = Self::Client(ClientId(0));
    const LAST: Self = Self::Server(ServerId(u64::MAX));
}

/// What the index knows of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// When its next timer fires.
    pub(crate) wake: Instant,
    /// It is answered: at `wake` it goes, and nothing is lost but the memory of it when it goes before.
    pub(crate) answered: bool,
    /// Where it has sent to, if it is to hear that this failed.
    pub(crate) sent_to: Option<Destination>,
    /// Octets that it keeps.
    pub(crate) bytes: usize,
}

/// Finds transactions by their next timer and by where they have sent to, and adds up what they keep.
#[derive(Debug, Default)]
pub(crate) struct Index {
    waiting: BTreeSet<(Instant, Id)>,
    answered_clients: BTreeSet<(Instant, Id)>,
    answered_servers: BTreeSet<(Instant, Id)>,
    sent_to: BTreeSet<(Destination, Id)>,
    bytes: usize,
}

impl Index {
    /// Octets that all transactions keep.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// When the next timer fires.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        [&self.waiting, &self.answered_clients, &self.answered_servers]
            .iter()
            .filter_map(|set| set.first().map(|(wake, _)| *wake))
            .min()
    }

    /// The transactions whose timer has fired, in the order of their timers.
    pub(crate) fn due(&self, now: Instant) -> Vec<Id> {
        let mut due: Vec<_> = [&self.waiting, &self.answered_clients, &self.answered_servers]
            .into_iter()
            .flat_map(|set| set.range(..=(now, Id::LAST)))
            .copied()
            .collect();
        due.sort_unstable();
        due.into_iter().map(|(_, id)| id).collect()
    }

    /// The transactions that have sent there.
    pub(crate) fn sent_to(&self, to: Destination) -> Vec<Id> {
        let range = self.sent_to.range((to, Id::FIRST)..=(to, Id::LAST));
        range.map(|(_, id)| *id).collect()
    }

    /// The answered client transaction that is the next to go.
    pub(crate) fn first_answered_client(&self) -> Option<Id> {
        self.answered_clients.first().map(|(_, id)| *id)
    }

    /// The answered server transaction that is the next to go.
    pub(crate) fn first_answered_server(&self) -> Option<Id> {
        self.answered_servers.first().map(|(_, id)| *id)
    }

    pub(crate) fn insert(&mut self, id: Id, mark: &Mark) {
        self.timers(id, mark).insert((mark.wake, id));
        if let Some(to) = mark.sent_to {
            self.sent_to.insert((to, id));
        }
        self.bytes += mark.bytes;
    }

    pub(crate) fn remove(&mut self, id: Id, mark: &Mark) {
        self.timers(id, mark).remove(&(mark.wake, id));
        if let Some(to) = mark.sent_to {
            self.sent_to.remove(&(to, id));
        }
        self.bytes -= mark.bytes;
    }

    /// A transaction has moved on.
    pub(crate) fn change(&mut self, id: Id, from: &Mark, to: &Mark) {
        if from != to {
            self.remove(id, from);
            self.insert(id, to);
        }
    }

    const fn timers(&mut self, id: Id, mark: &Mark) -> &mut BTreeSet<(Instant, Id)> {
        match id {
            _ if !mark.answered => &mut self.waiting,
            Id::Client(_) => &mut self.answered_clients,
            Id::Server(_) => &mut self.answered_servers,
        }
    }
}
