//! The alarms that nodes raise by their conditions.

use o2_core::Timestamp;
use o2_ims::model::PerceivedSeverity;
use o2_ims::{Alarm, Resource};

use super::{Condition, Node};

/// The alarms of a node that is shown as `resource`: one for each condition that is not as it should be.
pub(crate) fn node_alarms(node: &Node, resource: &Resource) -> Vec<Alarm> {
    let conditions = node.status.conditions.iter();
    conditions
        .filter_map(|condition| alarm(node, condition, resource))
        .collect()
}

fn alarm(node: &Node, condition: &Condition, resource: &Resource) -> Option<Alarm> {
    let (definition, severity) = meaning(condition)?;
    let raised = condition.since().or(node.meta.created).unwrap_or(Timestamp::UNIX_EPOCH);
    let id = format!("{}.{}", resource.resource_id, condition.kind);
    let mut alarm = Alarm::new(id, resource, definition, severity, raised);
    if !condition.reason.is_empty() {
        alarm.probable_cause_id.clone_from(&condition.reason);
    }
    Some(alarm)
}

/// Ready is meant to hold; everything else that a node reports is a problem when it holds.
fn meaning(condition: &Condition) -> Option<(&'static str, PerceivedSeverity)> {
    match (condition.kind.as_str(), condition.holds()) {
        ("Ready", true) => None,
        ("Ready", false) => Some(("NODE_DOWN", PerceivedSeverity::Critical)),
        (_, false) => None,
        ("MemoryPressure", _) => Some(("NODE_MEMORY_PRESSURE", PerceivedSeverity::Major)),
        ("DiskPressure", _) => Some(("NODE_DISK_PRESSURE", PerceivedSeverity::Major)),
        ("PIDPressure", _) => Some(("NODE_PID_PRESSURE", PerceivedSeverity::Major)),
        ("NetworkUnavailable", _) => Some(("NODE_NETWORK_UNAVAILABLE", PerceivedSeverity::Major)),
        _ => Some(("NODE_PROBLEM", PerceivedSeverity::Minor)),
    }
}
