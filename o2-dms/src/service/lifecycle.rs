//! What is done to deployments that are there: scale, roll back, upgrade, heal.

use o2_core::http::IfMatch;
use o2_core::{Context, Error, Result};

use super::operations::parameters;
use super::{DmsService, Started, Target};
use crate::model::{DeploymentId, HealRequest, OperationKind, RollbackRequest, ScaleRequest, UpgradeRequest};
use crate::validate;

impl DmsService {
    /// Gives a deployment another number of replicas.
    ///
    /// # Errors
    /// `NotFound`; `PreconditionFailed` when the deployment is not what `condition` says; `Conflict`; `InvalidInput`
    /// naming the field; the plugin's.
    pub async fn scale_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        condition: &IfMatch,
        request: ScaleRequest,
    ) -> Result<Started> {
        validate::scale(&request)?;
        let target = self.target(context, id, condition).await?;
        let plugin = target.plugin.plugin();
        let summary = parameters([("replicas", Some(request.replicas.into()))]);
        let work = async {
            plugin
                .scale_deployment(context, &target.native, &request)
                .await
                .map(Some)
        };
        self.act(context, OperationKind::Scale, &target, summary, work).await
    }

    /// Brings an earlier revision back.
    ///
    /// # Errors
    /// As [`Self::scale_deployment`]; `InvalidInput` when there is no such revision.
    pub async fn rollback_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        condition: &IfMatch,
        request: RollbackRequest,
    ) -> Result<Started> {
        let target = self.target(context, id, condition).await?;
        let plugin = target.plugin.plugin();
        let summary = parameters([("revision", request.revision.map(Into::into))]);
        let work = async {
            plugin
                .rollback_deployment(context, &target.native, &request)
                .await
                .map(Some)
        };
        self.act(context, OperationKind::Rollback, &target, summary, work).await
    }

    /// Replaces the package of a deployment by another one of the same plugin.
    ///
    /// # Errors
    /// As [`Self::scale_deployment`]; `InvalidInput` when there is no such package.
    pub async fn upgrade_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        condition: &IfMatch,
        request: UpgradeRequest,
    ) -> Result<Started> {
        validate::upgrade(&request)?;
        let target = self.target(context, id, condition).await?;
        self.upgrade(context, target, request).await
    }

    pub(super) async fn upgrade(
        &self,
        context: &Context,
        target: Target,
        mut request: UpgradeRequest,
    ) -> Result<Started> {
        const AT: &str = "body.packageId";
        let package = self.referred_package(context, AT, &request.package_id).await?;
        if package.plugin.name() != target.plugin.name() {
            let (package, deployment) = (package.plugin.name(), target.plugin.name());
            let reason = format!("is a package of plugin '{package}', the deployment is one of '{deployment}'");
            return Err(Error::violation(AT, reason));
        }
        let summary = parameters([("packageId", Some(request.package_id.as_str().into()))]);
        request.package_id = package.native;
        let plugin = target.plugin.plugin();
        let work = async {
            plugin
                .upgrade_deployment(context, &target.native, &request)
                .await
                .map(Some)
        };
        self.act(context, OperationKind::Upgrade, &target, summary, work).await
    }

    /// Repairs a deployment.
    ///
    /// # Errors
    /// As [`Self::scale_deployment`].
    pub async fn heal_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        condition: &IfMatch,
        request: HealRequest,
    ) -> Result<Started> {
        validate::heal(&request)?;
        let target = self.target(context, id, condition).await?;
        let plugin = target.plugin.plugin();
        let summary = parameters([
            ("cause", request.cause.as_deref().map(Into::into)),
            ("component", request.component.as_deref().map(Into::into)),
        ]);
        let work = async {
            plugin
                .heal_deployment(context, &target.native, &request)
                .await
                .map(Some)
        };
        self.act(context, OperationKind::Heal, &target, summary, work).await
    }
}
