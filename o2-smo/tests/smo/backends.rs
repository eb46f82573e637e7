//! Infrastructure and deployment backends with lists that have pages.

use std::sync::{Arc, Mutex};

use o2_core::ports::Clock;
use o2_core::query::ListQuery;
use o2_core::{
    Capabilities, Category, Context, Error, ErrorKind, Health, Model, Operation, Page, Plugin, PluginInfo, Result,
    async_trait,
};
use o2_dms::{DMSPlugin, Deployment, DeploymentPackage};
use o2_ims::{DeploymentManager, IMSPlugin, Resource, ResourcePool, ResourceType};
use o2_testkit::ManualClock;

#[derive(Debug)]
pub(crate) struct Backend {
    info: PluginInfo,
    capabilities: Capabilities,
    clock: Arc<ManualClock>,
    size: usize,
    failing: Mutex<Option<Failing>>,
}

/// Which call fails, and how.
#[derive(Debug, Clone)]
pub(crate) struct Failing {
    pub(crate) operation: &'static str,
    pub(crate) kind: ErrorKind,
    /// Only pages that begin with a marker.
    pub(crate) later_pages: bool,
}

impl Backend {
    /// A backend with `size` resources or deployments, and one object of every other kind.
    pub(crate) fn new(
        category: Category,
        name: &str,
        clock: &Arc<ManualClock>,
        size: usize,
        operations: &[&'static Operation],
    ) -> Arc<Self> {
        Arc::new(Self {
            info: PluginInfo::new(category, "lists", name, "1").unwrap(),
            capabilities: Capabilities::new(operations.iter().copied()).with_max_page_size(3),
            clock: Arc::clone(clock),
            size,
            failing: Mutex::new(None),
        })
    }

    pub(crate) fn fail(&self, operation: &'static str, kind: ErrorKind, later_pages: bool) {
        *self.failing.lock().unwrap() = Some(Failing {
            operation,
            kind,
            later_pages,
        });
    }

    fn page<T: Model>(
        &self,
        operation: &'static Operation,
        query: &ListQuery,
        size: usize,
        make: impl Fn(usize) -> T,
    ) -> Result<Page<T>> {
        let failing = self.failing.lock().unwrap().clone();
        let fails = |failing: &Failing| {
            [operation.name, "*"].contains(&failing.operation) && (!failing.later_pages || query.marker.is_some())
        };
        if let Some(failing) = failing.filter(fails) {
            return Err(Error::new(failing.kind, "scripted failure"));
        }
        let start: usize = query.marker.as_ref().map_or(0, |marker| marker.parse().unwrap());
        let end = size.min(start + query.limit.map_or(size, |limit| limit as usize));
        let items = (start..end).map(|index| Arc::new(make(index))).collect();
        Ok(Page::new(items, (end < size).then(|| end.to_string())))
    }
}

#[async_trait]
impl Plugin for Backend {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, _: &Context) -> Health {
        Health::healthy(self.clock.now())
    }
}

#[async_trait]
impl IMSPlugin for Backend {
    async fn list_deployment_managers(&self, _: &Context, query: &ListQuery) -> Result<Page<DeploymentManager>> {
        self.page(&o2_ims::op::LIST_DEPLOYMENT_MANAGERS, query, 1, |_| {
            DeploymentManager::new("dm", "cluster")
        })
    }

    async fn list_resource_pools(&self, _: &Context, query: &ListQuery) -> Result<Page<ResourcePool>> {
        // One pool is shared, one belongs to a tenant.
        self.page(&o2_ims::op::LIST_RESOURCE_POOLS, query, 2, |index| {
            let mut pool = ResourcePool::new(format!("pool-{index}"), "pool");
            pool.tenant_id = (index == 1).then(|| "red".into());
            pool
        })
    }

    async fn list_resources(&self, _: &Context, query: &ListQuery) -> Result<Page<Resource>> {
        self.page(&o2_ims::op::LIST_RESOURCES, query, self.size, |index| {
            Resource::new(format!("node-{index}"), "server", "pool-0")
        })
    }

    async fn list_resource_types(&self, _: &Context, query: &ListQuery) -> Result<Page<ResourceType>> {
        self.page(&o2_ims::op::LIST_RESOURCE_TYPES, query, 1, |_| {
            ResourceType::new("server", "server")
        })
    }
}

#[async_trait]
impl DMSPlugin for Backend {
    async fn list_deployment_packages(&self, _: &Context, query: &ListQuery) -> Result<Page<DeploymentPackage>> {
        self.page(&o2_dms::op::LIST_DEPLOYMENT_PACKAGES, query, 1, |_| {
            DeploymentPackage::new("vdu-1.0", "vdu", "1.0", "helm-chart")
        })
    }

    async fn list_deployments(&self, _: &Context, query: &ListQuery) -> Result<Page<Deployment>> {
        self.page(&o2_dms::op::LIST_DEPLOYMENTS, query, self.size, |index| {
            Deployment::new(format!("d-{index}"), format!("vdu-{index}"), "vdu-1.0")
        })
    }
}
