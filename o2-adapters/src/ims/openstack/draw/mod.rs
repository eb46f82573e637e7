//! From what the services sent to what O2 shows. Pure functions.

mod homes;
mod manager;
mod pool;
mod resource;
mod types;

use o2_core::{Extensions, Timestamp};
use serde::Serialize;
use serde_json::Value;

use super::PREFIX;
use super::read::World;
use crate::held::Drawn;
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
    drawn.add(manager::manager(settings, o_cloud, world));
    drawn.add(pool::unassigned(o_cloud));
    let hosts = Hosts::of_all(&world.hypervisors);
    for aggregate in world.aggregates.iter() {
        drawn.add(pool::pool(o_cloud, aggregate, world, &hosts));
    }
    for flavor in world.flavors.iter() {
        drawn.add(types::flavor(o_cloud, flavor));
    }
    for volume_type in world.volume_types.iter() {
        drawn.add(types::volume_type(o_cloud, volume_type));
    }
    for hypervisor in world.hypervisors.iter() {
        drawn.add(types::hypervisor(o_cloud, hypervisor));
        let capacity = world.capacity.get(&hypervisor.id);
        drawn.add(resource::hypervisor(hypervisor, &homes, capacity));
    }
    for server in world.servers.iter() {
        let resource = resource::server(server, &homes);
        let of = resource.resource_type_id.as_str();
        // A flavor may be deleted while servers of it run.
        drawn.add_new(of, || types::lost_flavor(o_cloud, of));
        drawn.add(resource);
    }
    drawn
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
