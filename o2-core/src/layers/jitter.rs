//! Random waiting times, so that many callers who failed together do not come back together.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Draws durations with the SplitMix64 generator (Steele, Lea, Flood: "Fast splittable pseudorandom number generators",
/// 2014): one addition and one mixing per number, and the same numbers for the same seed. Not for secrets.
#[derive(Debug)]
pub struct Jitter(AtomicU64);

impl Jitter {
    /// The same numbers for the same seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// A duration between zero and `most` (at most 584 years), all equally likely.
    #[must_use]
    pub fn up_to(&self, most: Duration) -> Duration {
        let nanos = u64::try_from(most.as_nanos()).unwrap_or(u64::MAX);
        let scaled = (u128::from(nanos) * u128::from(self.next())) >> 64;
        Duration::from_nanos(scaled as u64)
    }

    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let state = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_reference_implementation() {
        let jitter = Jitter::new(1_234_567);
        let numbers = [jitter.next(), jitter.next(), jitter.next()];
        assert_eq!(
            numbers,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn durations_fill_the_whole_range_and_stay_in_it() {
        let jitter = Jitter::new(1);
        let most = Duration::from_millis(100);
        let drawn: Vec<_> = (0..1000).map(|_| jitter.up_to(most)).collect();
        assert!(drawn.iter().all(|wait| *wait <= most));
        assert!(drawn.iter().any(|wait| *wait < most / 10) && drawn.iter().any(|wait| *wait > most * 9 / 10));
        assert_eq!(jitter.up_to(Duration::ZERO), Duration::ZERO);
        assert!(jitter.up_to(Duration::MAX) <= Duration::from_nanos(u64::MAX));
    }
}
