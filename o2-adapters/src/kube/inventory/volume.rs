//! [`Volume`]s and [`StorageClass`]es, as far as they are shown.
//!
//! <https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/persistent-volume-v1/>

use std::collections::BTreeMap;

use kube::api::DynamicObject;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::kube::{Cached, Kind, Meta};

pub(crate) const VOLUMES: Kind = Kind::of_cluster("", "v1", "PersistentVolume", "persistentvolumes");
pub(crate) const STORAGE_CLASSES: Kind = Kind::of_cluster("storage.k8s.io", "v1", "StorageClass", "storageclasses");

/// A persistent volume.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Volume {
    pub(crate) meta: Meta,
    pub(crate) spec: VolumeSpec,
    /// `Available`, `Bound`, `Released`, `Failed`, `Pending`.
    pub(crate) phase: String,
    pub(crate) message: String,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct VolumeSpec {
    pub(crate) capacity: BTreeMap<String, String>,
    pub(crate) access_modes: Vec<String>,
    pub(crate) storage_class_name: String,
    pub(crate) persistent_volume_reclaim_policy: String,
    pub(crate) volume_mode: String,
    pub(crate) claim_ref: Option<ClaimRef>,
    pub(crate) csi: Option<Csi>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ClaimRef {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Csi {
    pub(crate) driver: String,
    pub(crate) volume_handle: String,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    spec: VolumeSpec,
    #[serde(default)]
    status: WireStatus,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireStatus {
    phase: String,
    message: String,
}

impl Cached for Volume {
    fn read(_: &Kind, object: DynamicObject) -> Option<Self> {
        let wire: Wire = serde_json::from_value(object.data).ok()?;
        let mut meta = Meta::from(object.metadata);
        meta.annotations.clear();
        Some(Self {
            meta,
            spec: wire.spec,
            phase: wire.status.phase,
            message: wire.status.message,
        })
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }
}

/// A class of storage. Its fields stand beside the metadata.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StorageClass {
    pub(crate) meta: Meta,
    pub(crate) class: Class,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Class {
    pub(crate) provisioner: String,
    pub(crate) parameters: BTreeMap<String, Value>,
    pub(crate) reclaim_policy: String,
    pub(crate) volume_binding_mode: String,
    pub(crate) allow_volume_expansion: bool,
}

impl Cached for StorageClass {
    fn read(_: &Kind, object: DynamicObject) -> Option<Self> {
        let class = serde_json::from_value(object.data).ok()?;
        let mut meta = Meta::from(object.metadata);
        meta.annotations.clear();
        Some(Self { meta, class })
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }
}
