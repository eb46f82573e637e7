//! The plugin, as the catalog lists it.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::stream::BoxStream;
use o2_core::plugin::{Backend, Health, PluginInfo};
use o2_core::ports::{Clock, Ports};
use o2_core::{Capabilities, Context, Pushdown, Result};
use o2_dms::{
    DMSPlugin, Deployment, DeploymentId, DeploymentObject, DeploymentPackage, LogLine, LogOptions, StatusReport, op,
};
use serde_json::Value;

use super::FluxConfig;
use super::draw::{Drawn, report};
use super::read::Reading;
use super::watch::Watching;
use super::workloads::{Of, Sites};
use super::write::{Edit, Heal, Upgrade, Writing};
use crate::kit::read_config;
use crate::kube::deployed::{Changing, Present, change, serve_deployments};
use crate::kube::{Changes, Clusters, Open, logs, seen};

/// The flux backend, as the catalog lists it.
pub static BACKEND: Backend<dyn DMSPlugin> = Backend {
    kind: "flux",
    aliases: &["fluxcd"],
    description: "Flux: deployments are HelmReleases and Kustomizations, packages are sources",
    version: env!("CARGO_PKG_VERSION"),
    example: include_str!("example.yaml"),
    build,
};

fn build(info: PluginInfo, config: &Value, ports: &Ports) -> Result<Arc<dyn DMSPlugin>> {
    Ok(Arc::new(Flux::new(info, read_config(config)?, ports)?))
}

/// Flux as a deployment backend.
#[derive(Debug)]
pub struct Flux {
    info: PluginInfo,
    capabilities: Capabilities,
    clock: Arc<dyn Clock>,
    reading: Arc<Reading>,
    sites: Sites,
    open: Open<Changes<DeploymentObject>>,
}

impl Flux {
    /// A plugin for the Flux of `config`.
    ///
    /// # Errors
    /// `Config` naming the field that is wrong.
    pub fn new(info: PluginInfo, config: FluxConfig, ports: &Ports) -> Result<Self> {
        config.check()?;
        let cluster = Clusters::open(&config.cluster, ports)?;
        Ok(Self {
            capabilities: capabilities(),
            clock: Arc::clone(&ports.clock),
            sites: Sites::open(&cluster, &config, ports)?,
            reading: Arc::new(Reading::new(cluster, config)),
            info,
            open: Open::default(),
        })
    }

    fn reading(&self) -> Result<&Reading> {
        self.open.check()?;
        Ok(&self.reading)
    }

    fn writing(&self) -> Result<Writing<'_>> {
        Ok(Writing {
            reading: self.reading()?,
        })
    }

    async fn about(&self, context: &Context) -> Result<Health> {
        let (version, controllers) = self.reading()?.about(context).await?;
        let health = seen(self.clock.now(), &self.reading.denied());
        Ok(health
            .with_detail("version", version)
            .with_detail("controllers", controllers.join(", ")))
    }

    async fn packages(&self, context: &Context) -> Result<BTreeMap<String, Arc<DeploymentPackage>>> {
        let packages = self.reading()?.packages(context).await?.into_iter();
        Ok(packages.map(|(id, package)| (id, package.shown)).collect())
    }

    /// Changes a deployment.
    async fn change(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &dyn Changing<Drawn>,
    ) -> Result<Arc<Deployment>> {
        let reading = self.reading()?;
        change(&reading.cluster, &reading.revisions, reading, context, id, request).await
    }

    async fn report(&self, context: &Context, id: &DeploymentId) -> Result<StatusReport> {
        let reading = self.reading()?;
        let drawn = reading.find(context, id).await?;
        let workloads = match reading.config.workloads {
            true => self.sites.look(context, &drawn).await?,
            false => Vec::new(),
        };
        Ok(report(&drawn, &workloads, self.clock.now()))
    }

    async fn logs(
        &self,
        context: &Context,
        id: &DeploymentId,
        options: &LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine>>> {
        let drawn = self.reading()?.find(context, id).await?;
        let cluster = self.sites.reached(&drawn)?;
        let of = Of {
            reading: Arc::clone(&self.reading),
            site: Arc::clone(cluster),
            id: id.clone(),
        };
        logs(cluster, Arc::new(of), context, options).await
    }

    async fn changes(&self, context: &Context) -> Result<Arc<Changes<DeploymentObject>>> {
        let drawing = async { Ok(Watching::open(&self.reading, context)) };
        self.open.changes(context, &self.clock, drawing).await
    }
}

fn capabilities() -> Capabilities {
    Capabilities::new(op::ALL.iter().copied())
        .with_synthesised([
            &op::SCALE_DEPLOYMENT,
            &op::ROLLBACK_DEPLOYMENT,
            &op::LIST_DEPLOYMENT_REVISIONS,
            &op::GET_DEPLOYMENT_LOGS,
        ])
        .with_feature("gitops")
        .with_pushdown(Pushdown::Filter)
}

serve_deployments!(Flux, Edit);
