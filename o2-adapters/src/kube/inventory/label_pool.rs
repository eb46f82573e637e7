//! [`LabelPools`]: the pools of nodes that no object of the cluster stands for.

use std::collections::{BTreeMap, BTreeSet};

use o2_core::plugin::HealthStatus;
use o2_ims::model::ObjectHealth;
use o2_ims::{ResourcePool, ResourcePoolId};

use super::{Extended, Node, node_health};

/// What the members of a pool have in common: the value of a label, or what is like one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Common<'w> {
    pub(crate) key: &'w str,
    pub(crate) value: &'w str,
}

impl<'w> Common<'w> {
    /// Of a node: the first label that names a pool, else its role, else the one pool that is left.
    pub(crate) fn of(node: &'w Node, labels: &'w [String]) -> Self {
        let named = labels.iter().find_map(|key| {
            let value = node.meta.label(key)?;
            Some(Self { key, value })
        });
        named.unwrap_or_else(|| match node.roles().into_iter().next() {
            Some(value) => Self { key: "role", value },
            None => Self {
                key: "pool",
                value: "default",
            },
        })
    }

    /// Without the domain of the label, whose slash would have to be written otherwise in URLs.
    pub(crate) fn pool_id(&self) -> ResourcePoolId {
        let name = self.key.rsplit_once('/').map_or(self.key, |(_, name)| name);
        format!("{name}.{}", self.value).into()
    }
}

/// The pools whose members are known by their labels; there are those that have members.
#[derive(Debug)]
pub(crate) struct LabelPools<'c> {
    prefix: &'static str,
    o_cloud: &'c str,
    pools: BTreeMap<String, Members>,
}

#[derive(Debug, Default)]
struct Members {
    what: &'static str,
    key: String,
    value: String,
    zones: BTreeSet<String>,
    regions: BTreeSet<String>,
    nodes: usize,
    machines: usize,
    unwell: usize,
}

impl<'c> LabelPools<'c> {
    pub(crate) fn new(prefix: &'static str, o_cloud: &'c str) -> Self {
        Self {
            prefix,
            o_cloud,
            pools: BTreeMap::new(),
        }
    }

    pub(crate) fn add(&mut self, common: Common<'_>, node: &Node) {
        let members = self.members(common);
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

    /// A bare machine that may be a node or not, at a site.
    pub(crate) fn add_host(&mut self, common: Common<'_>, well: bool, site: Option<&str>) {
        let members = self.members(common);
        members.what = "Hosts";
        members.nodes += 1;
        members.unwell += usize::from(!well);
        members.zones.extend(site.map(str::to_owned));
    }

    /// One that is no node yet.
    pub(crate) fn add_machine(&mut self, common: Common<'_>) {
        self.members(common).machines += 1;
    }

    fn members(&mut self, common: Common<'_>) -> &mut Members {
        let members = self.pools.entry(common.pool_id().as_str().to_owned()).or_default();
        if members.key.is_empty() {
            (members.key, members.value) = (common.key.to_owned(), common.value.to_owned());
            members.what = "Kubernetes nodes";
        }
        members
    }

    pub(crate) fn into_pools(self) -> impl Iterator<Item = ResourcePool> {
        let (prefix, o_cloud) = (self.prefix, self.o_cloud.to_owned());
        self.pools
            .into_iter()
            .map(move |(id, members)| members.pool(prefix, id, &o_cloud))
    }
}

impl Members {
    fn pool(self, prefix: &'static str, id: String, o_cloud: &str) -> ResourcePool {
        let mut pool = ResourcePool::new(id, self.value.clone());
        pool.description = format!("{} with {}={}", self.what, self.key, self.value);
        pool.o_cloud_id = o_cloud.to_owned();
        pool.location = only(&self.zones).or_else(|| only(&self.regions)).cloned();
        pool.health = Some(ObjectHealth::new(match self.unwell {
            0 => HealthStatus::Healthy,
            all if all == self.nodes => HealthStatus::Unhealthy,
            _ => HealthStatus::Degraded,
        }));
        pool.extensions = Extended::new(prefix)
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
