//! The plugin, as the catalog lists it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::stream::BoxStream;
use o2_core::plugin::{Backend, Health, Plugin, PluginInfo};
use o2_core::ports::{Clock, Ports};
use o2_core::query::ListQuery;
use o2_core::{Capabilities, Context, Error, ErrorKind, Model, Page, Pushdown, Result, TenantId, async_trait};
use o2_dms::{
    DMSPlugin, Deployment, DeploymentChange, DeploymentId, DeploymentObject, DeploymentPackage, DeploymentRequest,
    DeploymentRevision, DeploymentUpdate, HealRequest, LogLine, LogOptions, PackageId, PackageUpload, RollbackRequest,
    ScaleRequest, StatusReport, UpgradeRequest, op,
};
use serde_json::Value;

use super::ArgocdConfig;
use super::draw::{Drawn, report};
use super::logs::{Of, Sites};
use super::packages::Package;
use super::read::Reading;
use super::watch::Watching;
use super::write::{Heal, Upgrade, Writing};
use crate::held::Listing;
use crate::kit::read_config;
use crate::kube::deployed::{Changing, Present, Rollback, Scale, Update, change};
use crate::kube::{Changes, Clusters, logs, seen};

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
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    closed: bool,
    /// The changes that each tenant may see, while somebody watches them; of all tenants for `None`.
    changes: BTreeMap<Option<TenantId>, Arc<Changes<DeploymentObject>>>,
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
            state: Mutex::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reading(&self) -> Result<&Reading> {
        if self.state().closed {
            return Err(Error::new(ErrorKind::Unavailable, "the plugin is closed"));
        }
        Ok(&self.reading)
    }

    fn writing(&self) -> Result<Writing<'_>> {
        Ok(Writing {
            reading: self.reading()?,
        })
    }

    async fn drawn(&self, context: &Context, id: &DeploymentId) -> Result<Drawn> {
        self.reading()?.find(context, id).await
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

    fn changes(&self, context: &Context) -> Result<Arc<Changes<DeploymentObject>>> {
        let (tenant, reading) = (context.tenant().cloned(), self.reading()?);
        let mut state = self.state();
        let made = || Arc::new(Changes::new(Watching::open(reading, context), Arc::clone(&self.clock)));
        Ok(Arc::clone(state.changes.entry(tenant).or_insert_with(made)))
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

fn deployment(drawn: &Drawn) -> &Arc<Deployment> {
    &drawn.deployment
}

fn package(package: &Package) -> &Arc<DeploymentPackage> {
    &package.shown
}

#[async_trait]
impl Plugin for ArgoCd {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, context: &Context) -> Health {
        let about = match self.reading() {
            Ok(reading) => reading.about(context).await,
            Err(error) => Err(error),
        };
        let now = self.clock.now();
        match about {
            Err(error) => Health::unhealthy(now, error.message()),
            Ok(version) => {
                let health = seen(now, &self.reading.denied());
                health.with_detail("version", version)
            }
        }
    }

    async fn close(&self) -> Result<()> {
        let changes = {
            let mut state = self.state();
            state.closed = true;
            std::mem::take(&mut state.changes)
        };
        changes.values().for_each(|changes| changes.close());
        Ok(())
    }
}

#[async_trait]
impl DMSPlugin for ArgoCd {
    async fn list_deployment_packages(&self, context: &Context, query: &ListQuery) -> Result<Page<DeploymentPackage>> {
        let listing = Listing::new(context, query, "")?;
        listing.page(&self.reading()?.packages(context).await?, package)
    }

    async fn get_deployment_package(&self, context: &Context, id: &PackageId) -> Result<Arc<DeploymentPackage>> {
        let found = self.reading()?.packages(context).await?.remove(id.as_str());
        let found = found.filter(|package| context.sees(package.shown.tenant()));
        let found = found.ok_or_else(|| Error::not_found(DeploymentPackage::OBJECT, id.as_str()))?;
        Ok(found.shown)
    }

    async fn upload_deployment_package(
        &self,
        context: &Context,
        upload: &PackageUpload,
    ) -> Result<Arc<DeploymentPackage>> {
        self.writing()?.upload(context, upload).await
    }

    async fn delete_deployment_package(&self, context: &Context, id: &PackageId) -> Result<()> {
        self.writing()?.forget(context, id).await
    }

    async fn list_deployments(&self, context: &Context, query: &ListQuery) -> Result<Page<Deployment>> {
        let listing = Listing::new(context, query, "")?;
        listing.page(&self.reading()?.deployments(context).await?, deployment)
    }

    async fn get_deployment(&self, context: &Context, id: &DeploymentId) -> Result<Arc<Deployment>> {
        Ok(self.drawn(context, id).await?.deployment)
    }

    async fn create_deployment(&self, context: &Context, request: &DeploymentRequest) -> Result<Arc<Deployment>> {
        self.writing()?.create(context, request).await
    }

    async fn update_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        update: &DeploymentUpdate,
    ) -> Result<Arc<Deployment>> {
        let by = self.writing()?;
        self.change(context, id, &Update { by, update }).await
    }

    async fn delete_deployment(&self, context: &Context, id: &DeploymentId) -> Result<()> {
        self.writing()?.delete(context, id).await
    }

    async fn scale_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &ScaleRequest,
    ) -> Result<Arc<Deployment>> {
        let by = self.writing()?;
        self.change(context, id, &Scale { by, request }).await
    }

    async fn rollback_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &RollbackRequest,
    ) -> Result<Arc<Deployment>> {
        let by = self.writing()?;
        self.change(context, id, &Rollback { by, request }).await
    }

    async fn upgrade_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &UpgradeRequest,
    ) -> Result<Arc<Deployment>> {
        let writing = self.writing()?;
        self.change(context, id, &Upgrade { writing, request }).await
    }

    async fn heal_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &HealRequest,
    ) -> Result<Arc<Deployment>> {
        let writing = self.writing()?;
        self.change(context, id, &Heal { writing, request }).await
    }

    async fn get_deployment_status(&self, context: &Context, id: &DeploymentId) -> Result<StatusReport> {
        let drawn = self.drawn(context, id).await?;
        Ok(report(&drawn, self.clock.now()))
    }

    async fn get_deployment_logs(
        &self,
        context: &Context,
        id: &DeploymentId,
        options: &LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine>>> {
        let drawn = self.drawn(context, id).await?;
        let cluster = self.sites.of(&drawn)?;
        let of = Of {
            reading: Arc::clone(&self.reading),
            id: id.clone(),
        };
        logs(cluster, Arc::new(of), context, options).await
    }

    async fn list_deployment_revisions(&self, context: &Context, id: &DeploymentId) -> Result<Vec<DeploymentRevision>> {
        let drawn = self.drawn(context, id).await?;
        self.reading()?.history(context, &drawn).await
    }

    async fn watch_deployments(
        &self,
        context: &Context,
        resume: Option<&str>,
    ) -> Result<BoxStream<'static, Result<DeploymentChange>>> {
        self.changes(context)?
            .watch(context, resume, |context, object| context.sees(object.tenant()))
            .await
    }
}
