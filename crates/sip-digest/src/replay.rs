//! Which nonce counts were used: a window per nonce, for a bounded number of nonces.

use std::collections::BTreeMap;

use crate::limits::REPLAY_WINDOW;
use crate::nonce::NonceId;

/// The nonces that were used, oldest first.
///
/// A nonce gets an entry when a right response uses it, so nobody without an account can fill the memory. When it is
/// full, the oldest nonce is forgotten, and from then on every nonce that is as old or older and has no entry counts
/// as used up: whether its count was seen before can no longer be told.
#[derive(Clone, Debug)]
pub(crate) struct Replay {
    windows: BTreeMap<NonceId, Window>,
    forgotten: Option<NonceId>,
    max: usize,
}

/// The highest count seen of one nonce, and the counts below it.
#[derive(Clone, Copy, Debug)]
struct Window {
    highest: u32,
    /// Bit `n` stands for the count `highest - n`.
    seen: u64,
}

impl Replay {
    pub(crate) const fn new(max: usize) -> Self {
        Self {
            windows: BTreeMap::new(),
            forgotten: None,
            max,
        }
    }

    /// Records a use and says whether it was the first. `oldest` is when the oldest nonce that is still good was
    /// issued, in milliseconds since the Unix epoch.
    pub(crate) fn record(&mut self, id: NonceId, count: u32, oldest: u64) -> bool {
        while self
            .windows
            .first_key_value()
            .is_some_and(|(first, _)| first.issued < oldest)
        {
            self.forget_oldest();
        }
        if let Some(window) = self.windows.get_mut(&id) {
            return window.record(count);
        }
        if self.forgotten.is_some_and(|forgotten| id <= forgotten) {
            return false;
        }
        self.windows.insert(
            id,
            Window {
                highest: count,
                seen: 1,
            },
        );
        if self.windows.len() > self.max {
            self.forget_oldest();
        }
        true
    }

    fn forget_oldest(&mut self) {
        if let Some((id, _)) = self.windows.pop_first() {
            self.forgotten = self.forgotten.max(Some(id));
        }
    }
}

impl Window {
    fn record(&mut self, count: u32) -> bool {
        if let Some(ahead) = count.checked_sub(self.highest).filter(|ahead| *ahead > 0) {
            self.highest = count;
            self.seen = self.seen.checked_shl(ahead).unwrap_or(0) | 1;
            return true;
        }
        let behind = self.highest - count;
        if behind >= REPLAY_WINDOW || self.seen & (1 << behind) != 0 {
            return false;
        }
        self.seen |= 1 << behind;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const fn id(issued: u64) -> NonceId {
        NonceId { issued, sequence: 0 }
    }

    #[test]
    fn repeats_are_refused_and_disorder_is_not() {
        let mut replay = Replay::new(8);
        for (count, first) in [
            (2, true),
            (1, true),
            (1, false),
            (2, false),
            (66, true),
            (3, true),
            (2, false),
        ] {
            assert_eq!(replay.record(id(1), count, 0), first, "{count}");
        }
        assert!(replay.record(id(1), u32::MAX, 0), "any jump ahead");
        assert!(!replay.record(id(1), 67, 0), "too far behind to tell");
        assert!(replay.record(id(1), u32::MAX - 63, 0));
        assert!(!replay.record(id(1), u32::MAX - 64, 0));
        assert!(replay.record(id(2), 1, 0), "another nonce has counts of its own");
    }

    #[test]
    fn memory_is_bounded_and_forgetting_is_safe() {
        let mut replay = Replay::new(2);
        for issued in 1..=3 {
            assert!(replay.record(id(issued), 1, 0));
        }
        assert_eq!(replay.windows.len(), 2);
        assert!(!replay.record(id(1), 1, 0), "forgotten: a replay");
        assert!(!replay.record(id(1), 2, 0), "forgotten: cannot tell");
        assert!(!replay.record(id(0), 1, 0), "older than what was forgotten");
        assert!(replay.record(id(2), 2, 0), "still known");
        assert!(replay.record(id(4), 1, 0));
    }

    #[test]
    fn what_has_expired_is_dropped() {
        let mut replay = Replay::new(8);
        assert!(replay.record(id(1), 1, 0));
        assert!(replay.record(id(100), 1, 50));
        assert_eq!(replay.windows.len(), 1);
        assert!(!replay.record(id(1), 1, 0), "even when the clock goes back");
    }

    #[test]
    fn without_memory_a_nonce_is_good_once() {
        let mut replay = Replay::new(0);
        assert!(replay.record(id(1), 1, 0));
        assert!(!replay.record(id(1), 2, 0));
        assert!(replay.record(id(2), 1, 0));
    }

    proptest! {
        #[test]
        fn no_count_passes_twice(counts in proptest::collection::vec(0_u32..200, 0..400)) {
            let mut replay = Replay::new(1);
            let mut passed = BTreeSet::new();
            for count in counts {
                let near = passed.last().is_none_or(|highest| count + REPLAY_WINDOW > *highest);
                let first = replay.record(id(1), count, 0);
                prop_assert_eq!(first, near && passed.insert(count));
            }
        }
    }
}
