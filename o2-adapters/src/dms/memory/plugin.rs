//! [`MemoryDms`]: the plugin. Every method takes the state, does one thing with it, and lets it go.

use std::sync::Arc;

use futures::stream::BoxStream;
use o2_core::plugin::{Backend, Health};
use o2_core::ports::{Clock, Ports};
use o2_core::query::ListQuery;
use o2_core::{Capabilities, Context, Page, Plugin, PluginInfo, Pushdown, Result, async_trait};
use o2_dms::{
    DMSPlugin, Deployment, DeploymentChange, DeploymentId, DeploymentPackage, DeploymentRequest, DeploymentRevision,
    DeploymentUpdate, HealRequest, LogLine, LogOptions, PackageId, PackageUpload, RollbackRequest, ScaleRequest,
    StatusReport, UpgradeRequest, op,
};
use serde_json::Value;

use super::report::report;
use super::state::State;
use super::upload::Upload;
use super::{MemoryDmsConfig, logs, watch};
use crate::kit::{read_capabilities, read_config};
use crate::memory::{Instance, Listing, Live, Moment};

/// The in-memory deployment backend, as the catalog lists it.
pub static BACKEND: Backend<dyn DMSPlugin> = Backend {
    kind: "memory",
    aliases: &["mock", "in-memory"],
    description: "Deployments that exist only in memory: for trying out, for tests, and the reference for adapters",
    version: env!("CARGO_PKG_VERSION"),
    example: include_str!("example.yaml"),
    build,
};

fn build(info: PluginInfo, config: &Value, ports: &Ports) -> Result<Arc<dyn DMSPlugin>> {
    let plugin = MemoryDms::new(info, read_config(config)?, Arc::clone(&ports.clock))?;
    Ok(Arc::new(plugin))
}

/// Deployments in memory. See the [module](super) for what it does.
#[derive(Debug)]
pub struct MemoryDms {
    instance: Instance<State>,
}

impl MemoryDms {
    /// A backend without packages and deployments, living by `clock`.
    ///
    /// # Errors
    /// `Config` naming the field that is wrong.
    pub fn new(info: PluginInfo, config: MemoryDmsConfig, clock: Arc<dyn Clock>) -> Result<Self> {
        config.check()?;
        let capabilities =
            read_capabilities(config.capabilities.as_deref(), op::VOCABULARY, op::ALL)?.with_pushdown(Pushdown::Filter);
        let state = State::new(config, Moment::now(&*clock));
        Ok(Self {
            instance: Instance {
                info,
                capabilities,
                live: Live::new(clock, state),
            },
        })
    }
}

#[async_trait]
impl Plugin for MemoryDms {
    fn info(&self) -> &PluginInfo {
        &self.instance.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.instance.capabilities
    }

    async fn health(&self, _: &Context) -> Health {
        self.instance.health(|state| {
            vec![
                ("deploymentPackages", state.packages.len()),
                ("deployments", state.deployments.len()),
            ]
        })
    }

    async fn close(&self) -> Result<()> {
        self.instance.live.close();
        Ok(())
    }
}

#[async_trait]
impl DMSPlugin for MemoryDms {
    async fn list_deployment_packages(&self, context: &Context, query: &ListQuery) -> Result<Page<DeploymentPackage>> {
        let live = self.instance.at(&op::LIST_DEPLOYMENT_PACKAGES)?;
        let listing = Listing::new(context, query, "")?;
        live.read(|state, _| listing.page(&state.packages, |package| package))?
    }

    async fn get_deployment_package(&self, context: &Context, id: &PackageId) -> Result<Arc<DeploymentPackage>> {
        let live = self.instance.at(&op::GET_DEPLOYMENT_PACKAGE)?;
        live.read(|state, _| state.package(context, id).map(Arc::clone))?
    }

    async fn upload_deployment_package(
        &self,
        context: &Context,
        upload: &PackageUpload,
    ) -> Result<Arc<DeploymentPackage>> {
        let live = self.instance.at(&op::UPLOAD_DEPLOYMENT_PACKAGE)?;
        live.check_open()?;
        let upload = Upload::check(upload)?;
        live.write(|state, now| state.store(context, upload, now))
    }

    async fn delete_deployment_package(&self, context: &Context, id: &PackageId) -> Result<()> {
        let live = self.instance.at(&op::DELETE_DEPLOYMENT_PACKAGE)?;
        live.write(|state, now| state.remove_package(context, id, now))
    }

    async fn list_deployments(&self, context: &Context, query: &ListQuery) -> Result<Page<Deployment>> {
        let live = self.instance.at(&op::LIST_DEPLOYMENTS)?;
        let listing = Listing::new(context, query, "")?;
        live.read(|state, _| listing.page(&state.deployments, |record| &record.object))?
    }

    async fn get_deployment(&self, context: &Context, id: &DeploymentId) -> Result<Arc<Deployment>> {
        let live = self.instance.at(&op::GET_DEPLOYMENT)?;
        live.read(|state, _| state.deployment(context, id).map(|record| Arc::clone(&record.object)))?
    }

    async fn create_deployment(&self, context: &Context, request: &DeploymentRequest) -> Result<Arc<Deployment>> {
        let live = self.instance.at(&op::CREATE_DEPLOYMENT)?;
        live.write(|state, now| state.create_deployment(context, request, now))
    }

    async fn update_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        update: &DeploymentUpdate,
    ) -> Result<Arc<Deployment>> {
        let live = self.instance.at(&op::UPDATE_DEPLOYMENT)?;
        live.write(|state, now| state.update_deployment(context, id, update, now))
    }

    async fn delete_deployment(&self, context: &Context, id: &DeploymentId) -> Result<()> {
        let live = self.instance.at(&op::DELETE_DEPLOYMENT)?;
        live.write(|state, now| state.delete_deployment(context, id, now))
    }

    async fn scale_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &ScaleRequest,
    ) -> Result<Arc<Deployment>> {
        let live = self.instance.at(&op::SCALE_DEPLOYMENT)?;
        live.write(|state, now| state.scale_deployment(context, id, request, now))
    }

    async fn rollback_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &RollbackRequest,
    ) -> Result<Arc<Deployment>> {
        let live = self.instance.at(&op::ROLLBACK_DEPLOYMENT)?;
        live.write(|state, now| state.rollback_deployment(context, id, request, now))
    }

    async fn upgrade_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &UpgradeRequest,
    ) -> Result<Arc<Deployment>> {
        let live = self.instance.at(&op::UPGRADE_DEPLOYMENT)?;
        live.write(|state, now| state.upgrade_deployment(context, id, request, now))
    }

    async fn heal_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &HealRequest,
    ) -> Result<Arc<Deployment>> {
        let live = self.instance.at(&op::HEAL_DEPLOYMENT)?;
        live.write(|state, now| state.heal_deployment(context, id, request, now))
    }

    async fn get_deployment_status(&self, context: &Context, id: &DeploymentId) -> Result<StatusReport> {
        let live = self.instance.at(&op::GET_DEPLOYMENT_STATUS)?;
        live.read(|state, now| state.deployment(context, id).map(|record| report(record, now)))?
    }

    async fn get_deployment_logs(
        &self,
        context: &Context,
        id: &DeploymentId,
        options: &LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine>>> {
        logs::logs(self.instance.at(&op::GET_DEPLOYMENT_LOGS)?, context, id, options)
    }

    async fn list_deployment_revisions(&self, context: &Context, id: &DeploymentId) -> Result<Vec<DeploymentRevision>> {
        let live = self.instance.at(&op::LIST_DEPLOYMENT_REVISIONS)?;
        live.read(|state, _| {
            let record = state.deployment(context, id)?;
            Ok(record.revisions.iter().map(|revision| revision.entry.clone()).collect())
        })?
    }

    async fn watch_deployments(
        &self,
        context: &Context,
        resume: Option<&str>,
    ) -> Result<BoxStream<'static, Result<DeploymentChange>>> {
        watch::watch(self.instance.at(&op::WATCH_DEPLOYMENTS)?, context, resume)
    }
}
