//! [`World`]: a plugin on a played AWS, and what tests ask it.

use std::sync::Arc;

use o2_core::query::ListQuery;
use o2_core::{Context, Model, Result};
use o2_ims::{DeleteOptions, IMSPlugin, Resource, ResourcePool};
use o2_testkit::ManualClock;
use serde_json::Value;

use super::{Played, connected, example};

pub(super) struct World {
    pub(super) played: Arc<Played>,
    pub(super) plugin: Arc<dyn IMSPlugin>,
    pub(super) context: Context,
}

impl World {
    pub(super) fn new() -> Self {
        Self::of(&example().unwrap())
    }

    pub(super) fn of(config: &Value) -> Self {
        let clock = ManualClock::auto();
        let played = Arc::new(Played::with_groups(clock.clone()));
        Self {
            plugin: connected(config, &played, clock).unwrap(),
            played,
            context: Context::new("test"),
        }
    }

    pub(super) async fn pools(&self) -> Result<Vec<Arc<ResourcePool>>> {
        let page = self.plugin.list_resource_pools(&self.context, &ListQuery::new()).await;
        page.map(|page| page.items)
    }

    pub(super) async fn resources(&self) -> Result<Vec<Arc<Resource>>> {
        let page = self.plugin.list_resources(&self.context, &ListQuery::new()).await;
        page.map(|page| page.items)
    }

    pub(super) async fn pool(&self, name: &str) -> Arc<ResourcePool> {
        let pools = self.pools().await.unwrap();
        pools.into_iter().find(|pool| pool.name == name).unwrap()
    }

    pub(super) async fn delete_pool(&self, pool: &ResourcePool) -> Result<()> {
        let options = DeleteOptions::force();
        let deleting = self
            .plugin
            .delete_resource_pool(&self.context, &pool.resource_pool_id, &options);
        deleting.await
    }

    /// The free volumes and the networks among the resources.
    pub(super) async fn others(&self) -> Vec<String> {
        let resources = self.resources().await.unwrap();
        let ids = resources.iter().map(|resource| resource.id().to_owned());
        ids.filter(|id| !id.starts_with("i-") && !id.starts_with("vol-of-"))
            .collect()
    }
}
