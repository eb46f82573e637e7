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

use super::ArgocdConfig;
use super::draw::{Drawn, report};
use super::logs::{Of, Sites};
use super::read::Reading;
use super::watch::Watching;
use super::write::{Heal, Upgrade, Writing};
use crate::kit::read_config;
use crate::kube::deployed::{Changing, Present, Update, change, serve_deployments};
use crate::kube::{Changes, Clusters, Open, logs, seen};

/// The argocd backend, as the catalog lists it.
pub static BACKEND: Backend<dyn DMSPlugin> = Backend {
    kind: "argocd",
    aliases: &["argo-cd", "argo"],
    description: "Argo CD: deployments are Applications, packages are charts and directories of repositories",
    version: env!("CARGO_PKG_VERSION"),
    example: include_str!("example.yaml"),
    build,
};

fn build(info: PluginInfo, config: &Value, ports: &Ports) -> Result<Arc<dyn DMSPlugin>> {
    Ok(Arc::new(ArgoCd::new(info, read_config(config)?, ports)?))
}

/// Argo CD as a deployment backend.
#[derive(Debug)]
pub struct ArgoCd {
    info: PluginInfo,
    capabilities: Capabilities,
    clock: Arc<dyn Clock>,
    reading: Arc<Reading>,
    sites: Sites,
    open: Open<Changes<DeploymentObject>>,
}

impl ArgoCd {
    /// A plugin for the Argo CD of `config`.
    ///
    /// # Errors
    /// `Config` naming the field that is wrong.
    pub fn new(info: PluginInfo, config: ArgocdConfig, ports: &Ports) -> Result<Self> {
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
        let version = self.reading()?.about(context).await?;
        let health = seen(self.clock.now(), &self.reading.denied());
        Ok(health.with_detail("version", version))
    }

    async fn packages(&self, context: &Context) -> Result<BTreeMap<String, Arc<DeploymentPackage>>> {
        let packages = self.reading()?.packages(context).await?.into_iter();
        Ok(packages.map(|(id, package)| (id, package.shown)).collect())
    }

    /// Changes a deployment, after an operation that takes too long has been stopped.
    async fn change(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &dyn Changing<Drawn>,
    ) -> Result<Arc<Deployment>> {
        let writing = self.writing()?;
        writing.stop_overdue(context, id).await?;
        let reading = writing.reading;
        change(&reading.cluster, &reading.revisions, reading, context, id, request).await
    }

    async fn report(&self, context: &Context, id: &DeploymentId) -> Result<StatusReport> {
        let drawn = self.reading()?.find(context, id).await?;
        Ok(report(&drawn, self.clock.now()))
    }

    async fn logs(
        &self,
        context: &Context,
        id: &DeploymentId,
        options: &LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine>>> {
        let drawn = self.reading()?.find(context, id).await?;
        let cluster = self.sites.of(&drawn)?;
        let of = Of {
            reading: Arc::clone(&self.reading),
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
            &op::LIST_DEPLOYMENT_PACKAGES,
            &op::GET_DEPLOYMENT_PACKAGE,
            &op::UPLOAD_DEPLOYMENT_PACKAGE,
            &op::DELETE_DEPLOYMENT_PACKAGE,
            &op::SCALE_DEPLOYMENT,
            &op::ROLLBACK_DEPLOYMENT,
            &op::LIST_DEPLOYMENT_REVISIONS,
            &op::GET_DEPLOYMENT_LOGS,
        ])
        .with_feature("gitops")
        .with_pushdown(Pushdown::Filter)
}

serve_deployments!(ArgoCd, Update);
