//! The in-memory infrastructure backend.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, ready};
use o2_adapters::ims::memory::{MemoryIms, MemoryImsConfig};
use o2_core::plugin::HealthStatus;
use o2_core::ports::Clock;
use o2_core::{Category, Context, PluginInfo, Result, TenantId};
use o2_ims::model::ObjectHealth;
use o2_ims::{DeleteOptions, IMSPlugin, NewResource, NewResourcePool, ResourcePoolId};
use o2_testkit::ManualClock;
use o2_testkit::conformance::{Disturbance, Harness, ImsWorld, World, ims};
use serde_json::json;

/// Makes O-Clouds with two tenants.
pub(crate) struct Memory;

/// One of them. Outside changes go past the plugin's capabilities and tenants, as those of an operator would.
pub(crate) struct Cloud {
    backend: Arc<MemoryIms>,
    clock: Arc<ManualClock>,
}

impl Cloud {
    pub(crate) fn new() -> Result<Self> {
        let clock = ManualClock::auto();
        let config = MemoryImsConfig::default().with_nodes(12).with_tenants(["red", "blue"]);
        let info = PluginInfo::new(Category::Ims, "memory", "memory", "1")?;
        let backend = Arc::new(MemoryIms::new(info, config, clock.clone())?);
        Ok(Self { backend, clock })
    }
}

impl Harness<dyn ImsWorld> for Memory {
    fn name(&self) -> &str {
        "memory"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn ImsWorld>>> {
        ready(Cloud::new().map(|cloud| Arc::new(cloud) as _)).boxed()
    }
}

impl World<dyn IMSPlugin> for Cloud {
    fn plugin(&self) -> Arc<dyn IMSPlugin> {
        self.backend.clone()
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn settle(&self) -> BoxFuture<'_, ()> {
        self.clock.sleep(Duration::from_secs(60))
    }

    fn tenants(&self) -> Option<[TenantId; 2]> {
        Some(["red".into(), "blue".into()])
    }
}

impl ImsWorld for Cloud {
    fn new_pool(&self, name: &str) -> Option<NewResourcePool> {
        let mut pool = NewResourcePool::new(name);
        pool.description = "made by the conformance suite".into();
        pool.location = Some("dallas-a".into());
        pool.replicas = Some(2);
        pool.labels.insert("role".into(), "test".into());
        pool.extensions.insert("note".into(), json!("kept as it is"));
        Some(pool)
    }

    fn new_resource(&self, name: &str, pool: &ResourcePoolId) -> Option<NewResource> {
        let mut resource = NewResource::new("type-compute-large", pool.clone());
        resource.name = Some(name.to_owned());
        Some(resource)
    }

    fn disturb(&self, disturbance: Disturbance) -> BoxFuture<'_, Result<bool>> {
        let context = Context::new("operator");
        async move {
            match disturbance {
                Disturbance::AddResource(pool) => {
                    let new = NewResource::new("type-compute-large", pool);
                    self.backend.create_resource(&context, &new).await?;
                }
                Disturbance::ChangeResource(id) => {
                    let health = ObjectHealth::new(HealthStatus::Unhealthy);
                    self.backend.set_resource_health(&id, health)?;
                }
                Disturbance::RemoveResource(id) => {
                    let force = DeleteOptions::force();
                    self.backend.delete_resource(&context, &id, &force).await?;
                }
                _ => return Ok(false),
            }
            Ok(true)
        }
        .boxed()
    }
}

#[tokio::test]
async fn it_keeps_the_contract() {
    let report = ims(&Memory).await;
    report.assert_green();
    println!("{report}");
}
