//! Another number of replicas.

use o2_core::{Context, Error, Result, async_trait};
use o2_dms::ScaleRequest;

use super::{Target, Writing};
use crate::dms::argocd::draw::{Drawn, REPLICAS};
use crate::dms::argocd::read::Reading;
use crate::dms::argocd::values::set_values;
use crate::dms::argocd::write::check_idle;
use crate::kube::deployed::{Changing, Plan, WorkKind};

/// A scaling.
pub(in super::super::super) struct Scale<'a> {
    pub(in super::super::super) writing: Writing<'a>,
    pub(in super::super::super) request: &'a ScaleRequest,
}

#[async_trait]
impl Changing<Reading> for Scale<'_> {
    async fn plan(&self, _: &Context, drawn: &Drawn) -> Result<Option<Plan>> {
        let (replicas, most) = (self.request.replicas, self.writing.reading.config.max_replicas);
        if replicas > most {
            return Err(Error::violation(
                "replicas",
                format!("must be 0 to {most}, not {replicas}"),
            ));
        }
        check_idle(drawn)?;
        let Some(place) = &drawn.replicas else {
            return Err(Error::invalid(format!(
                "nothing says where the number of replicas is; say it in the extension {REPLICAS} of the deployment",
            )));
        };
        if drawn.deployment.replicas == Some(replicas) {
            return Ok(None);
        }
        let mut source = drawn.source.clone();
        set_values(&mut source, drawn.tool, &place.set(&drawn.deployment.values, replicas)?)?;
        let target = Target {
            source,
            package: None,
            kind: WorkKind::Scale,
            description: format!("Scale to {replicas} replicas"),
            rolled_back_to: None,
        };
        Ok(Some(self.writing.deploy(drawn, target)))
    }
}
