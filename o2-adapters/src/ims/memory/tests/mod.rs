//! What a user of the O-Cloud sees, under virtual time.

mod lists;
mod plugin;
mod pools;
mod resources;
mod sample;
mod scaling;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use o2_core::operation::Category;
use o2_core::ports::Clock;
use o2_core::query::{Filter, ListQuery};
use o2_core::{Context, Error, ErrorKind, PluginInfo};
use o2_ims::{IMSPlugin, NewResourcePool, Resource, ResourcePool};
use o2_testkit::ManualClock;
use serde_json::{Value, json};

use super::{MemoryIms, MemoryImsConfig};

/// An O-Cloud and the clock it lives by.
struct Cloud {
    ims: MemoryIms,
    clock: Arc<ManualClock>,
}

impl Cloud {
    fn new(config: MemoryImsConfig) -> Self {
        let clock = ManualClock::new();
        let info = PluginInfo::new(Category::Ims, "memory", "memory", "1").unwrap();
        let ims = MemoryIms::new(info, config, Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        Self { ims, clock }
    }

    /// Without sites, pools and nodes; nodes take a second to appear.
    fn empty() -> Self {
        let mut config = MemoryImsConfig::empty();
        config.provisioning = "1s".parse().unwrap();
        Self::new(config)
    }

    fn sample() -> Self {
        Self::new(MemoryImsConfig::default())
    }

    fn advance(&self, millis: u64) {
        self.clock.advance(Duration::from_millis(millis));
    }

    async fn create(&self, pool: &NewResourcePool) -> Arc<ResourcePool> {
        self.ims.create_resource_pool(&anybody(), pool).await.unwrap()
    }

    async fn pool(&self, id: &str) -> Arc<ResourcePool> {
        self.ims.get_resource_pool(&anybody(), &id.into()).await.unwrap()
    }

    /// The ids of the resources of a pool.
    async fn members(&self, pool: &str) -> Vec<String> {
        let query = filtered(&format!("(eq,resourcePoolId,{pool})"));
        let page = self.ims.list_resources(&anybody(), &query).await.unwrap();
        page.items
            .iter()
            .map(|resource| resource.resource_id.to_string())
            .collect()
    }

    async fn all_resources(&self) -> Vec<Arc<Resource>> {
        self.ims
            .list_resources(&anybody(), &ListQuery::new())
            .await
            .unwrap()
            .items
    }
}

/// Somebody who stands above tenants.
fn anybody() -> Context {
    Context::new("request")
}

fn tenant(name: &str) -> Context {
    anybody().with_tenant(name.into())
}

fn filtered(filter: &str) -> ListQuery {
    ListQuery::new().with_filter(Filter::parse(filter).unwrap())
}

/// A pool to create, from what a client would send.
fn new_pool(body: Value) -> NewResourcePool {
    serde_json::from_value(body).unwrap()
}

fn scaled(name: &str, replicas: u32) -> NewResourcePool {
    new_pool(json!({"resourcePoolId": name, "name": name, "replicas": replicas}))
}

fn check_error(error: &Error, kind: ErrorKind, message: &str) {
    assert!(error.is(kind), "{error:?}");
    assert!(
        error.message().contains(message),
        "'{error}' does not contain '{message}'"
    );
}
