//! Events that are handed to the orchestrator.

use o2_core::{Extensions, Timestamp};
use serde::{Deserialize, Serialize};

/// Infrastructure changed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct InfrastructureEvent {
    /// Its id; the gateway gives it one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// What happened, `ResourcePoolCreated`.
    pub event_type: String,
    /// What kind of object it happened to, `resourcePool`.
    pub resource_type: String,
    /// The object.
    pub resource_id: String,
    /// When; now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Timestamp>,
    /// Whatever belongs to it.
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub payload: Extensions,
}

/// A deployment changed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct DeploymentEvent {
    /// Its id; the gateway gives it one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// What happened, `DeploymentReady`.
    pub event_type: String,
    /// The deployment.
    pub deployment_id: String,
    /// When; now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Timestamp>,
    /// Whatever belongs to it.
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub payload: Extensions,
}

/// An event was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PublishedEvent {
    /// Its id.
    pub event_id: String,
    /// `published`.
    pub status: String,
}

impl PublishedEvent {
    /// The event with this id was taken.
    pub fn new(event_id: impl Into<String>) -> Self {
        Self {
            event_id: event_id.into(),
            status: "published".into(),
        }
    }
}
