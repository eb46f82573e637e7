//! The configuration of the openshift backend.

use o2_core::{Error, Result};
use serde::Deserialize;

use crate::kube::ClusterConfig;

/// What the pools are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Pools {
    /// `MachineSets` and the control plane; what no machine stands behind is in the pools of its configuration.
    #[default]
    MachineSets,
    /// `MachineConfigPools`.
    MachineConfigPools,
    /// Groups of `BareMetalHosts`.
    BareMetalHosts,
}

/// The configuration of [`Openshift`](super::Openshift).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct OpenshiftConfig {
    /// Where the API server is.
    pub cluster: ClusterConfig,
    /// The id of the O-Cloud; the id of the cluster when absent.
    #[serde(rename = "oCloudId")]
    pub o_cloud_id: Option<String>,
    /// The root of the deployment interface that the cluster's deployment manager offers; the URL of the API server when
    /// absent.
    pub service_uri: Option<String>,
    /// The label that says whose an object is.
    pub tenant_label: String,
    /// Only nodes with these labels: a label selector.
    pub node_selector: String,
    /// Where the objects of the Machine API are.
    pub namespace: String,
    /// Where hosts are; everywhere when absent.
    pub host_namespace: Option<String>,
    /// What the pools are.
    pub pools: Pools,
    /// The labels of hosts that name their pool, the first that a host has decides.
    pub host_pool_labels: Vec<String>,
    /// The labels of nodes that name their pool, where nothing else does.
    pub pool_labels: Vec<String>,
    /// Whether persistent volumes and storage classes are shown.
    pub volumes: bool,
}

impl Default for OpenshiftConfig {
    fn default() -> Self {
        let hosts = [
            "resources.clcm.openshift.io/resourcePoolName",
            "resources.clcm.openshift.io/resourcePoolId",
        ];
        Self {
            cluster: ClusterConfig::default(),
            o_cloud_id: None,
            service_uri: None,
            tenant_label: "o2ims.oran.org/tenant".to_owned(),
            node_selector: String::new(),
            namespace: "openshift-machine-api".to_owned(),
            host_namespace: None,
            pools: Pools::default(),
            host_pool_labels: hosts.map(str::to_owned).to_vec(),
            pool_labels: vec!["o2ims.oran.org/pool".to_owned()],
            volumes: true,
        }
    }
}

impl OpenshiftConfig {
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
        for (field, text) in [("tenantLabel", &self.tenant_label), ("namespace", &self.namespace)] {
            if text.is_empty() {
                return Err(Error::config(format!("{field}: must not be empty")));
            }
        }
        if self.o_cloud_id.as_deref() == Some("") {
            return Err(Error::config(
                "oCloudId: must not be empty; leave it out for the id of the cluster",
            ));
        }
        for (field, labels) in [
            ("poolLabels", &self.pool_labels),
            ("hostPoolLabels", &self.host_pool_labels),
        ] {
            if labels.iter().any(String::is_empty) {
                return Err(Error::config(format!("{field}: no label is empty")));
            }
        }
        Ok(())
    }
}
