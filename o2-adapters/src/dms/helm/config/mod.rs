//! The configuration of the helm backend.

mod repository;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use o2_core::config::DurationText;
use o2_core::error::Excerpt;
use o2_core::ports::Secret;
use o2_core::{Error, Result};
use serde::Deserialize;

use crate::kube::deployed::ValuePath;
use crate::kube::{ClusterConfig, is_label};
pub use repository::{RepositoryConfig, RepositoryKind};

/// The configuration of [`Helm`](super::Helm).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct HelmConfig {
    /// Where the API server is.
    pub cluster: ClusterConfig,
    /// Only releases in these namespaces; all when empty.
    pub namespaces: Vec<String>,
    /// Where deployments live that do not say.
    pub namespace: String,
    /// Whether namespaces that do not exist are made.
    pub create_namespaces: bool,
    /// The label of a release that says whose it is.
    pub tenant_label: String,
    /// The program, by path or by name.
    pub program: PathBuf,
    /// The kubeconfig file that the program is given, instead of one made from `cluster`. Needed where that names a client
    /// which the embedding program gives.
    pub kubeconfig: Option<PathBuf>,
    /// What the program finds in its environment besides what it is given anyway: proxies, for instance.
    pub environment: BTreeMap<String, Secret>,
    /// How long an operation of Helm may take, its hooks included. One that takes longer has failed.
    pub timeout: DurationText,
    /// How long workloads may take to become ready. What is not ready then has failed.
    pub ready_timeout: DurationText,
    /// How many revisions of a release are kept.
    pub history: u32,
    /// How deployments are scaled.
    pub replicas: ReplicasConfig,
    /// Where packages come from.
    pub repositories: Vec<RepositoryConfig>,
}

/// How deployments are scaled.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ReplicasConfig {
    /// The value that says how many replicas there are, of charts that do not name one and have this one.
    pub path: String,
    /// The most replicas that a deployment may have.
    pub max: u32,
}

impl Default for ReplicasConfig {
    fn default() -> Self {
        Self {
            path: "replicaCount".to_owned(),
            max: 1_000,
        }
    }
}

impl Default for HelmConfig {
    fn default() -> Self {
        Self {
            cluster: ClusterConfig::default(),
            namespaces: Vec::new(),
            namespace: "default".to_owned(),
            create_namespaces: false,
            tenant_label: "o2ims.oran.org/tenant".to_owned(),
            program: PathBuf::from("helm"),
            kubeconfig: None,
            environment: BTreeMap::new(),
            timeout: DurationText::from_secs(300),
            ready_timeout: DurationText::from_secs(600),
            history: 10,
            replicas: ReplicasConfig::default(),
            repositories: Vec::new(),
        }
    }
}

impl HelmConfig {
    /// Releases in a cluster, with packages from `repositories` and everything else as it is by default.
    #[must_use]
    pub fn new(cluster: ClusterConfig, repositories: Vec<RepositoryConfig>) -> Self {
        Self {
            cluster,
            repositories,
            ..Self::default()
        }
    }

    /// Checks what the types cannot say.
    pub(super) fn check(&self) -> Result<()> {
        self.cluster.check()?;
        check_namespace("namespace", &self.namespace)?;
        for (number, namespace) in self.namespaces.iter().enumerate() {
            check_namespace(&format!("namespaces[{number}]"), namespace)?;
        }
        if !self.manages(&self.namespace) {
            return Err(Error::config("namespace: must be one of namespaces"));
        }
        if !is_label_key(&self.tenant_label) {
            return Err(Error::config(
                "tenantLabel: must be the key of a label, as o2ims.oran.org/tenant",
            ));
        }
        if self.program.as_os_str().is_empty() {
            return Err(Error::config("program: must not be empty"));
        }
        if self.cluster.client.is_some() && self.kubeconfig.is_none() {
            return Err(Error::config(
                "kubeconfig: is needed with cluster.client, since the program helm cannot use that client",
            ));
        }
        for (field, time) in [("timeout", self.timeout), ("readyTimeout", self.ready_timeout)] {
            if time.get() < Duration::from_secs(1) {
                return Err(Error::config(format!("{field}: must be at least 1s")));
            }
        }
        if self.history < 2 {
            return Err(Error::config(
                "history: must be at least 2, so that there is something to roll back to",
            ));
        }
        ValuePath::parse(&self.replicas.path)
            .map_err(|error| Error::config(format!("replicas.path: {}", error.message())))?;
        self.check_repositories()
    }

    fn check_repositories(&self) -> Result<()> {
        for (number, repository) in self.repositories.iter().enumerate() {
            repository.check(number)?;
            let same = |other: &RepositoryConfig| other.name == repository.name;
            if self.repositories[..number].iter().any(same) {
                return Err(Error::config(format!(
                    "repositories[{number}].name: there is a repository '{}' already",
                    Excerpt(&repository.name)
                )));
            }
        }
        Ok(())
    }

    /// Whether releases in this namespace are ours to show.
    pub(super) fn manages(&self, namespace: &str) -> bool {
        self.namespaces.is_empty() || self.namespaces.iter().any(|own| own == namespace)
    }
}

fn check_namespace(field: &str, text: &str) -> Result<()> {
    if is_label(text) {
        return Ok(());
    }
    Err(Error::config(format!(
        "{field}: '{}' is no name of a namespace",
        Excerpt(text)
    )))
}

/// `name` or `domain/name`.
fn is_label_key(text: &str) -> bool {
    let (prefix, name) = text.split_once('/').unwrap_or(("a", text));
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let ends = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.ends_with(|c: char| c.is_ascii_alphanumeric())
    };
    let valid = |text: &str, longest| (1..=longest).contains(&text.len()) && text.chars().all(allowed) && ends(text);
    valid(prefix, 253) && valid(name, 63)
}
