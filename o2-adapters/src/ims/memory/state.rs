//! [`State`]: the whole O-Cloud. Everything that changes it goes through the few methods here, which keep the indexes
//! together, raise and clear alarms, give versions and tell the journal.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use o2_core::model::Version;
use o2_core::plugin::HealthStatus;
use o2_core::{Context, Model, Timestamp};
use o2_ims::model::PerceivedSeverity;
use o2_ims::{
    Alarm, AlarmId, DeploymentManager, DeploymentManagerId, InventoryObject, Resource, ResourceId, ResourcePool,
    ResourcePoolId,
};

use super::MemoryImsConfig;
use super::catalogue::Catalogue;
use super::pool::Pool;
use crate::memory::{Ids, Journal, Moment, Timed, Timeline};

/// The O-Cloud.
#[derive(Debug)]
pub(super) struct State {
    pub(super) config: MemoryImsConfig,
    pub(super) catalogue: Catalogue,
    pub(super) managers: BTreeMap<DeploymentManagerId, Arc<DeploymentManager>>,
    pub(super) pools: BTreeMap<ResourcePoolId, Pool>,
    pub(super) resources: BTreeMap<ResourceId, Arc<Resource>>,
    pub(super) alarms: BTreeMap<AlarmId, Arc<Alarm>>,
    pub(super) journal: Journal<InventoryObject>,
    /// Pools that get a node.
    pub(super) timeline: Timeline<ResourcePoolId>,
    pub(super) ids: Ids,
    /// The version of everything that was there from the start.
    pub(super) first_version: Version,
}

impl State {
    /// An O-Cloud with nothing but resource types.
    pub(super) fn new(config: MemoryImsConfig, began: Moment) -> Self {
        Self {
            catalogue: Catalogue::new(&config.o_cloud_id, config.seed),
            managers: BTreeMap::new(),
            pools: BTreeMap::new(),
            resources: BTreeMap::new(),
            alarms: BTreeMap::new(),
            journal: Journal::new(began.time, config.watch_history),
            timeline: Timeline::default(),
            ids: Ids::default(),
            first_version: Version::new("0"),
            config,
        }
    }

    /// The pool, if it exists for the caller.
    pub(super) fn pool(&self, context: &Context, id: &str) -> Option<&Pool> {
        self.pools.get(id).filter(|pool| context.sees(pool.object.tenant()))
    }

    /// The resource, or the part of a resource, if it exists for the caller.
    pub(super) fn resource(&self, context: &Context, id: &str) -> Option<Arc<Resource>> {
        let found = match self.resources.get(id) {
            Some(resource) => Some(Arc::clone(resource)),
            None => self.part(id).map(Arc::new),
        };
        found.filter(|resource| context.sees(resource.tenant()))
    }

    fn part(&self, id: &str) -> Option<Resource> {
        let (node, _) = id.rsplit_once('.')?;
        let parts = &self.resources.get(node)?.elements;
        parts.iter().find(|part| part.id() == id).cloned()
    }

    /// Puts a resource in its place, new or in place of the one with its id, with the alarm its health asks for.
    pub(super) fn place(&mut self, resource: Arc<Resource>, time: Timestamp) {
        self.set_alarm(&resource, time);
        if let Some(pool) = self.pools.get_mut(&resource.resource_pool_id) {
            pool.put(Arc::clone(&resource));
        }
        self.resources.insert(resource.resource_id.clone(), resource);
    }

    /// Adds a resource.
    pub(super) fn admit(&mut self, mut resource: Resource, time: Timestamp) -> Arc<Resource> {
        resource.created_at = Some(time);
        resource.updated_at = Some(time);
        resource.version = Some(self.journal.next_version());
        let resource = Arc::new(resource);
        self.place(Arc::clone(&resource), time);
        self.journal
            .created(InventoryObject::Resource(Arc::clone(&resource)), time);
        resource
    }

    /// Gives a resource another state.
    pub(super) fn alter(&mut self, before: &Arc<Resource>, time: Timestamp, change: impl FnOnce(&mut Resource)) {
        let mut after = Resource::clone(before);
        change(&mut after);
        after.updated_at = Some(time);
        after.version = Some(self.journal.next_version());
        let after = Arc::new(after);
        self.place(Arc::clone(&after), time);
        self.journal.updated(
            InventoryObject::Resource(Arc::clone(before)),
            InventoryObject::Resource(after),
            time,
        );
    }

    /// Takes a resource away, with its alarm.
    pub(super) fn dismiss(&mut self, id: &ResourceId, time: Timestamp) {
        let Some(resource) = self.resources.remove(id) else {
            return;
        };
        if let Some(pool) = self.pools.get_mut(&resource.resource_pool_id) {
            pool.take(id);
        }
        self.alarms.remove(&alarm_id(&resource));
        self.journal.deleted(InventoryObject::Resource(resource), time);
    }

    /// Changes a pool, and brings what it says about its members up to date. A change that changes nothing is none.
    pub(super) fn revise(&mut self, id: &ResourcePoolId, time: Timestamp, change: impl FnOnce(&mut ResourcePool)) {
        let Some(pool) = self.pools.get_mut(id) else {
            return;
        };
        let before = Arc::clone(&pool.object);
        let mut after = ResourcePool::clone(&before);
        change(&mut after);
        let mut after = pool.described(after);
        if after == *before {
            return;
        }
        after.updated_at = Some(time);
        after.version = Some(self.journal.next_version());
        pool.object = Arc::new(after);
        let after = Arc::clone(&pool.object);
        self.journal.updated(
            InventoryObject::ResourcePool(before),
            InventoryObject::ResourcePool(after),
            time,
        );
    }

    /// Remembers that something happened in a pool.
    pub(super) fn happened(&mut self, id: &ResourcePoolId, event_type: &str, message: String, time: Timestamp) {
        if let Some(pool) = self.pools.get_mut(id) {
            pool.happened(event_type, message, time, self.config.pool_events);
        }
    }

    /// Raises, changes or clears the alarm of a resource.
    fn set_alarm(&mut self, resource: &Resource, time: Timestamp) {
        let id = alarm_id(resource);
        let Some((severity, definition)) = severity(resource) else {
            self.alarms.remove(&id);
            return;
        };
        let alarm = match self.alarms.get(&id) {
            Some(known) if known.perceived_severity == severity => return,
            Some(known) => {
                let mut alarm = Alarm::clone(known);
                alarm.perceived_severity = severity;
                alarm.alarm_definition_id = definition.into();
                alarm.alarm_changed_time = Some(time);
                alarm
            }
            None => Alarm::new(id.clone(), resource, definition, severity, time),
        };
        self.alarms.insert(id, Arc::new(alarm));
    }
}

impl Timed for State {
    fn due(&self) -> Option<Duration> {
        self.timeline.due()
    }

    fn settle(&mut self, now: Moment) {
        while let Some((at, pool)) = self.timeline.take(now) {
            self.provision(&pool, at);
        }
    }
}

fn alarm_id(resource: &Resource) -> AlarmId {
    AlarmId::from(format!("alarm-{}", resource.resource_id))
}

/// How bad the state of a resource is, and the definition that says so.
fn severity(resource: &Resource) -> Option<(PerceivedSeverity, &'static str)> {
    match resource.health.as_ref()?.status {
        HealthStatus::Healthy => None,
        HealthStatus::Unhealthy => Some((PerceivedSeverity::Critical, "CLUSTERNODE_CRITICAL")),
        _ => Some((PerceivedSeverity::Major, "CLUSTERNODE_MAJOR")),
    }
}
