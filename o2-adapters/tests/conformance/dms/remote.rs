//! [`Remote`]: a plugin as adapters are: it talks with its backend, and the network may fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::StreamExt;
use futures::stream::BoxStream;
use o2_core::plugin::Health;
use o2_core::ports::{Clock, Secret};
use o2_core::query::ListQuery;
use o2_core::{Capabilities, Category, Context, Error, ErrorKind, Page, Plugin, PluginInfo, Result, async_trait};
use o2_dms::{
    DMSPlugin, Deployment, DeploymentChange, DeploymentId, DeploymentPackage, DeploymentRequest, DeploymentRevision,
    DeploymentUpdate, HealRequest, LogLine, LogOptions, PackageId, PackageUpload, RollbackRequest, ScaleRequest,
    StatusReport, UpgradeRequest,
};

use super::backend::Backend;

/// What must not be shown.
pub(super) const TOKEN: &str = "the-token-of-the-site";

/// How many objects one answer of the backend has at most.
const LARGEST_PAGE: u32 = 50;

#[derive(Debug)]
pub(super) struct Remote {
    info: PluginInfo,
    capabilities: Capabilities,
    pub(super) backend: Arc<Backend>,
    pub(super) token: Secret,
    closed: AtomicBool,
}

impl Remote {
    pub(super) fn new(backend: Arc<Backend>) -> Result<Self> {
        Ok(Self {
            info: PluginInfo::new(Category::Dms, "remote", "remote", "1")?,
            capabilities: backend.dms.capabilities().clone().with_max_page_size(LARGEST_PAGE),
            backend,
            token: Secret::new(TOKEN),
            closed: AtomicBool::new(false),
        })
    }

    /// A request and its answer, both of which take their way through the network.
    async fn call<T>(&self, work: impl Future<Output = Result<T>> + Send) -> Result<T> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::Unavailable, "the plugin is closed"));
        }
        self.backend.request().await?;
        let answer = work.await;
        tokio::task::yield_now().await;
        answer
    }

    /// The query as the backend takes it.
    fn bounded(query: &ListQuery) -> ListQuery {
        let limit = query.limit.unwrap_or(LARGEST_PAGE);
        query.clone().with_limit(limit.min(LARGEST_PAGE))
    }

    /// What can be understood of a page.
    fn understood<T>(&self, mut page: Page<T>) -> Page<T> {
        page.items = self.backend.raw(page.items).into_iter().flatten().collect();
        page
    }
}

#[async_trait]
impl Plugin for Remote {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, context: &Context) -> Health {
        let now = self.backend.clock.now();
        match self.call(async { Ok(self.backend.dms.health(context).await) }).await {
            Ok(health) => health,
            Err(error) => Health::unhealthy(now, error.message()),
        }
    }

    async fn close(&self) -> Result<()> {
        self.closed.store(true, Ordering::Release);
        Ok(())
    }
}

#[async_trait]
impl DMSPlugin for Remote {
    async fn list_deployment_packages(&self, c: &Context, query: &ListQuery) -> Result<Page<DeploymentPackage>> {
        let query = Self::bounded(query);
        let page = self.call(self.backend.dms.list_deployment_packages(c, &query)).await?;
        Ok(self.understood(page))
    }

    async fn get_deployment_package(&self, c: &Context, id: &PackageId) -> Result<Arc<DeploymentPackage>> {
        self.call(self.backend.dms.get_deployment_package(c, id)).await
    }

    async fn upload_deployment_package(&self, c: &Context, upload: &PackageUpload) -> Result<Arc<DeploymentPackage>> {
        self.call(self.backend.dms.upload_deployment_package(c, upload)).await
    }

    async fn delete_deployment_package(&self, c: &Context, id: &PackageId) -> Result<()> {
        self.call(self.backend.dms.delete_deployment_package(c, id)).await
    }

    async fn list_deployments(&self, c: &Context, query: &ListQuery) -> Result<Page<Deployment>> {
        let query = Self::bounded(query);
        let page = self.call(self.backend.dms.list_deployments(c, &query)).await?;
        Ok(self.understood(page))
    }

    async fn get_deployment(&self, c: &Context, id: &DeploymentId) -> Result<Arc<Deployment>> {
        self.call(self.backend.dms.get_deployment(c, id)).await
    }

    async fn create_deployment(&self, c: &Context, request: &DeploymentRequest) -> Result<Arc<Deployment>> {
        self.call(self.backend.dms.create_deployment(c, request)).await
    }

    async fn update_deployment(
        &self,
        c: &Context,
        id: &DeploymentId,
        update: &DeploymentUpdate,
    ) -> Result<Arc<Deployment>> {
        self.call(self.backend.dms.update_deployment(c, id, update)).await
    }

    async fn delete_deployment(&self, c: &Context, id: &DeploymentId) -> Result<()> {
        self.call(self.backend.dms.delete_deployment(c, id)).await
    }

    async fn scale_deployment(
        &self,
        c: &Context,
        id: &DeploymentId,
        request: &ScaleRequest,
    ) -> Result<Arc<Deployment>> {
        self.call(self.backend.dms.scale_deployment(c, id, request)).await
    }

    async fn rollback_deployment(
        &self,
        c: &Context,
        id: &DeploymentId,
        request: &RollbackRequest,
    ) -> Result<Arc<Deployment>> {
        self.call(self.backend.dms.rollback_deployment(c, id, request)).await
    }

    async fn upgrade_deployment(
        &self,
        c: &Context,
        id: &DeploymentId,
        request: &UpgradeRequest,
    ) -> Result<Arc<Deployment>> {
        self.call(self.backend.dms.upgrade_deployment(c, id, request)).await
    }

    async fn heal_deployment(&self, c: &Context, id: &DeploymentId, request: &HealRequest) -> Result<Arc<Deployment>> {
        let healed = self.call(self.backend.dms.heal_deployment(c, id, request)).await?;
        self.backend.mend(id);
        Ok(healed)
    }

    async fn get_deployment_status(&self, c: &Context, id: &DeploymentId) -> Result<StatusReport> {
        let report = self.call(self.backend.dms.get_deployment_status(c, id)).await?;
        Ok(self.backend.examined(report))
    }

    async fn get_deployment_logs(
        &self,
        c: &Context,
        id: &DeploymentId,
        options: &LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine>>> {
        let lines = self.call(self.backend.dms.get_deployment_logs(c, id, options)).await?;
        Ok(self.backend.connected(lines))
    }

    async fn list_deployment_revisions(&self, c: &Context, id: &DeploymentId) -> Result<Vec<DeploymentRevision>> {
        self.call(self.backend.dms.list_deployment_revisions(c, id)).await
    }

    async fn watch_deployments(
        &self,
        c: &Context,
        resume: Option<&str>,
    ) -> Result<BoxStream<'static, Result<DeploymentChange>>> {
        if resume.is_some_and(|mark| self.backend.has_forgotten(mark)) {
            return Err(Error::conflict("the changes after this one are forgotten"));
        }
        let changes = self.call(self.backend.dms.watch_deployments(c, resume)).await?;
        let backend = Arc::clone(&self.backend);
        let remembered = changes.inspect(move |change| {
            if let Ok(change) = change {
                backend.remember(&change.resume);
            }
        });
        Ok(self.backend.connected(remembered.boxed()))
    }
}
