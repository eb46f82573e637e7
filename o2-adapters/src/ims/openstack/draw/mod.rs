//! From what the services sent to what O2 shows. Pure functions.

mod homes;
mod manager;
mod pool;
mod resource;
mod types;

use std::collections::BTreeMap;
use std::sync::Arc;

use o2_core::{Extensions, Model, Timestamp};
use serde::Serialize;
use serde_json::Value;

use super::PREFIX;
use super::drawn::Drawn;
use super::read::World;
use homes::{Homes, Hosts};
pub(super) use pool::{HOSTS, UNASSIGNED, state_of};

/// What the drawing needs to know from the configuration.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    pub(super) o_cloud_id: Option<String>,
    pub(super) service_uri: Option<String>,
}

/// Everything of a region, out of one reading of it: so pools and their members fit together.
pub(super) fn draw(settings: &Settings, world: &World) -> Drawn {
    let o_cloud = settings.o_cloud_id.as_deref().unwrap_or(&world.region);
    let homes = Homes::of(&world.aggregates);
    let mut drawn = Drawn::default();
    insert(&mut drawn.managers, manager::manager(settings, o_cloud, world));
    insert(&mut drawn.pools, pool::unassigned(o_cloud));
    let hosts = Hosts::of_all(&world.hypervisors);
    for aggregate in world.aggregates.iter() {
        insert(&mut drawn.pools, pool::pool(o_cloud, aggregate, world, &hosts));
    }
    for flavor in world.flavors.iter() {
        insert(&mut drawn.types, types::flavor(o_cloud, flavor));
    }
    for volume_type in world.volume_types.iter() {
        insert(&mut drawn.types, types::volume_type(o_cloud, volume_type));
    }
    for hypervisor in world.hypervisors.iter() {
        insert(&mut drawn.types, types::hypervisor(o_cloud, hypervisor));
        let capacity = world.capacity.get(&hypervisor.id);
        insert(&mut drawn.resources, resource::hypervisor(hypervisor, &homes, capacity));
    }
    for server in world.servers.iter() {
        let resource = resource::server(server, &homes);
        let of = resource.resource_type_id.as_str();
        // A flavor may be deleted while servers of it run.
        if !drawn.types.contains_key(of) {
            insert(&mut drawn.types, types::lost_flavor(o_cloud, of));
        }
        insert(&mut drawn.resources, resource);
    }
    drawn
}

fn insert<T: Model>(objects: &mut BTreeMap<String, Arc<T>>, object: T) {
    objects.insert(object.id().to_owned(), Arc::new(object));
}

/// A time as Nova writes it: without a zone it is UTC.
fn time(text: Option<&str>) -> Option<Timestamp> {
    let text = text?;
    Timestamp::parse(text)
        .or_else(|_| Timestamp::parse(&format!("{text}Z")))
        .ok()
}

/// Adds an extension of this backend, unless there is nothing to show.
fn show(extensions: &mut Extensions, name: &str, value: impl Serialize) {
    let value = serde_json::to_value(value).unwrap_or_default();
    let nothing = match &value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    };
    if !nothing {
        extensions.insert(format!("{PREFIX}.{name}"), value);
    }
}
