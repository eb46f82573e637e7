//! The world of the tests: an O-Cloud in memory with two tenants and something of everything.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, ready};
use o2_adapters::ims::memory::{MemoryIms, MemoryImsConfig};
use o2_core::plugin::HealthStatus;
use o2_core::ports::{Clock, Secret};
use o2_core::{Category, Context, PluginInfo, Result, TenantId};
use o2_ims::model::ObjectHealth;
use o2_ims::{DeleteOptions, IMSPlugin, NewResource, NewResourcePool, ResourceId, ResourcePoolId};
use o2_testkit::ManualClock;
use o2_testkit::conformance::{Disturbance, Harness, ImsWorld, Trouble, World};
use serde_json::json;

use super::fault::{Fault, Faulty};
use super::remote::{Network, Remote};

/// What the remote plugin proves itself with.
pub(super) const TOKEN: &str = "token-that-nobody-may-see";

/// The cases that even the remote backend has to skip, and why.
pub(super) const UNTRIED: &[(&str, &str)] = &[
    ("list_deployment_managers/foreign_objects_are_not_found", SHARED),
    (
        "list_deployment_managers/foreign_objects_are_missing_in_the_same_words",
        SHARED,
    ),
    ("list_resource_types/foreign_objects_are_not_found", SHARED),
    (
        "list_resource_types/foreign_objects_are_missing_in_the_same_words",
        SHARED,
    ),
];
const SHARED: &str = "the world has no object of another tenant";

/// How the plugin reaches the backend.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// It is the backend.
    Local,
    /// Through a network.
    Remote,
    /// It is the backend, and all it can do is to list and to read.
    Reading,
    /// Through a network, and with a fault.
    Faulty(MakeFault),
}

/// Makes a fault for a plugin on this network.
pub(super) type MakeFault = fn(&Arc<Network>) -> Box<dyn Fault>;

/// Makes O-Clouds.
pub(super) struct Clouds {
    name: &'static str,
    way: Way,
}

impl Clouds {
    pub(super) fn new(name: &'static str, way: Way) -> Self {
        Self { name, way }
    }
}

impl Harness<dyn ImsWorld> for Clouds {
    fn name(&self) -> &str {
        self.name
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn ImsWorld>>> {
        ready(Cloud::new(self.way).map(|cloud| Arc::new(cloud) as _)).boxed()
    }
}

/// One of them. Outside changes go past the plugin's capabilities and tenants, as those of an operator would.
struct Cloud {
    backend: Arc<MemoryIms>,
    network: Arc<Network>,
    clock: Arc<ManualClock>,
    plugin: Arc<dyn IMSPlugin>,
    way: Way,
}

impl Cloud {
    fn new(way: Way) -> Result<Self> {
        let clock = ManualClock::auto();
        let mut config = MemoryImsConfig::default().with_nodes(14).with_tenants(["red", "blue"]);
        config.sites = 4;
        config.pools = 2;
        if matches!(way, Way::Reading) {
            config = config.with_capabilities(["resource-pool-read", "resource-read"]);
        }
        let info = PluginInfo::new(Category::Ims, "memory", "memory", "1")?;
        let backend = Arc::new(MemoryIms::new(info, config, clock.clone())?);
        for (node, status) in [
            ("node-mock-001", HealthStatus::Unhealthy),
            ("node-000003", HealthStatus::Degraded),
            ("node-000005", HealthStatus::Unhealthy),
            ("node-000006", HealthStatus::Degraded),
        ] {
            backend.set_resource_health(&ResourceId::new(node), ObjectHealth::new(status))?;
        }
        let network = Network::new(clock.clone());
        let plugin = connect(way, &backend, &network);
        Ok(Self {
            backend,
            network,
            clock,
            plugin,
            way,
        })
    }
}

fn connect(way: Way, backend: &Arc<MemoryIms>, network: &Arc<Network>) -> Arc<dyn IMSPlugin> {
    let remote = || Remote::new(Arc::clone(backend), Arc::clone(network), Secret::new(TOKEN));
    match way {
        Way::Local | Way::Reading => Arc::clone(backend) as _,
        Way::Remote => Arc::new(remote()),
        Way::Faulty(make) => Arc::new(Faulty::new(Arc::new(remote()), make(network))),
    }
}

impl World<dyn IMSPlugin> for Cloud {
    fn plugin(&self) -> Arc<dyn IMSPlugin> {
        Arc::clone(&self.plugin)
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn reopen(&self) -> BoxFuture<'_, Result<Option<Arc<dyn IMSPlugin>>>> {
        let reopened = match self.way {
            Way::Local | Way::Reading => None,
            way => Some(connect(way, &self.backend, &self.network)),
        };
        ready(Ok(reopened)).boxed()
    }

    fn settle(&self) -> BoxFuture<'_, ()> {
        self.clock.sleep(Duration::from_secs(60))
    }

    fn tenants(&self) -> Option<[TenantId; 2]> {
        Some(["red".into(), "blue".into()])
    }

    fn trouble(&self, trouble: Option<Trouble>) -> BoxFuture<'_, bool> {
        let possible = !matches!(self.way, Way::Local | Way::Reading);
        if possible {
            self.network.bring(trouble);
        }
        ready(possible).boxed()
    }

    fn closes(&self) -> bool {
        true
    }

    fn secrets(&self) -> Vec<String> {
        match self.way {
            Way::Local | Way::Reading => Vec::new(),
            _ => vec![TOKEN.to_owned()],
        }
    }
}

impl ImsWorld for Cloud {
    fn new_pool(&self, name: &str) -> Option<NewResourcePool> {
        let mut pool = NewResourcePool::new(name);
        pool.description = "made by the conformance suite".into();
        pool.location = Some("dallas-a".into());
        pool.replicas = Some(2);
        pool.tags = vec!["test".into()];
        pool.labels.insert("role".into(), "test".into());
        pool.labels.insert("team".into(), "conformance".into());
        pool.extensions.insert("note".into(), json!("kept as it is"));
        Some(pool)
    }

    fn new_resource(&self, name: &str, pool: &ResourcePoolId) -> Option<NewResource> {
        let mut resource = NewResource::new("type-compute-large", pool.clone());
        resource.name = Some(name.to_owned());
        resource.description = "made by the conformance suite".into();
        resource.tags = vec!["test".into()];
        resource.labels.insert("role".into(), "test".into());
        resource.extensions.insert("note".into(), json!("kept as it is"));
        Some(resource)
    }

    fn new_resource_in_use(&self, name: &str, pool: &ResourcePoolId) -> Option<NewResource> {
        let mut resource = self.new_resource(name, pool)?;
        resource.extensions.insert("memory.inUse".into(), json!(true));
        Some(resource)
    }

    fn too_many_replicas(&self) -> Option<u32> {
        Some(1_001)
    }

    fn documented_extensions(&self) -> &[&str] {
        &["cpu", "instanceType", "replicas", "mock.*"]
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
