use std::collections::BTreeMap;

use sip_message::{Aor, SipUri, Uri};

use crate::limits;

/// Counts the disposition notifications that are under way or wait, because peers make them come to be.
#[derive(Debug, Default)]
pub(super) struct Quota {
    all: usize,
    each: BTreeMap<Account, usize>,
}

/// Whom a notification is counted for: an address of record, or a host that stands without a user, as an intermediary's
/// may. Neither has a port or parameters, so that these make no other recipient.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Account {
    Aor(Aor),
    Host(String),
}

impl Account {
    /// `None` for what is no SIP URI, nor stands for one.
    pub(super) fn of(uri: &Uri<'_>) -> Option<Self> {
        let host = |uri: &SipUri<'_>| Self::Host(uri.host().to_string().to_ascii_lowercase());
        Aor::from_uri(uri).map(Self::Aor).or_else(|| uri.as_sip().map(host))
    }
}

impl Quota {
    /// Counts one more, unless there are enough.
    pub(super) fn take(&mut self, account: &Account) -> bool {
        let has_enough = |count: &usize| *count >= limits::NOTIFICATIONS_EACH;
        if self.all >= limits::NOTIFICATIONS || self.each.get(account).is_some_and(has_enough) {
            return false;
        }
        self.all += 1;
        *self.each.entry(account.clone()).or_default() += 1;
        true
    }

    /// So many that were counted have ended.
    pub(super) fn give_back(&mut self, account: &Account, count: usize) {
        self.all -= count;
        if let Some(left) = self.each.get_mut(account) {
            *left -= count;
            if *left == 0 {
                self.each.remove(account);
            }
        }
    }
}
