//! [`Record`]: one revision of a deployment, as it is put aside.

use std::collections::BTreeMap;

use bytes::Bytes;
use o2_core::{Extensions, Timestamp};
use o2_dms::{DeploymentRevision, DeploymentStatus, PackageId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One revision, with what is needed to bring it back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    /// Its number.
    #[serde(rename = "revision")]
    pub(crate) number: u32,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// What was done, for people.
    #[serde(default)]
    pub(crate) description: String,
    pub(crate) package_id: PackageId,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) package_version: String,
    /// The digest of the package's content, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) package_digest: Option<String>,
    /// The values as they were given.
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub(crate) values: Extensions,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) replicas: Option<u32>,
    /// What the tool was told, where the values do not say all of it.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub(crate) spec: Value,
    /// What the tool calls this revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) backend_ref: Option<String>,
    /// How it ended.
    pub(crate) result: DeploymentStatus,
    /// What is too large or of no use as JSON, such as a rendered manifest.
    #[serde(skip)]
    pub(crate) attachments: BTreeMap<String, Bytes>,
}

impl Record {
    /// A revision that nothing else is known about yet.
    pub(crate) fn new(number: u32, package: PackageId, created_at: Timestamp, result: DeploymentStatus) -> Self {
        Self {
            number,
            created_at,
            description: String::new(),
            package_id: package,
            package_version: String::new(),
            package_digest: None,
            values: Extensions::new(),
            replicas: None,
            spec: Value::Null,
            backend_ref: None,
            result,
            attachments: BTreeMap::new(),
        }
    }

    /// As the history of a deployment shows it.
    pub(crate) fn shown(&self) -> DeploymentRevision {
        let mut shown = DeploymentRevision::new(
            self.number,
            self.result,
            self.description.clone(),
            self.package_id.clone(),
            self.created_at,
        );
        shown.package_version.clone_from(&self.package_version);
        shown
    }
}
