//! What nodes and parts there are in this O-Cloud, and how a node of a type is put together.

use std::collections::BTreeMap;
use std::sync::Arc;

use o2_core::Extensions;
use o2_core::plugin::HealthStatus;
use o2_core::query::Fingerprint;
use o2_ims::model::{ObjectHealth, ResourceClass, ResourceKind};
use o2_ims::{Resource, ResourceId, ResourcePool, ResourceType, ResourceTypeId};

/// The type of nodes in pools that do not say.
pub(super) const DEFAULT_NODE: &str = "type-compute-large";

/// A type of nodes.
#[derive(Debug)]
pub(super) struct NodeType {
    pub(super) id: &'static str,
    name: &'static str,
    description: &'static str,
    vendor: &'static str,
    class: ResourceClass,
    pub(super) cores: u32,
    pub(super) memory_gb: u32,
    pub(super) gpus: u32,
}

/// The types of nodes.
pub(super) static NODES: &[NodeType] = &[
    NodeType {
        id: DEFAULT_NODE,
        name: "Mock Compute Large",
        description: "32 CPU, 128GB RAM, 2 GPU",
        vendor: "Mock",
        class: ResourceClass::Compute,
        cores: 32,
        memory_gb: 128,
        gpus: 2,
    },
    NodeType {
        id: "type-compute-medium",
        name: "Compute Medium",
        description: "16 CPU, 64GB RAM",
        vendor: "Memory",
        class: ResourceClass::Compute,
        cores: 16,
        memory_gb: 64,
        gpus: 0,
    },
    NodeType {
        id: "type-gpu-node",
        name: "GPU Node",
        description: "64 CPU, 512GB RAM, 4 GPU",
        vendor: "Memory",
        class: ResourceClass::Compute,
        cores: 64,
        memory_gb: 512,
        gpus: 4,
    },
    NodeType {
        id: "type-storage-node",
        name: "Storage Node",
        description: "16 CPU, 128GB RAM, for storage",
        vendor: "Memory",
        class: ResourceClass::Storage,
        cores: 16,
        memory_gb: 128,
        gpus: 0,
    },
    NodeType {
        id: "c5.metal",
        name: "c5.metal",
        description: "96 CPU, 192GB RAM, bare metal",
        vendor: "Memory",
        class: ResourceClass::Compute,
        cores: 96,
        memory_gb: 192,
        gpus: 0,
    },
];

/// The types of parts of nodes: id, name, class.
const PARTS: [(&str, &str, ResourceClass); 4] = [
    (CPU, "CPU", ResourceClass::Compute),
    (MEMORY, "Memory", ResourceClass::Compute),
    (GPU, "GPU", ResourceClass::Compute),
    (NIC, "NIC", ResourceClass::Networking),
];
const CPU: &str = "type-cpu";
const MEMORY: &str = "type-memory";
const GPU: &str = "type-gpu";
const NIC: &str = "type-nic";

impl NodeType {
    /// The type with this id.
    pub(super) fn find(id: &str) -> Option<&'static Self> {
        NODES.iter().find(|node| node.id == id)
    }

    /// The ids of all types, for error messages.
    pub(super) fn known() -> String {
        NODES.iter().map(|node| node.id).collect::<Vec<_>>().join(", ")
    }

    /// What nodes of this type say about themselves.
    fn extensions(&self) -> Extensions {
        [
            ("cpu", self.cores),
            ("memory.cpuCores", self.cores),
            ("memory.memoryGb", self.memory_gb),
            ("memory.gpuCount", self.gpus),
        ]
        .into_iter()
        .map(|(name, number)| (name.to_owned(), number.into()))
        .collect()
    }
}

/// Every type, and the making of nodes.
#[derive(Debug)]
pub(super) struct Catalogue {
    pub(super) types: BTreeMap<ResourceTypeId, Arc<ResourceType>>,
    seed: u64,
}

impl Catalogue {
    pub(super) fn new(o_cloud_id: &str, seed: u64) -> Self {
        let nodes = NODES.iter().map(|node| of_node(node, o_cloud_id));
        let parts = PARTS
            .iter()
            .map(|&(id, name, class)| plain(id, name, class, o_cloud_id));
        let types = nodes
            .chain(parts)
            .map(|resource_type| (resource_type.resource_type_id.clone(), Arc::new(resource_type)))
            .collect();
        Self { types, seed }
    }

    /// A healthy node in `pool`, owned by the pool's owner.
    pub(super) fn node(&self, id: ResourceId, node_type: &NodeType, pool: &ResourcePool) -> Resource {
        let mut node = Resource::new(id, self.type_id(node_type.id), pool.resource_pool_id.clone());
        node.tenant_id.clone_from(&pool.tenant_id);
        node.labels.clone_from(&pool.labels);
        self.furnish(&mut node, node_type);
        node.global_asset_id = Some(self.serial_number(&node.resource_id));
        node.name = Some(node.resource_id.to_string());
        node
    }

    /// Gives a node what every node of its type has: parts, facts, health.
    pub(super) fn furnish(&self, node: &mut Resource, node_type: &NodeType) {
        let mut facts = node_type.extensions();
        facts.append(&mut node.extensions);
        node.extensions = facts;
        node.health = Some(ObjectHealth::new(HealthStatus::Healthy));
        node.elements = self.parts(node_type, node);
    }

    /// The parts of a node. What they have in common with it is shared, not copied.
    fn parts(&self, node_type: &NodeType, node: &Resource) -> Vec<Resource> {
        let gpus = (0..node_type.gpus).map(|number| (GPU, format!("gpu{number}")));
        let parts = [
            (CPU, "cpu".to_owned()),
            (MEMORY, "memory".to_owned()),
            (NIC, "nic0".to_owned()),
        ];
        let part = |(part_type, name): (&str, String)| {
            let id = format!("{}.{name}", node.resource_id);
            let mut part = Resource::new(id, self.type_id(part_type), node.resource_pool_id.clone());
            part.name = Some(name);
            part.parent_id = Some(node.resource_id.clone());
            part.tenant_id.clone_from(&node.tenant_id);
            part
        };
        parts.into_iter().chain(gpus).map(part).collect()
    }

    /// The id as the types have it, so that all resources share one text.
    fn type_id(&self, id: &str) -> ResourceTypeId {
        self.types
            .get_key_value(id)
            .map_or_else(|| ResourceTypeId::new(id), |(id, _)| id.clone())
    }

    /// The same for the same node of the same seed, wherever it is seen.
    fn serial_number(&self, id: &ResourceId) -> String {
        format!("SN{:016X}", self.hash(id))
    }

    /// How busy a node is: processor and memory use in percent. Made up, but always the same.
    pub(super) fn load(&self, id: &ResourceId) -> (f64, f64) {
        let hash = self.hash(id);
        let percent = |bits: u64| 10.0 + (bits % 800) as f64 / 10.0;
        (percent(hash), percent(hash >> 32))
    }

    fn hash(&self, id: &ResourceId) -> u64 {
        Fingerprint::new()
            .bytes(&self.seed.to_le_bytes())
            .text(id.as_str())
            .value()
    }
}

fn of_node(node: &NodeType, o_cloud_id: &str) -> ResourceType {
    let mut resource_type = plain(node.id, node.name, node.class, o_cloud_id);
    resource_type.description = node.description.into();
    resource_type.vendor = node.vendor.into();
    resource_type.extensions = node.extensions();
    if node.id == DEFAULT_NODE {
        let own = [
            ("mock.cpu", node.cores),
            ("mock.memory", node.memory_gb),
            ("mock.gpu", node.gpus),
        ];
        let own = own.map(|(name, number)| (name.to_owned(), number.into()));
        resource_type.extensions.extend(own);
    }
    resource_type
}

fn plain(id: &str, name: &str, class: ResourceClass, o_cloud_id: &str) -> ResourceType {
    let mut resource_type = ResourceType::new(id, name);
    resource_type.description = name.into();
    resource_type.vendor = "Memory".into();
    resource_type.model = name.into();
    resource_type.version = "1".into();
    resource_type.resource_kind = ResourceKind::Physical;
    resource_type.resource_class = class;
    resource_type.o_cloud_id = o_cloud_id.into();
    resource_type
}
