//! Objects as API servers show them, and how they are.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn object(api_version: &str, kind: &str, spec: &Value, status: &Value) -> Value {
    json!({
        "apiVersion": api_version, "kind": kind,
        "metadata": {"name": "x", "namespace": "n", "generation": 2},
        "spec": spec, "status": status,
    })
}

fn check(api_version: &str, kind: &str, cases: &[(Value, Value, State, &str)]) {
    for (spec, status, state, reason) in cases {
        let found = readiness(&object(api_version, kind, spec, status));
        assert_eq!(
            (found.state, found.reason.as_str()),
            (*state, *reason),
            "{kind} {spec} {status}"
        );
    }
}

#[test]
fn what_is_being_deleted_or_was_not_seen_is_so_whatever_its_kind() {
    let mut stale = object(
        "apps/v1",
        "Deployment",
        &json!({}),
        &json!({"observedGeneration": 1, "updatedReplicas": 1}),
    );
    assert_eq!(readiness(&stale).reason, "NotObserved");
    stale["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    assert_eq!(readiness(&stale).state, State::Terminating);
    let own = object(
        "example.org/v1",
        "Thing",
        &json!({}),
        &json!({"observedGeneration": 1, "conditions": [{"type": "Ready", "status": "True"}]}),
    );
    assert_eq!(readiness(&own).state, State::Rolling);
}

#[test]
fn deployments() {
    let seen = |more: Value| {
        let mut status = json!({"observedGeneration": 2});
        status
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        status
    };
    let full = json!({"replicas": 3, "updatedReplicas": 3, "readyReplicas": 3, "availableReplicas": 3,
        "conditions": [{"type": "Available", "status": "True"}, {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}]});
    let stuck = json!({"updatedReplicas": 1, "replicas": 4, "availableReplicas": 3, "conditions": [
        {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "ReplicaSet \"x\" has timed out progressing."}]});
    let quota = json!({"conditions": [{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota"}]});
    let away = json!({"replicas": 1, "updatedReplicas": 1, "availableReplicas": 1, "conditions": [
        {"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable"}]});
    check(
        "apps/v1",
        "Deployment",
        &[
            (json!({"replicas": 3}), json!({}), State::Rolling, "NotObserved"),
            (
                json!({"replicas": 3}),
                seen(full.clone()),
                State::Ready,
                "ReplicasReady",
            ),
            (json!({"replicas": 4}), seen(full.clone()), State::Rolling, "RollingOut"),
            (
                json!({"replicas": 3}),
                seen(json!({"replicas": 4, "updatedReplicas": 3, "availableReplicas": 4})),
                State::Rolling,
                "RollingOut",
            ),
            (
                json!({"replicas": 3}),
                seen(json!({"replicas": 3, "updatedReplicas": 3, "availableReplicas": 2})),
                State::Unready,
                "ReplicasNotReady",
            ),
            (
                json!({"replicas": 3}),
                seen(stuck),
                State::Failed,
                "ProgressDeadlineExceeded",
            ),
            (json!({"replicas": 3}), seen(quota), State::Failed, "FailedCreate"),
            (json!({"replicas": 0}), seen(json!({})), State::Ready, "ReplicasReady"),
            (json!({}), seen(json!({})), State::Rolling, "RollingOut"),
            (json!({}), seen(away), State::Unready, "MinimumReplicasUnavailable"),
        ],
    );
}

#[test]
fn stateful_sets() {
    let status = |updated: i64, ready: i64, all: i64, update: &str| {
        json!({"observedGeneration": 2, "replicas": all, "readyReplicas": ready, "updatedReplicas": updated,
            "currentRevision": "a", "updateRevision": update})
    };
    let partition =
        json!({"replicas": 3, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}});
    let on_delete = json!({"replicas": 3, "updateStrategy": {"type": "OnDelete"}});
    check(
        "apps/v1",
        "StatefulSet",
        &[
            (json!({"replicas": 3}), json!({}), State::Rolling, "NotObserved"),
            (
                json!({"replicas": 3}),
                status(3, 3, 3, "a"),
                State::Ready,
                "ReplicasReady",
            ),
            (
                json!({"replicas": 3}),
                status(3, 2, 3, "a"),
                State::Unready,
                "ReplicasNotReady",
            ),
            (
                json!({"replicas": 3}),
                status(1, 3, 3, "b"),
                State::Rolling,
                "RollingOut",
            ),
            (
                json!({"replicas": 3}),
                status(3, 3, 3, "b"),
                State::Rolling,
                "RollingOut",
            ),
            (
                json!({"replicas": 1}),
                status(1, 1, 3, "a"),
                State::Rolling,
                "RollingOut",
            ),
            (
                json!({"replicas": 0}),
                status(0, 0, 0, "b"),
                State::Ready,
                "ReplicasReady",
            ),
            (partition.clone(), status(1, 3, 3, "b"), State::Ready, "ReplicasReady"),
            (partition, status(0, 3, 3, "b"), State::Rolling, "RollingOut"),
            (on_delete.clone(), status(0, 3, 3, "b"), State::Ready, "ReplicasReady"),
            (on_delete, status(0, 2, 3, "b"), State::Unready, "ReplicasNotReady"),
        ],
    );
}

#[test]
fn daemon_and_replica_sets() {
    let daemons = |updated: i64, available: i64| json!({"observedGeneration": 2, "desiredNumberScheduled": 3, "updatedNumberScheduled": updated, "numberAvailable": available});
    check(
        "apps/v1",
        "DaemonSet",
        &[
            (json!({}), json!({}), State::Rolling, "NotObserved"),
            (json!({}), daemons(3, 3), State::Ready, "ReplicasReady"),
            (json!({}), daemons(1, 3), State::Rolling, "RollingOut"),
            (json!({}), daemons(3, 2), State::Unready, "ReplicasNotReady"),
            (
                json!({"updateStrategy": {"type": "OnDelete"}}),
                daemons(0, 3),
                State::Ready,
                "ReplicasReady",
            ),
            (
                json!({}),
                json!({"observedGeneration": 2}),
                State::Ready,
                "ReplicasReady",
            ),
        ],
    );
    for (group, kind) in [("apps/v1", "ReplicaSet"), ("v1", "ReplicationController")] {
        check(
            group,
            kind,
            &[
                (
                    json!({"replicas": 2}),
                    json!({"replicas": 2, "readyReplicas": 2}),
                    State::Ready,
                    "ReplicasReady",
                ),
                (
                    json!({"replicas": 2}),
                    json!({"replicas": 1}),
                    State::Rolling,
                    "RollingOut",
                ),
                (
                    json!({"replicas": 2}),
                    json!({"replicas": 2, "readyReplicas": 1}),
                    State::Unready,
                    "ReplicasNotReady",
                ),
                (
                    json!({}),
                    json!({"conditions": [{"type": "ReplicaFailure", "status": "True"}]}),
                    State::Failed,
                    "ReplicaFailure",
                ),
            ],
        );
    }
}

#[test]
fn pods_and_jobs() {
    let waits = |reason: &str| json!({"phase": "Pending", "containerStatuses": [{"name": "main", "state": {"waiting": {"reason": reason, "message": "because"}}}]});
    let crashing = json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "False"}],
        "containerStatuses": [{"name": "a", "state": {"running": {}}}, {"name": "b", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]});
    let homeless = json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes"}]});
    check(
        "v1",
        "Pod",
        &[
            (json!({}), json!({}), State::Rolling, "Pending"),
            (json!({}), json!({"phase": "Succeeded"}), State::Ready, "Succeeded"),
            (
                json!({}),
                json!({"phase": "Failed", "reason": "Evicted", "message": "m"}),
                State::Failed,
                "Evicted",
            ),
            (
                json!({}),
                json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}),
                State::Ready,
                "PodReady",
            ),
            (json!({}), json!({"phase": "Running"}), State::Unready, "NotReady"),
            (json!({}), waits("ContainerCreating"), State::Rolling, "Pending"),
            (json!({}), waits("ImagePullBackOff"), State::Rolling, "ImagePullBackOff"),
            (json!({}), crashing, State::Unready, "CrashLoopBackOff"),
            (json!({}), homeless, State::Rolling, "Unschedulable"),
        ],
    );
    check(
        "batch/v1",
        "Job",
        &[
            (json!({}), json!({}), State::Rolling, "NotStarted"),
            (
                json!({}),
                json!({"startTime": "2026-01-01T00:00:00Z"}),
                State::Ready,
                "Started",
            ),
            (json!({"suspend": true}), json!({}), State::Ready, "Suspended"),
            (
                json!({}),
                json!({"conditions": [{"type": "Complete", "status": "True"}]}),
                State::Ready,
                "Complete",
            ),
            (
                json!({}),
                json!({"conditions": [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}]}),
                State::Failed,
                "BackoffLimitExceeded",
            ),
        ],
    );
}

#[test]
fn what_runs_nothing() {
    let balanced = json!({"type": "LoadBalancer"});
    check(
        "v1",
        "Service",
        &[
            (json!({"type": "ClusterIP"}), json!({}), State::Ready, "Exists"),
            (
                balanced.clone(),
                json!({"loadBalancer": {}}),
                State::Rolling,
                "NoAddress",
            ),
            (
                balanced,
                json!({"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}}),
                State::Ready,
                "Exists",
            ),
        ],
    );
    check(
        "v1",
        "PersistentVolumeClaim",
        &[
            (json!({}), json!({"phase": "Bound"}), State::Ready, "Bound"),
            (json!({}), json!({"phase": "Pending"}), State::Ready, "Pending"),
            (json!({}), json!({"phase": "Lost"}), State::Failed, "ClaimLost"),
        ],
    );
    let said = |kind: &str, status: &str| json!({"conditions": [{"type": kind, "status": status, "reason": "Because", "message": "m"}]});
    check(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        &[
            (json!({}), json!({}), State::Rolling, "NotEstablished"),
            (json!({}), said("Established", "True"), State::Ready, "Established"),
            (json!({}), said("NamesAccepted", "False"), State::Failed, "Because"),
        ],
    );
    check(
        "example.org/v1",
        "Thing",
        &[
            (json!({}), json!({}), State::Ready, "Exists"),
            (json!({}), said("Ready", "True"), State::Ready, "Exists"),
            (json!({}), said("Ready", "False"), State::Rolling, "Because"),
            (json!({}), said("Ready", "Unknown"), State::Rolling, "Because"),
            (json!({}), said("Available", "False"), State::Rolling, "Because"),
            (json!({}), said("Reconciling", "True"), State::Rolling, "Because"),
            (json!({}), said("Stalled", "True"), State::Failed, "Because"),
            (json!({}), said("Degraded", "True"), State::Failed, "Because"),
        ],
    );
    check("v1", "ConfigMap", &[(json!(null), json!(null), State::Ready, "Exists")]);
}

#[test]
fn replicas_are_counted_where_there_are_some() {
    for (kind, spec, status, expected) in [
        (
            "Deployment",
            json!({"replicas": 3}),
            json!({"readyReplicas": 2}),
            Some((3, 2)),
        ),
        ("StatefulSet", json!({}), json!({}), Some((1, 0))),
        (
            "DaemonSet",
            json!({}),
            json!({"desiredNumberScheduled": 5, "numberReady": 4}),
            Some((5, 4)),
        ),
        ("Deployment", json!({"replicas": -1}), json!({}), Some((0, 0))),
        ("Service", json!({}), json!({}), None),
    ] {
        let found = replicas(&object("apps/v1", kind, &spec, &status)).map(|found| (found.wanted, found.ready));
        assert_eq!(found, expected, "{kind}");
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<i64>().prop_map(Value::from),
        "[A-Za-z]{0,8}".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        let key = prop_oneof![
            Just("replicas"),
            Just("conditions"),
            Just("type"),
            Just("status"),
            Just("observedGeneration"),
            Just("phase"),
            Just("containerStatuses"),
            Just("state"),
            Just("waiting"),
            Just("reason"),
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(key.prop_map(str::to_owned), inner, 0..5).prop_map(|map| json!(map)),
        ]
    })
}

proptest! {
    #[test]
    fn no_object_breaks_the_rules(spec in any_value(), status in any_value(), kind in 0..9_usize) {
        let kinds = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "Pod", "Service", "PersistentVolumeClaim", "X"];
        let groups = ["apps/v1", "apps/v1", "apps/v1", "apps/v1", "batch/v1", "v1", "v1", "v1", "x/v1"];
        let object = object(groups[kind], kinds[kind], &spec, &status);
        let found = readiness(&object);
        prop_assert!(is_word(&found.reason));
        let _ = replicas(&object);
    }
}
