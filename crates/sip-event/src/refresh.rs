//! When soft state is refreshed, for subscriptions and publications alike.

use sip_message::{Message, headers::RetryAfter};

/// What a refresh may take at most: the transaction's 64 * T1 and a little.
const ROUND: u32 = 35;

/// The seconds after which to refresh what lasts that many: a tenth before its end, but early enough for a request
/// that gets lost, and never at once.
pub(crate) fn refresh_in(lasts: u32) -> u32 {
    let margin = (lasts / 10).max(ROUND).min(lasts / 2);
    (lasts - margin).max(1)
}

/// The seconds that a refusal asks to wait.
pub(crate) fn retry_delay(response: Option<&Message>) -> Option<u32> {
    let retry_after = response?.typed::<RetryAfter>().ok()??;
    Some(retry_after.seconds())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refreshes_come_in_time_and_never_at_once() {
        let cases = [(0, 1), (1, 1), (2, 1), (60, 30), (100, 65), (600, 540), (3600, 3240)];
        for (lasts, refresh) in cases {
            assert_eq!(refresh_in(lasts), refresh, "{lasts}");
        }
        assert!(refresh_in(u32::MAX) < u32::MAX);
    }
}
