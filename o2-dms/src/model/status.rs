//! How a deployment is doing.

use o2_core::Timestamp;
use serde::{Deserialize, Serialize};

use super::DeploymentId;

/// The state of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum DeploymentStatus {
    /// Accepted, nothing has happened.
    Pending,
    /// Being installed.
    Instantiating,
    /// Running as wanted.
    Deployed,
    /// The last work on it did not succeed.
    Failed,
    /// Being changed: new values, another package, a rollback, a repair.
    Updating,
    /// Getting another number of replicas.
    Scaling,
    /// Being taken down.
    Terminating,
    /// Gone.
    Terminated,
    /// The backend says something we do not understand; see the status message.
    #[default]
    Unknown,
}

impl DeploymentStatus {
    /// Every word on the wire.
    pub const WORDS: &'static [&'static str] = &[
        "pending",
        "instantiating",
        "deployed",
        "failed",
        "updating",
        "scaling",
        "terminating",
        "terminated",
        "unknown",
    ];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Instantiating => "instantiating",
            Self::Deployed => "deployed",
            Self::Failed => "failed",
            Self::Updating => "updating",
            Self::Scaling => "scaling",
            Self::Terminating => "terminating",
            Self::Terminated => "terminated",
            Self::Unknown => "unknown",
        }
    }

    /// Whether work on it is in motion.
    #[must_use]
    pub const fn is_busy(self) -> bool {
        matches!(
            self,
            Self::Pending | Self::Instantiating | Self::Updating | Self::Scaling | Self::Terminating
        )
    }
}

/// How a deployment is doing, in detail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StatusReport {
    /// The deployment.
    pub deployment_id: DeploymentId,
    /// Its state.
    pub status: DeploymentStatus,
    /// The backend's own words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub status_message: String,
    /// How far the work in motion is, 0 to 100, never going back within one piece of work; 100 when nothing is in motion.
    pub progress: u8,
    /// How many replicas it is meant to have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<u32>,
    /// How many of them are ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_replicas: Option<u32>,
    /// Single findings, as Kubernetes conditions: at most one of each type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// When the state changed last.
    pub updated_at: Timestamp,
}

impl StatusReport {
    /// A deployment in this state since `updated_at`.
    #[must_use]
    pub fn new(deployment_id: DeploymentId, status: DeploymentStatus, progress: u8, updated_at: Timestamp) -> Self {
        Self {
            deployment_id,
            status,
            status_message: String::new(),
            progress: progress.min(100),
            replicas: None,
            ready_replicas: None,
            conditions: Vec::new(),
            updated_at,
        }
    }
}

/// A single finding about a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Condition {
    /// What it is about, `Ready`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// Why, one CamelCase word.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Since when.
    pub last_transition_time: Timestamp,
}

impl Condition {
    /// A finding that holds or does not since `time`.
    pub fn new(kind: impl Into<String>, holds: bool, reason: impl Into<String>, time: Timestamp) -> Self {
        Self {
            kind: kind.into(),
            status: if holds { "True" } else { "False" }.into(),
            reason: reason.into(),
            message: String::new(),
            last_transition_time: time,
        }
    }
}
