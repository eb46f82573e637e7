//! The plugin, as the catalog lists it.

use std::sync::Arc;

use o2_core::plugin::{Backend, Health, Plugin, PluginInfo};
use o2_core::ports::{Clock, Ports};
use o2_core::query::ListQuery;
use o2_core::{Capabilities, Context, Error, Model, Page, Pushdown, Result, TenantId, async_trait};
use o2_ims::{
    DeleteOptions, IMSPlugin, NewResourcePool, Resource, ResourceId, ResourcePool, ResourcePoolId, ResourcePoolUpdate,
    ResourceType, ResourceTypeId, op,
};
use serde_json::Value;

use super::client::{Client, Question};
use super::wire::{Group, Item, Machine, Model as MachineModel};
use super::{LabConfig, list, map};

/// The lab backend, as the catalog lists it.
pub static BACKEND: Backend<dyn IMSPlugin> = Backend {
    kind: "lab",
    aliases: &["lab-controller"],
    description: "Groups and machines of a lab controller",
    version: env!("CARGO_PKG_VERSION"),
    example: include_str!("example.yaml"),
    build,
};

fn build(info: PluginInfo, config: &Value, ports: &Ports) -> Result<Arc<dyn IMSPlugin>> {
    let config = LabConfig::read(config)?;
    Ok(Arc::new(Lab::new(info, &config, ports)))
}

/// Groups and machines of a lab controller.
#[derive(Debug)]
pub struct Lab {
    info: PluginInfo,
    capabilities: Capabilities,
    client: Client,
    clock: Arc<dyn Clock>,
    o_cloud_id: String,
}

impl Lab {
    /// A plugin that asks the controller of `config`.
    #[must_use]
    pub fn new(info: PluginInfo, config: &LabConfig, ports: &Ports) -> Self {
        Self {
            info,
            capabilities: capabilities(),
            client: Client::new(config, Arc::clone(&ports.http)),
            clock: Arc::clone(&ports.clock),
            o_cloud_id: config.o_cloud_id.clone(),
        }
    }

    async fn list<W: Item, T: Model>(
        &self,
        context: &Context,
        query: &ListQuery,
        map: fn(W, &str) -> T,
    ) -> Result<Page<T>> {
        list::page(&self.client, context, query, |item| map(item, &self.o_cloud_id)).await
    }

    /// The object with this id, unless it is another tenant's.
    async fn get<W: Item, T: Model>(&self, context: &Context, id: &str, map: fn(W, &str) -> T) -> Result<Arc<T>> {
        let item = self.client.get(id).await?;
        item.map(|item| map(item, &self.o_cloud_id))
            .filter(|object| context.sees(object.tenant()))
            .map(Arc::new)
            .ok_or_else(|| Error::not_found(T::OBJECT, id))
    }
}

fn capabilities() -> Capabilities {
    Capabilities::new([
        &op::LIST_RESOURCE_POOLS,
        &op::GET_RESOURCE_POOL,
        &op::CREATE_RESOURCE_POOL,
        &op::UPDATE_RESOURCE_POOL,
        &op::DELETE_RESOURCE_POOL,
        &op::LIST_RESOURCES,
        &op::GET_RESOURCE,
        &op::LIST_RESOURCE_TYPES,
        &op::GET_RESOURCE_TYPE,
    ])
    .with_pushdown(Pushdown::Attributes(list::FILTERED))
    .with_max_page_size(list::LARGEST_PAGE)
}

#[async_trait]
impl Plugin for Lab {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, context: &Context) -> Health {
        let question = Question {
            project: context.tenant().map(TenantId::as_str),
            limit: 1,
            ..Question::default()
        };
        match self.client.list::<Group>(&question).await {
            Ok(_) => Health::healthy(self.clock.now()),
            Err(error) => Health::unhealthy(self.clock.now(), error.message()),
        }
    }
}

#[async_trait]
impl IMSPlugin for Lab {
    async fn list_resource_pools(&self, context: &Context, query: &ListQuery) -> Result<Page<ResourcePool>> {
        self.list(context, query, map::pool).await
    }

    async fn get_resource_pool(&self, context: &Context, id: &ResourcePoolId) -> Result<Arc<ResourcePool>> {
        self.get(context, id.as_str(), map::pool).await
    }

    async fn create_resource_pool(&self, context: &Context, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
        let group = map::created(context, new, &self.o_cloud_id)?;
        let group = self.client.create(&group).await?;
        Ok(Arc::new(map::pool(group, &self.o_cloud_id)))
    }

    async fn update_resource_pool(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        self.get_resource_pool(context, id).await?;
        let group = map::updated(update)?;
        let replaced = self
            .client
            .replace(id.as_str(), &group, update.expected.as_ref())
            .await?;
        let group = replaced.ok_or_else(|| Error::not_found(ResourcePool::OBJECT, id.as_str()))?;
        Ok(Arc::new(map::pool(group, &self.o_cloud_id)))
    }

    async fn delete_resource_pool(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        options: &DeleteOptions,
    ) -> Result<()> {
        self.get_resource_pool(context, id).await?;
        let deleted = self
            .client
            .delete(id.as_str(), options.force, options.expected.as_ref())
            .await?;
        deleted.ok_or_else(|| Error::not_found(ResourcePool::OBJECT, id.as_str()))
    }

    async fn list_resources(&self, context: &Context, query: &ListQuery) -> Result<Page<Resource>> {
        self.list::<Machine, _>(context, query, map::resource).await
    }

    async fn get_resource(&self, context: &Context, id: &ResourceId) -> Result<Arc<Resource>> {
        self.get::<Machine, _>(context, id.as_str(), map::resource).await
    }

    async fn list_resource_types(&self, context: &Context, query: &ListQuery) -> Result<Page<ResourceType>> {
        self.list::<MachineModel, _>(context, query, map::resource_type).await
    }

    async fn get_resource_type(&self, context: &Context, id: &ResourceTypeId) -> Result<Arc<ResourceType>> {
        self.get::<MachineModel, _>(context, id.as_str(), map::resource_type)
            .await
    }
}
