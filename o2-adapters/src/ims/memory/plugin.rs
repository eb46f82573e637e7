//! [`MemoryIms`]: the plugin. Every method takes the state, does one thing with it, and lets it go.

use std::sync::Arc;

use futures::stream::BoxStream;
use o2_core::plugin::{Backend, Health};
use o2_core::ports::{Clock, Ports};
use o2_core::query::{Filter, ListQuery, Operator};
use o2_core::{Capabilities, Context, Error, Model, Page, Plugin, PluginInfo, Pushdown, Result, async_trait};
use o2_ims::model::ObjectHealth;
use o2_ims::{
    Alarm, DeleteOptions, DeploymentManager, DeploymentManagerId, IMSPlugin, InventoryChange, NewResource,
    NewResourcePool, PoolEvent, PoolMetrics, Resource, ResourceId, ResourcePool, ResourcePoolId, ResourcePoolUpdate,
    ResourceType, ResourceTypeId, op,
};
use serde_json::Value;

use super::state::State;
use super::{MemoryImsConfig, sample, watch};
use crate::kit::{read_capabilities, read_config};
use crate::memory::{Instance, Listing, Live, Moment};

/// The in-memory infrastructure backend, as the catalog lists it.
pub static BACKEND: Backend<dyn IMSPlugin> = Backend {
    kind: "memory",
    aliases: &["mock", "in-memory"],
    description: "An O-Cloud that exists only in memory: for trying out, for tests, and the reference for adapters",
    version: env!("CARGO_PKG_VERSION"),
    example: include_str!("example.yaml"),
    build,
};

fn build(info: PluginInfo, config: &Value, ports: &Ports) -> Result<Arc<dyn IMSPlugin>> {
    let plugin = MemoryIms::new(info, read_config(config)?, Arc::clone(&ports.clock))?;
    Ok(Arc::new(plugin))
}

/// An O-Cloud in memory. See the [module](super) for what it does.
#[derive(Debug)]
pub struct MemoryIms {
    instance: Instance<State>,
}

impl MemoryIms {
    /// An O-Cloud with the sample that `config` describes, or an empty one, living by `clock`.
    ///
    /// # Errors
    /// `Config` naming the field that is wrong.
    pub fn new(info: PluginInfo, config: MemoryImsConfig, clock: Arc<dyn Clock>) -> Result<Self> {
        config.check()?;
        let capabilities =
            read_capabilities(config.capabilities.as_deref(), op::VOCABULARY, op::ALL)?.with_pushdown(Pushdown::Filter);
        let began = Moment::now(&*clock);
        let with_sample = config.sample;
        let mut state = State::new(config, began);
        if with_sample {
            sample::fill(&mut state, began);
        }
        Ok(Self {
            instance: Instance {
                info,
                capabilities,
                live: Live::new(clock, state),
            },
        })
    }

    /// Lets a resource fall ill or get well, as a broken fan would: its pool's health follows, its alarm is raised or
    /// cleared, watchers are told.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable` when the plugin is closed.
    pub fn set_resource_health(&self, id: &ResourceId, health: ObjectHealth) -> Result<()> {
        self.instance
            .live
            .write(|state, now| state.set_resource_health(id, health, now))
    }
}

#[async_trait]
impl Plugin for MemoryIms {
    fn info(&self) -> &PluginInfo {
        &self.instance.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.instance.capabilities
    }

    async fn health(&self, _: &Context) -> Health {
        self.instance.health(|state| {
            vec![
                ("resourcePools", state.pools.len()),
                ("resources", state.resources.len()),
                ("alarms", state.alarms.len()),
            ]
        })
    }

    async fn close(&self) -> Result<()> {
        self.instance.live.close();
        Ok(())
    }
}

#[async_trait]
impl IMSPlugin for MemoryIms {
    async fn list_deployment_managers(&self, context: &Context, query: &ListQuery) -> Result<Page<DeploymentManager>> {
        let live = self.instance.at(&op::LIST_DEPLOYMENT_MANAGERS)?;
        let listing = Listing::new(context, query, "")?;
        live.read(|state, _| listing.page(&state.managers, |manager| manager))?
    }

    async fn get_deployment_manager(
        &self,
        context: &Context,
        id: &DeploymentManagerId,
    ) -> Result<Arc<DeploymentManager>> {
        let live = self.instance.at(&op::GET_DEPLOYMENT_MANAGER)?;
        live.read(|state, _| state.managers.get(id).map(Arc::clone))?
            .filter(|manager| context.sees(manager.tenant_id.as_ref()))
            .ok_or_else(|| Error::not_found(DeploymentManager::OBJECT, id.as_str()))
    }

    async fn list_resource_pools(&self, context: &Context, query: &ListQuery) -> Result<Page<ResourcePool>> {
        let live = self.instance.at(&op::LIST_RESOURCE_POOLS)?;
        let listing = Listing::new(context, query, "")?;
        live.read(|state, _| listing.page(&state.pools, |pool| &pool.object))?
    }

    async fn get_resource_pool(&self, context: &Context, id: &ResourcePoolId) -> Result<Arc<ResourcePool>> {
        let live = self.instance.at(&op::GET_RESOURCE_POOL)?;
        live.read(|state, _| state.visible_pool(context, id).map(|pool| Arc::clone(&pool.object)))?
    }

    async fn create_resource_pool(&self, context: &Context, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
        let live = self.instance.at(&op::CREATE_RESOURCE_POOL)?;
        live.write(|state, now| state.create_pool(context, new, now))
    }

    async fn update_resource_pool(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        let live = self.instance.at(&op::UPDATE_RESOURCE_POOL)?;
        live.write(|state, now| state.update_pool(context, id, update, now))
    }

    async fn delete_resource_pool(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        options: &DeleteOptions,
    ) -> Result<()> {
        let live = self.instance.at(&op::DELETE_RESOURCE_POOL)?;
        live.write(|state, now| state.delete_pool(context, id, options, now))
    }

    async fn get_resource_pool_metrics(&self, context: &Context, id: &ResourcePoolId) -> Result<PoolMetrics> {
        let live = self.instance.at(&op::GET_RESOURCE_POOL_METRICS)?;
        live.read(|state, _| {
            let pool = state.visible_pool(context, id)?;
            Ok(pool.metrics(&state.catalogue))
        })?
    }

    async fn list_resource_pool_events(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        query: &ListQuery,
    ) -> Result<Page<PoolEvent>> {
        let live = self.instance.at(&op::LIST_RESOURCE_POOL_EVENTS)?;
        live.read(|state, _| {
            let pool = state.visible_pool(context, id)?;
            Listing::new(context, query, id.as_str())?.page(&pool.events, |event| event)
        })?
    }

    async fn list_resources(&self, context: &Context, query: &ListQuery) -> Result<Page<Resource>> {
        let live = self.instance.at(&op::LIST_RESOURCES)?;
        let listing = Listing::new(context, query, "")?;
        live.read(|state, _| match pool_of(&query.filter) {
            Some(pool) => match state.pools.get(pool) {
                Some(pool) => listing.page(&pool.members, |resource| resource),
                None => Ok(Page::complete([])),
            },
            None => listing.page(&state.resources, |resource| resource),
        })?
    }

    async fn get_resource(&self, context: &Context, id: &ResourceId) -> Result<Arc<Resource>> {
        let live = self.instance.at(&op::GET_RESOURCE)?;
        live.read(|state, _| state.resource(context, id.as_str()))?
            .ok_or_else(|| Error::not_found("resource", id.as_str()))
    }

    async fn create_resource(&self, context: &Context, new: &NewResource) -> Result<Arc<Resource>> {
        let live = self.instance.at(&op::CREATE_RESOURCE)?;
        live.write(|state, now| state.create_resource(context, new, now))
    }

    async fn delete_resource(&self, context: &Context, id: &ResourceId, options: &DeleteOptions) -> Result<()> {
        let live = self.instance.at(&op::DELETE_RESOURCE)?;
        live.write(|state, now| state.delete_resource(context, id, options, now))
    }

    async fn list_resource_types(&self, context: &Context, query: &ListQuery) -> Result<Page<ResourceType>> {
        let live = self.instance.at(&op::LIST_RESOURCE_TYPES)?;
        let listing = Listing::new(context, query, "")?;
        live.read(|state, _| listing.page(&state.catalogue.types, |resource_type| resource_type))?
    }

    async fn get_resource_type(&self, _: &Context, id: &ResourceTypeId) -> Result<Arc<ResourceType>> {
        let live = self.instance.at(&op::GET_RESOURCE_TYPE)?;
        live.read(|state, _| state.catalogue.types.get(id).map(Arc::clone))?
            .ok_or_else(|| Error::not_found(ResourceType::OBJECT, id.as_str()))
    }

    async fn list_alarms(&self, context: &Context, query: &ListQuery) -> Result<Page<Alarm>> {
        let live = self.instance.at(&op::LIST_ALARMS)?;
        let listing = Listing::new(context, query, "")?;
        live.read(|state, _| listing.page(&state.alarms, |alarm| alarm))?
    }

    async fn watch_inventory(
        &self,
        context: &Context,
        resume: Option<&str>,
    ) -> Result<BoxStream<'static, Result<InventoryChange>>> {
        watch::watch(self.instance.at(&op::WATCH_INVENTORY)?, context, resume)
    }
}

/// The one pool that a filter of resources asks for, so that only its members are looked at.
fn pool_of(filter: &Filter) -> Option<&str> {
    filter
        .predicates()
        .iter()
        .filter(|predicate| predicate.operator == Operator::Eq && predicate.path.segments().len() == 1)
        .find(|predicate| predicate.path.first() == Some("resourcePoolId"))
        .and_then(|predicate| predicate.values.first())
        .map(String::as_str)
}
