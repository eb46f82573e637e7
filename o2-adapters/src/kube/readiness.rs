//! Whether an object is as it was wanted: the rules that `kubectl wait`, Helm, Flux and Argo CD agree upon, as functions.
//!
//! They are those of kstatus (sigs.k8s.io/cli-utils), with one more distinction: a workload that is not yet what it shall be
//! is told apart from one that is, but has not enough of it ready.

mod generic;
mod pod;
#[cfg(test)]
mod tests;
mod workload;

use o2_core::error::Excerpt;
use serde_json::Value;

pub(crate) use workload::{Replicas, replicas};

/// How an object is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Readiness {
    pub(crate) state: State,
    /// Why, as one CamelCase word.
    pub(crate) reason: String,
    /// Why, for people.
    pub(crate) message: String,
}

/// How far an object is. The worst is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    /// As it was wanted.
    Ready,
    /// What it shall be, but not enough of it is ready.
    Unready,
    /// On its way to what it shall be.
    Rolling,
    /// It will not become what it shall be without somebody doing something.
    Failed,
    /// Being deleted.
    Terminating,
}

impl Readiness {
    fn new(state: State, reason: &str, message: impl Into<String>) -> Self {
        Self {
            state,
            reason: reason.to_owned(),
            message: message.into(),
        }
    }

    fn ready(reason: &str) -> Self {
        Self::new(State::Ready, reason, "")
    }

    /// What a condition of the object says.
    fn of_condition(state: State, condition: &Value, otherwise: &str) -> Self {
        let word = condition["reason"].as_str().filter(|word| is_word(word));
        let message = condition["message"].as_str().unwrap_or_default();
        Self::new(state, word.unwrap_or(otherwise), Excerpt(message).to_string())
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric())
}

/// How `object` is, as the API server shows it.
pub(crate) fn readiness(object: &Value) -> Readiness {
    if object["metadata"]["deletionTimestamp"].is_string() {
        return Readiness::new(State::Terminating, "Terminating", "is being deleted");
    }
    if is_stale(object) {
        return Readiness::new(
            State::Rolling,
            "NotObserved",
            "its controller has not seen its latest state yet",
        );
    }
    let kind = object["kind"].as_str().unwrap_or_default();
    match (group(object), kind) {
        ("apps", "Deployment") => workload::deployment(object),
        ("apps", "StatefulSet") => workload::stateful_set(object),
        ("apps", "DaemonSet") => workload::daemon_set(object),
        ("apps", "ReplicaSet") | ("", "ReplicationController") => workload::replica_set(object),
        ("batch", "Job") => pod::job(object),
        ("", "Pod") => pod::pod(object),
        ("", "PersistentVolumeClaim") => generic::claim(object),
        ("", "Service") => generic::service(object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => generic::definition(object),
        _ => generic::any(object),
    }
}

fn group(object: &Value) -> &str {
    let version = object["apiVersion"].as_str().unwrap_or_default();
    version.split_once('/').map_or("", |(group, _)| group)
}

/// Whether what the status says is about an earlier state. A controller that does not count says nothing of it.
fn is_stale(object: &Value) -> bool {
    let generation = object["metadata"]["generation"].as_i64();
    let observed = object["status"]["observedGeneration"].as_i64();
    generation
        .zip(observed)
        .is_some_and(|(generation, observed)| observed < generation)
}

/// The condition of this type, if it has this status.
fn condition<'o>(object: &'o Value, kind: &str, status: &str) -> Option<&'o Value> {
    let conditions = object["status"]["conditions"].as_array()?;
    conditions
        .iter()
        .find(|condition| condition["type"] == kind && condition["status"] == status)
}

/// A number of the status; none is zero, as Go leaves it out.
fn count(part: &Value) -> i64 {
    part.as_i64().unwrap_or_default()
}
