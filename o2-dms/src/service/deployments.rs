//! Deployments: what there is, and its beginning, change and end.

use std::sync::Arc;

use o2_core::federation::Listing;
use o2_core::http::IfMatch;
use o2_core::query::Query;
use o2_core::{Context, Error, ErrorKind, Extensions, Result};

use super::operations::parameters;
use super::{DmsService, Started};
use crate::model::{
    Deployment, DeploymentId, DeploymentRequest, DeploymentUpdate, DesiredDeployment, OperationKind, UpgradeRequest,
};
use crate::{op, validate};

impl DmsService {
    /// Lists the deployments.
    ///
    /// # Errors
    /// As [`Federation::list`](o2_core::federation::Federation::list).
    pub async fn list_deployments(&self, context: &Context, query: &Query) -> Result<Listing<Deployment>> {
        self.plugins
            .list(context, &op::LIST_DEPLOYMENTS, query, |p, c, q| {
                p.list_deployments(c, q)
            })
            .await
    }

    /// The deployment with this id.
    ///
    /// # Errors
    /// `NotFound`, and the plugin's.
    pub async fn get_deployment(&self, context: &Context, id: &DeploymentId) -> Result<Arc<Deployment>> {
        self.plugins
            .get(context, &op::GET_DEPLOYMENT, id, |p, c, id| p.get_deployment(c, id))
            .await
    }

    /// Deploys a package at the plugin that has the package.
    ///
    /// # Errors
    /// `InvalidInput` naming the field; `AlreadyExists` when the name is taken; the plugin's.
    pub async fn create_deployment(&self, context: &Context, request: DeploymentRequest) -> Result<Started> {
        self.deploy(context, request, "body.packageId", Extensions::new()).await
    }

    /// Deploys a package that was asked for at `package_at`. The record tells what `origin` says, too.
    pub(super) async fn deploy(
        &self,
        context: &Context,
        mut request: DeploymentRequest,
        package_at: &str,
        origin: Extensions,
    ) -> Result<Started> {
        validate::new_deployment(&request)?;
        let package = self.referred_package(context, package_at, &request.package_id).await?;
        let mut summary = parameters([
            ("name", Some(request.name.as_str().into())),
            ("namespace", request.namespace.as_deref().map(Into::into)),
            ("packageId", Some(request.package_id.as_str().into())),
            ("resourcePoolId", request.resource_pool_id.as_deref().map(Into::into)),
        ]);
        summary.extend(origin);
        request.package_id = package.native;

        let record = self
            .operations
            .begin(context, OperationKind::Create, None, summary)
            .await?;
        let plugin = &package.plugin;
        let mut writing = self.plugins.make::<Deployment>(plugin);
        let answer = plugin.plugin().create_deployment(context, &request).await;
        if let Ok(deployment) = &answer {
            writing.made(deployment.deployment_id.as_str());
        }
        let answer = answer.and_then(|deployment| self.plugins.show(context, plugin, deployment));
        self.answered(context, record, answer.map(Some)).await
    }

    /// Changes a deployment: `change` turns what it is into what it shall be. Another package makes it an upgrade.
    ///
    /// # Errors
    /// `NotFound`; `PreconditionFailed` when the deployment is not what `condition` says; `InvalidInput` naming the
    /// field; `PermissionDenied` when the caller may change deployments but not upgrade them; `change`'s, and the
    /// plugin's.
    pub async fn update_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        condition: &IfMatch,
        change: impl FnOnce(&Deployment) -> Result<DesiredDeployment> + Send,
    ) -> Result<Started> {
        let target = self.target(context, id, condition).await?;
        let desired = change(&target.current)?;
        validate::desired(&desired)?;
        if let Some(upgrade) = as_upgrade(&desired, &target.current)? {
            if !context.principal().may(&op::UPGRADE_DEPLOYMENT) {
                let message = "another package is an upgrade, for which the caller lacks deployments:execute";
                return Err(Error::new(ErrorKind::PermissionDenied, message));
            }
            return self.upgrade(context, target, upgrade).await;
        }
        let mut update = DeploymentUpdate::from(desired);
        update.expected = target.expected.clone();
        let plugin = target.plugin.plugin();
        let work = async {
            plugin
                .update_deployment(context, &target.native, &update)
                .await
                .map(Some)
        };
        self.act(context, OperationKind::Update, &target, Extensions::new(), work)
            .await
    }

    /// Takes a deployment down.
    ///
    /// # Errors
    /// `NotFound`; `PreconditionFailed`; `Conflict`; the plugin's.
    pub async fn delete_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        condition: &IfMatch,
    ) -> Result<Started> {
        let target = self.target(context, id, condition).await?;
        let plugin = target.plugin.plugin();
        let work = async { plugin.delete_deployment(context, &target.native).await.map(|()| None) };
        self.act(context, OperationKind::Delete, &target, Extensions::new(), work)
            .await
    }
}

/// The upgrade that leads to the desired state, if another package is desired.
fn as_upgrade(desired: &DesiredDeployment, current: &Deployment) -> Result<Option<UpgradeRequest>> {
    let package = desired
        .package_id
        .as_ref()
        .filter(|package| **package != current.package_id);
    let Some(package) = package else { return Ok(None) };
    let differs = [
        (
            "description",
            desired.description.as_ref().is_some_and(|d| *d != current.description),
        ),
        ("labels", desired.labels.as_ref().is_some_and(|l| *l != current.labels)),
        (
            "extensions",
            desired.extensions.as_ref().is_some_and(|e| *e != current.extensions),
        ),
    ];
    if let Some((field, _)) = differs.iter().find(|(_, differs)| *differs) {
        let reason = "cannot change together with packageId, which is an upgrade; send it in a request of its own";
        return Err(Error::violation(format!("body.{field}"), reason));
    }
    let mut upgrade = UpgradeRequest::to(package.clone());
    upgrade.values.clone_from(&desired.values);
    Ok(Some(upgrade))
}
