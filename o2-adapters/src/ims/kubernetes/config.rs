//! The configuration of the kubernetes backend.

use o2_core::{Error, Result};
use serde::Deserialize;

use crate::kube::ClusterConfig;

/// The configuration of [`Kubernetes`](super::Kubernetes).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct KubernetesConfig {
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
    /// Only nodes, and machines, with these labels: a label selector.
    pub node_selector: String,
    /// Only Cluster API objects in this namespace.
    pub namespace: Option<String>,
    /// Whether pools and machines of Cluster API are shown where the server has them.
    pub cluster_api: bool,
    /// The labels of nodes that name their pool, the first that a node has decides.
    pub pool_labels: Vec<String>,
    /// Whether persistent volumes and storage classes are shown.
    pub volumes: bool,
}

impl Default for KubernetesConfig {
    fn default() -> Self {
        let labels = [
            "o2ims.oran.org/pool",
            "cloud.google.com/gke-nodepool",
            "eks.amazonaws.com/nodegroup",
            "kubernetes.azure.com/agentpool",
            "agentpool",
            "karpenter.sh/nodepool",
            "kops.k8s.io/instancegroup",
        ];
        Self {
            cluster: ClusterConfig::default(),
            o_cloud_id: None,
            service_uri: None,
            tenant_label: "o2ims.oran.org/tenant".to_owned(),
            node_selector: String::new(),
            namespace: None,
            cluster_api: true,
            pool_labels: labels.map(str::to_owned).to_vec(),
            volumes: true,
        }
    }
}

impl KubernetesConfig {
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
        if self.tenant_label.is_empty() {
            return Err(Error::config("tenantLabel: must not be empty"));
        }
        if self.o_cloud_id.as_deref() == Some("") {
            return Err(Error::config(
                "oCloudId: must not be empty; leave it out for the id of the cluster",
            ));
        }
        if self.pool_labels.iter().any(String::is_empty) {
            return Err(Error::config("poolLabels: no label is empty"));
        }
        Ok(())
    }
}
