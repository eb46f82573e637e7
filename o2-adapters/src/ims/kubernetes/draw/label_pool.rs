//! [`LabelPools`]: the pools of nodes that no group of Cluster API made.

use std::collections::{BTreeMap, BTreeSet};

use o2_core::plugin::HealthStatus;
use o2_ims::ResourcePool;
use o2_ims::model::ObjectHealth;

use super::PREFIX;
use super::home::Home;
use crate::kube::inventory::{Extended, Node, node_health};

/// The pools whose members are known by their labels; there are those that have members.
#[derive(Debug)]
pub(super) struct LabelPools<'c> {
    o_cloud: &'c str,
    pools: BTreeMap<String, Members>,
}

#[derive(Debug, Default)]
struct Members {
    key: String,
    value: String,
    zones: BTreeSet<String>,
    regions: BTreeSet<String>,
    nodes: usize,
    machines: usize,
    unwell: usize,
}

impl<'c> LabelPools<'c> {
    pub(super) fn new(o_cloud: &'c str) -> Self {
        Self {
            o_cloud,
            pools: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, home: &Home<'_>, node: &Node) {
        let Some(members) = self.members(home) else {
            return;
        };
        members.nodes += 1;
        members.unwell += usize::from(node_health(node).status != HealthStatus::Healthy);
        for (place, places) in [(node.zone(), &mut members.zones), (node.region(), &mut members.regions)] {
            if let Some(place) = place
                && !places.contains(place)
            {
                places.insert(place.to_owned());
            }
        }
    }

    /// One that is no node yet.
    pub(super) fn add_machine(&mut self, home: &Home<'_>) {
        if let Some(members) = self.members(home) {
            members.machines += 1;
        }
    }

    fn members(&mut self, home: &Home<'_>) -> Option<&mut Members> {
        let Home::Label { key, value } = home else {
            return None;
        };
        let members = self.pools.entry(home.pool_id().as_str().to_owned()).or_default();
        if members.key.is_empty() {
            (members.key, members.value) = ((*key).to_owned(), (*value).to_owned());
        }
        Some(members)
    }

    pub(super) fn into_pools(self) -> impl Iterator<Item = ResourcePool> {
        let o_cloud = self.o_cloud.to_owned();
        self.pools
            .into_iter()
            .map(move |(id, members)| members.pool(id, &o_cloud))
    }
}

impl Members {
    fn pool(self, id: String, o_cloud: &str) -> ResourcePool {
        let mut pool = ResourcePool::new(id, self.value.clone());
        pool.description = format!("Kubernetes nodes with {}={}", self.key, self.value);
        pool.o_cloud_id = o_cloud.to_owned();
        pool.location = only(&self.zones).or_else(|| only(&self.regions)).cloned();
        pool.health = Some(ObjectHealth::new(match self.unwell {
            0 => HealthStatus::Healthy,
            all if all == self.nodes => HealthStatus::Unhealthy,
            _ => HealthStatus::Degraded,
        }));
        pool.extensions = Extended::new(PREFIX)
            .with("label", &self.key)
            .with("members", self.nodes + self.machines)
            .with("zones", &self.zones)
            .with("regions", &self.regions)
            .done();
        pool
    }
}

/// The place of them all, if they are all in one.
fn only(places: &BTreeSet<String>) -> Option<&String> {
    places.first().filter(|_| places.len() == 1)
}
