//! What a deployment's state says of the operation on it. Nothing here asks a plugin.

use std::time::Duration;

use o2_core::http::ProblemDetails;
use o2_core::{Error, ErrorKind, Fault, Timestamp};

use crate::model::{Deployment, DeploymentStatus as Status, OperationKind, OperationRecord, StatusReport};
use crate::operations::Outcome;

/// How long the backend may take to accept an operation. Requests have earlier deadlines; a record that still says
/// `STARTING` after that is of a request that was cut off.
const STARTS_WITHIN: Duration = Duration::from_secs(600);

/// What became of an operation that the backend has accepted; `report` is `None` when the deployment is not there.
pub(super) fn outcome(record: &OperationRecord, report: Option<&StatusReport>) -> Outcome {
    let kind = record.operation;
    match report.map(|report| (report.status, report)) {
        None | Some((Status::Terminated, _)) if kind == OperationKind::Delete => Outcome::Completed,
        None | Some((Status::Terminated, _)) => {
            let gone = Error::new(ErrorKind::NotFound, "the deployment is gone");
            failed(kind, gone)
        }
        // A deployment that had failed before is deleted: the backend has not begun yet.
        Some((Status::Failed, report)) if kind == OperationKind::Delete && report.updated_at < record.started_at => {
            Outcome::Going(0)
        }
        Some((Status::Failed, report)) => {
            let message = match report.status_message.as_str() {
                "" => "the deployment failed".to_owned(),
                words => format!("the deployment failed: {words}"),
            };
            failed(
                kind,
                Error::new(ErrorKind::Internal, message).with_fault(Fault::Backend),
            )
        }
        Some((Status::Deployed, _)) if kind != OperationKind::Delete => Outcome::Completed,
        Some((status, report)) if status.is_busy() => Outcome::Going(report.progress.min(100)),
        Some(_) => Outcome::Going(0),
    }
}

/// What became of an operation that, as far as is recorded, the backend has not accepted yet; `None` while it may.
pub(super) fn interrupted(record: &OperationRecord, now: Timestamp) -> Option<Outcome> {
    let late = now.since(record.started_at) > STARTS_WITHIN;
    late.then(|| {
        let message = "the gateway was interrupted before it knew the backend's answer; whether the backend did it is \
                       unknown, read the deployment";
        failed(record.operation, Error::new(ErrorKind::Timeout, message))
    })
}

fn failed(kind: OperationKind, error: Error) -> Outcome {
    Outcome::Failed(Box::new(ProblemDetails::of(&error.with_operation(kind.operation()))))
}

/// What a deployment itself says about its status.
pub(super) fn report_of(deployment: &Deployment, now: Timestamp) -> StatusReport {
    let progress = if deployment.status.is_busy() { 0 } else { 100 };
    let changed = deployment.updated_at.unwrap_or(now);
    let mut report = StatusReport::new(deployment.deployment_id.clone(), deployment.status, progress, changed);
    report.status_message.clone_from(&deployment.status_message);
    report.replicas = deployment.replicas;
    report
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{OperationId, OperationState};

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn record(kind: OperationKind) -> OperationRecord {
        OperationRecord::new(
            OperationId::new("o"),
            kind,
            Some("d".into()),
            START.plus(Duration::from_secs(100)),
        )
    }

    /// What is seen of an operation while the deployment has this status, 40 %, since so many seconds.
    fn seen(kind: OperationKind, status: Status, since: u64) -> Outcome {
        let mut report = StatusReport::new("d".into(), status, 40, START.plus(Duration::from_secs(since)));
        report.status_message = "no image".into();
        outcome(&record(kind), Some(&report))
    }

    fn problem(outcome: Outcome) -> (u16, String) {
        match outcome {
            Outcome::Failed(problem) => (problem.status, problem.detail),
            other => panic!("{other:?} is no failure"),
        }
    }

    #[test]
    fn the_status_says_how_the_operation_goes() {
        use OperationKind::{Create, Delete, Heal, Scale};
        for (kind, status, expected) in [
            (Create, Status::Pending, Outcome::Going(40)),
            (Create, Status::Instantiating, Outcome::Going(40)),
            (Create, Status::Deployed, Outcome::Completed),
            (Create, Status::Unknown, Outcome::Going(0)),
            (Scale, Status::Scaling, Outcome::Going(40)),
            (Heal, Status::Updating, Outcome::Going(40)),
            (Delete, Status::Deployed, Outcome::Going(0)),
            (Delete, Status::Terminating, Outcome::Going(40)),
            (Delete, Status::Terminated, Outcome::Completed),
        ] {
            assert_eq!(seen(kind, status, 200), expected, "{kind:?} {status:?}");
        }
        assert_eq!(outcome(&record(Delete), None), Outcome::Completed);
    }

    #[test]
    fn failures_say_why() {
        use OperationKind::{Create, Delete, Upgrade};
        let broken = (502, "the deployment failed: no image".to_owned());
        assert_eq!(problem(seen(Upgrade, Status::Failed, 200)), broken);
        assert_eq!(problem(seen(Upgrade, Status::Failed, 50)), broken);
        assert_eq!(problem(seen(Delete, Status::Failed, 200)), broken);
        let gone = (404, "the deployment is gone".to_owned());
        assert_eq!(problem(seen(Create, Status::Terminated, 200)), gone);
        assert_eq!(problem(outcome(&record(Create), None)), gone);
    }

    #[test]
    fn deleting_what_had_failed_before_is_not_a_failure() {
        assert_eq!(seen(OperationKind::Delete, Status::Failed, 50), Outcome::Going(0));
    }

    #[test]
    fn a_start_that_takes_too_long_was_interrupted() {
        let record = record(OperationKind::Create);
        assert_eq!(record.state, OperationState::Starting);
        let after = |seconds| interrupted(&record, record.started_at.plus(Duration::from_secs(seconds)));
        assert_eq!(after(600), None);
        assert_eq!(problem(after(601).unwrap()).0, 504);
    }
}
