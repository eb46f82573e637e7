//! How a deployment is doing, and how it came to be what it is.

use o2_core::id::qualified::Qualifier;
use o2_core::{Context, Result};

use super::DmsService;
use crate::model::{DeploymentId, DeploymentRevision, StatusReport};
use crate::op;

impl DmsService {
    /// How a deployment is doing.
    ///
    /// # Errors
    /// `NotFound`, and the plugin's.
    pub async fn get_deployment_status(&self, context: &Context, id: &DeploymentId) -> Result<StatusReport> {
        let owner = self.plugins.owner(context, &op::GET_DEPLOYMENT_STATUS, id)?;
        let plugin = owner.plugin.plugin();
        let mut report = plugin.get_deployment_status(context, &owner.native).await?;
        report.progress = report.progress.min(100);
        report.deployment_id = owner.native;
        Qualifier::new(owner.plugin.name(), owner.plugin.is_default()).apply(&mut report.deployment_id);
        Ok(report)
    }

    /// The revisions of a deployment, the oldest first.
    ///
    /// # Errors
    /// `NotFound`, and the plugin's.
    pub async fn list_deployment_revisions(
        &self,
        context: &Context,
        id: &DeploymentId,
    ) -> Result<Vec<DeploymentRevision>> {
        let owner = self.plugins.owner(context, &op::LIST_DEPLOYMENT_REVISIONS, id)?;
        let plugin = owner.plugin.plugin();
        let mut revisions = plugin.list_deployment_revisions(context, &owner.native).await?;
        let qualifier = Qualifier::new(owner.plugin.name(), owner.plugin.is_default());
        for revision in &mut revisions {
            qualifier.apply(&mut revision.package_id);
        }
        Ok(revisions)
    }
}
