//! Tests of the backend: a vCenter in memory, faults, mapping, and the conformance suite.

mod conformance;
mod faults;
mod line;
mod mapping;
mod played;
mod settings;
mod stock;

use std::sync::Arc;

use o2_core::ports::{Clock, HttpClient, Ports};
use o2_core::{Category, PluginInfo, Result};
use o2_ims::IMSPlugin;
use o2_testkit::ManualClock;
use serde_json::{Value, json};

use super::BACKEND;
use line::Line;
use played::Played;

/// The configuration for the played vCenter.
fn config() -> Value {
    json!({
        "endpoint": "https://vcenter.example.com",
        "username": "o2ims",
        "password": "pa<ss&word",
        "watchSeconds": 5,
    })
}

fn built(config: &Value, http: Arc<dyn HttpClient>, clock: Arc<dyn Clock>) -> Result<Arc<dyn IMSPlugin>> {
    let info = PluginInfo::new(Category::Ims, BACKEND.kind, "test", BACKEND.version)?;
    (BACKEND.build)(info, config, &Ports::new(clock).with_http(http))
}

/// A played vCenter with a plugin on it.
struct Site {
    played: Arc<Played>,
    plugin: Arc<dyn IMSPlugin>,
    clock: Arc<ManualClock>,
}

impl Site {
    fn new(config: &Value) -> Self {
        let clock = ManualClock::auto();
        let played = Played::new(clock.clone());
        let line = Arc::new(Line(Arc::clone(&played)));
        let plugin = built(config, line, clock.clone()).unwrap();
        Self { played, plugin, clock }
    }
}
