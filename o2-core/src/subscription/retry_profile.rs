//! [`RetryProfile`]: how long the gateway tries to deliver.

use serde::{Deserialize, Serialize};

/// How long the gateway tries to deliver a notification. What the words mean in seconds is up to the delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RetryProfile {
    /// A few attempts within half a minute.
    Seed,
    /// Attempts over days, as the Standard Webhooks ask for.
    Standard,
}

impl RetryProfile {
    /// The words on the wire.
    pub const WORDS: &'static [&'static str] = &["seed", "standard"];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seed => "seed",
            Self::Standard => "standard",
        }
    }
}
