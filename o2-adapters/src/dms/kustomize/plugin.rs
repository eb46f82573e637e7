//! The plugin, as the catalog lists it.

use std::sync::Arc;

use futures::stream::BoxStream;
use o2_core::plugin::{Backend, Health, Plugin, PluginInfo};
use o2_core::ports::Ports;
use o2_core::query::ListQuery;
use o2_core::{Capabilities, Context, ErrorKind, Page, Pushdown, Result, async_trait};
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
use crate::kube::Open;

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
    open: Open<Watching>,
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
            open: Open::default(),
        })
    }

    fn site(&self) -> Result<&Arc<Site>> {
        self.open.check()?;
        Ok(&self.site)
    }

    /// The versions of the cluster and of kustomize, if both answer.
    async fn versions(&self, context: &Context) -> Result<(String, String)> {
        let site = self.site()?;
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
        self.open.close();
        Ok(())
    }
}

#[async_trait]
impl DMSPlugin for Kustomize {
    async fn list_deployment_packages(&self, context: &Context, query: &ListQuery) -> Result<Page<DeploymentPackage>> {
        let site = self.site()?;
        let listing = Listing::new(context, query, "")?;
        listing.page(&read::packages(site, context).await?, |package| package)
    }

    async fn get_deployment_package(&self, context: &Context, id: &PackageId) -> Result<Arc<DeploymentPackage>> {
        let (stored, _) = self.site()?.packages.get(context, id).await?;
        Ok(Arc::new(stored.package.clone()))
    }

    async fn upload_deployment_package(
        &self,
        context: &Context,
        upload: &PackageUpload,
    ) -> Result<Arc<DeploymentPackage>> {
        write::upload(self.site()?, context, upload).await
    }

    async fn delete_deployment_package(&self, context: &Context, id: &PackageId) -> Result<()> {
        write::delete_package(self.site()?, context, id).await
    }

    async fn list_deployments(&self, context: &Context, query: &ListQuery) -> Result<Page<Deployment>> {
        let site = self.site()?;
        let listing = Listing::new(context, query, "")?;
        listing.page(&read::deployments(site, context).await?, |deployment| deployment)
    }

    async fn get_deployment(&self, context: &Context, id: &DeploymentId) -> Result<Arc<Deployment>> {
        Ok(self.site()?.present(context, id).await?.shown)
    }

    async fn create_deployment(&self, context: &Context, request: &DeploymentRequest) -> Result<Arc<Deployment>> {
        write::create(self.site()?, context, request).await
    }

    async fn update_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        update: &DeploymentUpdate,
    ) -> Result<Arc<Deployment>> {
        write::update(self.site()?, context, id, update).await
    }

    async fn delete_deployment(&self, context: &Context, id: &DeploymentId) -> Result<()> {
        write::delete(self.site()?, context, id).await
    }

    async fn scale_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &ScaleRequest,
    ) -> Result<Arc<Deployment>> {
        write::scale(self.site()?, context, id, request).await
    }

    async fn rollback_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &RollbackRequest,
    ) -> Result<Arc<Deployment>> {
        write::rollback(self.site()?, context, id, request).await
    }

    async fn upgrade_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &UpgradeRequest,
    ) -> Result<Arc<Deployment>> {
        write::upgrade(self.site()?, context, id, request).await
    }

    async fn heal_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &HealRequest,
    ) -> Result<Arc<Deployment>> {
        write::heal(self.site()?, context, id, request).await
    }

    async fn get_deployment_status(&self, context: &Context, id: &DeploymentId) -> Result<StatusReport> {
        read::status(self.site()?, context, id, &self.progress).await
    }

    async fn get_deployment_logs(
        &self,
        context: &Context,
        id: &DeploymentId,
        options: &LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine>>> {
        logs::read(self.site()?, context, id, options).await
    }

    async fn list_deployment_revisions(&self, context: &Context, id: &DeploymentId) -> Result<Vec<DeploymentRevision>> {
        read::revisions(self.site()?, context, id).await
    }

    async fn watch_deployments(
        &self,
        context: &Context,
        resume: Option<&str>,
    ) -> Result<BoxStream<'static, Result<DeploymentChange>>> {
        let open = Watching::open(&self.site, context);
        let watching = self.open.watched(context, |_| true, open).await?;
        watching.watch(context, resume).await
    }
}
