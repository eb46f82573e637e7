//! What is handed to orchestrators and asked of them.

use std::sync::Arc;

use o2_core::config::DurationText;
use o2_dms::{Deployment, DeploymentPackage};
use o2_ims::{DeploymentManager, Resource, ResourcePool, ResourceType};
use o2_smo::{
    DeploymentEvent, DeploymentInventory, InfrastructureEvent, InfrastructureInventory, NewServiceModel, Policy,
    ServiceModel, SyncReport, WorkflowRequest,
};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::strategies::{chosen_id, extensions, model, models, name, native_id, time, value};

/// The whole infrastructure, with different ids in each list.
pub fn infrastructure_inventory() -> impl Strategy<Value = InfrastructureInventory> {
    let lists = (
        models::<DeploymentManager>(0..3),
        models::<ResourcePool>(0..3),
        models::<Resource>(0..3),
        models::<ResourceType>(0..3),
    );
    (lists, option::of(time()), any::<bool>()).prop_map(|(lists, timestamp, partial)| {
        let mut inventory = InfrastructureInventory::default();
        inventory.deployment_managers = shared(lists.0);
        inventory.resource_pools = shared(lists.1);
        inventory.resources = shared(lists.2);
        inventory.resource_types = shared(lists.3);
        inventory.timestamp = timestamp;
        inventory.partial = partial;
        inventory
    })
}

/// All packages and deployments, with different ids in each list.
pub fn deployment_inventory() -> impl Strategy<Value = DeploymentInventory> {
    let lists = (models::<DeploymentPackage>(0..3), models::<Deployment>(0..3));
    (lists, option::of(time()), any::<bool>()).prop_map(|(lists, timestamp, partial)| {
        let mut inventory = DeploymentInventory::default();
        inventory.packages = shared(lists.0);
        inventory.deployments = shared(lists.1);
        inventory.timestamp = timestamp;
        inventory.partial = partial;
        inventory
    })
}

fn shared<T>(models: Vec<T>) -> Vec<Arc<T>> {
    models.into_iter().map(Arc::new).collect()
}

/// Infrastructure changed.
pub fn infrastructure_event() -> impl Strategy<Value = InfrastructureEvent> {
    let kinds = select(vec![
        ("ResourcePoolCreated", "resourcePool"),
        ("ResourcePoolDeleted", "resourcePool"),
        ("ResourceUpdated", "resource"),
    ]);
    (kinds, option::of(name()), native_id(), option::of(time()), extensions()).prop_map(
        |((event_type, object), event_id, id, timestamp, payload)| {
            let mut event = InfrastructureEvent::default();
            event.event_id = event_id;
            event.event_type = event_type.to_owned();
            event.resource_type = object.to_owned();
            event.resource_id = id;
            event.timestamp = timestamp;
            event.payload = payload;
            event
        },
    )
}

/// A deployment changed.
pub fn deployment_event() -> impl Strategy<Value = DeploymentEvent> {
    let kinds = select(vec!["DeploymentCreated", "DeploymentReady", "DeploymentDeleted"]);
    (kinds, option::of(name()), native_id(), option::of(time()), extensions()).prop_map(
        |(event_type, event_id, id, timestamp, payload)| {
            let mut event = DeploymentEvent::default();
            event.event_id = event_id;
            event.event_type = event_type.to_owned();
            event.deployment_id = id;
            event.timestamp = timestamp;
            event.payload = payload;
            event
        },
    )
}

/// A workflow to run on the default plugin.
pub fn workflow_request() -> impl Strategy<Value = WorkflowRequest> {
    let timeout = option::of((1..600u64).prop_map(DurationText::from_secs));
    (name(), extensions(), timeout).prop_map(|(workflow, parameters, timeout)| {
        let mut request = WorkflowRequest::new(workflow);
        request.parameters = parameters;
        request.timeout = timeout;
        request
    })
}

/// A service model to register at the default plugin.
pub fn new_service_model() -> impl Strategy<Value = NewServiceModel> {
    (model::<ServiceModel>(), option::of(chosen_id())).prop_map(|(model, id)| {
        let mut new = NewServiceModel::new(model.name, model.version);
        new.model_id = id.map(Into::into);
        new.description = model.description;
        new.category = model.category;
        new.template = model.template;
        new.extensions = model.extensions;
        new
    })
}

/// A policy for the default plugin.
pub fn policy() -> impl Strategy<Value = Policy> {
    let free = (extensions(), value(), extensions());
    (option::of(native_id()), name(), name(), free, any::<bool>()).prop_map(|(id, name, kind, free, enabled)| {
        let mut policy = Policy::new(name, kind);
        policy.policy_id = id.map(Into::into);
        (policy.scope, policy.rules, policy.extensions) = free;
        policy.enabled = enabled;
        policy
    })
}

/// What a synchronisation did.
pub fn sync_report() -> impl Strategy<Value = SyncReport> {
    (0..5u64, 0..5u64, 0..5u64).prop_map(|(created, updated, deleted)| SyncReport::synced(created, updated, deleted))
}
