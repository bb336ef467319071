use std::time::SystemTime;

use crate::limits::CLOCK_TOLERANCE;

/// Calendar time that never goes back.
///
/// Nonces are told apart by age, and the memory of them forgets the oldest. So those that are issued after a clock was
/// set back must not look older than those from before it: their counts would pass for forgotten, and no client would get
/// in until the time had caught up. Time goes on from where it was instead, so a nonce is good for as long as any.
/// Verifiers that share a key and read clocks that are set back by different amounts drift apart by these; their nonces
/// are good with each other as long as that is less than a lifetime.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    /// The latest time that was told, in milliseconds since the Unix epoch.
    latest: u64,
    /// What is added to the time that is handed in.
    ahead: u64,
}

impl Clock {
    /// Milliseconds since the Unix epoch, or more where a clock was set back.
    pub(super) fn read(&self, now: SystemTime) -> u64 {
        let mut copy = *self;
        copy.advance(now)
    }

    /// The same, and it is remembered.
    pub(super) fn advance(&mut self, now: SystemTime) -> u64 {
        let now = millis(now);
        let behind = self.latest.saturating_sub(now.saturating_add(self.ahead));
        // Where it is a little behind, time stands still. Threads that read one clock hand in their times in any order,
        // and what is added for each of them would make it run fast.
        if u128::from(behind) > CLOCK_TOLERANCE.as_millis() {
            self.ahead = self.ahead.saturating_add(behind);
        }
        self.latest = self.latest.max(now.saturating_add(self.ahead));
        self.latest
    }
}

/// Milliseconds since the Unix epoch; a clock before it counts as standing at it.
fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn at(millis: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
    }

    #[test]
    fn time_goes_on_from_where_it_was() {
        let mut clock = Clock::default();
        for (now, told) in [
            (100_000, 100_000),
            (100_250, 100_250),
            (100_240, 100_250),
            (100_260, 100_260),
            (50_000, 100_260),
            (50_300, 100_560),
            (0, 100_560),
            (10, 100_570),
            (5_000_000, 5_100_560),
        ] {
            assert_eq!(clock.read(at(now)), told, "{now}");
            assert_eq!(clock.advance(at(now)), told, "{now}");
        }
        let before_epoch = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(Clock::default().advance(before_epoch), 0);
    }

    #[test]
    fn two_readers_of_one_clock_do_not_make_it_run_fast() {
        let mut clock = Clock::default();
        for now in 0..10_000 {
            clock.advance(at(now + 900));
            clock.advance(at(now));
        }
        assert_eq!(clock.read(at(20_000)), 20_000);
    }

    proptest! {
        #[test]
        fn time_never_goes_back(times in proptest::collection::vec(any::<u64>(), 0..20)) {
            let mut clock = Clock::default();
            let mut last = 0;
            for now in times {
                let told = clock.advance(at(now / 1_000_000));
                prop_assert!(told >= last);
                last = told;
            }
        }
    }
}
