//! Faults with states and reports.

use std::time::Duration;

use o2_core::ports::Clock;
use o2_core::{Context, ErrorKind, Result, async_trait};
use o2_dms::{
    DMSPlugin, DeploymentId, DeploymentStatus as Status, DeploymentUpdate, ScaleRequest, StatusReport, UpgradeRequest,
};

use super::{Row, changed, row};
use crate::dms::remote::Remote;
use crate::dms::twist::{Made, Twist};

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(JumpsBack, "get_deployment_status/progress_does_not_go_back"),
        row(NeverComplete, "get_deployment_status/progress_does_not_go_back"),
        row(ChangesItsMind, "get_deployment_status/final_states_stay"),
        row(InstallsWhenUpgrading, "upgrade_deployment/goes_through_its_states"),
        row(DoneTooEarly, "get_deployment_status/agrees_with_the_deployment"),
        row(HidesFailures, "get_deployment_status/failures_are_told"),
        row(KeepsReasons, "get_deployment_status/failures_are_told"),
        row(SaysYesAndNo, "get_deployment_status/conditions_are_well_formed"),
        row(LooksAway, "get_deployment_status/a_sick_workload_shows"),
        row(IsNeverBusy, "scale_deployment/is_refused_while_work_is_in_motion"),
        row(LooksThenScales, "scale_deployment/one_of_many_begins"),
        row(QueuesNothing, "update_deployment/is_refused_while_work_is_in_motion"),
        row(UpgradesAtOnce, "upgrade_deployment/goes_through_its_states"),
    ]
}

/// Tells how much is left instead of how much is done.
#[derive(Debug)]
struct JumpsBack;

#[async_trait]
impl Twist for JumpsBack {
    async fn status(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Result<StatusReport> {
        let mut report = p.get_deployment_status(c, id).await?;
        if report.status == Status::Instantiating {
            report.progress = 99 - report.progress.min(99);
        }
        Ok(report)
    }
}

/// Is never quite ready.
#[derive(Debug)]
struct NeverComplete;

#[async_trait]
impl Twist for NeverComplete {
    async fn status(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Result<StatusReport> {
        let mut report = p.get_deployment_status(c, id).await?;
        report.progress = report.progress.min(99);
        Ok(report)
    }
}

/// Calls what was deployed unknown after a while.
#[derive(Debug)]
struct ChangesItsMind;

#[async_trait]
impl Twist for ChangesItsMind {
    async fn status(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Result<StatusReport> {
        let mut report = p.get_deployment_status(c, id).await?;
        let age = p.backend.clock.now().since(report.updated_at);
        if report.status == Status::Deployed && age > Duration::from_secs(40) {
            report.status = Status::Unknown;
        }
        Ok(report)
    }
}

/// Takes an upgrade for an installation.
#[derive(Debug)]
struct InstallsWhenUpgrading;

#[async_trait]
impl Twist for InstallsWhenUpgrading {
    async fn status(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Result<StatusReport> {
        let mut report = p.get_deployment_status(c, id).await?;
        if report.status == Status::Updating {
            report.status = Status::Instantiating;
        }
        Ok(report)
    }
}

/// Reports the end while the work goes on.
#[derive(Debug)]
struct DoneTooEarly;

#[async_trait]
impl Twist for DoneTooEarly {
    async fn status(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Result<StatusReport> {
        let mut report = p.get_deployment_status(c, id).await?;
        if report.progress > 80 && report.status.is_busy() {
            (report.status, report.progress) = (Status::Deployed, 100);
        }
        Ok(report)
    }
}

/// Calls deployed what has failed.
#[derive(Debug)]
struct HidesFailures;

#[async_trait]
impl Twist for HidesFailures {
    async fn status(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Result<StatusReport> {
        let mut report = p.get_deployment_status(c, id).await?;
        if report.status == Status::Failed {
            report.status = Status::Deployed;
        }
        Ok(report)
    }
}

/// Does not say why something has failed.
#[derive(Debug)]
struct KeepsReasons;

#[async_trait]
impl Twist for KeepsReasons {
    async fn status(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Result<StatusReport> {
        let mut report = p.get_deployment_status(c, id).await?;
        report.status_message.clear();
        Ok(report)
    }
}

/// Has its own words for the status of a condition.
#[derive(Debug)]
struct SaysYesAndNo;

#[async_trait]
impl Twist for SaysYesAndNo {
    async fn status(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Result<StatusReport> {
        let mut report = p.get_deployment_status(c, id).await?;
        for condition in &mut report.conditions {
            condition.status = if condition.status == "True" { "yes" } else { "no" }.to_owned();
        }
        Ok(report)
    }
}

/// Reports what was installed, not how it is.
#[derive(Debug)]
struct LooksAway;

#[async_trait]
impl Twist for LooksAway {
    async fn status(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Result<StatusReport> {
        p.get_deployment_status(c, id).await?;
        p.backend.dms.get_deployment_status(c, id).await
    }
}

/// Accepts a call while work is in motion, and forgets it.
#[derive(Debug)]
struct IsNeverBusy;

#[async_trait]
impl Twist for IsNeverBusy {
    async fn scale(&self, p: &Remote, c: &Context, id: &DeploymentId, request: &ScaleRequest) -> Made {
        match p.scale_deployment(c, id, request).await {
            Err(error) if error.is(ErrorKind::Conflict) => p.get_deployment(c, id).await,
            made => made,
        }
    }
}

/// Looks whether work is in motion, and then trusts in it.
#[derive(Debug)]
struct LooksThenScales;

#[async_trait]
impl Twist for LooksThenScales {
    async fn scale(&self, p: &Remote, c: &Context, id: &DeploymentId, request: &ScaleRequest) -> Made {
        let idle = !p.get_deployment(c, id).await?.status.is_busy();
        match p.scale_deployment(c, id, request).await {
            Err(error) if idle && error.is(ErrorKind::Conflict) => p.get_deployment(c, id).await,
            made => made,
        }
    }
}

/// Waits until the work has ended instead of saying that it is in motion.
#[derive(Debug)]
struct QueuesNothing;

#[async_trait]
impl Twist for QueuesNothing {
    async fn update(&self, p: &Remote, c: &Context, id: &DeploymentId, update: &DeploymentUpdate) -> Made {
        while p.get_deployment(c, id).await?.status.is_busy() {
            p.backend.clock.sleep(Duration::from_secs(1)).await;
        }
        p.update_deployment(c, id, update).await
    }
}

/// Holds the call until the work has ended.
#[derive(Debug)]
struct UpgradesAtOnce;

#[async_trait]
impl Twist for UpgradesAtOnce {
    async fn upgrade(&self, p: &Remote, c: &Context, id: &DeploymentId, request: &UpgradeRequest) -> Made {
        p.upgrade_deployment(c, id, request).await?;
        while p.get_deployment(c, id).await?.status.is_busy() {
            p.backend.clock.sleep(Duration::from_secs(1)).await;
        }
        let done = p.get_deployment(c, id).await?;
        Ok(changed(&done, |_| ()))
    }
}
