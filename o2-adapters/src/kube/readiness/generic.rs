//! Everything that runs nothing.

use serde_json::Value;

use super::{Readiness, State, condition};

/// A claim that waits for its first pod cannot be told from one that waits for a volume; that the pod waits will show.
pub(super) fn claim(object: &Value) -> Readiness {
    match object["status"]["phase"].as_str() {
        Some("Lost") => Readiness::new(State::Failed, "ClaimLost", "its volume is lost"),
        Some("Bound") => Readiness::ready("Bound"),
        _ => Readiness::ready("Pending"),
    }
}

pub(super) fn service(object: &Value) -> Readiness {
    let ingress = object["status"]["loadBalancer"]["ingress"].as_array();
    let has_address = ingress.is_some_and(|ingress| !ingress.is_empty());
    if object["spec"]["type"] == "LoadBalancer" && !has_address {
        return Readiness::new(State::Rolling, "NoAddress", "the load balancer has no address yet");
    }
    Readiness::ready("Exists")
}

pub(super) fn definition(object: &Value) -> Readiness {
    if condition(object, "Established", "True").is_some() {
        return Readiness::ready("Established");
    }
    match condition(object, "NamesAccepted", "False") {
        Some(refused) => Readiness::of_condition(State::Failed, refused, "NamesNotAccepted"),
        None => Readiness::new(State::Rolling, "NotEstablished", "is not established yet"),
    }
}

/// Any other object: by the conditions that controllers have agreed upon, if it has some.
pub(super) fn any(object: &Value) -> Readiness {
    for bad in ["Stalled", "Failed", "Degraded"] {
        if let Some(condition) = condition(object, bad, "True") {
            return Readiness::of_condition(State::Failed, condition, bad);
        }
    }
    for (good, reason) in [("Ready", "NotReady"), ("Available", "NotAvailable")] {
        if let Some(condition) = condition(object, good, "False").or_else(|| condition_unknown(object, good)) {
            return Readiness::of_condition(State::Rolling, condition, reason);
        }
    }
    if let Some(condition) = condition(object, "Reconciling", "True") {
        return Readiness::of_condition(State::Rolling, condition, "Reconciling");
    }
    Readiness::ready("Exists")
}

fn condition_unknown<'o>(object: &'o Value, kind: &str) -> Option<&'o Value> {
    condition(object, kind, "Unknown")
}
