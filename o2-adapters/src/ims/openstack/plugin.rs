//! The plugin, as the catalog lists it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use o2_core::plugin::{Backend, Health, Plugin, PluginInfo};
use o2_core::ports::{Clock, Ports};
use o2_core::query::ListQuery;
use o2_core::{Capabilities, Context, Error, ErrorKind, Model, Page, Pushdown, Result, Retry, async_trait};
use o2_ims::{
    DeleteOptions, DeploymentManager, DeploymentManagerId, IMSPlugin, NewResourcePool, Resource, ResourceId,
    ResourcePool, ResourcePoolId, ResourcePoolUpdate, ResourceType, ResourceTypeId, op,
};
use serde_json::Value;

use super::draw::{Settings, draw};
use super::read::{Reading, Want};
use super::{OpenstackConfig, write};
use crate::held::{Drawn, Shown, Together, Walks};
use crate::kit::read_config;

/// The openstack backend, as the catalog lists it.
pub static BACKEND: Backend<dyn IMSPlugin> = Backend {
    kind: "openstack",
    aliases: &[],
    description: "An OpenStack region: hypervisors or servers as resources, host aggregates of Nova as pools, flavors and \
                  volume types",
    version: env!("CARGO_PKG_VERSION"),
    example: include_str!("example.yaml"),
    build,
};

/// Lists that come from one reading.
const INVENTORY: Together = &[DeploymentManager::OBJECT, ResourcePool::OBJECT, Resource::OBJECT];
const CATALOGUE: Together = &[ResourceType::OBJECT];

fn build(info: PluginInfo, config: &Value, ports: &Ports) -> Result<Arc<dyn IMSPlugin>> {
    Ok(Arc::new(Openstack::new(info, &read_config(config)?, ports)?))
}

/// A region of an OpenStack cloud as infrastructure.
#[derive(Debug)]
pub struct Openstack {
    info: PluginInfo,
    capabilities: Capabilities,
    clock: Arc<dyn Clock>,
    walks: Walks<Drawn>,
    source: Source,
}

/// What is drawn, and how.
#[derive(Debug)]
struct Source {
    reading: Reading,
    settings: Settings,
    closed: AtomicBool,
}

impl Source {
    fn check_open(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::Unavailable, "the plugin is closed").with_retry(Retry::Never));
        }
        Ok(())
    }

    async fn drawn(&self, context: &Context, want: Want) -> Result<Drawn> {
        self.check_open()?;
        let world = self.reading.world(context, want).await?;
        self.check_open()?;
        Ok(draw(&self.settings, &world))
    }
}

impl Openstack {
    /// A plugin for the region of `config`.
    ///
    /// # Errors
    /// `Config` naming the field that is wrong.
    pub fn new(info: PluginInfo, config: &OpenstackConfig, ports: &Ports) -> Result<Self> {
        config.check()?;
        let source = Source {
            reading: Reading::new(config, ports)?,
            settings: Settings {
                o_cloud_id: config.o_cloud_id.clone(),
                service_uri: config.service_uri.clone(),
            },
            closed: AtomicBool::new(false),
        };
        Ok(Self {
            info,
            capabilities: capabilities(),
            clock: Arc::clone(&ports.clock),
            walks: Walks::new(Arc::clone(&ports.clock)),
            source,
        })
    }

    async fn drawn<T: Shown>(&self, context: &Context) -> Result<Drawn> {
        let want = if INVENTORY.contains(&T::OBJECT) {
            Want::Inventory
        } else {
            Want::Types
        };
        self.source.drawn(context, want).await
    }

    async fn page<T: Shown>(&self, context: &Context, query: &ListQuery) -> Result<Page<T>> {
        self.source.check_open()?;
        let together = if INVENTORY.contains(&T::OBJECT) {
            INVENTORY
        } else {
            CATALOGUE
        };
        let drawn = self.drawn::<T>(context);
        self.walks.page(context, query, together, drawn).await
    }

    async fn find<T: Shown>(&self, context: &Context, id: &str) -> Result<Arc<T>> {
        self.drawn::<T>(context).await?.find(context, id)
    }

    /// Where changes are made.
    fn writable(&self) -> Result<&Reading> {
        self.source.check_open()?;
        Ok(&self.source.reading)
    }
}

fn capabilities() -> Capabilities {
    Capabilities::new([
        &op::LIST_DEPLOYMENT_MANAGERS,
        &op::GET_DEPLOYMENT_MANAGER,
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
    .with_pushdown(Pushdown::Filter)
}

#[async_trait]
impl Plugin for Openstack {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, context: &Context) -> Health {
        let now = self.clock.now();
        let checked = match self.source.check_open() {
            Ok(()) => self.source.reading.check(context).await,
            Err(error) => Err(error),
        };
        let access = match checked {
            Ok(access) => access,
            Err(error) => return Health::unhealthy(now, error.message()),
        };
        let health = match self.source.reading.missing() {
            None => Health::healthy(now),
            Some(missing) => Health::degraded(now, missing),
        };
        health
            .with_detail("region", access.services.region.as_str())
            .with_detail("computeVersion", access.services.version.as_str())
    }

    async fn close(&self) -> Result<()> {
        self.source.closed.store(true, Ordering::Release);
        self.walks.clear();
        Ok(())
    }
}

#[async_trait]
impl IMSPlugin for Openstack {
    async fn list_deployment_managers(&self, context: &Context, query: &ListQuery) -> Result<Page<DeploymentManager>> {
        self.page(context, query).await
    }

    async fn get_deployment_manager(
        &self,
        context: &Context,
        id: &DeploymentManagerId,
    ) -> Result<Arc<DeploymentManager>> {
        self.find(context, id.as_str()).await
    }

    async fn list_resource_pools(&self, context: &Context, query: &ListQuery) -> Result<Page<ResourcePool>> {
        self.page(context, query).await
    }

    async fn get_resource_pool(&self, context: &Context, id: &ResourcePoolId) -> Result<Arc<ResourcePool>> {
        self.find(context, id.as_str()).await
    }

    async fn create_resource_pool(&self, context: &Context, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
        let _change = self.walks.change();
        let id = write::create(context, self.writable()?, new).await?;
        self.find(context, &id).await
    }

    async fn update_resource_pool(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        let _change = self.walks.change();
        write::update(context, self.writable()?, id.as_str(), update).await?;
        self.find(context, id.as_str()).await
    }

    async fn delete_resource_pool(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        options: &DeleteOptions,
    ) -> Result<()> {
        let _change = self.walks.change();
        write::delete(context, self.writable()?, id.as_str(), options).await
    }

    async fn list_resources(&self, context: &Context, query: &ListQuery) -> Result<Page<Resource>> {
        self.page(context, query).await
    }

    async fn get_resource(&self, context: &Context, id: &ResourceId) -> Result<Arc<Resource>> {
        self.find(context, id.as_str()).await
    }

    async fn list_resource_types(&self, context: &Context, query: &ListQuery) -> Result<Page<ResourceType>> {
        self.page(context, query).await
    }

    async fn get_resource_type(&self, context: &Context, id: &ResourceTypeId) -> Result<Arc<ResourceType>> {
        self.find(context, id.as_str()).await
    }
}
