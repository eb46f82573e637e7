//! What is asked of deployments. Each request is checked completely before the program is started.

mod check;
mod create;
mod heal;
mod remove;
mod revise;
mod rollback;
mod update;

use std::sync::Arc;

use futures::future::FutureExt;
use o2_core::{Context, Error, ErrorKind, Result};
use o2_dms::{Deployment, DeploymentId};

use super::chart::Chart;
use super::core::{Core, Present};
use super::program::{Change, Target};
use super::release::Work;
use super::repository::PackageRef;
use super::work::{Claim, Flow, Mark, Step};
use crate::kube::without_deadline;

/// A deployment that nobody else changes meanwhile.
struct Claimed {
    claim: Claim,
    present: Present,
}

impl Claimed {
    fn target(&self) -> Target {
        self.present.current.target()
    }

    fn deployment(&self) -> &Arc<Deployment> {
        &self.present.drawn.deployment
    }
}

/// A change that is to be made, but for what the program does.
struct Plan {
    target: Target,
    deployment: DeploymentId,
    revision: u32,
    base: Option<u32>,
    mark: Mark,
    step: Step,
}

impl Core {
    /// The deployment, for a change: when nothing is in motion, and nobody else has the right to change it.
    async fn claimed(&self, context: &Context, id: &DeploymentId) -> Result<Claimed> {
        self.works.catch_up(&*self.clock).await;
        let before = self.releases.find(context, id).await?;
        if !before.release.status.is_pending() {
            self.works.exited(&before.target(), &*self.clock).await;
        }
        let claim = self.works.claim(&before.target(), &*self.clock).await?;
        // Whoever had the right until a moment ago has made another revision.
        let present = self.present(context, id).await?;
        if present.current.release.revision != before.release.revision {
            return Err(Error::conflict(
                "somebody else has changed the deployment at the same time",
            ));
        }
        let deployment = &present.drawn.deployment;
        if deployment.status.is_busy() {
            return Err(Error::conflict(format!(
                "the deployment is {}: {}",
                deployment.status.as_str(),
                deployment.status_message
            )));
        }
        Ok(Claimed { claim, present })
    }

    /// The same, for changes that Helm makes only when it is not interrupted in another.
    async fn whole(&self, context: &Context, id: &DeploymentId) -> Result<Claimed> {
        let claimed = self.claimed(context, id).await?;
        if claimed.present.drawn.standing.interrupted {
            return Err(Error::conflict(claimed.deployment().status_message.clone()));
        }
        Ok(claimed)
    }

    /// Starts the program and waits until Helm has begun.
    async fn start(&self, context: &Context, claim: Claim, plan: Plan, change: Change) -> Result<()> {
        let flow = Flow {
            releases: Arc::clone(&self.releases),
            program: Arc::clone(&self.program),
            context: without_deadline(context),
            target: plan.target,
            deployment: plan.deployment,
            revision: plan.revision,
            base: plan.base,
            mark: plan.mark,
            step: plan.step,
        };
        let begun = self
            .works
            .begin(claim, |acceptance| flow.run(change, acceptance).boxed());
        self.in_time(context, begun).await
    }
}

/// A label by which a revision is known for the one that was asked for.
fn ticket(work: Work) -> String {
    let random = uuid::Uuid::new_v4().simple().to_string();
    work.label(&random[..16])
}

impl Core {
    /// The chart of the package that a request names.
    async fn given_chart(&self, context: &Context, id: &o2_dms::PackageId) -> Result<(PackageRef, Chart)> {
        let (package, chart) = self.repositories.chart(context, id).await.map_err(|error| {
            if error.is(ErrorKind::NotFound) {
                Error::violation("packageId", error.message())
            } else {
                error
            }
        })?;
        chart.check_installable().map_err(|flaw| flaw.at("packageId"))?;
        Ok((package, chart))
    }
}
