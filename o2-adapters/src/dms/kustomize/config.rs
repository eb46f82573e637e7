//! The configuration of the kustomize backend.

use std::path::PathBuf;

use o2_core::config::DurationText;
use o2_core::{Error, Result};
use serde::Deserialize;

use crate::kube::ClusterConfig;

/// The configuration of [`Kustomize`](super::Kustomize).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct KustomizeConfig {
    /// Where the API server is.
    pub cluster: ClusterConfig,
    /// The program: `kustomize`, or a `kubectl` that has it.
    pub program: PathBuf,
    /// How long one build may take.
    pub build_timeout: DurationText,
    /// Where deployments live that do not say.
    pub namespace: String,
    /// The namespaces in which deployments may live; all when empty.
    pub namespaces: Vec<String>,
    /// Whether a namespace that is missing is made.
    pub create_namespaces: bool,
    /// The label that says whose an object is.
    pub tenant_label: String,
    /// Whether packages may have objects that belong to no namespace: cluster roles, definitions, webhooks.
    pub cluster_objects: bool,
    /// Whether definitions of kinds are deleted with the deployments that brought them, and all objects of these kinds with
    /// them.
    pub delete_definitions: bool,
    /// Whether volume claims are deleted with the deployments that made them, and the data with them.
    pub delete_volumes: bool,
    /// Whether fields of objects are taken over that others have set, as `kubectl scale` does.
    pub force_conflicts: bool,
    /// How long a rollout may take until it is taken for failed.
    pub rollout_timeout: DurationText,
    /// The most replicas a workload may be scaled to.
    pub max_replicas: u32,
    /// How many earlier revisions each deployment keeps.
    pub history: u32,
    /// The most bytes a package may have.
    pub max_package_size: u64,
}

impl Default for KustomizeConfig {
    fn default() -> Self {
        Self {
            cluster: ClusterConfig::default(),
            program: PathBuf::from("kustomize"),
            build_timeout: DurationText::from_secs(60),
            namespace: "default".to_owned(),
            namespaces: Vec::new(),
            create_namespaces: false,
            tenant_label: "o2ims.oran.org/tenant".to_owned(),
            cluster_objects: false,
            delete_definitions: false,
            delete_volumes: false,
            force_conflicts: false,
            rollout_timeout: DurationText::from_secs(600),
            max_replicas: 1_000,
            history: 10,
            max_package_size: 4 << 20,
        }
    }
}

impl KustomizeConfig {
    /// A cluster, with everything else as it is by default.
    #[must_use]
    pub fn of(cluster: ClusterConfig) -> Self {
        Self {
            cluster,
            ..Self::default()
        }
    }

    /// Checks what the types cannot say.
    pub(super) fn check(&self) -> Result<()> {
        self.cluster.check()?;
        for (name, wrong) in [
            ("program", self.program.as_os_str().is_empty()),
            ("namespace", self.namespace.is_empty()),
            ("namespaces", self.namespaces.iter().any(String::is_empty)),
            ("tenantLabel", self.tenant_label.is_empty()),
        ] {
            if wrong {
                return Err(Error::config(format!("{name}: must not be empty")));
            }
        }
        if !self.may_use(&self.namespace) {
            return Err(Error::config("namespace: is not one of the namespaces"));
        }
        for (name, is_zero) in [
            ("buildTimeout", self.build_timeout.get().is_zero()),
            ("rolloutTimeout", self.rollout_timeout.get().is_zero()),
            ("history", self.history == 0),
            ("maxPackageSize", self.max_package_size == 0),
        ] {
            if is_zero {
                return Err(Error::config(format!("{name}: must be more than nothing")));
            }
        }
        if self.history > 100 {
            return Err(Error::config("history: must be at most 100"));
        }
        Ok(())
    }

    /// Whether deployments may live in this namespace.
    pub(super) fn may_use(&self, namespace: &str) -> bool {
        self.namespaces.is_empty() || self.namespaces.iter().any(|known| known == namespace)
    }
}
