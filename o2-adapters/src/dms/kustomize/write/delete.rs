//! Taking deployments down.

use o2_core::{Context, Result};
use o2_dms::DeploymentId;

use super::change::beaten;
use crate::dms::kustomize::site::Site;
use crate::dms::kustomize::state::{Parent, Work};

pub(in super::super) async fn delete(site: &Site, context: &Context, id: &DeploymentId) -> Result<()> {
    let present = site.present(context, id).await?;
    present.check_idle()?;
    site.terminate(context, &present.parent).await
}

impl Site {
    /// Begins to take a deployment down, and does of it what can be done now.
    pub(super) async fn terminate(&self, context: &Context, parent: &Parent) -> Result<()> {
        let mut state = parent.state.clone();
        state.updated_at = self.clock.now();
        state.course = self.course(Work::Delete);
        let written = self.write(context, parent, state, None).await?;
        let parent = written.map_err(|_| beaten())?;
        self.pursue(context, parent).await.map(drop)
    }
}
