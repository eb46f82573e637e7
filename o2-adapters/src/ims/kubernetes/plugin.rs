//! The plugin, as the catalog lists it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures::stream::BoxStream;
use o2_core::plugin::{Backend, Health, Plugin, PluginInfo};
use o2_core::ports::{Clock, Ports};
use o2_core::query::ListQuery;
use o2_core::{Capabilities, Context, Error, ErrorKind, Model, Page, Pushdown, Result, TenantId, async_trait};
use o2_ims::{
    Alarm, DeleteOptions, DeploymentManager, DeploymentManagerId, IMSPlugin, InventoryChange, InventoryObject,
    NewResourcePool, Resource, ResourceId, ResourcePool, ResourcePoolId, ResourcePoolUpdate, ResourceType,
    ResourceTypeId, op,
};
use serde_json::Value;

use super::KubernetesConfig;
use super::draw::{Inventory, Memo, Settings};
use super::read::Reading;
use super::watch::Watching;
use super::write::Writing;
use crate::held::Listing;
use crate::kit::read_config;
use crate::kube::{Changes, Clusters};

/// The kubernetes backend, as the catalog lists it.
pub static BACKEND: Backend<dyn IMSPlugin> = Backend {
    kind: "kubernetes",
    aliases: &["k8s"],
    description: "A Kubernetes cluster: nodes and volumes as resources, Cluster API groups or labels of nodes as pools",
    version: env!("CARGO_PKG_VERSION"),
    example: include_str!("example.yaml"),
    build,
};

fn build(info: PluginInfo, config: &Value, ports: &Ports) -> Result<Arc<dyn IMSPlugin>> {
    Ok(Arc::new(Kubernetes::new(info, read_config(config)?, ports)?))
}

/// A Kubernetes cluster as infrastructure.
#[derive(Debug)]
pub struct Kubernetes {
    info: PluginInfo,
    capabilities: Capabilities,
    clock: Arc<dyn Clock>,
    reading: Reading,
    settings: Settings,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    closed: bool,
    /// The changes that each tenant may see, while somebody watches them; of all tenants for `None`.
    changes: BTreeMap<Option<TenantId>, Arc<Changes<InventoryObject>>>,
}

impl Kubernetes {
    /// A plugin for the cluster of `config`.
    ///
    /// # Errors
    /// `Config` naming the field that is wrong.
    pub fn new(info: PluginInfo, config: KubernetesConfig, ports: &Ports) -> Result<Self> {
        config.check()?;
        let cluster = Clusters::open(&config.cluster, ports)?;
        let settings = Settings {
            plugin: info.name.as_str().to_owned(),
            o_cloud_id: config.o_cloud_id.clone(),
            service_uri: service_uri(&config),
            tenant_label: config.tenant_label.clone(),
            pool_labels: config.pool_labels.clone(),
        };
        Ok(Self {
            capabilities: capabilities(),
            clock: Arc::clone(&ports.clock),
            reading: Reading::new(cluster, config, info.name.as_str()),
            info,
            settings,
            state: Mutex::default(),
        })
    }

    /// Everything that `context` may see, as it is now.
    async fn inventory(&self, context: &Context) -> Result<Inventory> {
        self.check_open()?;
        let world = self.reading.world(context).await?;
        Ok(Inventory::draw(&self.settings, &world, &mut Memo::default()))
    }

    fn writing(&self) -> Result<Writing<'_>> {
        self.check_open()?;
        Ok(Writing {
            reading: &self.reading,
            settings: &self.settings,
        })
    }

    fn check_open(&self) -> Result<()> {
        if self.state.lock().unwrap_or_else(PoisonError::into_inner).closed {
            return Err(Error::new(ErrorKind::Unavailable, "the plugin is closed"));
        }
        Ok(())
    }

    async fn changes(&self, context: &Context) -> Result<Arc<Changes<InventoryObject>>> {
        let tenant = context.tenant().cloned();
        if let Some(known) = self
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .changes
            .get(&tenant)
        {
            return Ok(Arc::clone(known));
        }
        let drawing = Watching::open(&self.reading, context, self.settings.clone()).await?;
        let made = Arc::new(Changes::new(drawing, Arc::clone(&self.clock)));
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(state.changes.entry(tenant).or_insert(made)))
    }
}

fn service_uri(config: &KubernetesConfig) -> String {
    let server = config.cluster.server.clone();
    config
        .service_uri
        .clone()
        .or(server)
        .unwrap_or_else(|| "/o2dms/v1".to_owned())
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
        &op::DELETE_RESOURCE,
        &op::LIST_RESOURCE_TYPES,
        &op::GET_RESOURCE_TYPE,
        &op::LIST_ALARMS,
        &op::WATCH_INVENTORY,
    ])
    .with_pushdown(Pushdown::Filter)
}

/// The object with this id, if `context` may see it.
fn found<T: Model>(context: &Context, objects: &BTreeMap<String, Arc<T>>, id: &str) -> Result<Arc<T>> {
    let object = objects.get(id).filter(|object| context.sees(object.tenant()));
    object.cloned().ok_or_else(|| Error::not_found(T::OBJECT, id))
}

fn same<T>(object: &Arc<T>) -> &Arc<T> {
    object
}

fn sees(context: &Context, object: &InventoryObject) -> bool {
    context.sees(match object {
        InventoryObject::DeploymentManager(manager) => manager.tenant(),
        InventoryObject::ResourcePool(pool) => pool.tenant(),
        InventoryObject::Resource(resource) => resource.tenant(),
        InventoryObject::ResourceType(of) => of.tenant(),
        _ => None,
    })
}

#[async_trait]
impl Plugin for Kubernetes {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, context: &Context) -> Health {
        if let Err(error) = self.check_open() {
            return Health::unhealthy(self.clock.now(), error.message());
        }
        match self.reading.about(context).await {
            Err(error) => Health::unhealthy(self.clock.now(), error.message()),
            Ok(about) => {
                let denied = self.reading.denied();
                let health = if denied.is_empty() {
                    Health::healthy(self.clock.now())
                } else {
                    let kinds = denied.join(", ");
                    Health::degraded(
                        self.clock.now(),
                        format!("left out, because they may not be listed: {kinds}"),
                    )
                };
                health.with_detail("version", about.version.clone())
            }
        }
    }

    async fn close(&self) -> Result<()> {
        let changes = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.closed = true;
            std::mem::take(&mut state.changes)
        };
        changes.values().for_each(|changes| changes.close());
        Ok(())
    }
}

#[async_trait]
impl IMSPlugin for Kubernetes {
    async fn list_deployment_managers(&self, context: &Context, query: &ListQuery) -> Result<Page<DeploymentManager>> {
        let listing = Listing::new(context, query, "")?;
        listing.page(&self.inventory(context).await?.managers, same)
    }

    async fn get_deployment_manager(
        &self,
        context: &Context,
        id: &DeploymentManagerId,
    ) -> Result<Arc<DeploymentManager>> {
        found(context, &self.inventory(context).await?.managers, id.as_str())
    }

    async fn list_resource_pools(&self, context: &Context, query: &ListQuery) -> Result<Page<ResourcePool>> {
        let listing = Listing::new(context, query, "")?;
        listing.page(&self.inventory(context).await?.pools, same)
    }

    async fn get_resource_pool(&self, context: &Context, id: &ResourcePoolId) -> Result<Arc<ResourcePool>> {
        found(context, &self.inventory(context).await?.pools, id.as_str())
    }

    async fn create_resource_pool(&self, context: &Context, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
        self.writing()?.create(context, new).await
    }

    async fn update_resource_pool(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        self.writing()?.update(context, id, update).await
    }

    async fn delete_resource_pool(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        options: &DeleteOptions,
    ) -> Result<()> {
        self.writing()?.delete(context, id, options).await
    }

    async fn list_resources(&self, context: &Context, query: &ListQuery) -> Result<Page<Resource>> {
        let listing = Listing::new(context, query, "")?;
        listing.page(&self.inventory(context).await?.resources, same)
    }

    async fn get_resource(&self, context: &Context, id: &ResourceId) -> Result<Arc<Resource>> {
        found(context, &self.inventory(context).await?.resources, id.as_str())
    }

    async fn delete_resource(&self, context: &Context, id: &ResourceId, options: &DeleteOptions) -> Result<()> {
        self.writing()?.delete_machine(context, id, options).await
    }

    async fn list_resource_types(&self, context: &Context, query: &ListQuery) -> Result<Page<ResourceType>> {
        let listing = Listing::new(context, query, "")?;
        listing.page(&self.inventory(context).await?.types, same)
    }

    async fn get_resource_type(&self, context: &Context, id: &ResourceTypeId) -> Result<Arc<ResourceType>> {
        found(context, &self.inventory(context).await?.types, id.as_str())
    }

    async fn list_alarms(&self, context: &Context, query: &ListQuery) -> Result<Page<Alarm>> {
        let listing = Listing::new(context, query, "")?;
        listing.page(&self.inventory(context).await?.alarms, same)
    }

    async fn watch_inventory(
        &self,
        context: &Context,
        resume: Option<&str>,
    ) -> Result<BoxStream<'static, Result<InventoryChange>>> {
        self.check_open()?;
        self.changes(context).await?.watch(context, resume, sees).await
    }
}
