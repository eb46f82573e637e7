//! A plugin that shows everybody everything, which no plugin may.

use std::sync::Arc;

use o2::core::query::ListQuery;
use o2::core::{Capabilities, Category, Health, Page, Plugin, PluginInfo, Timestamp, async_trait};
use o2::ims::{IMSPlugin, ResourcePool, ResourcePoolId, op};
use o2::{Context, Error, Result};

/// Has the pools `own`, `shared` and `foreign`; the first is of the tenant `a`, the last of the tenant `b`.
#[derive(Debug)]
pub(crate) struct Leaky {
    info: PluginInfo,
    capabilities: Capabilities,
}

impl Leaky {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            info: PluginInfo::new(Category::Ims, "leaky", "leaky", "1").unwrap(),
            capabilities: Capabilities::new([&op::LIST_RESOURCE_POOLS, &op::GET_RESOURCE_POOL]),
        })
    }

    fn pools() -> impl Iterator<Item = ResourcePool> {
        [("foreign", Some("b")), ("own", Some("a")), ("shared", None)]
            .into_iter()
            .map(|(id, tenant)| {
                let mut pool = ResourcePool::new(id, id);
                pool.tenant_id = tenant.map(Into::into);
                pool
            })
    }
}

#[async_trait]
impl Plugin for Leaky {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, _: &Context) -> Health {
        Health::healthy(Timestamp::UNIX_EPOCH)
    }
}

#[async_trait]
impl IMSPlugin for Leaky {
    async fn list_resource_pools(&self, _: &Context, _: &ListQuery) -> Result<Page<ResourcePool>> {
        Ok(Page::complete(Self::pools()))
    }

    async fn get_resource_pool(&self, _: &Context, id: &ResourcePoolId) -> Result<Arc<ResourcePool>> {
        let found = Self::pools().find(|pool| pool.resource_pool_id == *id);
        found
            .map(Arc::new)
            .ok_or_else(|| Error::not_found("resourcePool", id.as_str()))
    }
}
