//! [`Budget`]: how much time may be spent with drawing.

use std::time::Duration;

/// One such part of the time, in the long run.
const SHARE: u32 = 5;
/// What has not been spent is kept, up to so much: a few changes in a row are told one by one.
const MOST: Duration = Duration::from_millis(200);

/// How much time may be spent with drawing.
#[derive(Debug)]
pub(super) struct Budget {
    left: Duration,
    /// Until when it was counted.
    counted: Duration,
    /// How long a drawing took last.
    last: Duration,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self {
            left: MOST,
            counted: Duration::ZERO,
            last: Duration::ZERO,
        }
    }

    /// A drawing that took so long ended at `now`.
    pub(super) fn spend(&mut self, took: Duration, now: Duration) {
        self.count(now);
        self.left = self.left.saturating_sub(took);
        self.last = took;
    }

    /// How long to wait at `now` before drawing again.
    pub(super) fn wait(&mut self, now: Duration) -> Duration {
        self.count(now);
        self.last.min(MOST).saturating_sub(self.left) * SHARE
    }

    fn count(&mut self, now: Duration) {
        let earned = now.saturating_sub(self.counted) / SHARE;
        self.left = self.left.saturating_add(earned).min(MOST);
        self.counted = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many drawings of so many milliseconds are made in ten seconds in which something always changes, and how many of
    /// these at once.
    fn drawings(millis: u64) -> (u32, u32) {
        let took = Duration::from_millis(millis);
        let (mut budget, mut now, mut all, mut at_once) = (Budget::new(), Duration::ZERO, 0, 0);
        while now < Duration::from_secs(10) {
            let wait = budget.wait(now);
            at_once += u32::from(wait.is_zero());
            now += wait + took;
            budget.spend(took, now);
            all += 1;
        }
        (all, at_once)
    }

    #[test]
    fn a_few_drawings_are_made_at_once_and_the_others_take_a_fifth_of_the_time() {
        for (millis, all, at_once) in [(1, 2_200, 249), (20, 110, 12), (50, 44, 4), (1_000, 6, 1)] {
            let drawn = drawings(millis);
            assert!(
                drawn.0.abs_diff(all) <= all / 20 && drawn.1 == at_once,
                "{millis} ms: {drawn:?}"
            );
        }
    }

    #[test]
    fn what_is_not_spent_is_kept_up_to_a_limit() {
        let mut budget = Budget::new();
        let (long, now) = (Duration::from_millis(150), Duration::from_secs(3_600));
        budget.spend(long, now);
        assert_eq!(budget.wait(now), Duration::from_millis(500));
        assert_eq!(budget.wait(now + Duration::from_millis(500)), Duration::ZERO);
    }
}
