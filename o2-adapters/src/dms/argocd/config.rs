//! The configuration of the argocd backend.

use std::collections::BTreeMap;

use o2_core::config::DurationText;
use o2_core::{Error, Result};
use serde::Deserialize;

use crate::kube::ClusterConfig;
use crate::kube::deployed::{ValuePath, check_label};

/// The API server that Argo CD runs on, as Argo CD calls it.
pub(super) const IN_CLUSTER: &str = "https://kubernetes.default.svc";
/// The name that Argo CD has for it.
pub(super) const IN_CLUSTER_NAME: &str = "in-cluster";

/// The configuration of [`ArgoCd`](super::ArgoCd).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ArgocdConfig {
    /// The API server of the cluster that Argo CD runs on.
    pub cluster: ClusterConfig,
    /// The namespace of Argo CD, in which the Applications are.
    pub namespace: String,
    /// The label that says whose an object is.
    pub tenant_label: String,
    /// The project of Applications.
    pub project: String,
    /// The projects of the Applications of single tenants.
    pub projects: BTreeMap<String, String>,
    /// Where deployments run that name no resource pool.
    pub destination: DestinationConfig,
    /// Where deployments run, by the resource pool that they name.
    pub destinations: BTreeMap<String, DestinationConfig>,
    /// The namespace of deployments that name none.
    pub target_namespace: String,
    /// Where in the values of a Helm chart the number of replicas is. Without it charts cannot be scaled, unless the
    /// deployment says it.
    pub replicas_path: Option<String>,
    /// The most replicas that a deployment may have.
    pub max_replicas: u32,
    /// Whether Argo CD synchronises the Applications by itself too.
    pub auto_sync: bool,
    /// Whether that puts right what others change in the cluster.
    pub self_heal: bool,
    /// Whether objects are deleted that a new revision has no more.
    pub prune: bool,
    /// The options of synchronisations.
    pub sync_options: Vec<String>,
    /// How often a synchronisation that fails is tried again.
    pub retries: u32,
    /// How objects are deleted with their Application.
    pub propagation: Propagation,
    /// How many earlier revisions of a deployment are kept.
    pub history: usize,
    /// How long work may take until it counts as failed.
    pub work_timeout: DurationText,
    /// Whether the repositories that are registered with Argo CD are shown as packages; their Secrets are read.
    pub repositories: bool,
}

/// A cluster that Argo CD deploys to.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct DestinationConfig {
    /// Its API server, as it is registered with Argo CD.
    #[serde(default)]
    pub server: Option<String>,
    /// Its name, as it is registered with Argo CD, instead.
    #[serde(default)]
    pub name: Option<String>,
    /// How its API server is reached, for logs. Not needed for the cluster that Argo CD runs on.
    #[serde(default)]
    pub cluster: Option<ClusterConfig>,
}

/// How the objects of an Application are deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Propagation {
    /// What an object owns is deleted before it.
    #[default]
    Foreground,
    /// What an object owns is deleted after it.
    Background,
}

impl Default for DestinationConfig {
    fn default() -> Self {
        Self {
            server: Some(IN_CLUSTER.to_owned()),
            name: None,
            cluster: None,
        }
    }
}

impl Default for ArgocdConfig {
    fn default() -> Self {
        Self {
            cluster: ClusterConfig::default(),
            namespace: "argocd".to_owned(),
            tenant_label: "o2ims.oran.org/tenant".to_owned(),
            project: "default".to_owned(),
            projects: BTreeMap::new(),
            destination: DestinationConfig::default(),
            destinations: BTreeMap::new(),
            target_namespace: "default".to_owned(),
            replicas_path: None,
            max_replicas: 1_000,
            auto_sync: false,
            self_heal: false,
            prune: true,
            sync_options: vec!["CreateNamespace=true".to_owned(), "ServerSideApply=true".to_owned()],
            retries: 2,
            propagation: Propagation::default(),
            history: 10,
            work_timeout: DurationText::from_secs(15 * 60),
            repositories: true,
        }
    }
}

impl ArgocdConfig {
    /// Argo CD on this cluster, with everything else as it is by default.
    #[must_use]
    pub fn of(cluster: ClusterConfig) -> Self {
        Self {
            cluster,
            ..Self::default()
        }
    }

    /// With this place of the number of replicas in the values of charts.
    #[must_use]
    pub fn with_replicas_path(mut self, path: impl Into<String>) -> Self {
        self.replicas_path = Some(path.into());
        self
    }

    /// Checks what the types cannot say.
    pub(super) fn check(&self) -> Result<()> {
        self.cluster.check()?;
        let named = |attribute: &str, name: &str| {
            check_label(attribute, name).map_err(|error| Error::config(error.message().to_owned()))
        };
        named("namespace", &self.namespace)?;
        named("targetNamespace", &self.target_namespace)?;
        if self.tenant_label.is_empty() {
            return Err(Error::config("tenantLabel: must not be empty"));
        }
        if self.project.is_empty() || self.projects.values().any(String::is_empty) {
            return Err(Error::config("project: must not be empty"));
        }
        self.destination.check("destination")?;
        for (pool, destination) in &self.destinations {
            destination.check(&format!("destinations.{pool}"))?;
        }
        if let Some(path) = &self.replicas_path {
            ValuePath::parse(path).map_err(|error| Error::config(format!("replicasPath: {}", error.message())))?;
        }
        if self.history == 0 {
            return Err(Error::config("history: must be at least 1"));
        }
        if self.work_timeout.get().is_zero() {
            return Err(Error::config("workTimeout: must be more than nothing"));
        }
        Ok(())
    }

    /// Every destination, that of resource pools first.
    pub(super) fn all_destinations(&self) -> impl Iterator<Item = &DestinationConfig> {
        self.destinations.values().chain([&self.destination])
    }
}

impl DestinationConfig {
    /// A cluster by the URL of its API server.
    #[must_use]
    pub fn of_server(server: impl Into<String>) -> Self {
        Self {
            server: Some(server.into()),
            name: None,
            cluster: None,
        }
    }

    fn check(&self, at: &str) -> Result<()> {
        let given = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        if given(&self.server) == given(&self.name) {
            return Err(Error::config(format!("{at}: say server or name, and one of them only")));
        }
        match &self.cluster {
            Some(cluster) => cluster
                .check()
                .map_err(|error| Error::config(format!("{at}.{}", error.message()))),
            None => Ok(()),
        }
    }

    /// Whether it is this cluster, as an Application names it.
    pub(super) fn is(&self, server: &str, name: &str) -> bool {
        let same = |text: &Option<String>, named: &str| text.as_deref().is_some_and(|text| text == named);
        same(&self.server, server) && !server.is_empty() || same(&self.name, name) && !name.is_empty()
    }
}
