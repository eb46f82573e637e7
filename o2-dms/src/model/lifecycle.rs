//! The history of a deployment.

use o2_core::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DeploymentStatus, PackageId};

/// One revision of a deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeploymentRevision {
    /// Its number; grows by one with every change of package or values.
    pub revision: u32,
    /// How it ended, or goes.
    pub status: DeploymentStatus,
    /// What was done, for people.
    pub description: String,
    /// The package it had.
    pub package_id: PackageId,
    /// The version of that package.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub package_version: String,
    /// When it was made.
    pub deployed_at: Timestamp,
}

impl DeploymentRevision {
    /// A revision made at `deployed_at`.
    pub fn new(
        revision: u32,
        status: DeploymentStatus,
        description: impl Into<String>,
        package_id: PackageId,
        deployed_at: Timestamp,
    ) -> Self {
        Self {
            revision,
            status,
            description: description.into(),
            package_id,
            package_version: String::new(),
            deployed_at,
        }
    }
}
