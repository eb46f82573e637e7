//! [`Twist`]: one fault of a plugin; [`Mutant`]: a plugin with that fault and no other.

use std::fmt::Debug;
use std::sync::Arc;

use futures::stream::BoxStream;
use o2_core::plugin::Health;
use o2_core::query::ListQuery;
use o2_core::{Capabilities, Context, Page, Plugin, PluginInfo, Result, async_trait};
use o2_dms::{
    DMSPlugin, Deployment, DeploymentChange, DeploymentId, DeploymentPackage, DeploymentRequest, DeploymentRevision,
    DeploymentUpdate, HealRequest, LogLine, LogOptions, PackageId, PackageUpload, RollbackRequest, ScaleRequest,
    StatusReport, UpgradeRequest,
};

use super::remote::Remote;

pub(super) type Made = Result<Arc<Deployment>>;
pub(super) type Stored = Result<Arc<DeploymentPackage>>;
pub(super) type Lines = Result<BoxStream<'static, Result<LogLine>>>;
pub(super) type Changes = Result<BoxStream<'static, Result<DeploymentChange>>>;

/// What a plugin does wrong with a correct one, `p`. A method that is not written is right.
#[async_trait]
pub(super) trait Twist: Debug + Send + Sync + 'static {
    fn capabilities(&self, right: &Capabilities) -> Capabilities {
        right.clone()
    }

    async fn health(&self, p: &Remote, c: &Context) -> Health {
        p.health(c).await
    }

    async fn close(&self, p: &Remote) -> Result<()> {
        p.close().await
    }

    async fn packages(&self, p: &Remote, c: &Context, query: &ListQuery) -> Result<Page<DeploymentPackage>> {
        p.list_deployment_packages(c, query).await
    }

    async fn package(&self, p: &Remote, c: &Context, id: &PackageId) -> Stored {
        p.get_deployment_package(c, id).await
    }

    async fn upload(&self, p: &Remote, c: &Context, upload: &PackageUpload) -> Stored {
        p.upload_deployment_package(c, upload).await
    }

    async fn delete_package(&self, p: &Remote, c: &Context, id: &PackageId) -> Result<()> {
        p.delete_deployment_package(c, id).await
    }

    async fn list(&self, p: &Remote, c: &Context, query: &ListQuery) -> Result<Page<Deployment>> {
        p.list_deployments(c, query).await
    }

    async fn get(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Made {
        p.get_deployment(c, id).await
    }

    async fn create(&self, p: &Remote, c: &Context, request: &DeploymentRequest) -> Made {
        p.create_deployment(c, request).await
    }

    async fn update(&self, p: &Remote, c: &Context, id: &DeploymentId, update: &DeploymentUpdate) -> Made {
        p.update_deployment(c, id, update).await
    }

    async fn delete(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Result<()> {
        p.delete_deployment(c, id).await
    }

    async fn scale(&self, p: &Remote, c: &Context, id: &DeploymentId, request: &ScaleRequest) -> Made {
        p.scale_deployment(c, id, request).await
    }

    async fn rollback(&self, p: &Remote, c: &Context, id: &DeploymentId, request: &RollbackRequest) -> Made {
        p.rollback_deployment(c, id, request).await
    }

    async fn upgrade(&self, p: &Remote, c: &Context, id: &DeploymentId, request: &UpgradeRequest) -> Made {
        p.upgrade_deployment(c, id, request).await
    }

    async fn heal(&self, p: &Remote, c: &Context, id: &DeploymentId, request: &HealRequest) -> Made {
        p.heal_deployment(c, id, request).await
    }

    async fn status(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Result<StatusReport> {
        p.get_deployment_status(c, id).await
    }

    async fn logs(&self, p: &Remote, c: &Context, id: &DeploymentId, options: &LogOptions) -> Lines {
        p.get_deployment_logs(c, id, options).await
    }

    async fn revisions(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Result<Vec<DeploymentRevision>> {
        p.list_deployment_revisions(c, id).await
    }

    async fn watch(&self, p: &Remote, c: &Context, resume: Option<&str>) -> Changes {
        p.watch_deployments(c, resume).await
    }
}

#[derive(Debug)]
pub(super) struct Mutant {
    right: Remote,
    twist: Arc<dyn Twist>,
    capabilities: Capabilities,
}

impl Mutant {
    pub(super) fn new(right: Remote, twist: Arc<dyn Twist>) -> Self {
        Self {
            capabilities: twist.capabilities(right.capabilities()),
            right,
            twist,
        }
    }
}

#[async_trait]
impl Plugin for Mutant {
    fn info(&self) -> &PluginInfo {
        self.right.info()
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, c: &Context) -> Health {
        self.twist.health(&self.right, c).await
    }

    async fn close(&self) -> Result<()> {
        self.twist.close(&self.right).await
    }
}

#[async_trait]
impl DMSPlugin for Mutant {
    async fn list_deployment_packages(&self, c: &Context, query: &ListQuery) -> Result<Page<DeploymentPackage>> {
        self.twist.packages(&self.right, c, query).await
    }

    async fn get_deployment_package(&self, c: &Context, id: &PackageId) -> Stored {
        self.twist.package(&self.right, c, id).await
    }

    async fn upload_deployment_package(&self, c: &Context, upload: &PackageUpload) -> Stored {
        self.twist.upload(&self.right, c, upload).await
    }

    async fn delete_deployment_package(&self, c: &Context, id: &PackageId) -> Result<()> {
        self.twist.delete_package(&self.right, c, id).await
    }

    async fn list_deployments(&self, c: &Context, query: &ListQuery) -> Result<Page<Deployment>> {
        self.twist.list(&self.right, c, query).await
    }

    async fn get_deployment(&self, c: &Context, id: &DeploymentId) -> Made {
        self.twist.get(&self.right, c, id).await
    }

    async fn create_deployment(&self, c: &Context, request: &DeploymentRequest) -> Made {
        self.twist.create(&self.right, c, request).await
    }

    async fn update_deployment(&self, c: &Context, id: &DeploymentId, update: &DeploymentUpdate) -> Made {
        self.twist.update(&self.right, c, id, update).await
    }

    async fn delete_deployment(&self, c: &Context, id: &DeploymentId) -> Result<()> {
        self.twist.delete(&self.right, c, id).await
    }

    async fn scale_deployment(&self, c: &Context, id: &DeploymentId, request: &ScaleRequest) -> Made {
        self.twist.scale(&self.right, c, id, request).await
    }

    async fn rollback_deployment(&self, c: &Context, id: &DeploymentId, request: &RollbackRequest) -> Made {
        self.twist.rollback(&self.right, c, id, request).await
    }

    async fn upgrade_deployment(&self, c: &Context, id: &DeploymentId, request: &UpgradeRequest) -> Made {
        self.twist.upgrade(&self.right, c, id, request).await
    }

    async fn heal_deployment(&self, c: &Context, id: &DeploymentId, request: &HealRequest) -> Made {
        self.twist.heal(&self.right, c, id, request).await
    }

    async fn get_deployment_status(&self, c: &Context, id: &DeploymentId) -> Result<StatusReport> {
        self.twist.status(&self.right, c, id).await
    }

    async fn get_deployment_logs(&self, c: &Context, id: &DeploymentId, options: &LogOptions) -> Lines {
        self.twist.logs(&self.right, c, id, options).await
    }

    async fn list_deployment_revisions(&self, c: &Context, id: &DeploymentId) -> Result<Vec<DeploymentRevision>> {
        self.twist.revisions(&self.right, c, id).await
    }

    async fn watch_deployments(&self, c: &Context, resume: Option<&str>) -> Changes {
        self.twist.watch(&self.right, c, resume).await
    }
}
