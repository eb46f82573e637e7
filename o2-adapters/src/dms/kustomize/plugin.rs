//! The plugin, as the catalog lists it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::stream::BoxStream;
use o2_core::plugin::{Backend, Health, Plugin, PluginInfo};
use o2_core::ports::Ports;
use o2_core::query::ListQuery;
use o2_core::{Capabilities, Context, Error, ErrorKind, Page, Pushdown, Result, TenantId, async_trait};
use o2_dms::{
    DMSPlugin, Deployment, DeploymentChange, DeploymentId, DeploymentPackage, DeploymentRequest, DeploymentRevision,
    DeploymentUpdate, HealRequest, LogLine, LogOptions, PackageId, PackageUpload, RollbackRequest, ScaleRequest,
    StatusReport, UpgradeRequest, op,
};
use serde::Deserialize;
use serde_json::Value;

use super::progress::Progress;
use super::site::Site;
use super::watch::Watching;
use super::{KustomizeConfig, logs, read, write};
use crate::held::Listing;
use crate::kit::read_config;

/// The kustomize backend, as the catalog lists it.
pub static BACKEND: Backend<dyn DMSPlugin> = Backend {
    kind: "kustomize",
    aliases: &[],
    description: "Packages of kustomizations, built by the program kustomize and applied to a Kubernetes cluster",
    version: env!("CARGO_PKG_VERSION"),
    example: include_str!("example.yaml"),
    build,
};

fn build(info: PluginInfo, config: &Value, ports: &Ports) -> Result<Arc<dyn DMSPlugin>> {
    Ok(Arc::new(Kustomize::new(info, read_config(config)?, ports)?))
}

/// Kustomizations as packages, and what is built of them as deployments.
#[derive(Debug)]
pub struct Kustomize {
    info: PluginInfo,
    capabilities: Capabilities,
    site: Arc<Site>,
    progress: Progress,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    closed: bool,
    /// The changes that each tenant may see; of all tenants for `None`.
    watches: BTreeMap<Option<TenantId>, Arc<Watching>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    git_version: String,
}

impl Kustomize {
    /// A plugin for the cluster of `config`.
    ///
    /// # Errors
    /// `Config` naming the field that is wrong.
    pub fn new(info: PluginInfo, config: KustomizeConfig, ports: &Ports) -> Result<Self> {
        Ok(Self {
            capabilities: capabilities(),
            site: Arc::new(Site::new(info.name.as_str(), config, ports)?),
            progress: Progress::default(),
            info,
            state: Mutex::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> Result<&Arc<Site>> {
        if self.state().closed {
            return Err(Error::new(ErrorKind::Unavailable, "the plugin is closed"));
        }
        Ok(&self.site)
    }

    async fn watching(&self, context: &Context) -> Result<Arc<Watching>> {
        let site = self.open()?;
        let tenant = context.tenant().cloned();
        if let Some(known) = self.state().watches.get(&tenant) {
            return Ok(Arc::clone(known));
        }
        let made = Arc::new(Watching::open(site, context).await?);
        let mut state = self.state();
        Ok(Arc::clone(state.watches.entry(tenant).or_insert(made)))
    }

    /// The versions of the cluster and of kustomize, if both answer.
    async fn versions(&self, context: &Context) -> Result<(String, String)> {
        let site = self.open()?;
        let version: Option<Version> = site.cluster.read(context, "/version").await?;
        let version = version.map(|version| version.git_version).unwrap_or_default();
        Ok((version, site.builder.version().await?))
    }
}

fn capabilities() -> Capabilities {
    Capabilities::new(op::ALL.iter().copied())
        .with_synthesised([
            &op::LIST_DEPLOYMENT_PACKAGES,
            &op::GET_DEPLOYMENT_PACKAGE,
            &op::UPLOAD_DEPLOYMENT_PACKAGE,
            &op::DELETE_DEPLOYMENT_PACKAGE,
            &op::LIST_DEPLOYMENTS,
            &op::GET_DEPLOYMENT,
            &op::DELETE_DEPLOYMENT,
            &op::ROLLBACK_DEPLOYMENT,
            &op::HEAL_DEPLOYMENT,
            &op::GET_DEPLOYMENT_STATUS,
            &op::LIST_DEPLOYMENT_REVISIONS,
        ])
        .with_pushdown(Pushdown::Filter)
}

fn same<T>(object: &Arc<T>) -> &Arc<T> {
    object
}

#[async_trait]
impl Plugin for Kustomize {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, context: &Context) -> Health {
        let now = || self.site.clock.now();
        match self.versions(context).await {
            Ok((cluster, kustomize)) => Health::healthy(now())
                .with_detail("version", cluster)
                .with_detail("kustomize", kustomize),
            // What runs can be looked at, rolled back and deleted without the program.
            Err(error) if error.is(ErrorKind::Config) => Health::degraded(now(), error.message()),
            Err(error) => Health::unhealthy(now(), error.message()),
        }
    }

    async fn close(&self) -> Result<()> {
        let watches = {
            let mut state = self.state();
            state.closed = true;
            std::mem::take(&mut state.watches)
        };
        watches.values().for_each(|watching| watching.close());
        Ok(())
    }
}

#[async_trait]
impl DMSPlugin for Kustomize {
    async fn list_deployment_packages(&self, context: &Context, query: &ListQuery) -> Result<Page<DeploymentPackage>> {
        let site = self.open()?;
        let listing = Listing::new(context, query, "")?;
        listing.page(&read::packages(site, context).await?, same)
    }

    async fn get_deployment_package(&self, context: &Context, id: &PackageId) -> Result<Arc<DeploymentPackage>> {
        let (stored, _) = self.open()?.packages.get(context, id).await?;
        Ok(Arc::new(stored.package.clone()))
    }

    async fn upload_deployment_package(
        &self,
        context: &Context,
        upload: &PackageUpload,
    ) -> Result<Arc<DeploymentPackage>> {
        write::upload(self.open()?, context, upload).await
    }

    async fn delete_deployment_package(&self, context: &Context, id: &PackageId) -> Result<()> {
        write::delete_package(self.open()?, context, id).await
    }

    async fn list_deployments(&self, context: &Context, query: &ListQuery) -> Result<Page<Deployment>> {
        let site = self.open()?;
        let listing = Listing::new(context, query, "")?;
        listing.page(&read::deployments(site, context).await?, same)
    }

    async fn get_deployment(&self, context: &Context, id: &DeploymentId) -> Result<Arc<Deployment>> {
        Ok(self.open()?.present(context, id).await?.shown)
    }

    async fn create_deployment(&self, context: &Context, request: &DeploymentRequest) -> Result<Arc<Deployment>> {
        write::create(self.open()?, context, request).await
    }

    async fn update_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        update: &DeploymentUpdate,
    ) -> Result<Arc<Deployment>> {
        write::update(self.open()?, context, id, update).await
    }

    async fn delete_deployment(&self, context: &Context, id: &DeploymentId) -> Result<()> {
        write::delete(self.open()?, context, id).await
    }

    async fn scale_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &ScaleRequest,
    ) -> Result<Arc<Deployment>> {
        write::scale(self.open()?, context, id, request).await
    }

    async fn rollback_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &RollbackRequest,
    ) -> Result<Arc<Deployment>> {
        write::rollback(self.open()?, context, id, request).await
    }

    async fn upgrade_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &UpgradeRequest,
    ) -> Result<Arc<Deployment>> {
        write::upgrade(self.open()?, context, id, request).await
    }

    async fn heal_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &HealRequest,
    ) -> Result<Arc<Deployment>> {
        write::heal(self.open()?, context, id, request).await
    }

    async fn get_deployment_status(&self, context: &Context, id: &DeploymentId) -> Result<StatusReport> {
        read::status(self.open()?, context, id, &self.progress).await
    }

    async fn get_deployment_logs(
        &self,
        context: &Context,
        id: &DeploymentId,
        options: &LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine>>> {
        logs::read(self.open()?, context, id, options).await
    }

    async fn list_deployment_revisions(&self, context: &Context, id: &DeploymentId) -> Result<Vec<DeploymentRevision>> {
        read::revisions(self.open()?, context, id).await
    }

    async fn watch_deployments(
        &self,
        context: &Context,
        resume: Option<&str>,
    ) -> Result<BoxStream<'static, Result<DeploymentChange>>> {
        self.watching(context).await?.watch(context, resume).await
    }
}
