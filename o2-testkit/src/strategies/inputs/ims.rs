//! What is asked of infrastructure.

use o2_core::model::Version;
use o2_ims::{DeleteOptions, NewResource, NewResourcePool, Resource, ResourcePool, ResourcePoolUpdate};
use proptest::option;
use proptest::prelude::*;

use crate::strategies::{chosen_id, model};

/// A pool to create.
pub fn new_resource_pool() -> impl Strategy<Value = NewResourcePool> {
    (model::<ResourcePool>(), option::of(chosen_id())).prop_map(|(pool, id)| {
        let mut new = NewResourcePool::new(pool.name);
        new.resource_pool_id = id.map(Into::into);
        new.description = pool.description;
        new.global_location_id = pool.global_location_id;
        new.location = pool.location;
        new.o_cloud_site_id = pool.o_cloud_site_id;
        new.replicas = pool.replicas;
        new.labels = pool.labels;
        new.tags = pool.tags;
        new.extensions = pool.extensions;
        new
    })
}

/// The new state of a pool, whatever it was before.
pub fn resource_pool_update() -> impl Strategy<Value = ResourcePoolUpdate> {
    model::<ResourcePool>().prop_map(|pool| ResourcePoolUpdate::of(&pool))
}

/// A resource to create.
pub fn new_resource() -> impl Strategy<Value = NewResource> {
    (model::<Resource>(), option::of(chosen_id())).prop_map(|(resource, id)| {
        let mut new = NewResource::new(resource.resource_type_id, resource.resource_pool_id);
        new.resource_id = id.map(Into::into);
        new.name = resource.name;
        new.description = resource.description;
        new.global_asset_id = resource.global_asset_id;
        new.tags = resource.tags;
        new.labels = resource.labels;
        new.extensions = resource.extensions;
        new
    })
}

/// How to delete.
pub fn delete_options() -> impl Strategy<Value = DeleteOptions> {
    let version = option::of((0..3u8).prop_map(|number| Version::new(number.to_string())));
    (any::<bool>(), version).prop_map(|(force, expected)| {
        let options = if force {
            DeleteOptions::force()
        } else {
            DeleteOptions::default()
        };
        options.with_expected(expected)
    })
}
