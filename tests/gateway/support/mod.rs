//! A gateway in virtual time, and what tests ask of its answers.

pub(crate) mod answer;
pub(crate) mod caller;
pub(crate) mod faults;
pub(crate) mod leaky;
pub(crate) mod sample;
pub(crate) mod schema;

use std::sync::Arc;

use bytes::Bytes;
use futures::executor::block_on;
use http::header::CONTENT_TYPE;
use http::{Method, Request};
use o2::adapters::dms::memory::{MemoryDms, MemoryDmsConfig};
use o2::adapters::ims::memory::{MemoryIms, MemoryImsConfig};
use o2::adapters::smo::memory::{MemorySmo, MemorySmoConfig};
use o2::core::config::{Config, Plugins};
use o2::core::ports::Clock;
use o2::core::store::{MemoryStore, Store};
use o2::core::{Category, PluginInfo};
use o2::dms::DMSPlugin;
use o2::ims::IMSPlugin;
use o2::smo::SMOPlugin;
use o2::{Gateway, GatewayBuilder};
use o2_testkit::ManualClock;
use o2_testkit::webhook::WebhookSink;
use serde_json::Value;

pub(crate) use answer::{Answer, Problem};
pub(crate) use faults::{Fault, Faults};

/// A pool of the sample with nodes in it.
pub(crate) const POOL: &str = "pool-dallas-compute";
/// Where pools are.
pub(crate) const POOLS: &str = "/o2ims/v1/resourcePools";

/// A gateway and its clock, which moves when everybody waits.
pub(crate) struct World {
    pub(crate) gateway: Gateway,
    pub(crate) clock: Arc<ManualClock>,
    /// What lasts, unless a test brings a store of its own.
    pub(crate) store: Arc<MemoryStore>,
}

impl World {
    /// The memory plugins with their sample.
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// As this configuration says.
    pub(crate) fn of(yaml: &str) -> Self {
        Self::with(|builder| builder.config(config(yaml)))
    }

    /// As `change` builds it.
    pub(crate) fn with(change: impl FnOnce(GatewayBuilder) -> GatewayBuilder) -> Self {
        Self::at(ManualClock::auto(), change)
    }

    /// As `change` builds it, by this clock.
    pub(crate) fn at(clock: Arc<ManualClock>, change: impl FnOnce(GatewayBuilder) -> GatewayBuilder) -> Self {
        let subscriber = WebhookSink::new("https://smo/", Arc::clone(&clock) as Arc<dyn Clock>);
        let store = Arc::new(MemoryStore::new(Arc::clone(&clock) as Arc<dyn Clock>));
        let builder = Gateway::builder()
            .clock(Arc::clone(&clock) as Arc<dyn Clock>)
            .http(subscriber)
            .store(Arc::clone(&store) as Arc<dyn Store>);
        let gateway = change(builder).build().unwrap();
        Self { gateway, clock, store }
    }

    /// As this configuration says, with one plugin of each category, which misbehaves as it is told.
    pub(crate) fn misbehaving(yaml: &str) -> (Self, Faults) {
        let clock = ManualClock::auto();
        let faults = Faults::default();
        let ims = faults.around(ims_plugin("memory", &clock, MemoryImsConfig::default()));
        let dms = faults.around(dms_plugin("memory", &clock));
        let smo = faults.around(smo_plugin("memory", &clock));
        let mut config = config(yaml);
        config.plugins = Plugins::default();
        let build = |builder: GatewayBuilder| {
            let builder = builder.config(config).ims_plugin(Arc::new(ims));
            builder.dms_plugin(Arc::new(dms)).smo_plugin(Arc::new(smo))
        };
        (Self::at(clock, build), faults)
    }

    /// Sends a request as it is.
    pub(crate) fn send(&self, request: Request<Bytes>) -> Answer {
        Answer::of(block_on(self.gateway.handle(request)))
    }

    /// Sends a request without body, and without asking whether the target makes sense.
    pub(crate) fn ask(&self, method: Method, target: &str) -> Answer {
        self.send(request(method, target).body(Bytes::new()).unwrap())
    }

    pub(crate) fn get(&self, target: &str) -> Answer {
        self.ask(Method::GET, target)
    }

    pub(crate) fn delete(&self, target: &str) -> Answer {
        self.ask(Method::DELETE, target)
    }

    pub(crate) fn post(&self, target: &str, body: &Value) -> Answer {
        self.send(json(request(Method::POST, target), body))
    }

    pub(crate) fn patch(&self, target: &str, body: &Value) -> Answer {
        self.send(json(request(Method::PATCH, target), body))
    }

    /// Creates something, and returns what came into being.
    pub(crate) fn create(&self, target: &str, body: &Value) -> Value {
        self.post(target, body).expect(201)
    }

    /// Everything that the lists of the API show, to see whether something has changed.
    pub(crate) fn everything(&self) -> String {
        self.stranger().everything()
    }
}

/// An infrastructure plugin of this name.
pub(crate) fn ims_plugin(name: &str, clock: &Arc<ManualClock>, config: MemoryImsConfig) -> Arc<dyn IMSPlugin> {
    let info = PluginInfo::new(Category::Ims, "memory", name, "1").unwrap();
    Arc::new(MemoryIms::new(info, config, Arc::clone(clock) as Arc<dyn Clock>).unwrap())
}

/// A deployment plugin of this name.
pub(crate) fn dms_plugin(name: &str, clock: &Arc<ManualClock>) -> Arc<dyn DMSPlugin> {
    let info = PluginInfo::new(Category::Dms, "memory", name, "1").unwrap();
    Arc::new(MemoryDms::new(info, MemoryDmsConfig::default(), Arc::clone(clock) as Arc<dyn Clock>).unwrap())
}

/// An orchestrator of this name.
pub(crate) fn smo_plugin(name: &str, clock: &Arc<ManualClock>) -> Arc<dyn SMOPlugin> {
    let info = PluginInfo::new(Category::Smo, "memory", name, "1").unwrap();
    Arc::new(MemorySmo::new(info, MemorySmoConfig::default(), Arc::clone(clock) as Arc<dyn Clock>).unwrap())
}

/// A request to `target`.
pub(crate) fn request(method: Method, target: &str) -> http::request::Builder {
    Request::builder().method(method).uri(target)
}

/// With a JSON body.
pub(crate) fn json(builder: http::request::Builder, body: &Value) -> Request<Bytes> {
    builder
        .header(CONTENT_TYPE, "application/json")
        .body(body.to_string().into())
        .unwrap()
}

/// A configuration that is right.
pub(crate) fn config(yaml: &str) -> Config {
    Config::from_yaml(yaml, "gateway.yaml", &|_| None).unwrap()
}
