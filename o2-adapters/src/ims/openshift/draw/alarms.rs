//! The alarms of machines, hosts, configurations and parts of the cluster.

use std::sync::Arc;

use o2_core::Timestamp;
use o2_ims::model::PerceivedSeverity;
use o2_ims::{Alarm, Resource};

use crate::ims::openshift::kinds::{Group, Host, Machine, Operator, Site};
use crate::kube::Meta;
use crate::kube::inventory::Condition;

/// A machine that has failed stays so until it is deleted.
pub(super) fn of_machine(machine: &Machine, resource: &Resource) -> Option<Alarm> {
    let reason = machine.status.error_reason.as_deref().unwrap_or_default();
    let failed = machine.has_failed() || !reason.is_empty();
    failed.then(|| of_resource(resource, "MACHINE_FAILED", reason, machine.meta.created))
}

/// A host that its operator cannot handle.
pub(super) fn of_host(host: &Host, resource: &Resource) -> Option<Alarm> {
    (!host.is_well()).then(|| of_resource(resource, "HOST_ERROR", &host.status.error_type, host.meta.created))
}

fn of_resource(resource: &Resource, definition: &str, cause: &str, raised: Option<Timestamp>) -> Alarm {
    let id = format!("{}.{definition}", resource.resource_id);
    let raised = raised.unwrap_or(Timestamp::UNIX_EPOCH);
    with_cause(
        Alarm::new(id, resource, definition, PerceivedSeverity::Major, raised),
        cause,
    )
}

/// What keeps a pool of one configuration from having it: the particular condition, else the one that sums up.
pub(super) fn of_group(group: &Group, tenant_label: &str) -> Vec<Alarm> {
    if !group.is_config_pool() {
        return Vec::new();
    }
    let conditions = &group.status.conditions;
    let held = |kind: &str| Condition::find(conditions, kind).filter(|condition| condition.holds());
    let particular: Vec<_> = ["NodeDegraded", "RenderDegraded"]
        .into_iter()
        .filter_map(held)
        .collect();
    let raised = if particular.is_empty() {
        held("Degraded").into_iter().collect()
    } else {
        particular
    };
    let mut object = Resource::new(group.meta.uid.as_str(), "MachineConfigPool", group.meta.uid.as_str());
    object.tenant_id = group.meta.tenant(tenant_label);
    let of = |condition: &Condition| {
        let definition = match condition.kind.as_str() {
            "NodeDegraded" => "CONFIG_POOL_NODE_DEGRADED",
            "RenderDegraded" => "CONFIG_POOL_RENDER_DEGRADED",
            _ => "CONFIG_POOL_DEGRADED",
        };
        let id = format!("{}.{}", group.meta.uid, condition.kind);
        of_condition(
            id,
            &object,
            definition,
            PerceivedSeverity::Major,
            condition,
            &group.meta,
        )
    };
    raised.into_iter().map(of).collect()
}

/// What is wrong with parts of the cluster. Their object is the cluster.
pub(super) fn of_operators(operators: &[Arc<Operator>], site: &Site) -> Vec<Alarm> {
    let object = Resource::new(site.about.id.as_str(), "ClusterOperator", site.about.id.as_str());
    let mut alarms = Vec::new();
    for operator in operators {
        for condition in &operator.conditions {
            let (definition, severity) = match (condition.kind.as_str(), condition.status.as_str()) {
                ("Available", "False") => ("OPERATOR_UNAVAILABLE", PerceivedSeverity::Critical),
                ("Degraded", "True") => ("OPERATOR_DEGRADED", PerceivedSeverity::Major),
                _ => continue,
            };
            let id = format!("{}.{}.{}", site.about.id, operator.meta.name, condition.kind);
            let mut alarm = of_condition(id, &object, definition, severity, condition, &operator.meta);
            let name = serde_json::Value::String(operator.meta.name.clone());
            alarm.extensions.insert("openshift.clusterOperator".to_owned(), name);
            alarms.push(alarm);
        }
    }
    alarms
}

fn of_condition(
    id: String,
    object: &Resource,
    definition: &str,
    severity: PerceivedSeverity,
    condition: &Condition,
    meta: &Meta,
) -> Alarm {
    let raised = condition.since().or(meta.created).unwrap_or(Timestamp::UNIX_EPOCH);
    with_cause(Alarm::new(id, object, definition, severity, raised), &condition.reason)
}

fn with_cause(mut alarm: Alarm, cause: &str) -> Alarm {
    if !cause.is_empty() {
        cause.clone_into(&mut alarm.probable_cause_id);
    }
    alarm
}
