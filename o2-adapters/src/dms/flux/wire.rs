//! What Flux keeps in the cluster about deployments. A field that is not used is not declared.
//!
//! <https://fluxcd.io/flux/components/helm/helmreleases/>, <https://fluxcd.io/flux/components/kustomize/kustomizations/>.

use o2_core::Timestamp;
use serde::Deserialize;

use crate::kube::or_default;

/// The annotation that asks the controller to look at an object at once.
pub(super) const REQUESTED: &str = "reconcile.fluxcd.io/requestedAt";
/// The annotation that asks for an installation or upgrade though nothing has changed; with the same token.
pub(super) const FORCED: &str = "reconcile.fluxcd.io/forceAt";
/// The annotation that clears the count of failures; with the same token.
pub(super) const RESET: &str = "reconcile.fluxcd.io/resetAt";
/// The labels of what a Kustomization or a HelmRelease has made.
pub(super) const MADE_BY_KUSTOMIZATION: &str = "kustomize.toolkit.fluxcd.io/name";
pub(super) const MADE_BY_RELEASE: &str = "helm.toolkit.fluxcd.io/name";
pub(super) const MADE_IN: &str = "helm.toolkit.fluxcd.io/namespace";

/// The status of a HelmRelease or a Kustomization.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Status {
    pub(super) observed_generation: i64,
    #[serde(deserialize_with = "or_default")]
    pub(super) conditions: Vec<Finding>,
    pub(super) last_handled_reconcile_at: String,
    pub(super) last_attempted_revision: String,
    /// `namespace/name` of the chart that the controller has made.
    pub(super) helm_chart: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) inventory: Inventory,
    /// What Helm has released, newest first. Entries of Kustomizations say something else.
    #[serde(deserialize_with = "or_default")]
    pub(super) history: Vec<Snapshot>,
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Finding {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) status: String,
    pub(super) reason: String,
    pub(super) message: String,
    pub(super) last_transition_time: Option<Timestamp>,
    pub(super) observed_generation: i64,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub(super) struct Inventory {
    #[serde(deserialize_with = "or_default")]
    pub(super) entries: Vec<Entry>,
}

/// An object that was made: `<namespace>_<name>_<group>_<kind>`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub(super) struct Entry {
    pub(super) id: String,
}

/// A release of Helm.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Snapshot {
    pub(super) version: u32,
    pub(super) status: String,
    pub(super) chart_name: String,
    pub(super) chart_version: String,
    pub(super) last_deployed: Option<Timestamp>,
}

impl Status {
    pub(super) fn condition(&self, kind: &str) -> Option<&Finding> {
        self.conditions.iter().find(|condition| condition.kind == kind)
    }
}

impl Finding {
    pub(super) fn holds(&self) -> bool {
        self.status == "True"
    }

    pub(super) fn fails(&self) -> bool {
        self.status == "False"
    }

    /// `InstallFailed: why`.
    pub(super) fn words(&self) -> String {
        match self.message.as_str() {
            "" => self.reason.clone(),
            message => format!("{}: {message}", self.reason),
        }
    }
}

impl Entry {
    /// Namespace, name, group and kind; no namespace and no name of a workload has a `_` in it.
    pub(super) fn parts(&self) -> Option<[&str; 4]> {
        let mut parts = self.id.split('_');
        let all = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
        parts.next().is_none().then_some(all)
    }
}
