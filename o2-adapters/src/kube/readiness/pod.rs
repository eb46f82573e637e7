//! Pods, and jobs that run some to their end.

use o2_core::error::Excerpt;
use serde_json::Value;

use super::{Readiness, State, condition, is_word};

pub(super) fn pod(object: &Value) -> Readiness {
    let status = &object["status"];
    match status["phase"].as_str().unwrap_or_default() {
        "Succeeded" => Readiness::ready("Succeeded"),
        "Failed" => Readiness::of_condition(State::Failed, status, "PodFailed"),
        _ if condition(object, "Ready", "True").is_some() => Readiness::ready("PodReady"),
        phase => {
            let running = phase == "Running";
            let state = if running { State::Unready } else { State::Rolling };
            trouble(object, state).unwrap_or_else(|| {
                let reason = if running { "NotReady" } else { "Pending" };
                Readiness::new(state, reason, format!("is {}", phase.to_lowercase()))
            })
        }
    }
}

/// What keeps a pod from becoming ready, where somebody says so.
fn trouble(object: &Value, state: State) -> Option<Readiness> {
    waiting(object).map_or_else(
        || {
            let scheduled = condition(object, "PodScheduled", "False")?;
            Some(Readiness::of_condition(state, scheduled, "Unschedulable"))
        },
        |(container, waiting)| {
            let reason = waiting["reason"]
                .as_str()
                .filter(|word| is_word(word))
                .unwrap_or("Waiting");
            let message = waiting["message"].as_str().unwrap_or(reason);
            let message = format!("container '{}': {}", Excerpt(container), Excerpt(message));
            Some(Readiness::new(state, reason, message))
        },
    )
}

/// A container that waits for more than its turn.
fn waiting(object: &Value) -> Option<(&str, &Value)> {
    const USUAL: [&str; 2] = ["ContainerCreating", "PodInitializing"];
    let containers = ["initContainerStatuses", "containerStatuses"];
    let containers = containers
        .into_iter()
        .filter_map(|field| object["status"][field].as_array());
    containers.flatten().find_map(|container| {
        let waiting = &container["state"]["waiting"];
        let reason = waiting["reason"].as_str()?;
        (!USUAL.contains(&reason)).then(|| (container["name"].as_str().unwrap_or_default(), waiting))
    })
}

/// A job that has begun is as it was wanted: it may take days.
pub(super) fn job(object: &Value) -> Readiness {
    if let Some(failed) = condition(object, "Failed", "True") {
        return Readiness::of_condition(State::Failed, failed, "JobFailed");
    }
    if condition(object, "Complete", "True").is_some() {
        return Readiness::ready("Complete");
    }
    let suspended = object["spec"]["suspend"] == true;
    if suspended || object["status"]["startTime"].is_string() {
        return Readiness::ready(if suspended { "Suspended" } else { "Started" });
    }
    Readiness::new(State::Rolling, "NotStarted", "has not begun")
}
