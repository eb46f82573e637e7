//! One row for each way in which a claim or a composite resource may stand.

use std::time::Duration;

use kube::api::DynamicObject;
use o2_core::Timestamp;
use o2_dms::DeploymentStatus as Status;
use serde_json::{Value, json};

use crate::dms::crossplane::object::Object;
use crate::dms::crossplane::standing::{Limits, Looking, Standing};
use crate::kube::Kind;
use crate::kube::deployed::{NotedWork, WorkKind};

static KIND: Kind = Kind::of_namespaces("platform.example.org", "v1alpha1", "EdgeApp", "edgeapps");
/// It is minute 20, and work began at minute 10.
const NOW: i64 = 20;
const BEGAN: i64 = 10;

fn at(minutes: i64) -> Value {
    json!(Timestamp::from_unix_seconds(minutes * 60))
}

fn object(metadata: &Value, conditions: &[Value]) -> Object {
    let mut object = json!({
        "apiVersion": KIND.api_version(), "kind": KIND.name,
        "metadata": {"name": "web", "namespace": "edge", "uid": "u", "generation": 2, "creationTimestamp": at(1)},
        "spec": {},
        "status": {"conditions": conditions, "lastHandledReconcileAt": "t.2"},
    });
    let added = metadata.as_object().unwrap().clone();
    object["metadata"].as_object_mut().unwrap().extend(added);
    let object: DynamicObject = serde_json::from_value(object).unwrap();
    Object::read(&KIND, object).unwrap()
}

/// A condition since a minute, about a state.
fn condition(kind: &str, status: &str, reason: &str, since: i64, generation: Option<i64>) -> Value {
    let mut condition = json!({
        "type": kind, "status": status, "reason": reason, "message": "why", "lastTransitionTime": at(since),
    });
    if let Some(generation) = generation {
        condition["observedGeneration"] = json!(generation);
    }
    condition
}

fn work(kind: WorkKind) -> NotedWork {
    NotedWork {
        kind,
        at: Timestamp::from_unix_seconds(BEGAN * 60),
        token: "t.2".to_owned(),
    }
}

/// How it stands at a minute: work may take 15 minutes, errors may last for two, and what is said in the first minute may be
/// about what was before.
fn standing_at(
    now: i64,
    object: &Object,
    bound: Option<&Object>,
    is_claim: bool,
    work: Option<&NotedWork>,
) -> Standing {
    let minutes = |count: u64| Duration::from_secs(count * 60);
    let looking = Looking {
        object,
        bound,
        is_claim,
        work,
        now: Timestamp::from_unix_seconds(now * 60),
        limits: Limits {
            work: minutes(15),
            error: minutes(2),
            settle: minutes(1),
        },
    };
    looking.standing()
}

#[test]
fn every_way_to_stand_has_a_state() {
    let none = json!({});
    let deleting = json!({"deletionTimestamp": at(9), "finalizers": ["composite.apiextensions.crossplane.io"]});
    let paused = json!({"annotations": {"crossplane.io/paused": "true"}});
    let not_paused = json!({"annotations": {"crossplane.io/paused": "false"}});
    let synced = |status: &str, since: i64| {
        let reason = if status == "True" {
            "ReconcileSuccess"
        } else {
            "ReconcileError"
        };
        condition("Synced", status, reason, since, Some(2))
    };
    let ready = |since: i64| condition("Ready", "True", "Available", since, Some(2));
    let creating = |since: i64| condition("Ready", "False", "Creating", since, Some(2));
    let open = condition("Responsive", "False", "WatchCircuitOpen", 15, Some(2));
    let old = condition("Ready", "True", "Available", 5, Some(1));
    let resumed = condition("Synced", "False", "ReconcilePaused", 5, Some(2));
    let gone = condition("Ready", "False", "Deleting", 15, Some(2));
    let (install, scale) = (Some(WorkKind::Install), Some(WorkKind::Scale));
    let rows = [
        ("deleted", &deleting, vec![ready(5)], scale, Status::Terminating, 10),
        ("deleted beneath", &none, vec![gone], None, Status::Terminating, 10),
        (
            "paused when ready",
            &paused,
            vec![ready(5)],
            scale,
            Status::Deployed,
            100,
        ),
        ("paused when not", &paused, vec![creating(5)], None, Status::Failed, 100),
        ("paused when new", &paused, vec![], None, Status::Unknown, 100),
        ("resumed", &none, vec![resumed, ready(5)], None, Status::Updating, 50),
        ("not paused", &not_paused, vec![ready(5)], None, Status::Deployed, 100),
        ("new", &none, vec![], install, Status::Pending, 5),
        ("new by others, long ago", &none, vec![], None, Status::Failed, 100),
        ("not seen yet", &none, vec![old.clone()], scale, Status::Scaling, 50),
        ("changed by others", &none, vec![old], None, Status::Updating, 50),
        (
            "synced alone",
            &none,
            vec![synced("True", 15)],
            install,
            Status::Instantiating,
            50,
        ),
        (
            "being made",
            &none,
            vec![synced("True", 10), creating(10)],
            install,
            Status::Instantiating,
            50,
        ),
        (
            "being made by others",
            &none,
            vec![creating(15)],
            None,
            Status::Instantiating,
            50,
        ),
        ("being changed", &none, vec![creating(11)], scale, Status::Scaling, 50),
        (
            "made",
            &none,
            vec![synced("True", 10), ready(12)],
            install,
            Status::Deployed,
            100,
        ),
        (
            "an error just now",
            &none,
            vec![synced("False", 19), creating(10)],
            install,
            Status::Instantiating,
            50,
        ),
        (
            "an error for long",
            &none,
            vec![synced("False", 12)],
            install,
            Status::Failed,
            100,
        ),
        (
            "an error at rest",
            &none,
            vec![synced("False", 19), ready(5)],
            None,
            Status::Failed,
            100,
        ),
        (
            "an error that nobody made",
            &none,
            vec![synced("False", 19)],
            None,
            Status::Instantiating,
            50,
        ),
        ("throttled", &none, vec![ready(12), open], scale, Status::Failed, 100),
        (
            "unwell",
            &none,
            vec![synced("True", 10), creating(15)],
            install,
            Status::Failed,
            100,
        ),
        ("unwell for long", &none, vec![creating(2)], None, Status::Failed, 100),
    ];
    for (name, metadata, conditions, kind, status, progress) in rows {
        let (object, work) = (object(metadata, &conditions), kind.map(work));
        let standing = standing_at(NOW, &object, None, false, work.as_ref());
        assert_eq!(
            (standing.status, standing.progress),
            (status, progress),
            "{name}: {}",
            standing.message
        );
        assert!(!standing.message.is_empty(), "{name}");
        // What is in motion ends some day, if anybody knows when it began.
        let moves = standing.status.is_busy() && standing.status != Status::Terminating;
        let known = kind.is_some() || standing.status != Status::Updating;
        assert_eq!(standing.due.is_some(), moves && known, "{name}");
    }
}

#[test]
fn what_does_not_say_its_state_is_believed_a_while_later() {
    let ready = |generation| condition("Ready", "True", "Available", 5, generation);
    let rows = [
        // Releases 1.x, claims, and a repair that is not answered.
        ("1.x", None, false, WorkKind::Update, "t.2", Status::Updating),
        (
            "a claim of 2.x",
            Some(2),
            true,
            WorkKind::Update,
            "t.2",
            Status::Updating,
        ),
        ("2.x", Some(2), false, WorkKind::Update, "t.2", Status::Deployed),
        ("a repair", Some(2), false, WorkKind::Heal, "s.2", Status::Updating),
        (
            "an answered repair",
            Some(2),
            false,
            WorkKind::Heal,
            "t.2",
            Status::Deployed,
        ),
    ];
    for (name, generation, is_claim, kind, token, expected) in rows {
        let object = object(&json!({}), &[ready(generation)]);
        let work = NotedWork {
            token: token.to_owned(),
            ..work(kind)
        };
        let standing = standing_at(BEGAN, &object, None, is_claim, Some(&work));
        assert_eq!(standing.status, expected, "{name}: {}", standing.message);
        if expected.is_busy() {
            let settled = Timestamp::from_unix_seconds((BEGAN + 1) * 60);
            assert_eq!(standing.due, Some(settled), "{name}");
        }
        let later = standing_at(BEGAN + 1, &object, None, is_claim, Some(&work));
        assert_eq!(later.status, Status::Deployed, "{name}: {}", later.message);
    }
}

#[test]
fn what_crossplane_itself_changes_is_no_work_that_was_not_done() {
    let behind = |observed| {
        object(
            &json!({"generation": 3}),
            &[condition("Ready", "True", "Available", 5, Some(observed))],
        )
    };
    let work = work(WorkKind::Scale);
    // The second state is the one that was asked for.
    for (minute, observed, expected) in [
        (NOW, 1, Status::Scaling),
        (NOW, 2, Status::Scaling),
        (60, 1, Status::Failed),
        (60, 2, Status::Updating),
    ] {
        let standing = standing_at(minute, &behind(observed), None, false, Some(&work));
        assert_eq!(standing.status, expected, "{minute} {observed}: {}", standing.message);
    }
}

#[test]
fn a_claim_says_why_its_composite_resource_cannot_be_made() {
    let waiting = [
        condition("Synced", "True", "ReconcileSuccess", 10, None),
        condition("Ready", "False", "Waiting", 10, None),
    ];
    let claim = object(&json!({}), &waiting);
    let composite = object(&json!({}), &[condition("Synced", "False", "ReconcileError", 11, None)]);
    let work = work(WorkKind::Install);
    let standing = standing_at(NOW, &claim, Some(&composite), true, Some(&work));
    assert_eq!(
        (standing.status, standing.message.as_str()),
        (Status::Failed, "ReconcileError: why")
    );
    // Without it, the claim alone says that it waits.
    let alone = standing_at(NOW, &claim, None, true, Some(&work));
    assert_eq!(alone.status, Status::Instantiating);
    // A composite resource of which an earlier state was looked at.
    let behind = object(
        &json!({}),
        &[condition("Synced", "True", "ReconcileSuccess", 11, Some(1))],
    );
    let ready = object(&json!({}), &[condition("Ready", "True", "Available", 5, None)]);
    let standing = standing_at(NOW, &ready, Some(&behind), true, Some(&work));
    assert_eq!(standing.status, Status::Instantiating, "{}", standing.message);
}
