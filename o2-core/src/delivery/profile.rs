//! [`Profile`]: how often and when a notification is tried again.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::layers::Jitter;

/// How patient delivery is with a subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Profile {
    /// Tries for about a day: at once, then after 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 3 h, 6 h and 12 h.
    #[default]
    Standard,
    /// Tries for half a minute: at once, then after 1, 2, 4, 8 and 16 s.
    Seed,
}

/// The waits before the second, the third, … attempt of each profile. The first attempt is made at once.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryWaits {
    /// Those of [`Profile::Standard`].
    pub standard: Vec<Duration>,
    /// Those of [`Profile::Seed`].
    pub seed: Vec<Duration>,
    /// By how many percent a wait may be shorter or longer, at random. Default 20, at most 100.
    pub jitter: u8,
}

impl Default for RetryWaits {
    fn default() -> Self {
        let seconds = |waits: &[u64]| waits.iter().copied().map(Duration::from_secs).collect();
        Self {
            standard: seconds(&[5, 30, 120, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600]),
            seed: seconds(&[1, 2, 4, 8, 16]),
            jitter: 20,
        }
    }
}

impl RetryWaits {
    /// How long to wait after so many failed attempts; `None` when that was the last one.
    pub(super) fn after(&self, profile: Profile, failed: u32, random: &Jitter) -> Option<Duration> {
        let waits = match profile {
            Profile::Standard => &self.standard,
            Profile::Seed => &self.seed,
        };
        let index = (failed as usize).checked_sub(1)?;
        let wait = *waits.get(index)?;
        let spread = wait.saturating_mul(u32::from(self.jitter.min(100))) / 100;
        Some(wait - spread + random.up_to(spread.saturating_mul(2)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_follow_the_profile_within_the_jitter() {
        let (waits, random) = (RetryWaits::default(), Jitter::new(1));
        for (profile, planned) in [(Profile::Seed, &waits.seed), (Profile::Standard, &waits.standard)] {
            for (failed, planned) in (1..).zip(planned) {
                let wait = waits.after(profile, failed, &random).unwrap();
                assert!(
                    wait >= *planned * 8 / 10 && wait <= *planned * 12 / 10,
                    "{wait:?} {planned:?}"
                );
            }
            assert_eq!(waits.after(profile, planned.len() as u32 + 1, &random), None);
        }
        let exact = RetryWaits { jitter: 0, ..waits };
        assert_eq!(exact.after(Profile::Seed, 5, &random), Some(Duration::from_secs(16)));
    }
}
