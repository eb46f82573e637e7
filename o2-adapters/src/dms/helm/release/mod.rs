//! [`Release`]: an installed chart in one of its revisions, as Helm keeps it in a Secret.
//!
//! What Helm keeps is read here and written by Helm alone.

mod labels;
mod record;
mod status;
#[cfg(test)]
pub(super) mod testing;
mod values;
mod workload;

use o2_core::{Extensions, TenantId, Timestamp};

use super::chart::Metadata;
use super::repository::PackageRef;
use crate::kube::Meta;
pub(super) use labels::{OwnLabels, PACKAGE, WORK, Work, own_labels};
pub(super) use record::Record;
pub(super) use status::ReleaseStatus;
pub(super) use values::coalesce;
pub(super) use workload::{Manifested, WorkloadKind, WorkloadRef};

/// A release in one of its revisions.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Release {
    /// Of the Secret.
    pub(super) meta: Meta,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) revision: u32,
    pub(super) status: ReleaseStatus,
    /// Helm's words about how it came about, or why it failed.
    pub(super) description: String,
    /// When the release was installed: the same in all of its revisions.
    pub(super) first_deployed: Option<Timestamp>,
    /// When this revision was begun.
    pub(super) last_deployed: Option<Timestamp>,
    /// The earlier revision that this one is.
    pub(super) rolled_back_to: Option<u32>,
    pub(super) chart: Metadata,
    /// The values that the chart has by default.
    pub(super) defaults: Extensions,
    /// The values that it was given.
    pub(super) values: Extensions,
    /// What its manifest runs.
    pub(super) runs: Manifested,
}

impl Release {
    /// The package it is an instance of, where the release says so.
    pub(super) fn package(&self) -> Option<PackageRef> {
        PackageRef::of_label(self.meta.label(PACKAGE)?, &self.chart.name, &self.chart.version)
    }

    /// Whether it has been taken down, and only its history was kept.
    pub(super) fn is_over(&self) -> bool {
        self.status == ReleaseStatus::Uninstalled
    }

    /// What was asked for when this revision was made, where we have asked for it.
    pub(super) fn work(&self) -> Option<Work> {
        // A rollback brings the labels of the old revision back, too.
        let label = self.meta.label(WORK).filter(|_| self.rolled_back_to.is_none())?;
        Work::of_label(label)
    }

    pub(super) fn tenant(&self, label: &str) -> Option<TenantId> {
        self.meta.tenant(label)
    }

    /// The values that its templates see.
    pub(super) fn effective(&self) -> Extensions {
        coalesce(&self.defaults, &self.values)
    }
}
