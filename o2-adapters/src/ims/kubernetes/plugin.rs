//! The plugin, as the catalog lists it.

use std::sync::Arc;

use o2_core::plugin::{Backend, Health, Plugin, PluginInfo};
use o2_core::ports::Ports;
use o2_core::{Capabilities, Context, Result, async_trait};
use o2_ims::IMSPlugin;
use serde_json::Value;

use super::KubernetesConfig;
use super::draw::{Settings, draw};
use super::read::Reading;
use super::watch::Watching;
use super::write::Writing;
use crate::held::Drawn;
use crate::kit::read_config;
use crate::kube::Clusters;
use crate::kube::inventory::{Front, Memo, capabilities, serve_inventory};

/// The kubernetes backend, as the catalog lists it.
pub static BACKEND: Backend<dyn IMSPlugin> = Backend {
    kind: "kubernetes",
    aliases: &["k8s"],
    description: "A Kubernetes cluster: nodes and volumes as resources, Cluster API groups or labels of nodes as pools",
    version: env!("CARGO_PKG_VERSION"),
    example: include_str!("example.yaml"),
    build,
};

fn build(info: PluginInfo, config: &Value, ports: &Ports) -> Result<Arc<dyn IMSPlugin>> {
    Ok(Arc::new(Kubernetes::new(info, read_config(config)?, ports)?))
}

/// A Kubernetes cluster as infrastructure.
#[derive(Debug)]
pub struct Kubernetes {
    info: PluginInfo,
    capabilities: Capabilities,
    front: Front,
    reading: Reading,
    settings: Settings,
}

impl Kubernetes {
    /// A plugin for the cluster of `config`.
    ///
    /// # Errors
    /// `Config` naming the field that is wrong.
    pub fn new(info: PluginInfo, config: KubernetesConfig, ports: &Ports) -> Result<Self> {
        config.check()?;
        let cluster = Clusters::open(&config.cluster, ports)?;
        let settings = Settings {
            plugin: info.name.as_str().to_owned(),
            o_cloud_id: config.o_cloud_id.clone(),
            service_uri: service_uri(&config),
            tenant_label: config.tenant_label.clone(),
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

fn service_uri(config: &KubernetesConfig) -> String {
    let server = config.cluster.server.clone();
    config
        .service_uri
        .clone()
        .or(server)
        .unwrap_or_else(|| "/o2dms/v1".to_owned())
}

#[async_trait]
impl Plugin for Kubernetes {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, context: &Context) -> Health {
        let about = self.reading.about(context).await;
        self.front.health(about, &self.reading.reader.denied())
    }

    async fn close(&self) -> Result<()> {
        self.front.close();
        Ok(())
    }
}

serve_inventory!(Kubernetes, Watching);
