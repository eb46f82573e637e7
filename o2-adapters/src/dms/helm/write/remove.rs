//! Deployments that are taken down.

use o2_core::{Context, Result};
use o2_dms::DeploymentId;

use super::Plan;
use crate::dms::helm::core::Core;
use crate::dms::helm::program::Change;
use crate::dms::helm::work::{Mark, Step};

impl Core {
    pub(crate) async fn remove(&self, context: &Context, id: &DeploymentId) -> Result<()> {
        let claimed = self.claimed(context, id).await?;
        let plan = Plan {
            target: claimed.target(),
            deployment: id.clone(),
            revision: claimed.deployment().revision,
            base: Some(claimed.deployment().revision),
            mark: Mark::Gone,
            step: Step::Forget,
        };
        self.start(context, claimed.claim, plan, Change::Uninstall).await
    }
}
