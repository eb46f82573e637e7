//! What a deployment's workloads say.

use o2_core::Timestamp;
use serde::{Deserialize, Serialize};

/// Which log lines are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LogOptions {
    /// Only the last so many lines of what is there.
    pub tail: Option<u32>,
    /// Go on with lines to come.
    pub follow: bool,
    /// Only this container.
    pub container: Option<String>,
    /// Only lines from this time on.
    pub since: Option<Timestamp>,
}

impl LogOptions {
    /// Every line that is there.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only the last so many lines.
    #[must_use]
    pub fn with_tail(mut self, lines: u32) -> Self {
        self.tail = Some(lines);
        self
    }

    /// Go on with lines to come.
    #[must_use]
    pub fn with_follow(mut self, follow: bool) -> Self {
        self.follow = follow;
        self
    }

    /// Only this container.
    #[must_use]
    pub fn with_container(mut self, container: impl Into<String>) -> Self {
        self.container = Some(container.into());
        self
    }

    /// Only lines from this time on.
    #[must_use]
    pub fn with_since(mut self, since: Timestamp) -> Self {
        self.since = Some(since);
        self
    }
}

/// One log line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LogLine {
    /// When it was written.
    pub time: Timestamp,
    /// The workload instance that wrote it, a pod for example.
    pub source: String,
    /// The container that wrote it.
    pub container: String,
    /// The text without line end.
    pub line: String,
}

impl LogLine {
    /// A line.
    pub fn new(
        time: Timestamp,
        source: impl Into<String>,
        container: impl Into<String>,
        line: impl Into<String>,
    ) -> Self {
        Self {
            time,
            source: source.into(),
            container: container.into(),
            line: line.into(),
        }
    }
}
