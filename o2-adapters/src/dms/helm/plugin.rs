//! The plugin, as the catalog lists it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::stream::BoxStream;
use o2_core::plugin::{Backend, Health, Plugin, PluginInfo};
use o2_core::ports::Ports;
use o2_core::query::ListQuery;
use o2_core::{Capabilities, Context, Error, ErrorKind, Operation, Page, Result, async_trait};
use o2_dms::{
    DMSPlugin, Deployment, DeploymentChange, DeploymentId, DeploymentObject, DeploymentPackage, DeploymentRequest,
    DeploymentRevision, DeploymentUpdate, HealRequest, LogLine, LogOptions, PackageId, PackageUpload, RollbackRequest,
    ScaleRequest, StatusReport, UpgradeRequest, op,
};
use serde_json::Value;

use super::HelmConfig;
use super::core::{Core, LARGEST_PAGE};
use super::watch::{Watching, driven};
use crate::kit::read_config;
use crate::kit::watch::Event;
use crate::kube::Changes;

/// The helm backend, as the catalog lists it.
pub static BACKEND: Backend<dyn DMSPlugin> = Backend {
    kind: "helm",
    aliases: &["helm3"],
    description: "Helm: charts from registries and repositories, installed into a Kubernetes cluster by the program helm",
    version: env!("CARGO_PKG_VERSION"),
    example: include_str!("example.yaml"),
    build,
};

fn build(info: PluginInfo, config: &Value, ports: &Ports) -> Result<Arc<dyn DMSPlugin>> {
    Ok(Arc::new(Helm::new(info, read_config(config)?, ports)?))
}

/// Releases of Helm as deployments.
#[derive(Debug)]
pub struct Helm {
    info: PluginInfo,
    capabilities: Capabilities,
    core: Core,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    closed: bool,
    /// What is told to those who watch, while somebody does or has done.
    changes: Option<Arc<Changes<DeploymentObject>>>,
}

impl Helm {
    /// A plugin for the cluster and the repositories of `config`.
    ///
    /// # Errors
    /// `Config` naming the field that is wrong.
    pub fn new(info: PluginInfo, config: HelmConfig, ports: &Ports) -> Result<Self> {
        let core = Core::new(config, ports)?;
        Ok(Self {
            info,
            capabilities: capabilities(&core),
            core,
            state: Mutex::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What does the work, unless the plugin is closed.
    fn core(&self) -> Result<&Core> {
        if self.state().closed {
            return Err(Error::new(ErrorKind::Unavailable, "the plugin is closed"));
        }
        Ok(&self.core)
    }

    fn changes(&self) -> Arc<Changes<DeploymentObject>> {
        let mut state = self.state();
        let open = || Arc::new(Changes::new(Watching::open(&self.core), Arc::clone(&self.core.clock)));
        Arc::clone(state.changes.get_or_insert_with(open))
    }

    /// Tells those who watch about a package: nobody but us says when one comes or goes.
    fn tell(&self, event: Event<DeploymentObject>) {
        let changes = self.state().changes.clone();
        if let Some(changes) = changes {
            changes.tell(event);
        }
    }

    async fn check_health(&self, context: &Context) -> Result<Health> {
        let core = self.core()?;
        let about: Option<Value> = core.releases.cluster.read(context, "/version").await?;
        let cluster = about.and_then(|about| about["gitVersion"].as_str().map(str::to_owned));
        let now = core.clock.now();
        let health = match core.program.version().await {
            Ok(version) => Health::healthy(now).with_detail("helm", version.to_string()),
            Err(error) => Health::degraded(now, format!("deployments can only be read: {}", error.message())),
        };
        Ok(health.with_detail("cluster", cluster.unwrap_or_default()))
    }
}

/// What works; packages can be stored and deleted where a repository takes some.
fn capabilities(core: &Core) -> Capabilities {
    let writes: [&'static Operation; 2] = [&op::UPLOAD_DEPLOYMENT_PACKAGE, &op::DELETE_DEPLOYMENT_PACKAGE];
    let all = op::ALL.iter().copied();
    let has = all.filter(|operation| core.repositories.is_writable() || !writes.contains(operation));
    Capabilities::new(has)
        .with_synthesised([&op::SCALE_DEPLOYMENT, &op::HEAL_DEPLOYMENT, &op::GET_DEPLOYMENT_STATUS])
        .with_max_page_size(LARGEST_PAGE)
}

#[async_trait]
impl Plugin for Helm {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, context: &Context) -> Health {
        match self.check_health(context).await {
            Ok(health) => health,
            Err(error) => Health::unhealthy(self.core.clock.now(), error.message()),
        }
    }

    /// What the program is at comes to its end first: one that is killed leaves a release behind that somebody has to mend.
    async fn close(&self) -> Result<()> {
        let changes = {
            let mut state = self.state();
            state.closed = true;
            state.changes.take()
        };
        if let Some(changes) = changes {
            changes.close();
        }
        let patience = self.core.program.patience();
        let ended = self.core.clock.within(patience, self.core.works.finish()).await;
        ended.map_err(|_| Error::new(ErrorKind::Timeout, "helm did not end in time"))
    }
}

#[async_trait]
impl DMSPlugin for Helm {
    async fn list_deployment_packages(&self, context: &Context, query: &ListQuery) -> Result<Page<DeploymentPackage>> {
        self.core()?.repositories.page(context, query).await
    }

    async fn get_deployment_package(&self, context: &Context, id: &PackageId) -> Result<Arc<DeploymentPackage>> {
        self.core()?.repositories.get(context, id).await
    }

    async fn upload_deployment_package(
        &self,
        context: &Context,
        upload: &PackageUpload,
    ) -> Result<Arc<DeploymentPackage>> {
        let (package, fresh) = self.core()?.upload(context, upload).await?;
        if fresh {
            self.tell(Event::Created(DeploymentObject::Package(Arc::clone(&package))));
        }
        Ok(package)
    }

    async fn delete_deployment_package(&self, context: &Context, id: &PackageId) -> Result<()> {
        let package = self.core()?.delete_package(context, id).await?;
        self.tell(Event::Deleted(DeploymentObject::Package(package)));
        Ok(())
    }

    async fn list_deployments(&self, context: &Context, query: &ListQuery) -> Result<Page<Deployment>> {
        self.core()?.page(context, query).await
    }

    async fn get_deployment(&self, context: &Context, id: &DeploymentId) -> Result<Arc<Deployment>> {
        Ok(self.core()?.present(context, id).await?.drawn.deployment)
    }

    async fn create_deployment(&self, context: &Context, request: &DeploymentRequest) -> Result<Arc<Deployment>> {
        self.core()?.create(context, request).await
    }

    async fn update_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        update: &DeploymentUpdate,
    ) -> Result<Arc<Deployment>> {
        self.core()?.update(context, id, update).await
    }

    async fn delete_deployment(&self, context: &Context, id: &DeploymentId) -> Result<()> {
        self.core()?.remove(context, id).await
    }

    async fn scale_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &ScaleRequest,
    ) -> Result<Arc<Deployment>> {
        self.core()?.scale(context, id, request).await
    }

    async fn rollback_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &RollbackRequest,
    ) -> Result<Arc<Deployment>> {
        self.core()?.rollback(context, id, request).await
    }

    async fn upgrade_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &UpgradeRequest,
    ) -> Result<Arc<Deployment>> {
        self.core()?.upgrade(context, id, request).await
    }

    async fn heal_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &HealRequest,
    ) -> Result<Arc<Deployment>> {
        self.core()?.heal(context, id, request).await
    }

    async fn get_deployment_status(&self, context: &Context, id: &DeploymentId) -> Result<StatusReport> {
        self.core()?.report(context, id).await
    }

    async fn get_deployment_logs(
        &self,
        context: &Context,
        id: &DeploymentId,
        options: &LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine>>> {
        self.core()?.logs(context, id, options).await
    }

    async fn list_deployment_revisions(&self, context: &Context, id: &DeploymentId) -> Result<Vec<DeploymentRevision>> {
        self.core()?.history(context, id).await
    }

    async fn watch_deployments(
        &self,
        context: &Context,
        resume: Option<&str>,
    ) -> Result<BoxStream<'static, Result<DeploymentChange>>> {
        let core = self.core()?;
        let changes = self
            .changes()
            .watch(context, resume, |context, object| context.sees(object.tenant()))
            .await?;
        Ok(driven(changes, &core.works))
    }
}
