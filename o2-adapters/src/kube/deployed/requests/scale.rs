//! Another number of replicas.

use o2_core::{Context, Error, Result, async_trait};
use o2_dms::ScaleRequest;

use super::{Deploys, Target};
use crate::kube::deployed::{Changing, Found, Plan, WorkKind};

/// A scaling.
pub(crate) struct Scale<'a, D> {
    pub(crate) by: D,
    pub(crate) request: &'a ScaleRequest,
}

#[async_trait]
impl<D: Deploys> Changing<D::Found> for Scale<'_, D> {
    async fn plan(&self, _: &Context, found: &D::Found) -> Result<Option<Plan>> {
        let (by, replicas, most) = (&self.by, self.request.replicas, self.by.most_replicas());
        if replicas > most {
            return Err(Error::violation(
                "replicas",
                format!("must be 0 to {most}, not {replicas}"),
            ));
        }
        by.check_idle(found)?;
        if found.deployment().replicas == Some(replicas) {
            return Ok(None);
        }
        let content = by.scaled(found, replicas)?;
        let what = format!("Scale to {replicas} replicas");
        Ok(Some(by.deploy(found, Target::of(content, WorkKind::Scale, what))))
    }
}
