//! Earlier revisions, brought back.

use std::sync::Arc;

use o2_core::{Context, Error, Result};
use o2_dms::{Deployment, DeploymentId, RollbackRequest};

use super::{Claimed, Plan};
use crate::dms::helm::core::Core;
use crate::dms::helm::program::Change;
use crate::dms::helm::release::Release;
use crate::dms::helm::work::{Mark, Step};

impl Core {
    /// Works also where Helm was interrupted: this is how that is mended.
    pub(crate) async fn rollback(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &RollbackRequest,
    ) -> Result<Arc<Deployment>> {
        let claimed = self.claimed(context, id).await?;
        let history = self.releases.history(context, &claimed.target()).await?;
        let newest = claimed.deployment().revision;
        let wanted = request.revision.unwrap_or(newest.saturating_sub(1));
        check(&history, newest, wanted)?;
        self.back_to(context, claimed, wanted).await
    }

    pub(super) async fn back_to(&self, context: &Context, claimed: Claimed, wanted: u32) -> Result<Arc<Deployment>> {
        let target = claimed.target();
        let plan = Plan {
            target: target.clone(),
            deployment: claimed.deployment().deployment_id.clone(),
            revision: claimed.deployment().revision + 1,
            base: Some(claimed.deployment().revision),
            mark: Mark::Of(wanted),
            step: Step::Nothing,
        };
        self.start(context, claimed.claim, plan, Change::Rollback(wanted))
            .await?;
        self.changed(context, &target).await
    }
}

/// Checks that Helm has kept this revision.
fn check(history: &[Release], newest: u32, wanted: u32) -> Result<()> {
    let earlier = history
        .iter()
        .map(|release| release.revision)
        .filter(|revision| *revision < newest);
    let known: Vec<_> = earlier.collect();
    if known.contains(&wanted) {
        return Ok(());
    }
    let known: Vec<_> = known.iter().map(u32::to_string).collect();
    let reason = format!("there is no earlier revision {wanted} (known: {})", known.join(", "));
    Err(Error::violation("revision", reason))
}
