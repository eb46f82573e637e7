//! The configuration of the in-memory deployment backend.

use o2_core::config::DurationText;
use o2_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::checks::check_label;

/// The configuration of [`MemoryDms`](super::MemoryDms).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct MemoryDmsConfig {
    /// Where deployments live that do not say.
    pub namespace: String,
    /// How long work takes.
    pub durations: Durations,
    /// What fails: names of deployments, of packages (`vdu`), or of package versions (`vdu:2.2.0`).
    pub fail: Vec<String>,
    /// The most replicas a deployment may have.
    pub max_replicas: u32,
    /// How many revisions each deployment keeps.
    pub history: usize,
    /// How many log lines each deployment keeps.
    pub log_lines: usize,
    /// How many changes are kept for watches that go on where an earlier one ended.
    pub watch_history: usize,
    /// Capability words; everything when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Vec<String>>,
}

/// How long each kind of work takes. Zero is allowed: it is done at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Durations {
    /// From the acceptance of a new deployment until something happens.
    pub pending: DurationText,
    /// The installation after that.
    pub instantiating: DurationText,
    /// New values, another package, a rollback.
    pub updating: DurationText,
    /// Another number of replicas.
    pub scaling: DurationText,
    /// A repair.
    pub healing: DurationText,
    /// Taking down.
    pub terminating: DurationText,
}

impl Durations {
    /// Every kind of work takes this long; installations twice.
    #[must_use]
    pub fn all(duration: DurationText) -> Self {
        Self {
            pending: duration,
            instantiating: duration,
            updating: duration,
            scaling: duration,
            healing: duration,
            terminating: duration,
        }
    }
}

impl Default for Durations {
    fn default() -> Self {
        Self {
            pending: DurationText::from_millis(500),
            instantiating: DurationText::from_secs(3),
            updating: DurationText::from_secs(3),
            scaling: DurationText::from_secs(2),
            healing: DurationText::from_secs(2),
            terminating: DurationText::from_secs(2),
        }
    }
}

impl Default for MemoryDmsConfig {
    fn default() -> Self {
        Self {
            namespace: "default".into(),
            durations: Durations::default(),
            fail: Vec::new(),
            max_replicas: 1_000,
            history: 50,
            log_lines: 1_000,
            watch_history: 10_000,
            capabilities: None,
        }
    }
}

impl MemoryDmsConfig {
    /// With these durations.
    #[must_use]
    pub fn with_durations(mut self, durations: Durations) -> Self {
        self.durations = durations;
        self
    }

    /// With these names of what fails.
    #[must_use]
    pub fn with_failures(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.fail = names.into_iter().map(Into::into).collect();
        self
    }

    /// Only what these capability words stand for.
    #[must_use]
    pub fn with_capabilities(mut self, words: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.capabilities = Some(words.into_iter().map(Into::into).collect());
        self
    }

    /// Checks what the types cannot say.
    pub(super) fn check(&self) -> Result<()> {
        check_label("namespace", &self.namespace).map_err(|error| Error::config(error.message()))?;
        for (name, value) in [
            ("history", self.history),
            ("logLines", self.log_lines),
            ("watchHistory", self.watch_history),
        ] {
            if value == 0 {
                return Err(Error::config(format!("{name}: must be at least 1")));
            }
        }
        Ok(())
    }
}
