//! Tests of the backend: a vCenter in memory, faults, mapping, and the conformance suite.

#[cfg(all(feature = "http-reqwest", feature = "rt-tokio"))]
mod administrator;
mod alarms;
mod conformance;
mod faults;
mod line;
mod mapping;
mod pages;
mod played;
#[cfg(all(feature = "http-reqwest", feature = "rt-tokio"))]
mod real;
mod settings;
#[cfg(all(feature = "http-reqwest", feature = "rt-tokio"))]
mod sockets;
mod stock;
mod world;

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
    /// The next call of a method ends with this fault.
    fn fault(&self, method: &str, fault: &str) {
        let mut state = self.played.state();
        state.faults.push((method.to_owned(), fault.to_owned()));
    }

    /// How often a method was called.
    fn calls(&self, method: &str) -> usize {
        let state = self.played.state();
        state.calls.iter().filter(|call| *call == method).count()
    }

    fn new(config: &Value) -> Self {
        let clock = ManualClock::auto();
        let played = Played::new(clock.clone());
        let line = Arc::new(Line(Arc::clone(&played)));
        let plugin = built(config, line, clock.clone()).unwrap();
        Self { played, plugin, clock }
    }
}
