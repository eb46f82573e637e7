//! The sample O-Cloud: the same from the same configuration, whatever the machine and the day.

use std::sync::Arc;

use o2_core::Labels;
use o2_core::plugin::HealthStatus;
use o2_ims::model::ObjectHealth;
use o2_ims::{DeploymentManager, Resource, ResourceId, ResourcePool, ResourcePoolId};
use serde_json::{Value, json};

use super::catalogue::{DEFAULT_NODE, NODES, NodeType};
use super::pool::Pool;
use super::state::State;
use crate::memory::Moment;

/// Where sites are; when there are more of them, the towns get numbers.
const TOWNS: [&str; 8] = [
    "dallas",
    "chicago",
    "frankfurt",
    "london",
    "tokyo",
    "sydney",
    "toronto",
    "madrid",
];

/// What pools are for, and what nodes they have.
const ROLES: [(&str, &str); 4] = [
    ("compute", "type-compute-medium"),
    ("gpu", "type-gpu-node"),
    ("edge", DEFAULT_NODE),
    ("storage", "type-storage-node"),
];

/// One of so many nodes is degraded.
const DEGRADED: u64 = 50;

/// A site of the sample.
struct Site {
    name: String,
    zone: String,
}

impl Site {
    fn new(index: u32) -> Self {
        let towns = TOWNS.len() as u32;
        let town = TOWNS.get((index % towns) as usize).copied().unwrap_or_default();
        let name = match index / towns {
            0 => town.to_owned(),
            round => format!("{town}-{}", round + 1),
        };
        let zone = format!("{name}-a");
        Self { name, zone }
    }

    fn global_location(&self) -> String {
        format!("memory:{}", self.name)
    }
}

/// Fills an empty O-Cloud.
pub(super) fn fill(state: &mut State, began: Moment) {
    add_mock(state, began);
    let mut pools = Vec::new();
    for site in (0..state.config.sites).map(Site::new) {
        add_manager(state, &site);
        for number in 0..state.config.pools {
            let index = pools.len();
            pools.push(add_pool(state, &site, number, index, began));
        }
    }
    add_nodes(state, &pools, began);
    for pool in state.pools.values_mut() {
        let mut object = ResourcePool::clone(&pool.object);
        object.replicas = Some(u32::try_from(pool.members.len()).unwrap_or(u32::MAX));
        pool.object = Arc::new(pool.described(object));
    }
}

/// The pool and the node that documentation and clients know by name. They are shared.
fn add_mock(state: &mut State, began: Moment) {
    let mut pool = ResourcePool::new("pool-compute-1", "Mock Compute Pool 1");
    pool.description = "High-performance compute pool for testing".into();
    pool.location = Some("mock-us-east-1a".into());
    pool.extensions.insert("mock.type".into(), "compute".into());
    pool.extensions.insert("mock.capacity".into(), 100.into());
    insert_pool(state, pool, node_type(DEFAULT_NODE), began);
    let mut node = new_node(state, "node-mock-001".into(), &"pool-compute-1".into());
    if let Some(node) = &mut node {
        node.name = Some("Mock Node 001".into());
        node.description = "Mock compute node for testing".into();
        for (key, value) in [("cpuCores", 32), ("memoryGB", 128), ("gpuCount", 2)] {
            node.extensions.insert(format!("mock.{key}"), value.into());
        }
    }
    place(state, node, began);
}

fn add_manager(state: &mut State, site: &Site) {
    let name = format!("{} deployments", site.name);
    let mut manager = DeploymentManager::new(format!("dm-{}", site.name), name);
    manager.description = format!("Runs deployments in {}", site.name);
    manager.o_cloud_id.clone_from(&state.config.o_cloud_id);
    manager.service_uri.clone_from(&state.config.service_uri);
    manager.supported_locations = vec![site.global_location()];
    manager
        .capabilities
        .insert("memory.packageTypes".into(), json!(["helm-chart"]));
    let id = manager.deployment_manager_id.clone();
    state.managers.insert(id, Arc::new(manager));
}

/// The pools of a site take turns in what they are for, and all pools in whom they belong to.
fn add_pool(state: &mut State, site: &Site, number: u32, index: usize, began: Moment) -> ResourcePoolId {
    let roles = ROLES.len() as u32;
    let (role, of) = ROLES.get((number % roles) as usize).copied().unwrap_or(ROLES[0]);
    let id = match number / roles {
        0 => format!("pool-{}-{role}", site.name),
        round => format!("pool-{}-{role}-{}", site.name, round + 1),
    };
    let mut pool = ResourcePool::new(id.clone(), id);
    pool.description = format!("Nodes for {role} in {}", site.name);
    pool.location = Some(site.zone.clone());
    pool.global_location_id = Some(site.global_location());
    pool.o_cloud_site_id = Some(format!("site-{}", site.name));
    pool.labels = labels(site, role);
    pool.tags = vec![role.to_owned()];
    pool.extensions.insert("instanceType".into(), Value::from(of));
    let owners = state.config.tenants.len() + 1;
    pool.tenant_id = (index % owners)
        .checked_sub(1)
        .and_then(|tenant| state.config.tenants.get(tenant).cloned());
    insert_pool(state, pool, node_type(of), began)
}

fn labels(site: &Site, role: &str) -> Labels {
    [("site", site.name.as_str()), ("zone", &site.zone), ("role", role)]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

fn insert_pool(
    state: &mut State,
    mut pool: ResourcePool,
    node_type: &'static NodeType,
    began: Moment,
) -> ResourcePoolId {
    pool.o_cloud_id.clone_from(&state.config.o_cloud_id);
    pool.created_at = Some(began.time);
    pool.updated_at = Some(began.time);
    pool.version = Some(state.first_version.clone());
    let id = pool.resource_pool_id.clone();
    state.pools.insert(id.clone(), Pool::new(pool, node_type));
    id
}

/// Spreads the nodes over the pools. One of fifty is degraded, at least one when there are two.
fn add_nodes(state: &mut State, pools: &[ResourcePoolId], began: Moment) {
    let nodes = u64::from(state.config.nodes) - 1;
    let period = DEGRADED.min(nodes.max(1));
    let degraded = state.config.seed % period;
    for (number, pool) in (0..nodes).zip(pools.iter().cycle()) {
        let id = state.ids.next("node", |_| false);
        let mut node = new_node(state, id.into(), pool);
        if number % period == degraded
            && let Some(node) = &mut node
        {
            let mut health = ObjectHealth::new(HealthStatus::Degraded);
            health.message = Some("a fan is slow".into());
            node.health = Some(health);
        }
        place(state, node, began);
    }
}

fn new_node(state: &State, id: ResourceId, pool: &ResourcePoolId) -> Option<Resource> {
    let pool = state.pools.get(pool)?;
    Some(state.catalogue.node(id, pool.node_type, &pool.object))
}

fn place(state: &mut State, node: Option<Resource>, began: Moment) {
    if let Some(mut node) = node {
        node.created_at = Some(began.time);
        node.updated_at = Some(began.time);
        node.version = Some(state.first_version.clone());
        state.place(Arc::new(node), began.time);
    }
}

fn node_type(id: &str) -> &'static NodeType {
    NodeType::find(id).unwrap_or(&NODES[0])
}
