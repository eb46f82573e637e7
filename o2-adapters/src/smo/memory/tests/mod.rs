//! What a user of the orchestrator sees, under virtual time.

mod handed_over;
mod models;
mod plugin;
mod policies;
mod workflows;

use std::sync::Arc;
use std::time::Duration;

use o2_core::operation::Category;
use o2_core::ports::Clock;
use o2_core::query::{Filter, ListQuery};
use o2_core::{Context, Error, ErrorKind, PluginInfo, Result};
use o2_smo::{SMOPlugin, ServiceModel};
use o2_testkit::ManualClock;
use serde_json::{Value, json};

use super::{MemorySmo, MemorySmoConfig, SmoEvent};

/// An orchestrator and the clock it lives by. Workflows wait two seconds and run eight.
struct Orchestrator {
    smo: MemorySmo,
    clock: Arc<ManualClock>,
}

impl Orchestrator {
    fn new(config: MemorySmoConfig) -> Self {
        let clock = ManualClock::new();
        let info = PluginInfo::new(Category::Smo, "memory", "memory", "1").unwrap();
        let smo = MemorySmo::new(info, config, Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        Self { smo, clock }
    }

    fn start() -> Self {
        Self::new(config())
    }

    fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    async fn register(&self, context: Context, body: Value) -> Result<Arc<ServiceModel>> {
        let model = serde_json::from_value(body).unwrap();
        self.smo.register_service_model(&context, &model).await
    }
}

fn config() -> MemorySmoConfig {
    MemorySmoConfig {
        pending: "2s".parse().unwrap(),
        duration: "8s".parse().unwrap(),
        ..MemorySmoConfig::default()
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

fn check_error(error: &Error, kind: ErrorKind, message: &str) {
    assert!(error.is(kind), "{error:?}");
    assert!(
        error.message().contains(message),
        "'{error}' does not contain '{message}'"
    );
}
