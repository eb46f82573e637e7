//! What the service checks before a plugin is asked.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use o2_core::validate::{description, extensions, id, name};
use o2_core::{Error, Id, Model, Result};

use crate::model::{
    DeploymentEvent, DeploymentInventory, InfrastructureEvent, InfrastructureInventory, NewServiceModel, Policy,
    WorkflowRequest,
};

/// Longer than any workflow takes.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(365 * 86_400);

/// Checks a workflow before it is started.
pub(crate) fn workflow(request: &WorkflowRequest) -> Result<()> {
    name("body.workflowName", &request.workflow_name)?;
    match request.timeout {
        Some(timeout) if timeout.is_zero() => {
            Err(Error::violation("body.timeout", "must be longer than no time at all"))
        }
        Some(timeout) if timeout.get() > LONGEST_TIMEOUT => {
            Err(Error::violation("body.timeout", "must be at most 365d"))
        }
        _ => Ok(()),
    }
}

/// Checks a new service model.
pub(crate) fn service_model(new: &NewServiceModel) -> Result<()> {
    name("body.name", &new.name)?;
    name("body.version", &new.version)?;
    description("body.description", &new.description)?;
    extensions("body.extensions", &new.extensions)?;
    optional(name, "body.category", new.category.as_deref())?;
    optional(id, "body.modelId", new.model_id.as_ref().map(Id::as_str))
}

/// Checks a policy. Its id may be qualified: it may be that of a policy to replace.
pub(crate) fn policy(policy: &Policy) -> Result<()> {
    name("body.name", &policy.name)?;
    name("body.policyType", &policy.policy_type)?;
    extensions("body.scope", &policy.scope)?;
    extensions("body.extensions", &policy.extensions)?;
    optional(name, "body.policyId", policy.policy_id.as_ref().map(Id::as_str))
}

/// Checks an event about infrastructure.
pub(crate) fn infrastructure_event(event: &InfrastructureEvent) -> Result<()> {
    optional(name, "body.eventId", event.event_id.as_deref())?;
    name("body.eventType", &event.event_type)?;
    name("body.resourceType", &event.resource_type)?;
    name("body.resourceId", &event.resource_id)
}

/// Checks an event about a deployment.
pub(crate) fn deployment_event(event: &DeploymentEvent) -> Result<()> {
    optional(name, "body.eventId", event.event_id.as_deref())?;
    name("body.eventType", &event.event_type)?;
    name("body.deploymentId", &event.deployment_id)
}

/// Checks an inventory: every object has an id of its own.
pub(crate) fn infrastructure_inventory(inventory: &InfrastructureInventory) -> Result<()> {
    distinct("body.deploymentManagers", &inventory.deployment_managers)?;
    distinct("body.resourcePools", &inventory.resource_pools)?;
    distinct("body.resources", &inventory.resources)?;
    distinct("body.resourceTypes", &inventory.resource_types)
}

/// Checks an inventory: every object has an id of its own.
pub(crate) fn deployment_inventory(inventory: &DeploymentInventory) -> Result<()> {
    distinct("body.packages", &inventory.packages)?;
    distinct("body.deployments", &inventory.deployments)
}

fn optional(check: impl Fn(&str, &str) -> Result<()>, at: &str, text: Option<&str>) -> Result<()> {
    text.map_or(Ok(()), |text| check(at, text))
}

fn distinct<T: Model>(at: &str, objects: &[Arc<T>]) -> Result<()> {
    let mut seen = HashSet::with_capacity(objects.len());
    for (index, object) in objects.iter().enumerate() {
        let at = || format!("{at}[{index}].{}", T::IDS.first().unwrap_or(&"id"));
        if object.id().trim().is_empty() {
            return Err(Error::violation(at(), "must not be empty"));
        }
        if !seen.insert(object.id()) {
            return Err(Error::violation(at(), "is the id of an earlier object too"));
        }
    }
    Ok(())
}
