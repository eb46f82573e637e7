//! [`Fault`]: one thing that a plugin does wrong. What a fault does not say is done as the plugin below does it.

use std::fmt;
use std::sync::Arc;

use futures::stream::BoxStream;
use o2_core::plugin::Health;
use o2_core::query::ListQuery;
use o2_core::{Capabilities, Context, Page, Plugin, PluginInfo, Result, async_trait};
use o2_ims::{
    Alarm, DeleteOptions, DeploymentManager, DeploymentManagerId, IMSPlugin, InventoryChange, NewResource,
    NewResourcePool, PoolEvent, PoolMetrics, Resource, ResourceId, ResourcePool, ResourcePoolId, ResourcePoolUpdate,
    ResourceType, ResourceTypeId,
};

/// The plugin below a fault.
pub(super) type Below = dyn IMSPlugin;
/// The changes of a watch.
pub(super) type Changes = BoxStream<'static, Result<InventoryChange>>;

/// One thing that a plugin does wrong; `p` is the plugin below, `c` the context.
#[async_trait]
pub(super) trait Fault: fmt::Debug + Send + Sync + 'static {
    fn info<'a>(&'a self, p: &'a Below) -> &'a PluginInfo {
        p.info()
    }

    fn capabilities<'a>(&'a self, p: &'a Below) -> &'a Capabilities {
        p.capabilities()
    }

    async fn health(&self, p: &Below, c: &Context) -> Health {
        p.health(c).await
    }

    async fn close(&self, p: &Below) -> Result<()> {
        p.close().await
    }

    async fn list_deployment_managers(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<DeploymentManager>> {
        p.list_deployment_managers(c, q).await
    }

    async fn list_resource_pools(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<ResourcePool>> {
        p.list_resource_pools(c, q).await
    }

    async fn list_resources(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<Resource>> {
        p.list_resources(c, q).await
    }

    async fn list_resource_types(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<ResourceType>> {
        p.list_resource_types(c, q).await
    }

    async fn list_alarms(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<Alarm>> {
        p.list_alarms(c, q).await
    }

    async fn get_deployment_manager(
        &self,
        p: &Below,
        c: &Context,
        id: &DeploymentManagerId,
    ) -> Result<Arc<DeploymentManager>> {
        p.get_deployment_manager(c, id).await
    }

    async fn get_resource_pool(&self, p: &Below, c: &Context, id: &ResourcePoolId) -> Result<Arc<ResourcePool>> {
        p.get_resource_pool(c, id).await
    }

    async fn get_resource_pool_metrics(&self, p: &Below, c: &Context, id: &ResourcePoolId) -> Result<PoolMetrics> {
        p.get_resource_pool_metrics(c, id).await
    }

    async fn get_resource(&self, p: &Below, c: &Context, id: &ResourceId) -> Result<Arc<Resource>> {
        p.get_resource(c, id).await
    }

    async fn get_resource_type(&self, p: &Below, c: &Context, id: &ResourceTypeId) -> Result<Arc<ResourceType>> {
        p.get_resource_type(c, id).await
    }

    async fn create_resource_pool(&self, p: &Below, c: &Context, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
        p.create_resource_pool(c, new).await
    }

    async fn update_resource_pool(
        &self,
        p: &Below,
        c: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        p.update_resource_pool(c, id, update).await
    }

    async fn delete_resource_pool(
        &self,
        p: &Below,
        c: &Context,
        id: &ResourcePoolId,
        options: &DeleteOptions,
    ) -> Result<()> {
        p.delete_resource_pool(c, id, options).await
    }

    async fn list_resource_pool_events(
        &self,
        p: &Below,
        c: &Context,
        id: &ResourcePoolId,
        query: &ListQuery,
    ) -> Result<Page<PoolEvent>> {
        p.list_resource_pool_events(c, id, query).await
    }

    async fn create_resource(&self, p: &Below, c: &Context, new: &NewResource) -> Result<Arc<Resource>> {
        p.create_resource(c, new).await
    }

    async fn delete_resource(&self, p: &Below, c: &Context, id: &ResourceId, options: &DeleteOptions) -> Result<()> {
        p.delete_resource(c, id, options).await
    }

    async fn watch_inventory(&self, p: &Below, c: &Context, resume: Option<&str>) -> Result<Changes> {
        p.watch_inventory(c, resume).await
    }
}

/// A plugin with a fault.
#[derive(Debug)]
pub(super) struct Faulty {
    below: Arc<Below>,
    fault: Box<dyn Fault>,
}

impl Faulty {
    pub(super) fn new(below: Arc<Below>, fault: Box<dyn Fault>) -> Self {
        Self { below, fault }
    }
}

#[async_trait]
impl Plugin for Faulty {
    fn info(&self) -> &PluginInfo {
        self.fault.info(&*self.below)
    }

    fn capabilities(&self) -> &Capabilities {
        self.fault.capabilities(&*self.below)
    }

    async fn health(&self, c: &Context) -> Health {
        self.fault.health(&*self.below, c).await
    }

    async fn close(&self) -> Result<()> {
        self.fault.close(&*self.below).await
    }
}

#[async_trait]
impl IMSPlugin for Faulty {
    async fn list_deployment_managers(&self, c: &Context, q: &ListQuery) -> Result<Page<DeploymentManager>> {
        self.fault.list_deployment_managers(&*self.below, c, q).await
    }

    async fn list_resource_pools(&self, c: &Context, q: &ListQuery) -> Result<Page<ResourcePool>> {
        self.fault.list_resource_pools(&*self.below, c, q).await
    }

    async fn list_resources(&self, c: &Context, q: &ListQuery) -> Result<Page<Resource>> {
        self.fault.list_resources(&*self.below, c, q).await
    }

    async fn list_resource_types(&self, c: &Context, q: &ListQuery) -> Result<Page<ResourceType>> {
        self.fault.list_resource_types(&*self.below, c, q).await
    }

    async fn list_alarms(&self, c: &Context, q: &ListQuery) -> Result<Page<Alarm>> {
        self.fault.list_alarms(&*self.below, c, q).await
    }

    async fn get_deployment_manager(&self, c: &Context, id: &DeploymentManagerId) -> Result<Arc<DeploymentManager>> {
        self.fault.get_deployment_manager(&*self.below, c, id).await
    }

    async fn get_resource_pool(&self, c: &Context, id: &ResourcePoolId) -> Result<Arc<ResourcePool>> {
        self.fault.get_resource_pool(&*self.below, c, id).await
    }

    async fn get_resource_pool_metrics(&self, c: &Context, id: &ResourcePoolId) -> Result<PoolMetrics> {
        self.fault.get_resource_pool_metrics(&*self.below, c, id).await
    }

    async fn get_resource(&self, c: &Context, id: &ResourceId) -> Result<Arc<Resource>> {
        self.fault.get_resource(&*self.below, c, id).await
    }

    async fn get_resource_type(&self, c: &Context, id: &ResourceTypeId) -> Result<Arc<ResourceType>> {
        self.fault.get_resource_type(&*self.below, c, id).await
    }

    async fn create_resource_pool(&self, c: &Context, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
        self.fault.create_resource_pool(&*self.below, c, new).await
    }

    async fn update_resource_pool(
        &self,
        c: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        self.fault.update_resource_pool(&*self.below, c, id, update).await
    }

    async fn delete_resource_pool(&self, c: &Context, id: &ResourcePoolId, options: &DeleteOptions) -> Result<()> {
        self.fault.delete_resource_pool(&*self.below, c, id, options).await
    }

    async fn list_resource_pool_events(
        &self,
        c: &Context,
        id: &ResourcePoolId,
        query: &ListQuery,
    ) -> Result<Page<PoolEvent>> {
        self.fault.list_resource_pool_events(&*self.below, c, id, query).await
    }

    async fn create_resource(&self, c: &Context, new: &NewResource) -> Result<Arc<Resource>> {
        self.fault.create_resource(&*self.below, c, new).await
    }

    async fn delete_resource(&self, c: &Context, id: &ResourceId, options: &DeleteOptions) -> Result<()> {
        self.fault.delete_resource(&*self.below, c, id, options).await
    }

    async fn watch_inventory(&self, c: &Context, resume: Option<&str>) -> Result<Changes> {
        self.fault.watch_inventory(&*self.below, c, resume).await
    }
}
