//! [`About`]: the cluster itself, which is a deployment manager.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use o2_core::{Context, ErrorKind, Extensions, Result};
use o2_ims::DeploymentManager;
use serde::Deserialize;
use serde_json::json;

use super::{Extended, Node};
use crate::kube::{At, Cluster, Kind, Meta, Quantity};

const NAMESPACES: Kind = Kind::of_cluster("", "v1", "Namespace", "namespaces");

/// Who a cluster is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct About {
    /// The id of its namespace `kube-system`, which is as old as the cluster. Where we may not see that, the name that the
    /// operator gave the plugin.
    pub(crate) id: String,
    /// Its version, `v1.34.1`.
    pub(crate) version: String,
    pub(crate) platform: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    git_version: String,
    #[serde(default)]
    platform: String,
}

impl About {
    pub(crate) async fn read(cluster: &Cluster, context: &Context, plugin: &str) -> Result<Self> {
        let version: Option<Version> = cluster.read(context, "/version").await?;
        let system = cluster.get(context, At::new(&NAMESPACES, None, "kube-system")).await;
        let id = match system {
            Ok(system) => system.map(|system| Meta::from(system.metadata).uid),
            Err(error) if error.is(ErrorKind::PermissionDenied) => None,
            Err(error) => return Err(error),
        };
        let (version, platform) =
            version.map_or_else(Default::default, |version| (version.git_version, version.platform));
        Ok(Self {
            id: id.filter(|id| !id.is_empty()).unwrap_or_else(|| plugin.to_owned()),
            version,
            platform,
        })
    }
}

/// What a cluster has to give: the sum over its nodes.
#[derive(Debug, Default)]
pub(crate) struct Supplies {
    amounts: BTreeMap<String, Quantity>,
    zones: BTreeSet<String>,
    nodes: usize,
}

impl Supplies {
    pub(crate) fn of<'n>(nodes: impl IntoIterator<Item = &'n Arc<Node>>) -> Self {
        let mut supplies = Self::default();
        for node in nodes {
            supplies.nodes += 1;
            for (name, text) in &node.status.allocatable {
                let amount = Quantity::parse(text).unwrap_or_default();
                match supplies.amounts.get_mut(name) {
                    Some(sum) => *sum = *sum + amount,
                    None => drop(supplies.amounts.insert(name.clone(), amount)),
                }
            }
            if let Some(zone) = node.zone()
                && !supplies.zones.contains(zone)
            {
                supplies.zones.insert(zone.to_owned());
            }
        }
        supplies
    }

    fn capacity(&self) -> Extensions {
        let mut capacity = Extensions::new();
        capacity.insert("nodes".to_owned(), json!(self.nodes));
        for (name, amount) in &self.amounts {
            match name.as_str() {
                "cpu" => capacity.insert("cpuMillicores".to_owned(), json!(amount.millis())),
                "memory" => capacity.insert("memoryBytes".to_owned(), json!(amount.units())),
                other => capacity.insert(other.to_owned(), json!(amount.units())),
            };
        }
        capacity
    }

    /// The cluster as a deployment manager.
    pub(crate) fn manager(
        &self,
        prefix: &'static str,
        about: &About,
        name: &str,
        o_cloud: &str,
        uri: &str,
    ) -> DeploymentManager {
        let mut manager = DeploymentManager::new(about.id.as_str(), name);
        manager.description = format!("Kubernetes cluster {}", about.version).trim_end().to_owned();
        manager.o_cloud_id = o_cloud.to_owned();
        manager.service_uri = uri.to_owned();
        manager.supported_locations = self.zones.iter().cloned().collect();
        manager.capacity = self.capacity();
        manager.extensions = Extended::new(prefix)
            .with("kubernetesVersion", &about.version)
            .with("platform", &about.platform)
            .done();
        manager
    }
}
