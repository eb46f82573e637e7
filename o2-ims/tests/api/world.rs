//! The whole of O2-IMS over one or two small backends, as a caller meets it.

use std::sync::Arc;

use o2_core::federation::Federation;
use o2_core::layer::{Layer, Layered};
use o2_core::layers::{CapabilityLayer, ErrorContextLayer};
use o2_core::plugin::HealthStatus;
use o2_core::ports::Clock;
use o2_core::query::PageLimits;
use o2_core::registry::{RegisterOptions, Registry};
use o2_core::router::{Conditions, Router, RoutingTable, Rule};
use o2_core::store::MemoryStore;
use o2_core::subscription::Subscriptions;
use o2_core::{Context, Timestamp};
use o2_ims::model::{ObjectHealth, PerceivedSeverity};
use o2_ims::{
    Alarm, DeploymentManager, IMSPlugin, ImsService, OCloudInfo, PoolEvent, PoolMetrics, Resource, ResourcePool,
    ResourceType, api,
};
use o2_testkit::ManualClock;
use o2_testkit::http::{Answer, Client};

use super::plugin::Memory;

pub(crate) const V1: &str = "/o2ims/v1";
pub(crate) const V2: &str = "/o2ims/v2";

pub(crate) struct World {
    pub(crate) client: Client,
    pub(crate) service: Arc<ImsService>,
    pub(crate) plugins: Vec<Arc<Memory>>,
}

/// One backend, `edge`, with the sample.
pub(crate) fn world() -> World {
    World::of(vec![sampled(Memory::new("edge"))])
}

/// Two backends with the same ids; `edge` is the default one, `aws` gets what is for `us-east`.
pub(crate) fn two() -> World {
    World::of(vec![sampled(Memory::new("edge")), sampled(Memory::new("aws"))])
}

impl World {
    pub(crate) fn of(plugins: Vec<Memory>) -> Self {
        Self::with(plugins, |service| service.with_resource_writes(true))
    }

    pub(crate) fn with(plugins: Vec<Memory>, change: impl FnOnce(ImsService) -> ImsService) -> Self {
        let registry = Arc::new(Registry::<dyn IMSPlugin>::new());
        let plugins: Vec<_> = plugins.into_iter().map(Arc::new).collect();
        for (index, plugin) in plugins.iter().enumerate() {
            let options = RegisterOptions::new();
            let options = if index == 0 { options.as_default() } else { options };
            registry.register(layered(plugin), options).unwrap();
        }
        let conditions = Conditions::new().with_location_prefix("us-east");
        let rule = Rule::new("to-aws", "aws").with_conditions(conditions);
        let router = Router::new(registry, RoutingTable::new().with_rule(rule));
        let federation = Arc::new(Federation::new(router, PageLimits::default(), 4));
        let clock = ManualClock::new() as Arc<dyn Clock>;
        let store = Arc::new(MemoryStore::new(Arc::clone(&clock)));
        let subscriptions = Subscriptions::new(store, clock, PageLimits::default());
        let o_cloud = OCloudInfo::new("oc-1", "global-1", "The O-Cloud");
        let service = Arc::new(change(ImsService::new(federation, o_cloud, subscriptions)));
        Self {
            client: Client::new(Arc::new(api::api(Arc::clone(&service)))),
            service,
            plugins,
        }
    }

    pub(crate) fn edge(&self) -> &Memory {
        &self.plugins[0]
    }
}

fn layered(plugin: &Arc<Memory>) -> Arc<dyn IMSPlugin> {
    let layers: Vec<Arc<dyn Layer>> = vec![Arc::new(ErrorContextLayer), Arc::new(CapabilityLayer)];
    Arc::new(Layered::new(Arc::clone(plugin) as Arc<dyn IMSPlugin>, layers))
}

/// Pools `p1` (with resources `r1` and `r2`), `p2` (empty, of tenant red) and `~odd/ü%`, a type, a manager, an alarm.
pub(crate) fn sampled(plugin: Memory) -> Memory {
    for (id, tenant) in [("p1", None), ("p2", Some("red")), ("~odd/ü%", None)] {
        let mut pool = ResourcePool::new(id, format!("pool {id}"));
        pool.location = Some("dallas".into());
        pool.tenant_id = tenant.map(Into::into);
        pool.tags = vec!["gpu".into()];
        pool.health = Some(ObjectHealth::new(HealthStatus::Healthy));
        pool.metrics = Some(PoolMetrics::default());
        pool.created_at = Some(Timestamp::UNIX_EPOCH);
        pool.updated_at = Some(Timestamp::UNIX_EPOCH);
        pool.extensions.insert("a".into(), serde_json::json!({"b": 1, "c": 2}));
        plugin.put(pool);
    }
    let mut state = plugin.state();
    for (id, tenant) in [("r1", None), ("r2", None), ("r3", Some("red"))] {
        let mut resource = Resource::new(id, "t1", if tenant.is_some() { "p2" } else { "p1" });
        resource.name = Some(format!("node {id}"));
        resource.tenant_id = tenant.map(Into::into);
        resource.health = Some(ObjectHealth::new(HealthStatus::Degraded));
        resource.created_at = Some(Timestamp::UNIX_EPOCH);
        resource.parent_id = (id == "r2").then(|| "r1".into());
        resource.elements = vec![Resource::new(format!("{id}-nic"), "t1", "p1")];
        state.resources.insert(id.into(), resource);
    }
    state.types = vec![ResourceType::new("t1", "server"), ResourceType::new("t2", "switch")];
    state.managers = vec![DeploymentManager::new("m1", "cluster")];
    let severity = PerceivedSeverity::Major;
    let alarm = Alarm::new("a1", &state.resources["r1"], "down", severity, Timestamp::UNIX_EPOCH);
    state.alarms = vec![alarm];
    for pool in ["p1", "p2"] {
        let event = |n: usize| PoolEvent::new(format!("{pool}-{n}"), "Scaled", "more", Timestamp::from_unix_seconds(1));
        state.events.insert(pool.into(), (1..=3).map(event).collect());
    }
    drop(state);
    plugin
}

pub(crate) fn context() -> Context {
    Context::new("test")
}

#[track_caller]
pub(crate) fn is_problem(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(answer.is_problem(), "{:?} {}", answer.headers, answer.body);
}

/// A 400 about this place.
#[track_caller]
pub(crate) fn is_wrong(answer: &Answer, at: &str) {
    is_problem(answer, 400);
    assert_eq!(answer.violation(), at, "{}", answer.body);
}

/// The values of an attribute of every item.
pub(crate) fn column<'a>(items: &'a [serde_json::Value], name: &str) -> Vec<&'a str> {
    items.iter().map(|item| item[name].as_str().unwrap_or("-")).collect()
}
