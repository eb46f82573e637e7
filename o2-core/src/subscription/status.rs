//! [`SubscriptionStatus`]: whether a subscription is told of anything.

use serde::{Deserialize, Serialize};

/// Whether a subscription is told of anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SubscriptionStatus {
    /// It is told of what it is about.
    #[default]
    Active,
    /// Its subscriber wants to hear nothing for now.
    Paused,
    /// The gateway has given it up. The subscriber may resume it.
    Disabled,
}

impl SubscriptionStatus {
    /// The words on the wire.
    pub const WORDS: &'static [&'static str] = &["active", "paused", "disabled"];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
        }
    }
}
