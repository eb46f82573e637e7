//! [`Host`]: a `BareMetalHost`, a machine that can be touched.

use kube::api::DynamicObject;
use serde::{Deserialize, Serialize};

use crate::kube::{Cached, Kind, Meta};

pub(in super::super) static HOSTS: Kind =
    Kind::of_namespaces("metal3.io", "v1alpha1", "BareMetalHost", "baremetalhosts");

/// A bare machine.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Host {
    pub(in super::super) meta: Meta,
    pub(in super::super) spec: HostSpec,
    pub(in super::super) status: HostStatus,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct HostSpec {
    pub(in super::super) online: bool,
    #[serde(rename = "bootMACAddress")]
    pub(in super::super) boot_mac_address: Option<String>,
    consumer_ref: Option<Consumer>,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
struct Consumer {
    kind: String,
    namespace: String,
    name: String,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct HostStatus {
    pub(in super::super) provisioning: Provisioning,
    pub(in super::super) hardware: Option<Hardware>,
    pub(in super::super) powered_on: Option<bool>,
    pub(in super::super) operational_status: String,
    pub(in super::super) error_type: String,
    pub(in super::super) error_message: String,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Provisioning {
    pub(in super::super) state: String,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct Hardware {
    pub(in super::super) system_vendor: Vendor,
    pub(in super::super) cpu: Processors,
    pub(in super::super) ram_mebibytes: u64,
    pub(in super::super) nics: Vec<Nic>,
    pub(in super::super) storage: Vec<Disk>,
    pub(in super::super) hostname: String,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct Vendor {
    pub(in super::super) manufacturer: String,
    pub(in super::super) product_name: String,
    pub(in super::super) serial_number: String,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in super::super) struct Processors {
    pub(in super::super) arch: String,
    pub(in super::super) model: String,
    pub(in super::super) count: u32,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct Nic {
    name: String,
    model: String,
    mac: String,
    ip: String,
    speed_gbps: u32,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct Disk {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    size_bytes: u64,
    vendor: String,
    model: String,
    serial_number: String,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    spec: HostSpec,
    #[serde(default)]
    status: HostStatus,
}

impl Cached for Host {
    fn read(_: &Kind, object: DynamicObject) -> Option<Self> {
        let wire: Wire = serde_json::from_value(object.data).ok()?;
        let mut meta = Meta::from(object.metadata);
        meta.annotations.clear();
        Some(Self {
            meta,
            spec: wire.spec,
            status: wire.status,
        })
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }
}

impl Host {
    /// `namespace/name` of the machine that it has become.
    pub(in super::super) fn machine(&self) -> Option<String> {
        let consumer = self.spec.consumer_ref.as_ref()?;
        (consumer.kind == "Machine").then(|| format!("{}/{}", consumer.namespace, consumer.name))
    }

    /// What the first of these labels says that it has.
    pub(in super::super) fn pool<'h>(&'h self, labels: &'h [String]) -> Option<(&'h str, &'h str)> {
        labels
            .iter()
            .find_map(|key| Some((key.as_str(), self.meta.label(key)?)))
    }

    /// Where it stands.
    pub(in super::super) fn site(&self) -> Option<&str> {
        self.meta.label("resources.clcm.openshift.io/siteId")
    }

    pub(in super::super) fn is_well(&self) -> bool {
        self.status.operational_status != "error" && self.status.error_type.is_empty()
    }
}
