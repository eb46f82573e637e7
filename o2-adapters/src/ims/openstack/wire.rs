//! What the services send. A field that is not used is not declared; words of the backend stay texts, since new ones come.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A host aggregate of Nova.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Aggregate {
    /// What calls name it by.
    pub(super) id: u64,
    pub(super) uuid: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) availability_zone: Option<String>,
    #[serde(default)]
    pub(super) hosts: Vec<String>,
    #[serde(default)]
    pub(super) metadata: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) created_at: Option<String>,
    #[serde(default)]
    pub(super) updated_at: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct OneAggregate {
    pub(super) aggregate: Aggregate,
}

/// A host, or a machine of Ironic.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Hypervisor {
    pub(super) id: String,
    pub(super) hypervisor_hostname: String,
    #[serde(default)]
    pub(super) hypervisor_type: Option<String>,
    #[serde(default)]
    pub(super) hypervisor_version: Option<u64>,
    #[serde(default)]
    pub(super) host_ip: Option<String>,
    #[serde(default)]
    pub(super) state: Option<String>,
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) vcpus: Option<u64>,
    #[serde(default)]
    pub(super) memory_mb: Option<u64>,
    #[serde(default)]
    pub(super) local_gb: Option<u64>,
    pub(super) service: HostService,
}

/// The service that runs on a host. Aggregates name hosts as it does.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct HostService {
    pub(super) host: String,
    #[serde(default)]
    pub(super) disabled_reason: Option<String>,
}

/// A virtual machine. One in a cell that is down has an id and little else.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Server {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) tenant_id: Option<String>,
    #[serde(default)]
    pub(super) created: Option<String>,
    #[serde(default)]
    pub(super) updated: Option<String>,
    #[serde(default)]
    pub(super) metadata: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) addresses: Value,
    #[serde(default)]
    pub(super) flavor: Option<FlavorOfServer>,
    #[serde(default, rename = "OS-EXT-SRV-ATTR:host")]
    pub(super) host: Option<String>,
    #[serde(default, rename = "OS-EXT-AZ:availability_zone")]
    pub(super) zone: Option<String>,
    #[serde(default, rename = "OS-EXT-STS:vm_state")]
    pub(super) vm_state: Option<String>,
    #[serde(default, rename = "OS-EXT-STS:task_state")]
    pub(super) task_state: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct FlavorOfServer {
    pub(super) id: String,
}

/// A size of virtual machines.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Flavor {
    pub(super) id: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) vcpus: Option<u64>,
    #[serde(default)]
    pub(super) ram: Option<u64>,
    #[serde(default)]
    pub(super) disk: Option<u64>,
    #[serde(default)]
    pub(super) extra_specs: BTreeMap<String, String>,
}

/// A kind of volume.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct VolumeType {
    pub(super) id: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) extra_specs: BTreeMap<String, String>,
}

/// Something of Placement that has capacity; its id is that of the hypervisor.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Provider {
    pub(super) uuid: String,
    pub(super) generation: u64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Inventories {
    pub(super) inventories: BTreeMap<String, Inventory>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Inventory {
    pub(super) total: u64,
    #[serde(default)]
    pub(super) reserved: u64,
    pub(super) allocation_ratio: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Usages {
    pub(super) usages: BTreeMap<String, u64>,
}
