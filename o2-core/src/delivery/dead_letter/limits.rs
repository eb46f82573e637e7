//! [`DeadLetterLimits`]: how many dead letters are kept, and for how long.

use std::time::Duration;

/// How many dead letters are kept, and for how long. The oldest are removed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadLetterLimits {
    /// So many of all subscriptions. Default 100 000.
    pub letters: usize,
    /// For so long. Default 30 days.
    pub age: Duration,
    /// How often it looks for those that are too many. Default 10 min.
    pub every: Duration,
}

impl Default for DeadLetterLimits {
    fn default() -> Self {
        Self {
            letters: 100_000,
            age: Duration::from_secs(30 * 24 * 3600),
            every: Duration::from_secs(600),
        }
    }
}
