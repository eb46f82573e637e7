//! [`OutboxLimits`]: how much may wait in the outbox.

use std::time::Duration;

/// How much may wait in the outbox, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutboxLimits {
    /// So many entries of all subscriptions. Publishing waits while there are more. Default one million.
    pub entries: u64,
    /// So many entries of one subscription; the oldest of more become dead letters. Default 10 000.
    pub per_subscription: u64,
    /// Older entries become dead letters. Default 7 days.
    pub retention: Duration,
    /// How long publishing waits for room before it fails. Default 5 s.
    pub patience: Duration,
}

impl Default for OutboxLimits {
    fn default() -> Self {
        Self {
            entries: 1_000_000,
            per_subscription: 10_000,
            retention: Duration::from_secs(7 * 24 * 3600),
            patience: Duration::from_secs(5),
        }
    }
}
