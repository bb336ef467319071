use std::time::{Duration, Instant};

/// As long as a timer can be. No `Instant` comes to its end so soon.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// The moment that is `duration` after `now`, or very far away.
pub(crate) fn after(now: Instant, duration: Duration) -> Instant {
    now + duration.min(LONGEST)
}
