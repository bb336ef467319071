use std::time::{Duration, Instant, SystemTime};

/// Calendar time by the epoch pair that the composing program hands in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    instant: Instant,
    time: SystemTime,
}

impl Clock {
    pub(crate) const fn new((instant, time): (Instant, SystemTime)) -> Self {
        Self { instant, time }
    }

    pub(crate) fn time_at(&self, at: Instant) -> SystemTime {
        let time = match at.checked_duration_since(self.instant) {
            Some(since) => self.time.checked_add(since),
            None => self.time.checked_sub(self.instant.saturating_duration_since(at)),
        };
        time.unwrap_or(self.time)
    }

    /// The instant of a calendar time; what was before the epoch is the epoch.
    pub(crate) fn instant_of(&self, time: SystemTime) -> Option<Instant> {
        match time.duration_since(self.time) {
            Ok(since) => self.instant.checked_add(since),
            Err(_) => Some(self.instant),
        }
    }
}

pub(crate) fn after(now: Instant, seconds: u32) -> Instant {
    now.checked_add(Duration::from_secs(seconds.into())).unwrap_or(now)
}

/// Whole seconds; a subscription is never said to last longer than it does.
pub(crate) fn seconds_until(now: Instant, deadline: Instant) -> u32 {
    let left = deadline.saturating_duration_since(now).as_secs();
    u32::try_from(left).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "an instant can only be had from the clock")]

    use super::*;

    #[test]
    fn instants_and_calendar_times_correspond() {
        let epoch = (Instant::now(), SystemTime::UNIX_EPOCH + Duration::from_secs(1_000));
        let clock = Clock::new(epoch);
        let later = after(epoch.0, 50);
        assert_eq!(
            clock.time_at(later),
            SystemTime::UNIX_EPOCH + Duration::from_secs(1_050)
        );
        assert_eq!(clock.instant_of(clock.time_at(later)), Some(later));
        assert_eq!(clock.instant_of(SystemTime::UNIX_EPOCH), Some(epoch.0));
        assert_eq!(seconds_until(epoch.0, later), 50);
        assert_eq!(seconds_until(later, epoch.0), 0);
        assert_eq!(seconds_until(epoch.0 + Duration::from_millis(1), later), 49);
    }
}
