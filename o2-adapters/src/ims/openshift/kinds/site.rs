//! [`Site`]: the cluster itself, by its `ClusterVersion` and its `Infrastructure`.

use std::sync::Arc;

use futures::try_join;
use kube::api::DynamicObject;
use o2_core::{Context, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::kube::inventory::{About, Reader};
use crate::kube::{At, Kind};

static VERSIONS: Kind = Kind::of_cluster("config.openshift.io", "v1", "ClusterVersion", "clusterversions");
static INFRASTRUCTURES: Kind = Kind::of_cluster("config.openshift.io", "v1", "Infrastructure", "infrastructures");

/// Who a cluster is.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Site {
    /// With the id that OpenShift gave it, where that may be seen.
    pub(in super::super) about: Arc<About>,
    /// Its version, `4.18.3`.
    pub(in super::super) version: String,
    pub(in super::super) infrastructure: Infrastructure,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct Infrastructure {
    pub(in super::super) infrastructure_name: String,
    platform_status: Platform,
    #[serde(rename = "apiServerURL")]
    pub(in super::super) api_server_url: String,
    pub(in super::super) control_plane_topology: String,
    pub(in super::super) infrastructure_topology: String,
    pub(in super::super) cpu_partitioning: String,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
struct Platform {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Version {
    spec: VersionSpec,
    status: VersionStatus,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct VersionSpec {
    #[serde(rename = "clusterID")]
    cluster_id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct VersionStatus {
    desired: Release,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Release {
    version: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Described {
    status: Infrastructure,
}

impl Infrastructure {
    /// `AWS`, `BareMetal`, `None`; empty where it is not known.
    pub(in super::super) fn platform(&self) -> &str {
        &self.platform_status.kind
    }
}

impl Site {
    pub(in super::super) async fn read(reader: &Reader, context: &Context, plugin: &str) -> Result<Self> {
        let (about, version, described) = try_join!(
            About::read(&reader.cluster, context, plugin),
            one::<Version>(reader, context, &VERSIONS, "version"),
            one::<Described>(reader, context, &INFRASTRUCTURES, "cluster"),
        )?;
        Ok(Self::of(about, version, described))
    }

    fn of(mut about: About, version: Version, described: Described) -> Self {
        if !version.spec.cluster_id.is_empty() {
            about.id = version.spec.cluster_id;
        }
        Self {
            about: Arc::new(about),
            version: version.status.desired.version,
            infrastructure: described.status,
        }
    }

    /// One as tests know it.
    #[cfg(test)]
    pub(in super::super) fn sample(version: serde_json::Value, infrastructure: serde_json::Value) -> Self {
        let about = About {
            id: "kube-system-uid".to_owned(),
            version: "v1.31.6".to_owned(),
            platform: "linux/amd64".to_owned(),
        };
        let read = serde_json::from_value::<Version>(version).unwrap();
        Self::of(about, read, serde_json::from_value(infrastructure).unwrap())
    }
}

/// The one object of a kind; nothing where there is none, or we may not see it.
async fn one<T: DeserializeOwned + Default>(reader: &Reader, context: &Context, kind: &Kind, name: &str) -> Result<T> {
    let found = reader.cluster.get(context, At::new(kind, None, name)).await;
    let found: Option<DynamicObject> = reader.allowed(kind, found)?.flatten();
    Ok(found
        .and_then(|object| serde_json::from_value(object.data).ok())
        .unwrap_or_default())
}
