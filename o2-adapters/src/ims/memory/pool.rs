//! [`Pool`]: a pool, its members, and what happened in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use o2_core::Timestamp;
use o2_core::plugin::HealthStatus;
use o2_ims::model::ObjectHealth;
use o2_ims::{PoolEvent, PoolMetrics, Resource, ResourceId, ResourcePool};

use super::catalogue::{Catalogue, NodeType};

/// A pool and what belongs to it.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) object: Arc<ResourcePool>,
    /// The resources of the pool: the index for lists of one pool.
    pub(super) members: BTreeMap<ResourceId, Arc<Resource>>,
    /// What new nodes are of.
    pub(super) node_type: &'static NodeType,
    /// By event id, which sorts by age.
    pub(super) events: BTreeMap<String, Arc<PoolEvent>>,
    happened: u64,
    healthy: usize,
}

impl Pool {
    pub(super) fn new(object: ResourcePool, node_type: &'static NodeType) -> Self {
        let mut pool = Self {
            object: Arc::new(ResourcePool::default()),
            members: BTreeMap::new(),
            node_type,
            events: BTreeMap::new(),
            happened: 0,
            healthy: 0,
        };
        pool.object = Arc::new(pool.described(object));
        pool
    }

    /// Adds a member, or replaces the one with its id.
    pub(super) fn put(&mut self, member: Arc<Resource>) {
        self.take(&member.resource_id);
        self.healthy += usize::from(is_healthy(&member));
        self.members.insert(member.resource_id.clone(), member);
    }

    pub(super) fn take(&mut self, id: &ResourceId) -> Option<Arc<Resource>> {
        let member = self.members.remove(id)?;
        self.healthy -= usize::from(is_healthy(&member));
        Some(member)
    }

    /// How many nodes are still to come.
    pub(super) fn missing(&self) -> usize {
        let wanted = self.object.replicas.map_or(0, |replicas| replicas as usize);
        wanted.saturating_sub(self.members.len())
    }

    /// `object` with the health and the numbers that the members give it.
    pub(super) fn described(&self, mut object: ResourcePool) -> ResourcePool {
        let members = self.members.len();
        object.health = Some(health(object.replicas, members, self.healthy));
        let mut metrics = PoolMetrics::default();
        metrics.node_count = members as u64;
        metrics.healthy_node_count = self.healthy as u64;
        object.metrics = Some(metrics);
        object
    }

    /// How busy the pool is: the mean of its healthy nodes.
    pub(super) fn metrics(&self, catalogue: &Catalogue) -> PoolMetrics {
        let mut metrics = self.object.metrics.clone().unwrap_or_default();
        let healthy = self.members.values().filter(|member| is_healthy(member));
        let (mut cpu, mut memory, mut count) = (0.0, 0.0, 0_u32);
        for member in healthy {
            let (member_cpu, member_memory) = catalogue.load(&member.resource_id);
            cpu += member_cpu;
            memory += member_memory;
            count += 1;
        }
        if count > 0 {
            metrics.cpu_usage_percent = Some(cpu / f64::from(count));
            metrics.memory_usage_percent = Some(memory / f64::from(count));
        }
        metrics
    }

    /// Remembers that something happened, and forgets the oldest beyond `keep`.
    pub(super) fn happened(&mut self, event_type: &str, message: String, time: Timestamp, keep: usize) {
        self.happened += 1;
        let id = format!("event-{:010}", self.happened);
        let event = PoolEvent::new(id.clone(), event_type, message, time);
        self.events.insert(id, Arc::new(event));
        while self.events.len() > keep {
            self.events.pop_first();
        }
    }
}

/// Whether nothing is wrong with a resource.
pub(super) fn is_healthy(resource: &Resource) -> bool {
    resource
        .health
        .as_ref()
        .is_none_or(|health| health.status == HealthStatus::Healthy)
}

fn health(replicas: Option<u32>, members: usize, healthy: usize) -> ObjectHealth {
    let wanted = replicas.map_or(members, |replicas| replicas as usize);
    let (status, message) = if members > 0 && healthy == 0 {
        (HealthStatus::Unhealthy, format!("none of {members} nodes is healthy"))
    } else if members < wanted {
        (HealthStatus::Degraded, format!("{members} of {wanted} nodes are ready"))
    } else if healthy < members {
        let message = format!("{} of {members} nodes are not healthy", members - healthy);
        (HealthStatus::Degraded, message)
    } else {
        return ObjectHealth::new(HealthStatus::Healthy);
    };
    let mut health = ObjectHealth::new(status);
    health.message = Some(message);
    health
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_follows_from_the_numbers() {
        use HealthStatus::{Degraded, Healthy, Unhealthy};
        for (replicas, members, healthy, status, message) in [
            (None, 0, 0, Healthy, None),
            (Some(0), 0, 0, Healthy, None),
            (Some(3), 3, 3, Healthy, None),
            (Some(3), 0, 0, Degraded, Some("0 of 3 nodes are ready")),
            (Some(3), 2, 2, Degraded, Some("2 of 3 nodes are ready")),
            (None, 4, 3, Degraded, Some("1 of 4 nodes are not healthy")),
            (None, 2, 0, Unhealthy, Some("none of 2 nodes is healthy")),
        ] {
            let health = health(replicas, members, healthy);
            assert_eq!((health.status, health.message.as_deref()), (status, message));
        }
    }
}
