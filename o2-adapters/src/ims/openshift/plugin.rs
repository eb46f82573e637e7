//! The plugin, as the catalog lists it.

use std::sync::Arc;

use o2_core::plugin::{Backend, Health, Plugin, PluginInfo};
use o2_core::ports::Ports;
use o2_core::{Capabilities, Context, Result, async_trait};
use o2_ims::IMSPlugin;
use serde_json::Value;

use super::OpenshiftConfig;
use super::draw::{Settings, draw};
use super::read::Reading;
use super::watch::Watching;
use super::write::Writing;
use crate::held::Drawn;
use crate::kit::read_config;
use crate::kube::Clusters;
use crate::kube::inventory::{Front, Memo, capabilities, serve_inventory};

/// The openshift backend, as the catalog lists it.
pub static BACKEND: Backend<dyn IMSPlugin> = Backend {
    kind: "openshift",
    aliases: &[],
    description: "An OpenShift cluster: nodes, machines, hosts and volumes as resources, MachineSets, MachineConfigPools or \
                  groups of BareMetalHosts as pools",
    version: env!("CARGO_PKG_VERSION"),
    example: include_str!("example.yaml"),
    build,
};

fn build(info: PluginInfo, config: &Value, ports: &Ports) -> Result<Arc<dyn IMSPlugin>> {
    Ok(Arc::new(Openshift::new(info, read_config(config)?, ports)?))
}

/// An OpenShift cluster as infrastructure.
#[derive(Debug)]
pub struct Openshift {
    info: PluginInfo,
    capabilities: Capabilities,
    front: Front,
    reading: Reading,
    settings: Settings,
}

impl Openshift {
    /// A plugin for the cluster of `config`.
    ///
    /// # Errors
    /// `Config` naming the field that is wrong.
    pub fn new(info: PluginInfo, config: OpenshiftConfig, ports: &Ports) -> Result<Self> {
        config.check()?;
        let cluster = Clusters::open(&config.cluster, ports)?;
        let settings = Settings {
            plugin: info.name.as_str().to_owned(),
            o_cloud_id: config.o_cloud_id.clone(),
            service_uri: config.service_uri.clone(),
            tenant_label: config.tenant_label.clone(),
            pools: config.pools,
            host_pool_labels: config.host_pool_labels.clone(),
            pool_labels: config.pool_labels.clone(),
        };
        Ok(Self {
            capabilities: capabilities(),
            front: Front::new(Arc::clone(&ports.clock)),
            reading: Reading::new(cluster, config, info.name.as_str()),
            info,
            settings,
        })
    }

    /// Everything that `context` may see, as it is now.
    async fn inventory(&self, context: &Context) -> Result<Drawn> {
        self.front.check_open()?;
        let world = self.reading.world(context).await?;
        Ok(draw(&self.settings, &world, &mut Memo::default()))
    }

    fn writing(&self) -> Result<Writing<'_>> {
        self.front.check_open()?;
        Ok(Writing {
            reading: &self.reading,
            settings: &self.settings,
        })
    }
}

#[async_trait]
impl Plugin for Openshift {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, context: &Context) -> Health {
        let site = self.reading.site(context).await;
        let version = site.as_ref().map(|site| site.version.clone()).unwrap_or_default();
        let about = site.map(|site| Arc::clone(&site.about));
        let health = self.front.health(about, &self.reading.reader.denied());
        if version.is_empty() {
            health
        } else {
            health.with_detail("openshiftVersion", version)
        }
    }

    async fn close(&self) -> Result<()> {
        self.front.close();
        Ok(())
    }
}

serve_inventory!(Openshift, Watching);
