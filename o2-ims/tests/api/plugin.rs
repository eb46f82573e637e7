//! A small backend in memory: pools, resources, types, managers, alarms and events, with the habits tests need.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use o2_core::model::{Attributes, Model, Version};
use o2_core::query::ListQuery;
use o2_core::{
    Capabilities, Category, Context, Error, ErrorKind, Health, Operation, Page, Plugin, PluginInfo, Pushdown, Result,
    TenantId, Timestamp, async_trait,
};
use o2_ims::{
    Alarm, DeleteOptions, DeploymentManager, DeploymentManagerId, IMSPlugin, NewResource, NewResourcePool, PoolEvent,
    PoolMetrics, Resource, ResourceId, ResourcePool, ResourcePoolId, ResourcePoolUpdate, ResourceType, ResourceTypeId,
    op,
};

/// What the backend holds.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) managers: Vec<DeploymentManager>,
    pub(crate) pools: BTreeMap<String, ResourcePool>,
    pub(crate) resources: BTreeMap<String, Resource>,
    pub(crate) types: Vec<ResourceType>,
    pub(crate) alarms: Vec<Alarm>,
    pub(crate) events: BTreeMap<String, Vec<PoolEvent>>,
    next: u64,
}

/// A backend in memory.
pub(crate) struct Memory {
    info: PluginInfo,
    capabilities: Capabilities,
    state: Mutex<State>,
    /// Whether it forgets whose objects are whose.
    leaky: bool,
    /// Whether it marks states with versions.
    versioned: bool,
    failure: Mutex<Option<fn() -> Error>>,
    /// Done once, by somebody else, between reading a pool and changing it.
    meanwhile: Mutex<Vec<fn(&mut ResourcePool)>>,
}

impl Memory {
    pub(crate) fn new(name: &str) -> Self {
        let all = op::ALL
            .iter()
            .copied()
            .filter(|operation| **operation != op::WATCH_INVENTORY);
        Self {
            info: PluginInfo::new(Category::Ims, "memory", name, "1").unwrap(),
            capabilities: Capabilities::new(all).with_pushdown(Pushdown::Filter),
            state: Mutex::default(),
            leaky: false,
            versioned: true,
            failure: Mutex::default(),
            meanwhile: Mutex::default(),
        }
    }

    pub(crate) fn leaky(mut self) -> Self {
        self.leaky = true;
        self
    }

    pub(crate) fn unversioned(mut self) -> Self {
        self.versioned = false;
        self
    }

    pub(crate) fn without(mut self, operation: &'static Operation) -> Self {
        self.capabilities = self.capabilities.without(operation);
        self
    }

    pub(crate) fn put(&self, pool: ResourcePool) {
        let mut state = self.state();
        state.put(pool, self.versioned);
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Fails from now on, or works again.
    pub(crate) fn break_down(&self, error: Option<fn() -> Error>) {
        *self.failure.lock().unwrap() = error;
    }

    /// Lets somebody else be faster with a change, once.
    pub(crate) fn let_others_be_faster(&self, change: fn(&mut ResourcePool)) {
        self.meanwhile.lock().unwrap().push(change);
    }

    fn ready(&self) -> Result<MutexGuard<'_, State>> {
        let failure = *self.failure.lock().unwrap();
        failure.map_or_else(|| Ok(self.state()), |error| Err(error()))
    }

    fn sees(&self, context: &Context, tenant: Option<&TenantId>) -> bool {
        self.leaky || context.sees(tenant)
    }

    fn list<T: Model>(&self, context: &Context, query: &ListQuery, all: Vec<T>) -> Result<Page<T>> {
        let matcher = query.filter.bind::<T>()?;
        let mut matching = all;
        matching.retain(|object| self.sees(context, object.tenant()) && matcher.matches(object));
        let start: usize = query.marker.as_deref().map_or(0, |marker| marker.parse().unwrap());
        let limit = query.limit.unwrap() as usize;
        let total = matching.len();
        let items = matching.into_iter().skip(start).take(limit).map(Arc::new).collect();
        let next = (start + limit < total).then(|| (start + limit).to_string());
        Ok(Page::new(items, next).with_total(total as u64))
    }

    fn find<T: Model>(&self, context: &Context, found: Option<T>, id: &str) -> Result<Arc<T>> {
        let visible = found.filter(|object| self.sees(context, object.tenant()));
        visible.map(Arc::new).ok_or_else(|| Error::not_found(T::OBJECT, id))
    }

    fn pool(&self, context: &Context, state: &State, id: &str) -> Result<ResourcePool> {
        self.find(context, state.pools.get(id).cloned(), id)
            .map(|pool| (*pool).clone())
    }

    fn check(&self, pool: &ResourcePool, expected: Option<&Version>) -> Result<()> {
        match expected {
            Some(_) if pool.version.as_ref() != expected => {
                Err(Error::new(ErrorKind::PreconditionFailed, "the pool has changed"))
            }
            _ => Ok(()),
        }
    }
}

impl State {
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn put(&mut self, mut pool: ResourcePool, versioned: bool) -> ResourcePool {
        let number = self.number();
        pool.version = versioned.then(|| Version::new(number.to_string()));
        self.pools.insert(pool.id().to_owned(), pool.clone());
        pool
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memory({})", self.info.name)
    }
}

#[async_trait]
impl Plugin for Memory {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, _: &Context) -> Health {
        Health::healthy(Timestamp::UNIX_EPOCH)
    }
}

fn all<T: Attributes + Clone>(objects: &BTreeMap<String, T>) -> Vec<T> {
    objects.values().cloned().collect()
}

#[async_trait]
impl IMSPlugin for Memory {
    async fn list_deployment_managers(&self, context: &Context, query: &ListQuery) -> Result<Page<DeploymentManager>> {
        let managers = self.ready()?.managers.clone();
        self.list(context, query, managers)
    }

    async fn get_deployment_manager(
        &self,
        context: &Context,
        id: &DeploymentManagerId,
    ) -> Result<Arc<DeploymentManager>> {
        let found = self
            .ready()?
            .managers
            .iter()
            .find(|manager| manager.deployment_manager_id == *id)
            .cloned();
        self.find(context, found, id.as_str())
    }

    async fn list_resource_pools(&self, context: &Context, query: &ListQuery) -> Result<Page<ResourcePool>> {
        let pools = all(&self.ready()?.pools);
        self.list(context, query, pools)
    }

    async fn get_resource_pool(&self, context: &Context, id: &ResourcePoolId) -> Result<Arc<ResourcePool>> {
        let found = self.ready()?.pools.get(id.as_str()).cloned();
        self.find(context, found, id.as_str())
    }

    async fn create_resource_pool(&self, context: &Context, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
        let mut state = self.ready()?;
        let number = state.number();
        let id = new
            .resource_pool_id
            .clone()
            .unwrap_or_else(|| format!("pool-{number}").into());
        if state.pools.contains_key(id.as_str()) {
            return Err(Error::already_exists(ResourcePool::OBJECT, id.as_str()));
        }
        if state
            .pools
            .values()
            .any(|pool| pool.name == new.name && context.sees(pool.tenant()))
        {
            return Err(Error::already_exists(ResourcePool::OBJECT, &new.name));
        }
        let mut pool = ResourcePool::new(id, new.name.clone());
        pool.description.clone_from(&new.description);
        pool.location.clone_from(&new.location);
        pool.replicas = new.replicas;
        pool.labels.clone_from(&new.labels);
        pool.tags.clone_from(&new.tags);
        pool.extensions.clone_from(&new.extensions);
        pool.tenant_id = context.tenant().cloned();
        Ok(Arc::new(state.put(pool, self.versioned)))
    }

    async fn update_resource_pool(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        let mut state = self.ready()?;
        let faster = self.meanwhile.lock().unwrap().pop();
        if let Some(change) = faster {
            let mut pool = self.pool(context, &state, id.as_str())?;
            change(&mut pool);
            state.put(pool, self.versioned);
        }
        let mut pool = self.pool(context, &state, id.as_str())?;
        self.check(&pool, update.expected.as_ref())?;
        pool.name.clone_from(&update.name);
        pool.description.clone_from(&update.description);
        pool.location.clone_from(&update.location);
        pool.global_location_id.clone_from(&update.global_location_id);
        pool.o_cloud_site_id.clone_from(&update.o_cloud_site_id);
        pool.replicas = update.replicas;
        pool.labels.clone_from(&update.labels);
        pool.tags.clone_from(&update.tags);
        pool.extensions.clone_from(&update.extensions);
        Ok(Arc::new(state.put(pool, self.versioned)))
    }

    async fn delete_resource_pool(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        options: &DeleteOptions,
    ) -> Result<()> {
        let mut state = self.ready()?;
        let pool = self.pool(context, &state, id.as_str())?;
        self.check(&pool, options.expected.as_ref())?;
        if state
            .resources
            .values()
            .any(|resource| resource.resource_pool_id == *id)
            && !options.force
        {
            return Err(Error::conflict(format!("resourcePool '{id}' has resources")));
        }
        state.resources.retain(|_, resource| resource.resource_pool_id != *id);
        state.pools.remove(id.as_str());
        Ok(())
    }

    async fn get_resource_pool_metrics(&self, context: &Context, id: &ResourcePoolId) -> Result<PoolMetrics> {
        let state = self.ready()?;
        self.pool(context, &state, id.as_str())?;
        let mut metrics = PoolMetrics::default();
        let nodes = state
            .resources
            .values()
            .filter(|resource| resource.resource_pool_id == *id);
        metrics.node_count = nodes.count() as u64;
        metrics.cpu_usage_percent = Some(12.5);
        Ok(metrics)
    }

    async fn list_resource_pool_events(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        query: &ListQuery,
    ) -> Result<Page<PoolEvent>> {
        let events = {
            let state = self.ready()?;
            self.pool(context, &state, id.as_str())?;
            state.events.get(id.as_str()).cloned().unwrap_or_default()
        };
        self.list(context, query, events)
    }

    async fn list_resources(&self, context: &Context, query: &ListQuery) -> Result<Page<Resource>> {
        let resources = all(&self.ready()?.resources);
        self.list(context, query, resources)
    }

    async fn get_resource(&self, context: &Context, id: &ResourceId) -> Result<Arc<Resource>> {
        let found = self.ready()?.resources.get(id.as_str()).cloned();
        self.find(context, found, id.as_str())
    }

    async fn create_resource(&self, context: &Context, new: &NewResource) -> Result<Arc<Resource>> {
        let mut state = self.ready()?;
        if !state.pools.contains_key(new.resource_pool_id.as_str()) {
            return Err(Error::violation("body.resourcePoolId", "there is no such pool"));
        }
        let number = state.number();
        let id = new
            .resource_id
            .clone()
            .unwrap_or_else(|| format!("resource-{number}").into());
        if state.resources.contains_key(id.as_str()) {
            return Err(Error::already_exists(Resource::OBJECT, id.as_str()));
        }
        let mut resource = Resource::new(id.clone(), new.resource_type_id.clone(), new.resource_pool_id.clone());
        resource.name.clone_from(&new.name);
        resource.global_asset_id.clone_from(&new.global_asset_id);
        resource.tags.clone_from(&new.tags);
        resource.tenant_id = context.tenant().cloned();
        state.resources.insert(id.to_string(), resource.clone());
        Ok(Arc::new(resource))
    }

    async fn delete_resource(&self, context: &Context, id: &ResourceId, options: &DeleteOptions) -> Result<()> {
        let mut state = self.ready()?;
        let found = state.resources.get(id.as_str()).cloned();
        let resource = self.find(context, found, id.as_str())?;
        if resource.labels.contains_key("inUse") && !options.force {
            return Err(Error::conflict(format!("resource '{id}' is in use")));
        }
        state.resources.remove(id.as_str());
        Ok(())
    }

    async fn list_resource_types(&self, context: &Context, query: &ListQuery) -> Result<Page<ResourceType>> {
        let types = self.ready()?.types.clone();
        self.list(context, query, types)
    }

    async fn get_resource_type(&self, context: &Context, id: &ResourceTypeId) -> Result<Arc<ResourceType>> {
        let found = self
            .ready()?
            .types
            .iter()
            .find(|known| known.resource_type_id == *id)
            .cloned();
        self.find(context, found, id.as_str())
    }

    async fn list_alarms(&self, context: &Context, query: &ListQuery) -> Result<Page<Alarm>> {
        let alarms = self.ready()?.alarms.clone();
        self.list(context, query, alarms)
    }
}
