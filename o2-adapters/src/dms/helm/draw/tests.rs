//! What a release and its workloads are as a deployment.

use o2_core::ports::Clock;
use o2_dms::DeploymentStatus as Status;
use o2_testkit::ManualClock;
use serde_json::{Value, json};

use super::*;
use crate::dms::helm::release::testing::gzipped;
use crate::dms::helm::release::{Record, WorkloadKind};
use crate::dms::helm::releases::Live;
use crate::kube::Meta;

const MANIFEST: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: demo}\nspec: {replicas: 2}\n";

fn now() -> Timestamp {
    ManualClock::new().now()
}

/// A release that was begun so many seconds ago.
fn current(status: &str, age: u64, labels: &[(&str, &str)]) -> Current {
    let begun = Timestamp::from_unix_seconds(now().unix_seconds() - i64::try_from(age).unwrap());
    let record = json!({
        "name": "demo", "namespace": "edge", "version": 3, "manifest": MANIFEST, "config": {"replicaCount": 2},
        "info": {"status": status, "description": "because", "first_deployed": begun, "last_deployed": begun},
        "chart": {"metadata": {"apiVersion": "v2", "name": "web", "version": "1.0.0", "appVersion": "7"},
            "values": {"replicaCount": 1}},
    });
    let meta = Meta {
        labels: labels
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
        ..Meta::default()
    };
    Current {
        release: Record::read(&gzipped(&record)).unwrap().release(meta),
        notes: None,
        running: (status == "failed").then_some(2),
    }
}

/// Its workload, with a status.
fn lives(status: &Value) -> Lives {
    let object = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "demo", "namespace": "edge", "generation": 1},
        "spec": {"replicas": 2}, "status": status,
    });
    let live = Live::of(
        &WorkloadKind::Deployment.kind(),
        serde_json::from_value(object).unwrap(),
    );
    [((WorkloadKind::Deployment, "edge".to_owned(), "demo".to_owned()), live)].into()
}

fn ready(count: u32) -> Value {
    json!({"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "readyReplicas": count, "availableReplicas": count})
}

/// It was complete so many seconds ago, and then pods have failed.
fn sick(count: u32, age: i64) -> Value {
    let time = Timestamp::from_unix_seconds(now().unix_seconds() - age);
    let mut status = ready(count);
    status["conditions"] =
        json!([{"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable", "lastUpdateTime": time}]);
    status
}

fn drawn(current: &Current, lives: &Lives) -> Drawn {
    draw(&Settings::new(&HelmConfig::default()), current, lives, now())
}

#[test]
fn the_state_follows_from_helm_and_the_cluster() {
    let scale = [("o2ims.oran.org/work", "scale.1")];
    let (none, all): (&[_], _) = (&[], ready(2));
    let stuck = json!({"observedGeneration": 1, "conditions": [
        {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "has timed out"}]});
    for (status, age, labels, live, expected, says) in [
        (
            "pending-install",
            10,
            none,
            &all,
            Status::Instantiating,
            "at work on the installation",
        ),
        (
            "pending-upgrade",
            10,
            none,
            &all,
            Status::Updating,
            "at work on the upgrade",
        ),
        (
            "pending-upgrade",
            10,
            &scale,
            &all,
            Status::Scaling,
            "at work on the scaling",
        ),
        (
            "pending-rollback",
            10,
            &scale,
            &all,
            Status::Updating,
            "at work on the rollback",
        ),
        (
            "uninstalling",
            10,
            none,
            &all,
            Status::Terminating,
            "at work on the removal",
        ),
        (
            "pending-upgrade",
            301,
            none,
            &all,
            Status::Failed,
            "interrupted in the upgrade",
        ),
        ("deployed", 10, none, &all, Status::Deployed, "because"),
        (
            "deployed",
            10,
            none,
            &ready(1),
            Status::Updating,
            "deployment/demo: 1 of 2",
        ),
        ("deployed", 10, &scale, &ready(1), Status::Scaling, "1 of 2"),
        // What was complete since is not on its way any more.
        ("deployed", 10, none, &sick(1, 5), Status::Deployed, "1 of 2"),
        ("deployed", 10, none, &sick(0, 5), Status::Failed, "0 of 2"),
        ("deployed", 10, none, &sick(1, 50), Status::Updating, "1 of 2"),
        ("deployed", 700, none, &ready(1), Status::Deployed, "1 of 2"),
        ("deployed", 700, none, &ready(0), Status::Failed, "0 of 2"),
        ("deployed", 10, none, &stuck, Status::Failed, "has timed out"),
        (
            "failed",
            10,
            none,
            &all,
            Status::Failed,
            "because; revision 2 still runs",
        ),
        ("unheard-of", 10, none, &all, Status::Unknown, "because"),
    ] {
        let drawn = drawn(&current(status, age, labels), &lives(live));
        let deployment = &drawn.deployment;
        assert_eq!(deployment.status, expected, "{status} {age} {labels:?} {live}");
        assert!(deployment.status_message.contains(says), "{says}: {deployment:?}");
        // Whatever changes by the passing of time says when.
        assert_eq!(
            drawn.standing.due.is_some(),
            deployment.status.is_busy(),
            "{status} {age}"
        );
    }
}

#[test]
fn a_workload_that_is_not_there_is_on_its_way_and_then_missing() {
    for (age, expected) in [(10, Status::Updating), (700, Status::Failed)] {
        let drawn = drawn(&current("deployed", age, &[]), &Lives::new());
        assert_eq!(drawn.deployment.status, expected);
        assert_eq!(drawn.deployment.status_message, "deployment/demo: is not there");
    }
}

#[test]
fn everything_that_is_known_is_shown() {
    let digits = "8".repeat(32);
    let package = format!("edge.{digits}");
    let labels = [
        ("o2ims.oran.org/tenant", "red"),
        ("o2ims.oran.org/package", package.as_str()),
    ];
    let deployment = drawn(&current("deployed", 10, &labels), &lives(&ready(2))).deployment;
    assert_eq!(deployment.package_id.as_str(), format!("edge:web:1.0.0:{digits}"));
    assert_eq!(deployment.tenant_id.as_ref().map(o2_core::Id::as_str), Some("red"));
    assert_eq!((deployment.replicas, deployment.revision), (Some(2), 3));
    assert_eq!(deployment.extensions["helm.appVersion"], "7");
    assert_eq!(given_extensions(&deployment.extensions), Extensions::new());
    let foreign = drawn(&current("deployed", 10, &[]), &Lives::new()).deployment;
    assert_eq!(foreign.package_id.as_str(), "web:1.0.0");
}

#[test]
fn progress_is_that_of_the_work() {
    for (status, live, expected) in [
        ("pending-upgrade", ready(2), 10),
        ("deployed", json!({}), 50),
        ("deployed", ready(2), 100),
    ] {
        assert_eq!(
            progress(&drawn(&current(status, 10, &[]), &lives(&live))),
            expected,
            "{status}"
        );
    }
}
