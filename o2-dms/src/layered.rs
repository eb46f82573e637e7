//! The one forward of [`DMSPlugin`] through the layers.

use std::sync::Arc;

use futures::stream::BoxStream;
use o2_core::layer::Layered;
use o2_core::query::ListQuery;
use o2_core::{Context, Page, Result, async_trait};

use crate::model::{
    Deployment, DeploymentChange, DeploymentId, DeploymentPackage, DeploymentRequest, DeploymentRevision,
    DeploymentUpdate, HealRequest, LogLine, LogOptions, PackageId, PackageUpload, RollbackRequest, ScaleRequest,
    StatusReport, UpgradeRequest,
};
use crate::{DMSPlugin, op};

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl DMSPlugin for Layered<dyn DMSPlugin> {
    async fn list_deployment_packages(&self, context: &Context, query: &ListQuery) -> Result<Page<DeploymentPackage>> {
        self.call(context, &op::LIST_DEPLOYMENT_PACKAGES, None, |p, c| {
            p.list_deployment_packages(c, query)
        })
        .await
    }

    async fn get_deployment_package(&self, context: &Context, id: &PackageId) -> Result<Arc<DeploymentPackage>> {
        self.call(context, &op::GET_DEPLOYMENT_PACKAGE, Some(id.as_str()), |p, c| {
            p.get_deployment_package(c, id)
        })
        .await
    }

    async fn upload_deployment_package(
        &self,
        context: &Context,
        upload: &PackageUpload,
    ) -> Result<Arc<DeploymentPackage>> {
        self.call(context, &op::UPLOAD_DEPLOYMENT_PACKAGE, None, |p, c| {
            p.upload_deployment_package(c, upload)
        })
        .await
    }

    async fn delete_deployment_package(&self, context: &Context, id: &PackageId) -> Result<()> {
        let target = Some(id.as_str());
        self.call(context, &op::DELETE_DEPLOYMENT_PACKAGE, target, |p, c| {
            p.delete_deployment_package(c, id)
        })
        .await
    }

    async fn list_deployments(&self, context: &Context, query: &ListQuery) -> Result<Page<Deployment>> {
        self.call(context, &op::LIST_DEPLOYMENTS, None, |p, c| {
            p.list_deployments(c, query)
        })
        .await
    }

    async fn get_deployment(&self, context: &Context, id: &DeploymentId) -> Result<Arc<Deployment>> {
        self.call(context, &op::GET_DEPLOYMENT, Some(id.as_str()), |p, c| {
            p.get_deployment(c, id)
        })
        .await
    }

    async fn create_deployment(&self, context: &Context, request: &DeploymentRequest) -> Result<Arc<Deployment>> {
        self.call(context, &op::CREATE_DEPLOYMENT, None, |p, c| {
            p.create_deployment(c, request)
        })
        .await
    }

    async fn update_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        update: &DeploymentUpdate,
    ) -> Result<Arc<Deployment>> {
        let target = Some(id.as_str());
        self.call(context, &op::UPDATE_DEPLOYMENT, target, |p, c| {
            p.update_deployment(c, id, update)
        })
        .await
    }

    async fn delete_deployment(&self, context: &Context, id: &DeploymentId) -> Result<()> {
        self.call(context, &op::DELETE_DEPLOYMENT, Some(id.as_str()), |p, c| {
            p.delete_deployment(c, id)
        })
        .await
    }

    async fn scale_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &ScaleRequest,
    ) -> Result<Arc<Deployment>> {
        let target = Some(id.as_str());
        self.call(context, &op::SCALE_DEPLOYMENT, target, |p, c| {
            p.scale_deployment(c, id, request)
        })
        .await
    }

    async fn rollback_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &RollbackRequest,
    ) -> Result<Arc<Deployment>> {
        let target = Some(id.as_str());
        self.call(context, &op::ROLLBACK_DEPLOYMENT, target, |p, c| {
            p.rollback_deployment(c, id, request)
        })
        .await
    }

    async fn upgrade_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &UpgradeRequest,
    ) -> Result<Arc<Deployment>> {
        let target = Some(id.as_str());
        self.call(context, &op::UPGRADE_DEPLOYMENT, target, |p, c| {
            p.upgrade_deployment(c, id, request)
        })
        .await
    }

    async fn heal_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &HealRequest,
    ) -> Result<Arc<Deployment>> {
        let target = Some(id.as_str());
        self.call(context, &op::HEAL_DEPLOYMENT, target, |p, c| {
            p.heal_deployment(c, id, request)
        })
        .await
    }

    async fn get_deployment_status(&self, context: &Context, id: &DeploymentId) -> Result<StatusReport> {
        self.call(context, &op::GET_DEPLOYMENT_STATUS, Some(id.as_str()), |p, c| {
            p.get_deployment_status(c, id)
        })
        .await
    }

    async fn get_deployment_logs(
        &self,
        context: &Context,
        id: &DeploymentId,
        options: &LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine>>> {
        let target = Some(id.as_str());
        self.call(context, &op::GET_DEPLOYMENT_LOGS, target, |p, c| {
            p.get_deployment_logs(c, id, options)
        })
        .await
    }

    async fn list_deployment_revisions(&self, context: &Context, id: &DeploymentId) -> Result<Vec<DeploymentRevision>> {
        let target = Some(id.as_str());
        self.call(context, &op::LIST_DEPLOYMENT_REVISIONS, target, |p, c| {
            p.list_deployment_revisions(c, id)
        })
        .await
    }

    async fn watch_deployments(
        &self,
        context: &Context,
        resume: Option<&str>,
    ) -> Result<BoxStream<'static, Result<DeploymentChange>>> {
        self.call(context, &op::WATCH_DEPLOYMENTS, None, |p, c| {
            p.watch_deployments(c, resume)
        })
        .await
    }
}
