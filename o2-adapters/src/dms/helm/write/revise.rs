//! New revisions of a deployment: another package, other values, another number of replicas.

use std::sync::Arc;

use o2_core::{Context, Error, ErrorKind, Extensions, Result};
use o2_dms::{Deployment, DeploymentId, ScaleRequest, UpgradeRequest};

use super::{Claimed, Plan, ticket};
use crate::dms::helm::chart::Chart;
use crate::dms::helm::core::Core;
use crate::dms::helm::draw::replicas_path;
use crate::dms::helm::program::{Change, Revision};
use crate::dms::helm::release::{Work, own_labels};
use crate::dms::helm::repository::PackageRef;
use crate::dms::helm::work::{Mark, Step};

/// What a new revision is made of.
pub(super) struct Next {
    pub(super) package: PackageRef,
    pub(super) chart: Chart,
    pub(super) values: Extensions,
    pub(super) work: Work,
    /// For the history.
    pub(super) description: String,
    pub(super) step: Step,
}

impl Core {
    pub(crate) async fn upgrade(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &UpgradeRequest,
    ) -> Result<Arc<Deployment>> {
        let claimed = self.whole(context, id).await?;
        let (package, chart) = self.given_chart(context, &request.package_id).await?;
        let values = request.values.as_ref().unwrap_or(&claimed.deployment().values).clone();
        let next = Next {
            description: format!("Upgrade to {} {}", package.chart, package.version),
            package,
            chart,
            values,
            work: Work::Upgrade,
            step: Step::Nothing,
        };
        self.revise(context, claimed, next).await
    }

    /// Scaling sets the value that says how many replicas there are, so that no later work undoes it.
    pub(crate) async fn scale(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &ScaleRequest,
    ) -> Result<Arc<Deployment>> {
        let claimed = self.whole(context, id).await?;
        let (replicas, max) = (request.replicas, self.config.replicas.max);
        if replicas > max {
            return Err(Error::violation(
                "replicas",
                format!("must be 0 to {max}, not {replicas}"),
            ));
        }
        let extensions = &claimed.deployment().extensions;
        let path = replicas_path(&self.settings, &claimed.present.current.release, Some(extensions));
        let path = path.ok_or_else(|| {
            let reason = "nobody says which value of the chart is the number of replicas; name it in the extension \
                          'helm.replicasPath' of the deployment";
            Error::violation("replicas", reason)
        })?;
        if claimed.deployment().replicas == Some(replicas) {
            return Ok(Arc::clone(claimed.deployment()));
        }
        let (package, chart) = self.own_chart(context, &claimed).await?;
        let mut values = claimed.deployment().values.clone();
        path.set(&mut values, replicas.into());
        let next = Next {
            package,
            chart,
            values,
            work: Work::Scale,
            description: format!("Scale to {replicas} replicas"),
            step: Step::Nothing,
        };
        self.revise(context, claimed, next).await
    }

    /// The chart that a deployment is made of, from its repository: what Helm has kept of it lacks the charts in it.
    pub(super) async fn own_chart(&self, context: &Context, claimed: &Claimed) -> Result<(PackageRef, Chart)> {
        let release = &claimed.present.current.release;
        let (chart, version) = (&release.chart.name, &release.chart.version);
        let known = match release.package() {
            Some(package) => Some(package.id()),
            None => self.repositories.like(context, chart, version).await?,
        };
        let gone = || {
            let message = format!(
                "the chart {chart} {version} that the deployment is made of is in no repository of this plugin (any more); \
                 upgrade the deployment to a package"
            );
            Error::conflict(message)
        };
        let id = known.ok_or_else(gone)?;
        self.repositories.chart(context, &id).await.map_err(|error| {
            if error.is(ErrorKind::NotFound) {
                gone().with_source(error)
            } else {
                error
            }
        })
    }

    pub(super) async fn revise(&self, context: &Context, claimed: Claimed, next: Next) -> Result<Arc<Deployment>> {
        let (target, ticket) = (claimed.target(), ticket(next.work));
        let plan = Plan {
            target: target.clone(),
            deployment: claimed.deployment().deployment_id.clone(),
            revision: claimed.deployment().revision + 1,
            base: Some(claimed.deployment().revision),
            mark: Mark::Ticket(ticket.clone()),
            step: next.step,
        };
        let revision = Revision {
            chart: next.chart.archive,
            values: next.values,
            labels: own_labels(&next.package, &ticket),
            description: next.description,
        };
        self.start(context, claimed.claim, plan, Change::Upgrade(revision))
            .await?;
        self.changed(context, &target).await
    }
}
