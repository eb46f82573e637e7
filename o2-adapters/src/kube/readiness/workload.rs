//! Workloads of the group `apps`: things with replicas.

use serde_json::Value;

use super::{Readiness, State, condition, count};

/// How many replicas a workload shall have, and how many are ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Replicas {
    pub(crate) wanted: u32,
    pub(crate) ready: u32,
}

/// The replicas of a workload; `None` for what has none.
pub(crate) fn replicas(object: &Value) -> Option<Replicas> {
    let status = &object["status"];
    let (wanted, ready) = match object["kind"].as_str()? {
        "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController" => {
            (wanted(object), count(&status["readyReplicas"]))
        }
        "DaemonSet" => (count(&status["desiredNumberScheduled"]), count(&status["numberReady"])),
        _ => return None,
    };
    let number = |count: i64| u32::try_from(count.max(0)).unwrap_or(u32::MAX);
    Some(Replicas {
        wanted: number(wanted),
        ready: number(ready),
    })
}

/// How many replicas it shall have; one when it does not say.
fn wanted(object: &Value) -> i64 {
    object["spec"]["replicas"].as_i64().unwrap_or(1)
}

/// Whether its controller has not said anything about it yet.
fn is_new(object: &Value) -> bool {
    object["status"]["observedGeneration"].as_i64().is_none()
}

fn rolling(message: String) -> Readiness {
    Readiness::new(State::Rolling, "RollingOut", message)
}

fn unready(message: String) -> Readiness {
    Readiness::new(State::Unready, "ReplicasNotReady", message)
}

fn new() -> Readiness {
    Readiness::new(State::Rolling, "NotObserved", "its controller has not seen it yet")
}

pub(super) fn deployment(object: &Value) -> Readiness {
    if is_new(object) {
        return new();
    }
    if let Some(failure) = condition(object, "ReplicaFailure", "True") {
        return Readiness::of_condition(State::Failed, failure, "ReplicaFailure");
    }
    let stuck = condition(object, "Progressing", "False");
    if let Some(stuck) = stuck.filter(|condition| condition["reason"] == "ProgressDeadlineExceeded") {
        return Readiness::of_condition(State::Failed, stuck, "ProgressDeadlineExceeded");
    }
    let status = &object["status"];
    let (wanted, updated) = (wanted(object), count(&status["updatedReplicas"]));
    let (all, available) = (count(&status["replicas"]), count(&status["availableReplicas"]));
    if updated < wanted {
        rolling(format!("{updated} of {wanted} replicas are as wanted"))
    } else if all > updated {
        rolling(format!("{} old replicas have not ended", all - updated))
    } else if available < wanted {
        unready(format!("{available} of {wanted} replicas are available"))
    } else if let Some(unavailable) = condition(object, "Available", "False") {
        Readiness::of_condition(State::Unready, unavailable, "NotAvailable")
    } else {
        Readiness::ready("ReplicasReady")
    }
}

pub(super) fn stateful_set(object: &Value) -> Readiness {
    if is_new(object) {
        return new();
    }
    let (spec, status) = (&object["spec"], &object["status"]);
    let (wanted, all) = (wanted(object), count(&status["replicas"]));
    if let Some(behind) = not_updated(spec, status, wanted) {
        return behind;
    }
    let ready = count(&status["readyReplicas"]);
    if all > wanted {
        rolling(format!("{} replicas have not ended", all - wanted))
    } else if ready < wanted {
        unready(format!("{ready} of {wanted} replicas are ready"))
    } else {
        Readiness::ready("ReplicasReady")
    }
}

/// Why a stateful set is not up to date; `None` if it is, or if nobody updates it but by deleting pods.
fn not_updated(spec: &Value, status: &Value, wanted: i64) -> Option<Readiness> {
    let strategy = &spec["updateStrategy"];
    if strategy["type"] == "OnDelete" {
        return None;
    }
    // Pods below the partition stay as they are.
    let partition = count(&strategy["rollingUpdate"]["partition"]);
    let (updated, due) = (count(&status["updatedReplicas"]), (wanted - partition).max(0));
    if updated < due {
        return Some(rolling(format!("{updated} of {due} replicas are as wanted")));
    }
    let (current, update) = (status["currentRevision"].as_str(), status["updateRevision"].as_str());
    if partition == 0 && wanted > 0 && current.zip(update).is_some_and(|(current, update)| current != update) {
        return Some(rolling("the latest revision is not that of all replicas".to_owned()));
    }
    None
}

pub(super) fn daemon_set(object: &Value) -> Readiness {
    if is_new(object) {
        return new();
    }
    let (spec, status) = (&object["spec"], &object["status"]);
    let wanted = count(&status["desiredNumberScheduled"]);
    let updated = count(&status["updatedNumberScheduled"]);
    let available = count(&status["numberAvailable"]);
    if spec["updateStrategy"]["type"] != "OnDelete" && updated < wanted {
        rolling(format!("{updated} of {wanted} replicas are as wanted"))
    } else if available < wanted {
        unready(format!("{available} of {wanted} replicas are available"))
    } else {
        Readiness::ready("ReplicasReady")
    }
}

pub(super) fn replica_set(object: &Value) -> Readiness {
    if let Some(failure) = condition(object, "ReplicaFailure", "True") {
        return Readiness::of_condition(State::Failed, failure, "ReplicaFailure");
    }
    let (wanted, status) = (wanted(object), &object["status"]);
    let (all, ready) = (count(&status["replicas"]), count(&status["readyReplicas"]));
    if all != wanted {
        rolling(format!("there are {all} replicas of {wanted}"))
    } else if ready < wanted {
        unready(format!("{ready} of {wanted} replicas are ready"))
    } else {
        Readiness::ready("ReplicasReady")
    }
}
