//! [`Moment`]: an instant on both scales of the clock, so that what is planned on the one can be dated on the other.

use std::time::Duration;

use o2_core::Timestamp;
use o2_core::ports::Clock;

/// An instant: the monotonic scale decides when something happens, the wall clock says when it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) monotonic: Duration,
    pub(crate) time: Timestamp,
}

impl Moment {
    pub(crate) fn now(clock: &dyn Clock) -> Self {
        Self {
            monotonic: clock.monotonic(),
            time: clock.now(),
        }
    }

    pub(crate) fn plus(self, duration: Duration) -> Self {
        Self {
            monotonic: self.monotonic.saturating_add(duration),
            time: self.time.plus(duration),
        }
    }

    /// How far `self` is on the way from `start` to `end`, 0 to 100.
    pub(crate) fn percent_between(self, start: Self, end: Self) -> u8 {
        let whole = end.monotonic.saturating_sub(start.monotonic).as_nanos();
        let done = self.monotonic.saturating_sub(start.monotonic).as_nanos();
        match (done * 100).checked_div(whole) {
            Some(percent) => u8::try_from(percent.min(100)).unwrap_or(100),
            None => 100,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_a_whole_number_of_percent() {
        let start = Moment {
            monotonic: Duration::from_secs(10),
            time: Timestamp::UNIX_EPOCH,
        };
        let end = start.plus(Duration::from_secs(3));
        for (millis, percent) in [
            (0, 0),
            (29, 0),
            (30, 1),
            (1500, 50),
            (2999, 99),
            (3000, 100),
            (9000, 100),
        ] {
            let now = start.plus(Duration::from_millis(millis));
            assert_eq!(now.percent_between(start, end), percent, "{millis} ms");
        }
        assert_eq!(start.percent_between(start, start), 100);
    }
}
