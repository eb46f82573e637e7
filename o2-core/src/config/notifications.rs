//! The `notifications` section: how subscribers are told of changes.

use serde::Deserialize;

use crate::ports::Secret;
use crate::webhook::egress::EgressPolicy;

use super::DurationText;
use super::problem::Problems;
use super::tree::Path;

/// How subscribers are told of changes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct NotificationsConfig {
    /// Whether this gateway tells anybody. Default `true`.
    pub enabled: bool,
    /// How subscriptions are retried that do not say. Default `standard`.
    pub profile: ProfileName,
    /// What the profiles are.
    pub profiles: ProfilesConfig,
    /// How long one attempt may take, from connecting to the last byte of the answer. Default `30s`.
    pub timeout: DurationText,
    /// How many requests are under way at the same time. Default 256.
    pub max_concurrency: usize,
    /// How many of them go to the same receiver. Default 16.
    pub max_per_receiver: usize,
    /// When a receiver is left alone for a while.
    pub circuit_breaker: BreakerConfig,
    /// Whether callbacks are asked before a subscription to them is accepted. Default `false`.
    pub check_callbacks: bool,
    /// How long the work of a gateway that has ended waits until another one takes it over. Default `15s`.
    pub lease: DurationText,
    /// How long requests under way may still take when the gateway is told to stop. Default `10s`.
    pub drain: DurationText,
    /// Where notifications may go. Default: over HTTPS to public addresses.
    pub egress: EgressPolicy,
    /// What notifications are signed with.
    pub signing: SigningConfig,
    /// How much may wait to be told.
    pub outbox: OutboxConfig,
    /// How much is kept of what could not be told.
    pub dead_letters: DeadLettersConfig,
}

impl Default for NotificationsConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            profile: ProfileName::default(),
            profiles: ProfilesConfig::default(),
            timeout: DurationText::from_secs(30),
            max_concurrency: 256,
            max_per_receiver: 16,
            circuit_breaker: BreakerConfig::default(),
            check_callbacks: false,
            lease: DurationText::from_secs(15),
            drain: DurationText::from_secs(10),
            egress: EgressPolicy::default(),
            signing: SigningConfig::default(),
            outbox: OutboxConfig::default(),
            dead_letters: DeadLettersConfig::default(),
        }
    }
}

/// A plan of attempts, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ProfileName {
    /// A few attempts within a minute.
    Seed,
    /// Attempts over about a day.
    #[default]
    Standard,
}

/// The plans of attempts: the waits between an attempt and the next.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ProfilesConfig {
    /// Default: `1s`, `2s`, `4s`, `8s`, `16s`.
    pub seed: Vec<DurationText>,
    /// Default: `5s`, `30s`, `2m`, `10m`, `30m`, `1h`, `3h`, `6h`, `12h`.
    pub standard: Vec<DurationText>,
}

impl Default for ProfilesConfig {
    fn default() -> Self {
        let waits = |seconds: &[u64]| seconds.iter().copied().map(DurationText::from_secs).collect();
        Self {
            seed: waits(&[1, 2, 4, 8, 16]),
            standard: waits(&[5, 30, 120, 600, 1800, 3600, 10_800, 21_600, 43_200]),
        }
    }
}

/// When a receiver is left alone for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct BreakerConfig {
    /// After how many failures in a row. Default 10.
    pub failures: u32,
    /// For how long. Default `30s`.
    pub open_for: DurationText,
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self {
            failures: 10,
            open_for: DurationText::from_secs(30),
        }
    }
}

/// What notifications are signed with. Subscriptions may have secrets of their own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct SigningConfig {
    /// For subscriptions without one: `whsec_` and base64, or 16 to 64 bytes of text. Default: they are not signed.
    pub secret: Option<Secret>,
    /// Whether the headers `X-O2IMS-Signature` and the like are there beside those of Standard Webhooks. Default `false`.
    pub compatible: bool,
}

/// How much may wait to be told. When it is full, collectors wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct OutboxConfig {
    /// Notifications in all. Default 1 000 000.
    pub max_entries: usize,
    /// Notifications of one subscription; what is older than these becomes a dead letter. Default 100 000.
    pub max_per_subscription: usize,
    /// What is older than this becomes a dead letter. Default `7d`.
    pub max_age: DurationText,
}

impl Default for OutboxConfig {
    fn default() -> Self {
        Self {
            max_entries: 1_000_000,
            max_per_subscription: 100_000,
            max_age: DurationText::from_secs(7 * 86_400),
        }
    }
}

/// How much is kept of what could not be told. The oldest goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct DeadLettersConfig {
    /// Dead letters in all. Default 100 000.
    pub max_entries: usize,
    /// For how long. Default `30d`.
    pub max_age: DurationText,
}

impl Default for DeadLettersConfig {
    fn default() -> Self {
        Self {
            max_entries: 100_000,
            max_age: DurationText::from_secs(30 * 86_400),
        }
    }
}

impl NotificationsConfig {
    pub(super) fn check(&self, path: &Path, problems: &Problems) {
        let (outbox, dead_letters) = (path.key("outbox"), path.key("deadLetters"));
        let breaker = path.key("circuitBreaker");
        for violation in self.egress.problems() {
            problems.push(path.key("egress").key(&violation.at), violation.reason);
        }
        for (path, number) in [
            (path.key("maxConcurrency"), self.max_concurrency),
            (path.key("maxPerReceiver"), self.max_per_receiver),
            (outbox.key("maxEntries"), self.outbox.max_entries),
            (outbox.key("maxPerSubscription"), self.outbox.max_per_subscription),
            (breaker.key("failures"), self.circuit_breaker.failures as usize),
        ] {
            if number == 0 {
                problems.push(path, super::AT_LEAST_ONE);
            }
        }
        for (path, duration) in [
            (path.key("timeout"), self.timeout),
            (path.key("lease"), self.lease),
            (outbox.key("maxAge"), self.outbox.max_age),
            (dead_letters.key("maxAge"), self.dead_letters.max_age),
            (breaker.key("openFor"), self.circuit_breaker.open_for),
        ] {
            if duration.is_zero() {
                problems.push(path, super::MORE_THAN_ZERO);
            }
        }
    }
}
