//! Inventories that are handed to the orchestrator.

use std::sync::Arc;

use o2_core::Timestamp;
use o2_dms::{Deployment, DeploymentPackage};
use o2_ims::{DeploymentManager, Resource, ResourcePool, ResourceType};
use serde::{Deserialize, Serialize};

/// The infrastructure, as it was at `timestamp`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct InfrastructureInventory {
    /// The deployment managers.
    pub deployment_managers: Vec<Arc<DeploymentManager>>,
    /// The pools.
    pub resource_pools: Vec<Arc<ResourcePool>>,
    /// The resources.
    pub resources: Vec<Arc<Resource>>,
    /// The types.
    pub resource_types: Vec<Arc<ResourceType>>,
    /// When it was so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Timestamp>,
    /// Some backend did not answer: what is missing here may still exist.
    pub partial: bool,
}

/// The deployments, as they were at `timestamp`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct DeploymentInventory {
    /// The packages.
    pub packages: Vec<Arc<DeploymentPackage>>,
    /// The deployments.
    pub deployments: Vec<Arc<Deployment>>,
    /// When it was so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Timestamp>,
    /// Some backend did not answer: what is missing here may still exist.
    pub partial: bool,
}

/// What a synchronisation did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SyncReport {
    /// `synced`, or `partial` when part of the inventory was missing or some orchestrators did not take it.
    pub status: String,
    /// What happened, for people.
    pub message: String,
    /// Objects that came into being at the orchestrator.
    pub created: u64,
    /// Objects that changed.
    pub updated: u64,
    /// Objects that were removed.
    pub deleted: u64,
}

impl SyncReport {
    /// A synchronisation that succeeded.
    #[must_use]
    pub fn synced(created: u64, updated: u64, deleted: u64) -> Self {
        let message = format!("{created} created, {updated} updated, {deleted} deleted");
        Self {
            status: "synced".into(),
            message,
            created,
            updated,
            deleted,
        }
    }
}
