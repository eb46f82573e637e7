//! [`Backoff`]: waits that grow, with jitter, so that those who began together do not stay together.

use std::time::Duration;

use o2_core::layers::Jitter;
use o2_core::ports::Clock;

/// Waits that double from `base` to `cap`. Each is between a half and the whole of that.
#[derive(Debug)]
pub struct Backoff {
    base: Duration,
    cap: Duration,
    jitter: Jitter,
}

impl Backoff {
    /// Waits from `base` on, up to `cap`. The time of the clock seeds the jitter, so replicas draw different numbers.
    #[must_use]
    pub fn new(base: Duration, cap: Duration, clock: &dyn Clock) -> Self {
        Self {
            base,
            cap,
            jitter: Jitter::new(clock.now().unix_nanos().unsigned_abs()),
        }
    }

    /// The wait after so many others, the first one being number zero.
    #[must_use]
    pub fn wait(&self, number: u32) -> Duration {
        let longest = self.base.saturating_mul(1 << number.min(31)).min(self.cap);
        let half = longest / 2;
        half + self.jitter.up_to(longest - half)
    }
}

#[cfg(test)]
mod tests {
    use o2_testkit::ManualClock;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn waits_stay_within_their_bounds(base in 0_u64..100, cap in 0_u64..1000, number in any::<u32>()) {
            let (base, cap) = (Duration::from_secs(base), Duration::from_secs(cap));
            let backoff = Backoff::new(base, cap, &*ManualClock::new());
            let longest = base.saturating_mul(1 << number.min(31)).min(cap);
            let wait = backoff.wait(number);
            prop_assert!(wait >= longest / 2 && wait <= longest, "{wait:?} of {longest:?}");
        }
    }

    #[test]
    fn waits_differ() {
        let backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(1), &*ManualClock::new());
        let waits: std::collections::BTreeSet<_> = (0..20).map(|number| backoff.wait(number)).collect();
        assert!(waits.len() > 10);
    }
}
