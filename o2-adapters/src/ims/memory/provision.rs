//! Nodes that come and go with the number of replicas a pool is meant to have.

use o2_core::{Error, Model, Result};
use o2_ims::{ResourceId, ResourcePoolId};

use super::resources::is_in_use;
use super::state::State;
use crate::memory::Moment;

impl State {
    /// Plans the next node of a pool that misses some.
    pub(super) fn plan_node(&mut self, id: &ResourcePoolId, now: Moment) {
        if self.pools.get(id).is_some_and(|pool| pool.missing() > 0) {
            self.timeline.plan(now.plus(self.config.provisioning.get()), id.clone());
        }
    }

    /// A node of the pool is ready.
    pub(super) fn provision(&mut self, id: &ResourcePoolId, at: Moment) {
        let Some(pool) = self.pools.get(id).filter(|pool| pool.missing() > 0) else {
            return;
        };
        let node_id = self.ids.next("node", |id| self.resources.contains_key(id));
        let node = self
            .catalogue
            .node(ResourceId::from(node_id), pool.node_type, &pool.object);
        let node = self.admit(node, at.time);
        let message = format!("node '{}' is ready", node.resource_id);
        self.happened(id, "NodeReady", message, at.time);
        self.revise(id, at.time, |_| ());
        if self.pools.get(id).is_some_and(|pool| pool.missing() == 0) {
            self.happened(id, "PoolReady", "every node is ready".into(), at.time);
        }
        self.plan_node(id, at);
    }

    /// Which nodes leave a pool that shall have this many: the newest.
    ///
    /// # Errors
    /// `Conflict` when too few of them are free: they are in use, or belong to somebody else than the pool.
    pub(super) fn leaving(&self, id: &ResourcePoolId, replicas: Option<u32>) -> Result<Vec<ResourceId>> {
        let (Some(pool), Some(replicas)) = (self.pools.get(id), replicas) else {
            return Ok(Vec::new());
        };
        let excess = pool.members.len().saturating_sub(replicas as usize);
        let owner = pool.object.tenant();
        let members = pool.members.values();
        let mut free: Vec<_> = members
            .filter(|member| member.tenant() == owner && !is_in_use(member))
            .collect();
        if free.len() < excess {
            let free = free.len();
            return Err(Error::conflict(format!(
                "{excess} nodes would have to go, but only {free} are free; the others are in use or another tenant's"
            )));
        }
        free.sort_by(|a, b| (b.created_at, &b.resource_id).cmp(&(a.created_at, &a.resource_id)));
        Ok(free.iter().take(excess).map(|node| node.resource_id.clone()).collect())
    }

    /// Takes nodes away from a pool.
    pub(super) fn remove_nodes(&mut self, id: &ResourcePoolId, leaving: &[ResourceId], now: Moment) {
        for node in leaving {
            self.dismiss(node, now.time);
            self.happened(id, "NodeRemoved", format!("node '{node}' is gone"), now.time);
        }
    }
}
