//! [`State`]: a deployment as it is kept.

use std::collections::BTreeMap;
use std::fmt;

use o2_core::{Extensions, Labels, Timestamp};
use o2_dms::{DeploymentPackage, DeploymentStatus, PackageId};
use serde::{Deserialize, Serialize};

use super::{Course, Member};
use crate::dms::kustomize::build::{Manifest, Ref};
use crate::kube::revisions::Record;

/// What is known of a deployment, but for its manifest.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct State {
    pub(in super::super) name: String,
    #[serde(default)]
    pub(in super::super) description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in super::super) resource_pool_id: Option<String>,
    #[serde(default)]
    pub(in super::super) labels: Labels,
    #[serde(default)]
    pub(in super::super) extensions: Extensions,
    pub(in super::super) revision: Revision,
    /// The packages of the earlier revisions that are kept.
    #[serde(default)]
    pub(in super::super) past: BTreeMap<u32, PackageId>,
    pub(in super::super) created_at: Timestamp,
    /// When this was written.
    pub(in super::super) updated_at: Timestamp,
    /// The objects of the manifest.
    pub(in super::super) inventory: Vec<Member>,
    /// Objects of earlier revisions that are still to be deleted.
    #[serde(default)]
    pub(in super::super) leftovers: Vec<Member>,
    pub(in super::super) course: Course,
}

/// The present revision.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Revision {
    pub(in super::super) number: u32,
    pub(in super::super) created_at: Timestamp,
    /// What was done, for people.
    pub(in super::super) description: String,
    pub(in super::super) package_id: PackageId,
    #[serde(default)]
    pub(in super::super) package_version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in super::super) package_digest: Option<String>,
    #[serde(default)]
    pub(in super::super) values: Extensions,
    /// The workload that is scaled, as it is called in the manifest and in the package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in super::super) scaled: Option<Scaled>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in super::super) rolled_back_to: Option<u32>,
}

/// The workload that is scaled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Scaled {
    pub(in super::super) object: Ref,
    /// Its name in the package.
    pub(in super::super) name: String,
    /// How many replicas the manifest says.
    pub(in super::super) replicas: u32,
}

impl Revision {
    /// The revision that brings back what a record holds, its manifest and its objects; `None` when it does not hold them.
    pub(in super::super) fn again(
        record: &Record,
        number: u32,
        now: Timestamp,
    ) -> Option<(Self, Manifest, Vec<Member>)> {
        let manifest = Manifest::of(record.attachments.get(MANIFEST)?.clone());
        let Spec { scaled, inventory } = serde_json::from_value(record.spec.clone()).ok()?;
        let again = Self {
            number,
            created_at: now,
            description: format!("Rollback to {}", record.number),
            package_id: record.package_id.clone(),
            package_version: record.package_version.clone(),
            package_digest: record.package_digest.clone(),
            values: record.values.clone(),
            scaled,
            rolled_back_to: Some(record.number),
        };
        Some((again, manifest, inventory))
    }

    /// Whether it has this package.
    pub(in super::super) fn is_of(&self, package: &DeploymentPackage) -> bool {
        self.package_id == package.package_id
    }
}

/// What a record says beyond what every record does.
#[derive(Serialize, Deserialize)]
struct Spec {
    scaled: Option<Scaled>,
    inventory: Vec<Member>,
}

/// The manifest among the attachments of a record.
const MANIFEST: &str = "manifest";

impl State {
    /// The record of the present revision; `result` is how it ended.
    pub(in super::super) fn record(&self, manifest: &Manifest, result: DeploymentStatus) -> Record {
        let present = &self.revision;
        let mut record = Record::new(present.number, present.package_id.clone(), present.created_at, result);
        record.description.clone_from(&present.description);
        record.package_version.clone_from(&present.package_version);
        record.package_digest.clone_from(&present.package_digest);
        record.values.clone_from(&present.values);
        record.replicas = present.scaled.as_ref().map(|scaled| scaled.replicas);
        let spec = Spec {
            scaled: present.scaled.clone(),
            inventory: self.inventory.clone(),
        };
        record.spec = serde_json::to_value(spec).unwrap_or_default();
        record.attachments = [(MANIFEST.to_owned(), manifest.packed().clone())].into();
        record
    }

    /// Whether the deployment, or an earlier revision that can be brought back, has this package.
    pub(in super::super) fn uses(&self, package: &DeploymentPackage) -> bool {
        self.revision.is_of(package) || self.past.values().any(|id| *id == package.package_id)
    }

    /// Everything that may be there: what shall be, and what is still to be deleted.
    pub(in super::super) fn members(&self) -> impl Iterator<Item = &Member> {
        self.inventory.iter().chain(&self.leftovers)
    }
}

/// Values may be secret.
impl fmt::Debug for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revision")
            .field("number", &self.number)
            .field("package", &self.package_id)
            .finish_non_exhaustive()
    }
}

/// Values may be secret.
impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("name", &self.name)
            .field("revision", &self.revision.number)
            .field("course", &self.course)
            .finish_non_exhaustive()
    }
}
