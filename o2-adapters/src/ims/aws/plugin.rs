//! The plugin, as the catalog lists it.

use std::sync::Arc;

use o2_core::plugin::{Backend, Health, Plugin, PluginInfo};
use o2_core::ports::{Clock, Ports};
use o2_core::{Capabilities, Context, Result, async_trait};
use o2_ims::IMSPlugin;
use serde_json::Value;

use super::client::Client;
use super::{AwsConfig, map};
use crate::kit::read_config;

/// The aws backend, as the catalog lists it.
pub static BACKEND: Backend<dyn IMSPlugin> = Backend {
    kind: "aws",
    aliases: &[],
    description: "aws, an infrastructure backend",
    version: env!("CARGO_PKG_VERSION"),
    example: include_str!("example.yaml"),
    build,
};

fn build(info: PluginInfo, config: &Value, ports: &Ports) -> Result<Arc<dyn IMSPlugin>> {
    let config: AwsConfig = read_config(config)?;
    config.check()?;
    Ok(Arc::new(Aws::new(info, config, ports)))
}

/// aws, an infrastructure backend.
#[derive(Debug)]
pub struct Aws {
    info: PluginInfo,
    capabilities: Capabilities,
    client: Client,
    clock: Arc<dyn Clock>,
}

impl Aws {
    /// A plugin for the backend of `config`.
    #[must_use]
    pub fn new(info: PluginInfo, config: AwsConfig, ports: &Ports) -> Self {
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
impl Plugin for Aws {
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
impl IMSPlugin for Aws {}
