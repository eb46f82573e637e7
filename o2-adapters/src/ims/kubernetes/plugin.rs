//! The plugin, as the catalog lists it.

use std::sync::Arc;

use futures::stream::BoxStream;
use o2_core::plugin::{Backend, Health, Plugin, PluginInfo};
use o2_core::ports::Ports;
use o2_core::query::ListQuery;
use o2_core::{Capabilities, Context, Page, Result, async_trait};
use o2_ims::{
    Alarm, DeleteOptions, DeploymentManager, DeploymentManagerId, IMSPlugin, InventoryChange, NewResourcePool,
    Resource, ResourceId, ResourcePool, ResourcePoolId, ResourcePoolUpdate, ResourceType, ResourceTypeId,
};
use serde_json::Value;

use super::KubernetesConfig;
use super::draw::{Memo, Settings, draw};
use super::read::Reading;
use super::watch::Watching;
use super::write::Writing;
use crate::held::Listing;
use crate::kit::read_config;
use crate::kube::Clusters;
use crate::kube::inventory::{Drawn, Front, capabilities, found, sees};

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
    front: Front,
    reading: Reading,
    settings: Settings,
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
            front: Front::new(Arc::clone(&ports.clock)),
            reading: Reading::new(cluster, config, info.name.as_str()),
            info,
            settings,
        })
    }

    /// Everything that `context` may see, as it is now.
    async fn inventory(&self, context: &Context) -> Result<Drawn> {
        self.front.check_open()?;
        let world = self.reading.world(context).await?;
        Ok(draw(&self.settings, &world, &mut Memo::default()))
    }

    fn writing(&self) -> Result<Writing<'_>> {
        self.front.check_open()?;
        Ok(Writing {
            reading: &self.reading,
            settings: &self.settings,
        })
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

fn same<T>(object: &Arc<T>) -> &Arc<T> {
    object
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
        let about = self.reading.about(context).await;
        self.front.health(about, &self.reading.reader.denied())
    }

    async fn close(&self) -> Result<()> {
        self.front.close();
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
        self.front.check_open()?;
        let opening = Watching::open(&self.reading, context, self.settings.clone());
        let changes = self.front.changes(context, opening).await?;
        changes.watch(context, resume, sees).await
    }
}
