//! Which nonce counts were used: a window per nonce, for a bounded number of nonces.

use std::fmt;

use crate::limits::REPLAY_WINDOW;
use crate::nonce::{Nonce, NonceId};

/// Nonces that share a bucket. More make it rarer that one bucket is full while others are not, and a look longer.
const BUCKET: usize = 8;

/// The nonces that were used, in memory that is taken once.
///
/// A nonce gets an entry when a right response uses it, so nobody without an account can fill the memory. Its entry
/// lies in one of a few places that its MAC points to. Nobody can make a nonce for a place; who has an account can ask
/// for many and use those that share one, which costs the others there a round trip and nothing else. When the places
/// are full, the oldest nonce there is forgotten, and from then on every nonce of these places that is as old or older
/// and has no entry counts as forgotten too: whether its count was seen before can no longer be told.
#[derive(Clone)]
pub(crate) struct Replay {
    buckets: Vec<Bucket>,
    /// Entries in each bucket that are used.
    ways: usize,
}

/// What a nonce count turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    First,
    /// The nonce is no longer known, or so many later counts were seen that nothing is known of this one.
    Forgotten,
    Repeated,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    entries: [Option<Entry>; BUCKET],
    forgotten: Option<NonceId>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    id: NonceId,
    window: Window,
}

/// The highest count seen of one nonce, and the counts below it.
#[derive(Clone, Copy, Debug)]
struct Window {
    highest: u32,
    /// Bit `n` stands for the count `highest - n`.
    seen: u64,
}

impl Replay {
    /// Room for at most so many nonces.
    pub(crate) fn new(max: usize) -> Self {
        let empty = Bucket {
            entries: [None; BUCKET],
            forgotten: None,
        };
        Self {
            buckets: vec![empty; (max / BUCKET).max(1)],
            ways: max.min(BUCKET),
        }
    }

    /// Records the use of a count and says whether it was the first.
    pub(crate) fn record(&mut self, nonce: Nonce, count: u32) -> Use {
        let Nonce { id, spread } = nonce;
        // The upper half of this product is below the length, and any as likely as any other.
        let index = (u128::from(spread) * self.buckets.len() as u128) >> 64;
        let index = usize::try_from(index).unwrap_or(0);
        let Some(bucket) = self.buckets.get_mut(index) else {
            return Use::Forgotten;
        };
        let Some(entries) = bucket.entries.get_mut(..self.ways) else {
            return Use::Forgotten;
        };
        if let Some(entry) = entries.iter_mut().flatten().find(|entry| entry.id == id) {
            return entry.window.record(count);
        }
        if bucket.forgotten.is_some_and(|forgotten| id <= forgotten) {
            return Use::Forgotten;
        }
        let window = Window {
            highest: count,
            seen: 1,
        };
        // Free places come first.
        let place = entries.iter_mut().min_by_key(|entry| entry.map(|entry| entry.id));
        let last = match place {
            Some(Some(oldest)) if id < oldest.id => Some(id),
            Some(place) => place.replace(Entry { id, window }).map(|oldest| oldest.id),
            None => Some(id),
        };
        bucket.forgotten = bucket.forgotten.max(last);
        Use::First
    }
}

/// Prints how much room there is; what is in it would be megabytes.
impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay")
            .field("room", &(self.buckets.len() * self.ways))
            .finish_non_exhaustive()
    }
}

impl Window {
    fn record(&mut self, count: u32) -> Use {
        if let Some(ahead) = count.checked_sub(self.highest).filter(|ahead| *ahead > 0) {
            self.highest = count;
            self.seen = self.seen.checked_shl(ahead).unwrap_or(0) | 1;
            return Use::First;
        }
        let behind = self.highest - count;
        if behind >= REPLAY_WINDOW {
            return Use::Forgotten;
        }
        if self.seen & (1 << behind) != 0 {
            return Use::Repeated;
        }
        self.seen |= 1 << behind;
        Use::First
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const fn nonce(issued: u64) -> Nonce {
        Nonce {
            id: NonceId { issued, sequence: 0 },
            spread: 0,
        }
    }

    #[test]
    fn repeats_are_refused_and_disorder_is_not() {
        let mut replay = Replay::new(8);
        for (count, expected) in [
            (2, Use::First),
            (1, Use::First),
            (1, Use::Repeated),
            (2, Use::Repeated),
            (66, Use::First),
            (3, Use::First),
            (2, Use::Forgotten),
        ] {
            assert_eq!(replay.record(nonce(1), count), expected, "{count}");
        }
        assert_eq!(replay.record(nonce(1), u32::MAX), Use::First, "any jump ahead");
        assert_eq!(replay.record(nonce(1), 67), Use::Forgotten, "too far behind to tell");
        assert_eq!(replay.record(nonce(1), u32::MAX - 63), Use::First);
        assert_eq!(replay.record(nonce(1), u32::MAX - 64), Use::Forgotten);
        assert_eq!(
            replay.record(nonce(2), 1),
            Use::First,
            "another nonce has counts of its own"
        );
    }

    #[test]
    fn memory_is_bounded_and_forgetting_is_safe() {
        for max in [2, 9] {
            let mut replay = Replay::new(max);
            let kept = replay.ways as u64;
            assert!(kept <= max as u64);
            for issued in 1..=kept + 1 {
                assert_eq!(replay.record(nonce(issued), 1), Use::First);
            }
            assert_eq!(replay.record(nonce(1), 1), Use::Forgotten, "a replay");
            assert_eq!(replay.record(nonce(1), 2), Use::Forgotten, "cannot tell");
            assert_eq!(
                replay.record(nonce(0), 1),
                Use::Forgotten,
                "older than what was forgotten"
            );
            assert_eq!(replay.record(nonce(2), 2), Use::First, "still known");
            assert_eq!(replay.record(nonce(2), 2), Use::Repeated);
            assert_eq!(replay.record(nonce(kept + 2), 1), Use::First);
        }
    }

    #[test]
    fn an_old_nonce_does_not_push_out_newer_ones() {
        let mut replay = Replay::new(2);
        assert_eq!(replay.record(nonce(5), 1), Use::First);
        assert_eq!(replay.record(nonce(6), 1), Use::First);
        assert_eq!(replay.record(nonce(4), 1), Use::First, "good once");
        assert_eq!(replay.record(nonce(4), 2), Use::Forgotten);
        assert_eq!(replay.record(nonce(5), 1), Use::Repeated);
        assert_eq!(replay.record(nonce(6), 1), Use::Repeated);
    }

    #[test]
    fn without_memory_a_nonce_is_good_once() {
        let mut replay = Replay::new(0);
        assert_eq!(replay.record(nonce(1), 1), Use::First);
        assert_eq!(replay.record(nonce(1), 2), Use::Forgotten);
        assert_eq!(replay.record(nonce(2), 1), Use::First);
    }

    #[test]
    fn room_is_used_all_over() {
        let mut replay = Replay::new(64);
        assert_eq!(replay.buckets.len() * replay.ways, 64);
        for spread in 0..64 {
            let id = NonceId {
                issued: 1000 - spread,
                sequence: 0,
            };
            let nonce = Nonce {
                id,
                spread: spread << 58,
            };
            assert_eq!(replay.record(nonce, 1), Use::First);
            assert_eq!(replay.record(nonce, 1), Use::Repeated);
        }
        assert!(replay.buckets.iter().all(|bucket| bucket.forgotten.is_none()));
    }

    proptest! {
        #[test]
        fn no_count_passes_twice(counts in proptest::collection::vec(0_u32..200, 0..400)) {
            let mut replay = Replay::new(1);
            let mut passed = BTreeSet::new();
            for count in counts {
                let near = passed.last().is_none_or(|highest| count + REPLAY_WINDOW > *highest);
                let expected = match (near, passed.insert(count)) {
                    (false, _) => Use::Forgotten,
                    (true, true) => Use::First,
                    (true, false) => Use::Repeated,
                };
                if expected == Use::Forgotten {
                    passed.remove(&count);
                }
                prop_assert_eq!(replay.record(nonce(1), count), expected);
            }
        }

        /// However many nonces are used in whatever order, no pair of nonce and count passes twice.
        #[test]
        fn no_nonce_and_count_pass_twice(
            max in 0_usize..40, uses in proptest::collection::vec((0_u64..30, 0_u64..4, 1_u32..6), 0..400),
        ) {
            let mut replay = Replay::new(max);
            let mut passed = BTreeSet::new();
            for (issued, spread, count) in uses {
                let nonce = Nonce { id: NonceId { issued, sequence: 0 }, spread: spread << 62 };
                if replay.record(nonce, count) == Use::First {
                    prop_assert!(passed.insert((issued, spread, count)));
                }
            }
        }
    }
}
