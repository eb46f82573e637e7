//! The configuration of the in-memory orchestrator.

use o2_core::config::DurationText;
use o2_core::{Error, Result};
use serde::{Deserialize, Serialize};

/// The configuration of [`MemorySmo`](super::MemorySmo).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct MemorySmoConfig {
    /// The workflows there are; any name is one when there are none.
    pub workflows: Vec<String>,
    /// From the acceptance of a workflow until it runs.
    pub pending: DurationText,
    /// How long a workflow runs.
    pub duration: DurationText,
    /// How long a workflow may take that does not say.
    pub timeout: DurationText,
    /// How many executions are remembered.
    pub executions: usize,
    /// How many published events are remembered.
    pub events: usize,
    /// Capability words; everything when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Vec<String>>,
}

impl Default for MemorySmoConfig {
    fn default() -> Self {
        Self {
            workflows: Vec::new(),
            pending: DurationText::from_millis(500),
            duration: DurationText::from_secs(3),
            timeout: DurationText::from_secs(3_600),
            executions: 1_000,
            events: 1_000,
            capabilities: None,
        }
    }
}

impl MemorySmoConfig {
    /// With only these workflows.
    #[must_use]
    pub fn with_workflows(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.workflows = names.into_iter().map(Into::into).collect();
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
        for (name, value) in [("executions", self.executions), ("events", self.events)] {
            if value == 0 {
                return Err(Error::config(format!("{name}: must be at least 1")));
            }
        }
        if self.timeout.is_zero() {
            return Err(Error::config("timeout: must be more than no time"));
        }
        Ok(())
    }
}
