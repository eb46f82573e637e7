//! Repairs: workloads are restarted; a release in which Helm was interrupted goes back to what was deployed before.

use std::sync::Arc;

use futures::future::FutureExt;
use o2_core::error::Excerpt;
use o2_core::{Context, Error, Result, Timestamp};
use o2_dms::{Deployment, DeploymentId, HealRequest};

use super::Claimed;
use crate::dms::helm::core::Core;
use crate::dms::helm::release::{Release, ReleaseStatus, WorkloadKind, WorkloadRef};
use crate::dms::helm::work::Acceptance;
use crate::kube::{At, Cluster, without_deadline};

impl Core {
    pub(crate) async fn heal(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &HealRequest,
    ) -> Result<Arc<Deployment>> {
        let claimed = self.claimed(context, id).await?;
        if claimed.present.drawn.standing.interrupted {
            let history = self.releases.history(context, &claimed.target()).await?;
            let revision = last_deployed(&claimed.present.current.release, &history)?;
            return self.back_to(context, claimed, revision).await;
        }
        let workloads = chosen(&claimed.present.current.release, request.component.as_deref())?;
        self.restart(context, claimed, workloads).await
    }

    /// Restarts workloads as `kubectl rollout restart` does: their pods get another annotation.
    async fn restart(
        &self,
        context: &Context,
        claimed: Claimed,
        workloads: Vec<WorkloadRef>,
    ) -> Result<Arc<Deployment>> {
        let target = claimed.target();
        let (cluster, caller) = (Arc::clone(&self.releases.cluster), without_deadline(context));
        let now = self.clock.now();
        let work = |mut acceptance: Acceptance<()>| {
            async move { acceptance.say(restart_all(&cluster, &caller, &workloads, now).await) }.boxed()
        };
        let done = self.works.begin(claimed.claim, work);
        self.in_time(context, done).await?;
        self.changed(context, &target).await
    }
}

async fn restart_all(cluster: &Cluster, context: &Context, workloads: &[WorkloadRef], now: Timestamp) -> Result<()> {
    for workload in workloads {
        let kind = workload.kind.kind();
        // What somebody has taken away is brought back by an upgrade, not by a restart.
        let at = At::new(&kind, Some(&workload.namespace), &workload.name);
        cluster.restart(context, at, now).await?;
    }
    Ok(())
}

/// The workloads that are meant and can be restarted; a job cannot.
fn chosen(release: &Release, component: Option<&str>) -> Result<Vec<WorkloadRef>> {
    let all = &release.runs.workloads;
    let can = |workload: &&WorkloadRef| workload.kind != WorkloadKind::Job;
    let is_meant =
        |workload: &&WorkloadRef| component.is_none_or(|wanted| workload.name == wanted || workload.path() == wanted);
    let chosen: Vec<_> = all.iter().filter(can).filter(is_meant).cloned().collect();
    if !chosen.is_empty() {
        return Ok(chosen);
    }
    let known: Vec<_> = all.iter().filter(can).map(WorkloadRef::path).collect();
    let known = known.join(", ");
    let reason = match component {
        Some(wanted) => format!(
            "there is no '{}' that can be restarted (known: {known})",
            Excerpt(wanted)
        ),
        None => "the deployment has no workload that can be restarted".to_owned(),
    };
    Err(Error::violation("component", reason))
}

/// The revision that ran before Helm was interrupted.
fn last_deployed(newest: &Release, history: &[Release]) -> Result<u32> {
    let never = || Error::conflict("the deployment was never deployed, or is being taken down; delete it");
    if newest.status == ReleaseStatus::Uninstalling {
        return Err(never());
    }
    let of_status = |status: ReleaseStatus| {
        let earlier = history.iter().filter(|release| release.revision < newest.revision);
        earlier
            .filter(|release| release.status == status)
            .map(|release| release.revision)
            .max()
    };
    // Helm lets go of the old revision just before it is done with the new one.
    of_status(ReleaseStatus::Deployed)
        .or_else(|| of_status(ReleaseStatus::Superseded))
        .ok_or_else(never)
}
