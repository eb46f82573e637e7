//! The plugin, as the catalog lists it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use o2_core::plugin::{Backend, Health, Plugin, PluginInfo};
use o2_core::ports::{Clock, Ports};
use o2_core::query::ListQuery;
use o2_core::{Capabilities, Context, Error, ErrorKind, Page, Pushdown, Result, Retry, async_trait};
use o2_ims::{
    DeleteOptions, DeploymentManager, DeploymentManagerId, IMSPlugin, NewResourcePool, Resource, ResourceId,
    ResourcePool, ResourcePoolId, ResourcePoolUpdate, ResourceType, ResourceTypeId, op,
};
use serde_json::Value;

use super::draw::{Settings, draw};
use super::drawn::Drawn;
use super::read::{Reading, Want};
use super::{OpenstackConfig, write};
use crate::held::{Listing, Together, Walks, found, same};
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

/// The lists, by which walks through them are told apart.
const MANAGERS: &str = "managers";
const POOLS: &str = "pools";
const RESOURCES: &str = "resources";
const TYPES: &str = "types";

/// Lists that come from one reading.
const INVENTORY: Together = &[MANAGERS, POOLS, RESOURCES];
const CATALOGUE: Together = &[TYPES];

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

    /// What a page of a list is taken from.
    async fn listed(&self, context: &Context, what: &'static str, query: &ListQuery) -> Result<Arc<Drawn>> {
        self.source.check_open()?;
        let (want, together) = match what {
            TYPES => (Want::Types, CATALOGUE),
            _ => (Want::Inventory, INVENTORY),
        };
        let drawn = self.source.drawn(context, want);
        self.walks.drawn(context, (what, together), query, drawn).await
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
        let listing = Listing::new(context, query, "")?;
        let drawn = self.listed(context, MANAGERS, query).await?;
        let page = listing.page(&drawn.managers, same)?;
        Ok(self.walks.walked(context, MANAGERS, page))
    }

    async fn get_deployment_manager(
        &self,
        context: &Context,
        id: &DeploymentManagerId,
    ) -> Result<Arc<DeploymentManager>> {
        found(
            context,
            &self.source.drawn(context, Want::Inventory).await?.managers,
            id.as_str(),
        )
    }

    async fn list_resource_pools(&self, context: &Context, query: &ListQuery) -> Result<Page<ResourcePool>> {
        let listing = Listing::new(context, query, "")?;
        let drawn = self.listed(context, POOLS, query).await?;
        let page = listing.page(&drawn.pools, same)?;
        Ok(self.walks.walked(context, POOLS, page))
    }

    async fn get_resource_pool(&self, context: &Context, id: &ResourcePoolId) -> Result<Arc<ResourcePool>> {
        found(
            context,
            &self.source.drawn(context, Want::Inventory).await?.pools,
            id.as_str(),
        )
    }

    async fn create_resource_pool(&self, context: &Context, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
        let _change = self.walks.change();
        let id = write::create(context, self.writable()?, new).await?;
        found(context, &self.source.drawn(context, Want::Inventory).await?.pools, &id)
    }

    async fn update_resource_pool(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        let _change = self.walks.change();
        write::update(context, self.writable()?, id.as_str(), update).await?;
        self.get_resource_pool(context, id).await
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
        let listing = Listing::new(context, query, "")?;
        let drawn = self.listed(context, RESOURCES, query).await?;
        let page = listing.page(&drawn.resources, same)?;
        Ok(self.walks.walked(context, RESOURCES, page))
    }

    async fn get_resource(&self, context: &Context, id: &ResourceId) -> Result<Arc<Resource>> {
        found(
            context,
            &self.source.drawn(context, Want::Inventory).await?.resources,
            id.as_str(),
        )
    }

    async fn list_resource_types(&self, context: &Context, query: &ListQuery) -> Result<Page<ResourceType>> {
        let listing = Listing::new(context, query, "")?;
        let drawn = self.listed(context, TYPES, query).await?;
        let page = listing.page(&drawn.types, same)?;
        Ok(self.walks.walked(context, TYPES, page))
    }

    async fn get_resource_type(&self, context: &Context, id: &ResourceTypeId) -> Result<Arc<ResourceType>> {
        found(
            context,
            &self.source.drawn(context, Want::Types).await?.types,
            id.as_str(),
        )
    }
}
