use std::{
    cmp::Reverse,
    collections::{BTreeMap, VecDeque},
    ops::Bound,
};

use sip_message::{Aor, Message, SipUri, Uri, UriKey};

use crate::{OpId, limits};

/// The disposition notifications that wait for their turn, and the count of those that are under way: peers make them
/// come to be.
///
/// Hosts share both the places and the turns, because whoever has a host has as many users there as it likes: hosts
/// have their turns one after the other, and where there is one too many, the host with the most that wait loses its
/// oldest.
#[derive(Debug, Default)]
pub(super) struct Notifications {
    /// Those that wait, by the host that they go to, the oldest first. No host is without one.
    waiting: BTreeMap<String, VecDeque<Notification>>,
    /// The host that had the last turn.
    last: String,
    under_way: usize,
    /// Those that wait and those that are under way, by account.
    each: BTreeMap<Account, usize>,
}

/// A notification to be sent.
#[derive(Debug)]
pub(super) struct Notification {
    pub(super) op: OpId,
    pub(super) account: Account,
    pub(super) recipient: UriKey,
    pub(super) request: Message,
}

/// Whom a notification is counted for: an address of record, or a host that stands without a user, as an intermediary's
/// may. Neither has a port or parameters, so that these make no other recipient.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Account {
    Aor(Aor),
    Host(String),
}

impl Notifications {
    /// Takes one more, unless there are enough for its account. It waits until [`Notifications::next`] gives it out.
    pub(super) fn add(&mut self, notification: Notification) {
        let count = self.each.entry(notification.account.clone()).or_default();
        if *count >= limits::NOTIFICATIONS_EACH {
            return;
        }
        *count += 1;
        let host = notification.account.host().to_owned();
        self.waiting.entry(host).or_default().push_back(notification);
        let all = self.under_way + self.waiting.values().map(VecDeque::len).sum::<usize>();
        if all > limits::NOTIFICATIONS {
            self.drop_one();
        }
    }

    /// The next one to be sent, if one more may be under way and the recipient of one that waits is free.
    pub(super) fn next(&mut self, is_free: impl Fn(&UriKey) -> bool) -> Option<Notification> {
        if self.under_way >= limits::NOTIFICATIONS_UNDER_WAY {
            return None;
        }
        let last = self.last.as_str();
        let behind = self.waiting.range::<str, _>((Bound::Excluded(last), Bound::Unbounded));
        let before = self.waiting.range::<str, _>((Bound::Unbounded, Bound::Included(last)));
        let (host, at) = behind.chain(before).find_map(|(host, queue)| {
            let at = queue.iter().position(|waiting| is_free(&waiting.recipient))?;
            Some((host.clone(), at))
        })?;
        let notification = self.take(&host, at)?;
        self.under_way += 1;
        self.last = host;
        Some(notification)
    }

    /// One for this account is no longer under way.
    pub(super) fn ended(&mut self, account: &Account) {
        self.under_way -= 1;
        self.forget(account, 1);
    }

    /// Drops what waits for this account.
    pub(super) fn drop_waiting(&mut self, account: &Account) {
        if let Some(queue) = self.waiting.get_mut(account.host()) {
            let before = queue.len();
            queue.retain(|waiting| waiting.account != *account);
            let dropped = before - queue.len();
            if queue.is_empty() {
                self.waiting.remove(account.host());
            }
            self.forget(account, dropped);
        }
    }

    /// Where several hosts have the most, it is the oldest of all theirs.
    fn drop_one(&mut self) {
        let longest = self.waiting.iter().max_by_key(|(_, queue)| {
            let oldest = queue.front().map(|waiting| waiting.op);
            (queue.len(), Reverse(oldest))
        });
        let host = longest.map(|(host, _)| host.clone());
        if let Some(dropped) = host.and_then(|host| self.take(&host, 0)) {
            self.forget(&dropped.account, 1);
        }
    }

    fn take(&mut self, host: &str, at: usize) -> Option<Notification> {
        let queue = self.waiting.get_mut(host)?;
        let notification = queue.remove(at);
        if queue.is_empty() {
            self.waiting.remove(host);
        }
        notification
    }

    /// So many that were counted for this account are gone.
    fn forget(&mut self, account: &Account, count: usize) {
        if let Some(left) = self.each.get_mut(account) {
            *left -= count;
            if *left == 0 {
                self.each.remove(account);
            }
        }
    }
}

impl Account {
    /// `None` for what is no SIP URI, nor stands for one.
    pub(super) fn of(uri: &Uri<'_>) -> Option<Self> {
        let host = |uri: &SipUri<'_>| Self::Host(uri.host().to_string().to_ascii_lowercase());
        Aor::from_uri(uri).map(Self::Aor).or_else(|| uri.as_sip().map(host))
    }

    fn host(&self) -> &str {
        match self {
            Self::Aor(aor) => aor.domain(),
            Self::Host(host) => host,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sip_message::UriBuf;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        /// For this user at this host, by this port.
        Add(u8, u8, u8),
        /// The one that began at this place among those under way has ended, and maybe nobody answered.
        End(prop::sample::Index, bool),
    }

    fn step() -> impl Strategy<Value = Step> {
        let end = (any::<prop::sample::Index>(), prop::bool::weighted(0.1));
        prop_oneof![
            20 => (0..8u8, 0..4u8, 1..4u8).prop_map(|(user, host, port)| Step::Add(user, host, port)),
            1 => end.prop_map(|(at, is_lost)| Step::End(at, is_lost)),
        ]
    }

    proptest! {
        #[test]
        fn each_is_counted_once_and_none_waits_in_vain(steps in prop::collection::vec(step(), 0..2500)) {
            let mut notifications = Notifications::default();
            let mut under_way: Vec<(Account, UriKey)> = Vec::new();
            for (op, step) in (0..).map(OpId).zip(steps) {
                match step {
                    Step::Add(user, host, port) => {
                        let uri = format!("sip:user{user}@host{host}.example:{port}");
                        let uri = UriBuf::parse(uri).unwrap();
                        let request = format!("MESSAGE {uri} SIP/2.0\r\n\r\n");
                        notifications.add(Notification {
                            op,
                            account: Account::of(&uri.as_uri()).unwrap(),
                            recipient: uri.as_uri().key(),
                            request: Message::parse(request).unwrap(),
                        });
                    }
                    Step::End(at, is_lost) if !under_way.is_empty() => {
                        let (account, _) = under_way.remove(at.index(under_way.len()));
                        if is_lost {
                            notifications.drop_waiting(&account);
                        }
                        notifications.ended(&account);
                    }
                    Step::End(..) => {}
                }
                while let Some(next) = notifications.next(|key| under_way.iter().all(|(_, busy)| busy != key)) {
                    prop_assert!(under_way.iter().all(|(_, busy)| *busy != next.recipient));
                    under_way.push((next.account, next.recipient));
                }
            }
            let mut each = BTreeMap::<_, usize>::new();
            let waiting = || notifications.waiting.values().flatten();
            let accounts = under_way.iter().map(|(account, _)| account);
            for account in accounts.chain(waiting().map(|waiting| &waiting.account)) {
                *each.entry(account.clone()).or_default() += 1;
            }
            prop_assert_eq!(&each, &notifications.each);
            prop_assert!(each.values().all(|count| *count <= limits::NOTIFICATIONS_EACH));
            prop_assert!(each.values().sum::<usize>() <= limits::NOTIFICATIONS);
            prop_assert_eq!(under_way.len(), notifications.under_way);
            prop_assert!(notifications.waiting.values().all(|queue| !queue.is_empty()));
            let all_busy = waiting().all(|waiting| under_way.iter().any(|(_, busy)| *busy == waiting.recipient));
            prop_assert!(under_way.len() == limits::NOTIFICATIONS_UNDER_WAY || all_busy);
        }
    }
}
