//! Whether a backend answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Attribute, AttributeKind as Kind, AttributeValue as Value, Attributes};
use crate::time::Timestamp;

/// How well a backend is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum HealthStatus {
    /// Everything works.
    Healthy,
    /// It answers, but something is wrong; calls are still routed to it.
    Degraded,
    /// It does not answer; calls are routed around it.
    Unhealthy,
}

impl HealthStatus {
    /// Every status, as the wire shows it.
    pub const WORDS: &'static [&'static str] = &["healthy", "degraded", "unhealthy"];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
        }
    }
}

/// The result of a health check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Health {
    /// How well it is.
    pub status: HealthStatus,
    /// One sentence for the operator; empty when all is well.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Single findings by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, String>,
    /// When it was checked.
    pub timestamp: Timestamp,
}

impl Health {
    /// All is well.
    #[must_use]
    pub fn healthy(timestamp: Timestamp) -> Self {
        Self {
            status: HealthStatus::Healthy,
            message: String::new(),
            details: BTreeMap::new(),
            timestamp,
        }
    }

    /// Something is wrong, but it works.
    pub fn degraded(timestamp: Timestamp, message: impl Into<String>) -> Self {
        Self {
            status: HealthStatus::Degraded,
            message: message.into(),
            ..Self::healthy(timestamp)
        }
    }

    /// It does not work.
    pub fn unhealthy(timestamp: Timestamp, message: impl Into<String>) -> Self {
        Self {
            status: HealthStatus::Unhealthy,
            message: message.into(),
            ..Self::healthy(timestamp)
        }
    }

    /// Adds a single finding.
    #[must_use]
    pub fn with_detail(mut self, name: impl Into<String>, finding: impl Into<String>) -> Self {
        self.details.insert(name.into(), finding.into());
        self
    }

    /// Whether calls may be routed to it.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.status != HealthStatus::Unhealthy
    }
}

impl Attributes for Health {
    const NAME: &'static str = "Health";

    fn attributes() -> &'static [Attribute<Self>] {
        static TABLE: &[Attribute<Health>] = &[
            Attribute::required("status", Kind::Enum(HealthStatus::WORDS), "How well it is.", |h| {
                Value::String(h.status.as_str())
            }),
            Attribute::optional("message", Kind::String, "What is wrong.", |h| {
                Value::text(Some(h.message.as_str()).filter(|message| !message.is_empty()))
            }),
            Attribute::optional("details", Kind::Map, "Single findings by name.", |h| {
                Value::labels(&h.details)
            }),
            Attribute::required("timestamp", Kind::DateTime, "When it was checked.", |h| {
                Value::DateTime(h.timestamp)
            }),
        ];
        TABLE
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_does_not_work_is_routed_around() {
        let now = Timestamp::UNIX_EPOCH;
        for (health, usable, wire) in [
            (
                Health::healthy(now),
                true,
                json!({"status": "healthy", "timestamp": "1970-01-01T00:00:00Z"}),
            ),
            (
                Health::degraded(now, "slow").with_detail("latency", "3 s"),
                true,
                json!({
                    "status": "degraded", "message": "slow", "details": {"latency": "3 s"},
                    "timestamp": "1970-01-01T00:00:00Z",
                }),
            ),
            (
                Health::unhealthy(now, "down"),
                false,
                json!({"status": "unhealthy", "message": "down", "timestamp": "1970-01-01T00:00:00Z"}),
            ),
        ] {
            assert_eq!(health.is_usable(), usable);
            assert_eq!(json!(health), wire);
            assert_eq!(wire["status"], health.status.as_str());
        }
        assert!(HealthStatus::Healthy < HealthStatus::Degraded && HealthStatus::Degraded < HealthStatus::Unhealthy);
    }
}
