//! The plugin, as the catalog lists it.

use std::sync::Arc;

use futures::stream::BoxStream;
use o2_core::plugin::{Backend, Health, Plugin, PluginInfo};
use o2_core::ports::{Clock, Ports};
use o2_core::query::ListQuery;
use o2_core::{Capabilities, Context, Error, Model, Page, Pushdown, Result, async_trait};
use o2_ims::{
    Alarm, DeleteOptions, DeploymentManager, DeploymentManagerId, IMSPlugin, InventoryChange, NewResourcePool,
    Resource, ResourceId, ResourcePool, ResourcePoolId, ResourcePoolUpdate, ResourceType, ResourceTypeId, op,
};
use serde_json::Value;

use super::draw::{Settings, draw_alarms};
use super::inventory::properties;
use super::vim::Vim;
use super::watch::Tracker;
use super::{VsphereConfig, write};
use crate::held::{Drawn, Shown, Together, Walks};
use crate::kit::auth::Credential;
use crate::kit::read_config;

/// The vsphere backend, as the catalog lists it.
pub static BACKEND: Backend<dyn IMSPlugin> = Backend {
    kind: "vsphere",
    aliases: &[],
    description: "VMware vSphere: clusters and resource pools of a vCenter as pools, hosts or virtual machines as resources",
    version: env!("CARGO_PKG_VERSION"),
    example: include_str!("example.yaml"),
    build,
};

/// Lists that come from one reading. Alarms are read in another way.
const INVENTORY: Together = &[
    DeploymentManager::OBJECT,
    ResourceType::OBJECT,
    ResourcePool::OBJECT,
    Resource::OBJECT,
];
const ALARMS: Together = &[Alarm::OBJECT];

fn build(info: PluginInfo, config: &Value, ports: &Ports) -> Result<Arc<dyn IMSPlugin>> {
    let config: VsphereConfig = read_config(config)?;
    Ok(Arc::new(Vsphere::new(info, config, ports)?))
}

/// A vCenter as infrastructure.
#[derive(Debug)]
pub struct Vsphere {
    info: PluginInfo,
    capabilities: Capabilities,
    clock: Arc<dyn Clock>,
    tracker: Arc<Tracker>,
    walks: Walks<Drawn>,
}

impl Vsphere {
    /// A plugin for the vCenter of `config`.
    ///
    /// # Errors
    /// `Config` naming the field that is wrong.
    pub fn new(info: PluginInfo, config: VsphereConfig, ports: &Ports) -> Result<Self> {
        config.check()?;
        let password = match (&config.password, &config.password_name) {
            (Some(password), _) => Credential::given(password.clone()),
            (None, Some(name)) => Credential::named(name, ports),
            (None, None) => return Err(Error::config("password: give either password or passwordName")),
        };
        let clock = Arc::clone(&ports.clock);
        let read = properties(config.mode);
        let vim = Vim::new(Arc::clone(&ports.http), Arc::clone(&clock), &config, password, read);
        let settings = Settings {
            endpoint: config.endpoint,
            o_cloud_id: config.o_cloud_id,
            datacenters: config.datacenters,
            attribute: config.attribute,
        };
        let tracker = Tracker::new(vim, settings, Arc::clone(&clock), config.watch_seconds);
        Ok(Self {
            info,
            capabilities: capabilities(),
            walks: Walks::new(Arc::clone(&clock)),
            clock,
            tracker: Arc::new(tracker),
        })
    }

    /// Everything; what was read for a watch is not read again if it is not older than the caller allows.
    async fn drawn(&self, context: &Context) -> Result<Drawn> {
        match self.tracker.known(context) {
            Some(objects) => Ok(Drawn::of(objects)),
            None => Ok(self.tracker.read(context).await?.drawn),
        }
    }

    /// Everything, with the alarms that are triggered. What they are about is read after them, so that it is there.
    async fn alarmed(&self, context: &Context) -> Result<Drawn> {
        let triggered = self.tracker.vim.alarms(context).await?;
        let mut seen = self.tracker.read(context).await?;
        let alarms = draw_alarms(seen.site(&self.tracker.settings), &seen.drawn, &triggered);
        seen.drawn.add_all(alarms);
        Ok(seen.drawn)
    }

    async fn page<T: Shown>(&self, context: &Context, query: &ListQuery) -> Result<Page<T>> {
        self.tracker.check_open()?;
        let drawn = self.drawn(context);
        self.walks.page(context, query, INVENTORY, drawn).await
    }

    /// How well it is seen.
    fn seen(&self) -> Health {
        let (now, forbidden) = (self.clock.now(), self.tracker.forbidden());
        if forbidden.is_empty() {
            return Health::healthy(now);
        }
        let kinds: Vec<_> = forbidden.into_iter().collect();
        Health::degraded(now, "our account may not see everything").with_detail("forbidden", kinds.join(", "))
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
        &op::LIST_ALARMS,
        &op::WATCH_INVENTORY,
    ])
    .with_pushdown(Pushdown::Filter)
}

#[async_trait]
impl Plugin for Vsphere {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, context: &Context) -> Health {
        let now = self.clock.now();
        let answers = match self.tracker.check_open() {
            Ok(()) => self.tracker.vim.check(context).await,
            Err(error) => Err(error),
        };
        let about = match answers {
            Ok(()) => self.tracker.vim.about(context).await,
            Err(error) => Err(error),
        };
        match about {
            Ok(about) => self.seen().with_detail("version", about.version),
            Err(error) => Health::unhealthy(now, error.message()),
        }
    }

    /// Ends the session too: a vCenter has only so many.
    async fn close(&self) -> Result<()> {
        self.tracker.close();
        self.walks.clear();
        self.tracker.vim.close(&Context::new("close")).await
    }
}

#[async_trait]
impl IMSPlugin for Vsphere {
    async fn list_deployment_managers(&self, context: &Context, query: &ListQuery) -> Result<Page<DeploymentManager>> {
        self.page(context, query).await
    }

    async fn get_deployment_manager(
        &self,
        context: &Context,
        id: &DeploymentManagerId,
    ) -> Result<Arc<DeploymentManager>> {
        self.drawn(context).await?.find(context, id.as_str())
    }

    async fn list_resource_pools(&self, context: &Context, query: &ListQuery) -> Result<Page<ResourcePool>> {
        self.page(context, query).await
    }

    async fn get_resource_pool(&self, context: &Context, id: &ResourcePoolId) -> Result<Arc<ResourcePool>> {
        self.drawn(context).await?.find(context, id.as_str())
    }

    async fn create_resource_pool(&self, context: &Context, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
        let _change = self.walks.change();
        write::create(&self.tracker, context, new).await
    }

    async fn update_resource_pool(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        let _change = self.walks.change();
        write::update(&self.tracker, context, id, update).await
    }

    async fn delete_resource_pool(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        options: &DeleteOptions,
    ) -> Result<()> {
        let _change = self.walks.change();
        write::delete(&self.tracker, context, id, options).await
    }

    async fn list_resources(&self, context: &Context, query: &ListQuery) -> Result<Page<Resource>> {
        self.page(context, query).await
    }

    async fn get_resource(&self, context: &Context, id: &ResourceId) -> Result<Arc<Resource>> {
        self.drawn(context).await?.find(context, id.as_str())
    }

    async fn list_resource_types(&self, context: &Context, query: &ListQuery) -> Result<Page<ResourceType>> {
        self.page(context, query).await
    }

    async fn get_resource_type(&self, context: &Context, id: &ResourceTypeId) -> Result<Arc<ResourceType>> {
        self.drawn(context).await?.find(context, id.as_str())
    }

    async fn list_alarms(&self, context: &Context, query: &ListQuery) -> Result<Page<Alarm>> {
        self.tracker.check_open()?;
        let drawn = self.alarmed(context);
        self.walks.page(context, query, ALARMS, drawn).await
    }

    async fn watch_inventory(
        &self,
        context: &Context,
        resume: Option<&str>,
    ) -> Result<BoxStream<'static, Result<InventoryChange>>> {
        self.tracker.watch(context, resume).await
    }
}
