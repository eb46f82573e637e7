//! What `watch` reports.

use std::fmt::Debug;
use std::sync::Arc;

use o2_core::Model;
use o2_core::model::Change;
use o2_dms::{Deployment, DeploymentChange, DeploymentObject, DeploymentPackage};
use o2_ims::{DeploymentManager, InventoryChange, InventoryObject, Resource, ResourcePool, ResourceType};
use proptest::prelude::*;
use serde::de::DeserializeOwned;

use crate::strategies::{model, native_id, time};

/// A change of the inventory.
pub fn inventory_change() -> impl Strategy<Value = InventoryChange> {
    prop_oneof![
        change(model::<DeploymentManager>(), InventoryObject::DeploymentManager),
        change(model::<ResourcePool>(), InventoryObject::ResourcePool),
        change(model::<Resource>(), InventoryObject::Resource),
        change(model::<ResourceType>(), InventoryObject::ResourceType),
    ]
}

/// A change of a package or a deployment.
pub fn deployment_change() -> impl Strategy<Value = DeploymentChange> {
    prop_oneof![
        change(model::<DeploymentPackage>(), DeploymentObject::Package),
        change(model::<Deployment>(), DeploymentObject::Deployment),
    ]
}

/// A change of an object. An update keeps its id and nothing else.
fn change<T, O>(object: BoxedStrategy<T>, wrap: fn(Arc<T>) -> O) -> BoxedStrategy<Change<O>>
where
    T: Model + DeserializeOwned + Debug,
    O: Debug + 'static,
{
    let wrap = move |object: T| wrap(Arc::new(object));
    let created = (object.clone(), time(), native_id());
    let created = created.prop_map(move |(after, time, resume)| Change::created(wrap(after), time, resume));
    let updated = (object.clone(), object.clone(), time(), native_id());
    let updated = updated.prop_map(move |(before, after, time, resume)| {
        let after = with_id(after, before.id());
        Change::updated(wrap(before), wrap(after), time, resume)
    });
    let deleted = (object, time(), native_id());
    let deleted = deleted.prop_map(move |(before, time, resume)| Change::deleted(wrap(before), time, resume));
    prop_oneof![created, updated, deleted].boxed()
}

/// The object with another id. What the wire does not carry is absent in generated models anyway.
fn with_id<T: Model + DeserializeOwned>(object: T, id: &str) -> T {
    let renamed = serde_json::to_value(object).and_then(|mut json| {
        for name in T::IDS.iter().take(1) {
            json[*name] = id.into();
        }
        serde_json::from_value(json)
    });
    renamed.unwrap_or_else(|error| panic!("{error}"))
}
