//! The one forward of [`IMSPlugin`] through the layers.

use std::sync::Arc;

use futures::stream::BoxStream;
use o2_core::layer::Layered;
use o2_core::query::ListQuery;
use o2_core::{Context, Page, Result, async_trait};

use crate::model::{
    Alarm, DeleteOptions, DeploymentManager, DeploymentManagerId, InventoryChange, NewResource, NewResourcePool,
    PoolEvent, PoolMetrics, Resource, ResourceId, ResourcePool, ResourcePoolId, ResourcePoolUpdate, ResourceType,
    ResourceTypeId,
};
use crate::{IMSPlugin, op};

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl IMSPlugin for Layered<dyn IMSPlugin> {
    async fn list_deployment_managers(&self, context: &Context, query: &ListQuery) -> Result<Page<DeploymentManager>> {
        self.call(context, &op::LIST_DEPLOYMENT_MANAGERS, None, |p, c| {
            p.list_deployment_managers(c, query)
        })
        .await
    }

    async fn get_deployment_manager(
        &self,
        context: &Context,
        id: &DeploymentManagerId,
    ) -> Result<Arc<DeploymentManager>> {
        self.call(context, &op::GET_DEPLOYMENT_MANAGER, Some(id.as_str()), |p, c| {
            p.get_deployment_manager(c, id)
        })
        .await
    }

    async fn list_resource_pools(&self, context: &Context, query: &ListQuery) -> Result<Page<ResourcePool>> {
        self.call(context, &op::LIST_RESOURCE_POOLS, None, |p, c| {
            p.list_resource_pools(c, query)
        })
        .await
    }

    async fn get_resource_pool(&self, context: &Context, id: &ResourcePoolId) -> Result<Arc<ResourcePool>> {
        self.call(context, &op::GET_RESOURCE_POOL, Some(id.as_str()), |p, c| {
            p.get_resource_pool(c, id)
        })
        .await
    }

    async fn create_resource_pool(&self, context: &Context, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
        self.call(context, &op::CREATE_RESOURCE_POOL, None, |p, c| {
            p.create_resource_pool(c, new)
        })
        .await
    }

    async fn update_resource_pool(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        let target = Some(id.as_str());
        self.call(context, &op::UPDATE_RESOURCE_POOL, target, |p, c| {
            p.update_resource_pool(c, id, update)
        })
        .await
    }

    async fn delete_resource_pool(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        options: &DeleteOptions,
    ) -> Result<()> {
        let target = Some(id.as_str());
        self.call(context, &op::DELETE_RESOURCE_POOL, target, |p, c| {
            p.delete_resource_pool(c, id, options)
        })
        .await
    }

    async fn get_resource_pool_metrics(&self, context: &Context, id: &ResourcePoolId) -> Result<PoolMetrics> {
        let target = Some(id.as_str());
        self.call(context, &op::GET_RESOURCE_POOL_METRICS, target, |p, c| {
            p.get_resource_pool_metrics(c, id)
        })
        .await
    }

    async fn list_resource_pool_events(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        query: &ListQuery,
    ) -> Result<Page<PoolEvent>> {
        let target = Some(id.as_str());
        self.call(context, &op::LIST_RESOURCE_POOL_EVENTS, target, |p, c| {
            p.list_resource_pool_events(c, id, query)
        })
        .await
    }

    async fn list_resources(&self, context: &Context, query: &ListQuery) -> Result<Page<Resource>> {
        self.call(context, &op::LIST_RESOURCES, None, |p, c| p.list_resources(c, query))
            .await
    }

    async fn get_resource(&self, context: &Context, id: &ResourceId) -> Result<Arc<Resource>> {
        self.call(context, &op::GET_RESOURCE, Some(id.as_str()), |p, c| {
            p.get_resource(c, id)
        })
        .await
    }

    async fn create_resource(&self, context: &Context, new: &NewResource) -> Result<Arc<Resource>> {
        self.call(context, &op::CREATE_RESOURCE, None, |p, c| p.create_resource(c, new))
            .await
    }

    async fn delete_resource(&self, context: &Context, id: &ResourceId, options: &DeleteOptions) -> Result<()> {
        self.call(context, &op::DELETE_RESOURCE, Some(id.as_str()), |p, c| {
            p.delete_resource(c, id, options)
        })
        .await
    }

    async fn list_resource_types(&self, context: &Context, query: &ListQuery) -> Result<Page<ResourceType>> {
        self.call(context, &op::LIST_RESOURCE_TYPES, None, |p, c| {
            p.list_resource_types(c, query)
        })
        .await
    }

    async fn get_resource_type(&self, context: &Context, id: &ResourceTypeId) -> Result<Arc<ResourceType>> {
        self.call(context, &op::GET_RESOURCE_TYPE, Some(id.as_str()), |p, c| {
            p.get_resource_type(c, id)
        })
        .await
    }

    async fn list_alarms(&self, context: &Context, query: &ListQuery) -> Result<Page<Alarm>> {
        self.call(context, &op::LIST_ALARMS, None, |p, c| p.list_alarms(c, query))
            .await
    }

    async fn watch_inventory(
        &self,
        context: &Context,
        resume: Option<&str>,
    ) -> Result<BoxStream<'static, Result<InventoryChange>>> {
        self.call(context, &op::WATCH_INVENTORY, None, |p, c| p.watch_inventory(c, resume))
            .await
    }
}
