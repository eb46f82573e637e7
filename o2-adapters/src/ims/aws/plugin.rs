//! The plugin, as the catalog lists it.

use std::sync::Arc;

use o2_core::plugin::{Backend, Health, Plugin, PluginInfo};
use o2_core::ports::{Clock, Ports};
use o2_core::query::ListQuery;
use o2_core::{Capabilities, Context, Error, ErrorKind, Model, Page, Pushdown, Result, Timestamp, async_trait};
use o2_ims::{
    DeleteOptions, DeploymentManager, DeploymentManagerId, IMSPlugin, NewResourcePool, Resource, ResourceId,
    ResourcePool, ResourcePoolId, ResourcePoolUpdate, ResourceType, ResourceTypeId, op,
};
use serde_json::Value;

use super::AwsConfig;
use super::client::{Region, regions};
use super::config::Mode;
use super::read::{Want, read};
use super::statuses::ours;
use super::write::Writing;
use crate::held::{Drawn, Shown, Together, Walks};
use crate::kit::read_config;

/// The aws backend, as the catalog lists it.
pub static BACKEND: Backend<dyn IMSPlugin> = Backend {
    kind: "aws",
    aliases: &[],
    description: "AWS: Auto Scaling groups, node groups of EKS or availability zones as pools, instances, volumes and networks as resources",
    version: env!("CARGO_PKG_VERSION"),
    example: include_str!("example.yaml"),
    build,
};

/// Lists that come from one look. Managers are what the configuration says; that there are pools tells that AWS is there.
const POOLS: Together = &[DeploymentManager::OBJECT, ResourcePool::OBJECT];
const ALL: Together = &[ResourceType::OBJECT, Resource::OBJECT];

fn build(info: PluginInfo, config: &Value, ports: &Ports) -> Result<Arc<dyn IMSPlugin>> {
    Ok(Arc::new(Aws::new(info, read_config(config)?, ports)?))
}

/// The infrastructure of an AWS account.
#[derive(Debug)]
pub struct Aws {
    info: PluginInfo,
    capabilities: Capabilities,
    inside: Inside,
}

/// What is read, and how.
#[derive(Debug)]
struct Inside {
    config: AwsConfig,
    regions: Vec<Region>,
    clock: Arc<dyn Clock>,
    walks: Walks<Drawn>,
}

impl Aws {
    /// A plugin for the account and the regions of `config`.
    ///
    /// # Errors
    /// `Config` naming the field that is wrong.
    pub fn new(info: PluginInfo, config: AwsConfig, ports: &Ports) -> Result<Self> {
        config.check()?;
        Ok(Self {
            info,
            capabilities: capabilities(config.mode),
            inside: Inside {
                regions: regions(&config, ports)?,
                config,
                clock: Arc::clone(&ports.clock),
                walks: Walks::new(Arc::clone(&ports.clock)),
            },
        })
    }

    fn writing(&self, operation: &'static o2_core::Operation) -> Result<Writing<'_>> {
        if !self.capabilities.supports(operation) {
            return Err(Error::unsupported(operation));
        }
        Ok(Writing {
            config: &self.inside.config,
            regions: &self.inside.regions,
            clock: &self.inside.clock,
        })
    }
}

/// Zones are read only; which node of a group goes, EKS does not let anybody say.
fn capabilities(mode: Mode) -> Capabilities {
    let reads = [
        &op::LIST_DEPLOYMENT_MANAGERS,
        &op::GET_DEPLOYMENT_MANAGER,
        &op::LIST_RESOURCE_POOLS,
        &op::GET_RESOURCE_POOL,
        &op::LIST_RESOURCES,
        &op::GET_RESOURCE,
        &op::LIST_RESOURCE_TYPES,
        &op::GET_RESOURCE_TYPE,
    ];
    let writes = [
        &op::CREATE_RESOURCE_POOL,
        &op::UPDATE_RESOURCE_POOL,
        &op::DELETE_RESOURCE_POOL,
        &op::DELETE_RESOURCE,
    ];
    let writes = match mode {
        Mode::Asg => &writes[..],
        Mode::Eks => &writes[..3],
        Mode::Az => &[],
    };
    Capabilities::new(reads.into_iter().chain(writes.iter().copied())).with_pushdown(Pushdown::Filter)
}

impl Inside {
    async fn look(&self, context: &Context, want: Want) -> Result<Drawn> {
        read(context, &self.config, &self.regions, want).await.map_err(ours)
    }

    /// That all is well, or what our credentials do not let us see.
    fn seen(&self, now: Timestamp) -> Health {
        let denied = self.regions.iter().flat_map(|region| {
            let actions = region.denied();
            actions.map(|action| format!("{action} in {}", region.name))
        });
        let denied: Vec<_> = denied.collect();
        if denied.is_empty() {
            return Health::healthy(now);
        }
        let calls = denied.join(", ");
        Health::degraded(
            now,
            format!("left out, because the credentials do not permit it: {calls}"),
        )
    }

    async fn look_for<T: Shown>(&self, context: &Context) -> Result<Drawn> {
        let want = if POOLS.contains(&T::OBJECT) {
            Want::Pools
        } else {
            Want::All
        };
        self.look(context, want).await
    }

    async fn page<T: Shown>(&self, context: &Context, query: &ListQuery) -> Result<Page<T>> {
        let together = if POOLS.contains(&T::OBJECT) { POOLS } else { ALL };
        let look = self.look_for::<T>(context);
        self.walks.page(context, query, together, look).await
    }

    async fn find<T: Shown>(&self, context: &Context, id: &str) -> Result<Arc<T>> {
        self.look_for::<T>(context).await?.find(context, id)
    }
}

#[async_trait]
impl Plugin for Aws {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, context: &Context) -> Health {
        let now = self.inside.clock.now();
        match self.inside.look(context, Want::Pools).await {
            Ok(drawn) => {
                let health = self.inside.seen(now);
                health.with_detail("resourcePools", drawn.pools.len().to_string())
            }
            Err(error) => Health::unhealthy(now, error.message()),
        }
    }
}

#[async_trait]
impl IMSPlugin for Aws {
    async fn list_deployment_managers(&self, context: &Context, query: &ListQuery) -> Result<Page<DeploymentManager>> {
        self.inside.page(context, query).await
    }

    async fn get_deployment_manager(
        &self,
        context: &Context,
        id: &DeploymentManagerId,
    ) -> Result<Arc<DeploymentManager>> {
        self.inside.find(context, id.as_str()).await
    }

    async fn list_resource_pools(&self, context: &Context, query: &ListQuery) -> Result<Page<ResourcePool>> {
        self.inside.page(context, query).await
    }

    async fn get_resource_pool(&self, context: &Context, id: &ResourcePoolId) -> Result<Arc<ResourcePool>> {
        self.inside.find(context, id.as_str()).await
    }

    async fn create_resource_pool(&self, context: &Context, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
        let writing = self.writing(&op::CREATE_RESOURCE_POOL)?;
        let _change = self.inside.walks.change();
        writing.create(context, new).await.map_err(ours)
    }

    async fn update_resource_pool(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        let writing = self.writing(&op::UPDATE_RESOURCE_POOL)?;
        let _change = self.inside.walks.change();
        writing.update(context, id, update).await.map_err(ours)
    }

    async fn delete_resource_pool(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        options: &DeleteOptions,
    ) -> Result<()> {
        let writing = self.writing(&op::DELETE_RESOURCE_POOL)?;
        let _change = self.inside.walks.change();
        writing.delete(context, id, options).await.map_err(ours)
    }

    async fn list_resources(&self, context: &Context, query: &ListQuery) -> Result<Page<Resource>> {
        self.inside.page(context, query).await
    }

    async fn get_resource(&self, context: &Context, id: &ResourceId) -> Result<Arc<Resource>> {
        self.inside.find(context, id.as_str()).await
    }

    async fn delete_resource(&self, context: &Context, id: &ResourceId, options: &DeleteOptions) -> Result<()> {
        let writing = self.writing(&op::DELETE_RESOURCE)?;
        let resource: Arc<Resource> = self.inside.find(context, id.as_str()).await?;
        if options.expected.is_some() && options.expected != resource.version {
            return Err(Error::new(
                ErrorKind::PreconditionFailed,
                "the resource has changed since it was read",
            ));
        }
        let _change = self.inside.walks.change();
        writing.terminate(context, &resource, id).await.map_err(ours)
    }

    async fn list_resource_types(&self, context: &Context, query: &ListQuery) -> Result<Page<ResourceType>> {
        self.inside.page(context, query).await
    }

    async fn get_resource_type(&self, context: &Context, id: &ResourceTypeId) -> Result<Arc<ResourceType>> {
        self.inside.find(context, id.as_str()).await
    }
}
