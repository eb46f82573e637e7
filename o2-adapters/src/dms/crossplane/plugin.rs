//! The plugin, as the catalog lists it.

use std::sync::Arc;

use o2_core::plugin::{Backend, Health, Plugin, PluginInfo};
use o2_core::ports::{Clock, Ports};
use o2_core::{Capabilities, Context, Result, async_trait};
use o2_dms::DMSPlugin;
use serde_json::Value;

use super::client::Client;
use super::{CrossplaneConfig, map};
use crate::kit::read_config;

/// The crossplane backend, as the catalog lists it.
pub static BACKEND: Backend<dyn DMSPlugin> = Backend {
    kind: "crossplane",
    aliases: &[],
    description: "crossplane, a deployment backend",
    version: env!("CARGO_PKG_VERSION"),
    example: include_str!("example.yaml"),
    build,
};

fn build(info: PluginInfo, config: &Value, ports: &Ports) -> Result<Arc<dyn DMSPlugin>> {
    let config: CrossplaneConfig = read_config(config)?;
    config.check()?;
    Ok(Arc::new(Crossplane::new(info, config, ports)))
}

/// crossplane, a deployment backend.
#[derive(Debug)]
pub struct Crossplane {
    info: PluginInfo,
    capabilities: Capabilities,
    client: Client,
    clock: Arc<dyn Clock>,
}

impl Crossplane {
    /// A plugin for the backend of `config`.
    #[must_use]
    pub fn new(info: PluginInfo, config: CrossplaneConfig, ports: &Ports) -> Self {
        Self {
            info,
            // The operations that the backend has, each with its method below.
            capabilities: Capabilities::default(),
            client: Client::new(config, Arc::clone(&ports.http)),
            clock: Arc::clone(&ports.clock),
        }
    }
}

#[async_trait]
impl Plugin for Crossplane {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, _: &Context) -> Health {
        match self.client.about().await {
            Ok(about) => map::health(about, self.clock.now()),
            Err(error) => Health::unhealthy(self.clock.now(), error.message()),
        }
    }
}

#[async_trait]
impl DMSPlugin for Crossplane {}
