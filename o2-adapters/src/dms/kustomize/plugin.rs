//! The plugin, as the catalog lists it.

use std::sync::Arc;

use o2_core::plugin::{Backend, Health, Plugin, PluginInfo};
use o2_core::ports::{Clock, Ports};
use o2_core::{Capabilities, Context, Result, async_trait};
use o2_dms::DMSPlugin;
use serde_json::Value;

use super::client::Client;
use super::{KustomizeConfig, map};
use crate::kit::read_config;

/// The kustomize backend, as the catalog lists it.
pub static BACKEND: Backend<dyn DMSPlugin> = Backend {
    kind: "kustomize",
    aliases: &[],
    description: "kustomize, a deployment backend",
    version: env!("CARGO_PKG_VERSION"),
    example: include_str!("example.yaml"),
    build,
};

fn build(info: PluginInfo, config: &Value, ports: &Ports) -> Result<Arc<dyn DMSPlugin>> {
    let config: KustomizeConfig = read_config(config)?;
    config.check()?;
    Ok(Arc::new(Kustomize::new(info, config, ports)))
}

/// kustomize, a deployment backend.
#[derive(Debug)]
pub struct Kustomize {
    info: PluginInfo,
    capabilities: Capabilities,
    client: Client,
    clock: Arc<dyn Clock>,
}

impl Kustomize {
    /// A plugin for the backend of `config`.
    #[must_use]
    pub fn new(info: PluginInfo, config: KustomizeConfig, ports: &Ports) -> Self {
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
impl Plugin for Kustomize {
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
impl DMSPlugin for Kustomize {}
