//! The configuration of the flux backend.

use std::collections::BTreeMap;

use o2_core::config::DurationText;
use o2_core::{Error, Result};
use serde::Deserialize;

use crate::kube::ClusterConfig;
use crate::kube::deployed::{ValuePath, check_label};

/// The configuration of [`Flux`](super::Flux).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct FluxConfig {
    /// The API server of the cluster that Flux runs on.
    pub cluster: ClusterConfig,
    /// Only deployments in this namespace; all when absent.
    pub namespace: Option<String>,
    /// The namespace of deployments that name none.
    pub target_namespace: String,
    /// The namespace of packages: of the sources that are made for them.
    pub package_namespace: String,
    /// The label that says whose an object is.
    pub tenant_label: String,
    /// The service account by which deployments are made, in their namespace.
    pub service_account: Option<String>,
    /// Those of single tenants.
    pub service_accounts: BTreeMap<String, String>,
    /// Where deployments run, by the resource pool that they name.
    pub destinations: BTreeMap<String, RemoteConfig>,
    /// How often Flux looks whether everything is as it should be.
    pub interval: DurationText,
    /// How long an installation or a change may take.
    pub timeout: DurationText,
    /// How often an installation or a change of a release is tried again.
    pub retries: u32,
    /// Whether Flux puts right what others change in the objects of a release.
    pub self_heal: bool,
    /// Where in the values of a chart the number of replicas is. Without it charts cannot be scaled, unless the deployment
    /// says it.
    pub replicas_path: Option<String>,
    /// The most replicas that a deployment may have.
    pub max_replicas: u32,
    /// How many earlier revisions of a deployment are kept.
    pub history: usize,
    /// How long work may take until it counts as failed.
    pub work_timeout: DurationText,
    /// Whether the workloads of deployments are looked at when their status is asked for.
    pub workloads: bool,
}

/// Another cluster that Flux deploys to.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct RemoteConfig {
    /// The Secret with a kubeconfig, in the namespace of the deployment.
    pub kube_config_secret: String,
    /// How its API server is reached, for logs and workloads.
    #[serde(default)]
    pub cluster: Option<ClusterConfig>,
}

impl Default for FluxConfig {
    fn default() -> Self {
        Self {
            cluster: ClusterConfig::default(),
            namespace: None,
            target_namespace: "default".to_owned(),
            package_namespace: "flux-system".to_owned(),
            tenant_label: "o2ims.oran.org/tenant".to_owned(),
            service_account: None,
            service_accounts: BTreeMap::new(),
            destinations: BTreeMap::new(),
            interval: DurationText::from_secs(10 * 60),
            timeout: DurationText::from_secs(5 * 60),
            retries: 2,
            self_heal: false,
            replicas_path: None,
            max_replicas: 1_000,
            history: 10,
            work_timeout: DurationText::from_secs(20 * 60),
            workloads: true,
        }
    }
}

impl FluxConfig {
    /// Flux on this cluster, with everything else as it is by default.
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
        if let Some(namespace) = &self.namespace {
            named("namespace", namespace)?;
        }
        named("targetNamespace", &self.target_namespace)?;
        named("packageNamespace", &self.package_namespace)?;
        if self.tenant_label.is_empty() {
            return Err(Error::config("tenantLabel: must not be empty"));
        }
        for (pool, remote) in &self.destinations {
            named(
                &format!("destinations.{pool}.kubeConfigSecret"),
                &remote.kube_config_secret,
            )?;
            if let Some(cluster) = &remote.cluster {
                cluster
                    .check()
                    .map_err(|error| Error::config(format!("destinations.{pool}.{}", error.message())))?;
            }
        }
        if let Some(path) = &self.replicas_path {
            ValuePath::parse(path).map_err(|error| Error::config(format!("replicasPath: {}", error.message())))?;
        }
        if self.history == 0 {
            return Err(Error::config("history: must be at least 1"));
        }
        for (name, duration) in [
            ("interval", self.interval),
            ("timeout", self.timeout),
            ("workTimeout", self.work_timeout),
        ] {
            if duration.get().as_secs() == 0 {
                return Err(Error::config(format!("{name}: must be at least one second")));
            }
        }
        Ok(())
    }
}

/// A time as Flux writes it: whole seconds.
pub(super) fn seconds(duration: DurationText) -> String {
    format!("{}s", duration.get().as_secs())
}
