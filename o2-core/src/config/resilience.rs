//! The `resilience` section: how calls of plugins are bounded, repeated and cut off.

use serde::Deserialize;

use super::DurationText;
use super::plugins::PluginConfig;
use super::problem::Problems;
use super::tree::Path;

/// How calls of a plugin are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ResilienceConfig {
    /// How long one attempt may take. Default `30s`.
    pub timeout: DurationText,
    /// How calls that may be repeated are repeated.
    pub retry: RetryConfig,
    /// When a plugin is left alone for a while.
    pub circuit_breaker: CircuitBreakerConfig,
    /// How many calls of one plugin run at the same time. Default 64.
    pub max_concurrency: usize,
}

impl Default for ResilienceConfig {
    fn default() -> Self {
        Self {
            timeout: DurationText::from_secs(30),
            retry: RetryConfig::default(),
            circuit_breaker: CircuitBreakerConfig::default(),
            max_concurrency: 64,
        }
    }
}

impl ResilienceConfig {
    /// What holds for `plugin`, which may have settings of its own.
    #[must_use]
    pub fn of(&self, plugin: &PluginConfig) -> Self {
        Self {
            timeout: plugin.timeout.unwrap_or(self.timeout),
            max_concurrency: plugin.max_concurrency.unwrap_or(self.max_concurrency),
            ..*self
        }
    }

    pub(super) fn check(&self, path: &Path, problems: &Problems) {
        let retry = path.key("retry");
        let breaker = path.key("circuitBreaker");
        let backoff = self.retry;
        for (path, duration) in [
            (path.key("timeout"), self.timeout),
            (retry.key("initialBackoff"), backoff.initial_backoff),
            (breaker.key("openFor"), self.circuit_breaker.open_for),
        ] {
            if duration.is_zero() {
                problems.push(path, super::MORE_THAN_ZERO);
            }
        }
        if backoff.max_backoff < backoff.initial_backoff {
            let reason = format!("less than initialBackoff, which is {}", backoff.initial_backoff);
            problems.push(retry.key("maxBackoff"), reason);
        }
        if !(1..=RetryConfig::MOST).contains(&backoff.attempts) {
            let reason = format!("expected 1 (no retry) to {} attempts", RetryConfig::MOST);
            problems.push(retry.key("attempts"), reason);
        }
        if self.circuit_breaker.failures == 0 {
            problems.push(breaker.key("failures"), super::AT_LEAST_ONE);
        }
        if self.max_concurrency == 0 {
            problems.push(path.key("maxConcurrency"), super::AT_LEAST_ONE);
        }
    }
}

/// How calls are repeated. The wait doubles with every attempt, with jitter, unless the backend asks for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct RetryConfig {
    /// How often a call is tried in all, 1 to 10. Default 3.
    pub attempts: u32,
    /// The wait after the first attempt. Default `100ms`.
    pub initial_backoff: DurationText,
    /// The longest wait. Default `5s`.
    pub max_backoff: DurationText,
}

impl RetryConfig {
    const MOST: u32 = 10;
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self {
            attempts: 3,
            initial_backoff: DurationText::from_millis(100),
            max_backoff: DurationText::from_secs(5),
        }
    }
}

/// When a plugin is left alone for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct CircuitBreakerConfig {
    /// After how many failures in a row. Default 5.
    pub failures: u32,
    /// For how long. Default `30s`.
    pub open_for: DurationText,
}

impl Default for CircuitBreakerConfig {
    fn default() -> Self {
        Self {
            failures: 5,
            open_for: DurationText::from_secs(30),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugins_own_settings_come_first() {
        let resilience = ResilienceConfig::default();
        let mut plugin = PluginConfig::new("slow", "memory");
        assert_eq!(resilience.of(&plugin), resilience);
        plugin.timeout = Some(DurationText::from_secs(120));
        plugin.max_concurrency = Some(2);
        let own = resilience.of(&plugin);
        assert_eq!((own.timeout.get().as_secs(), own.max_concurrency), (120, 2));
        assert_eq!(own.retry, resilience.retry);
    }
}
