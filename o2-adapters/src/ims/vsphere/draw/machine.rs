//! Virtual machines as resources; their sizes, and templates, as types.

use o2_core::plugin::HealthStatus;
use o2_ims::model::{ObjectHealth, ResourceClass, ResourceKind};
use o2_ims::{Resource, ResourceType};
use serde_json::json;

use super::pool::pool_id;
use super::thing::{Thing, note, value};
use super::{Site, health};
use crate::held::Drawn;

fn is_template(thing: Thing<'_>) -> bool {
    thing.text("config.template") == Some("true")
}

pub(super) fn draw(site: Site<'_>, thing: Thing<'_>, drawn: &Drawn) -> Option<(Resource, ResourceType)> {
    if is_template(thing) {
        return None;
    }
    let of = size(site, thing);
    let pool = pool_id(site, &thing.reference("resourcePool")?)?;
    // It is whose its pool is.
    let tenant = drawn.pools.get(&pool).and_then(|pool| pool.tenant_id.clone());
    let id = thing.text("config.instanceUuid")?;
    let mut machine = Resource::new(id, of.resource_type_id.clone(), pool);
    machine.name = Some(thing.name()?);
    machine.description = "virtual machine".to_owned();
    machine.global_asset_id = Some(id.to_owned());
    machine.tenant_id = tenant;
    machine.health = condition(thing);
    for (key, property) in [
        ("connectionState", "runtime.connectionState"),
        ("powerState", "runtime.powerState"),
        ("guestId", "config.guestId"),
        ("overallStatus", "overallStatus"),
        ("cpus", "summary.config.numCpu"),
        ("memoryMib", "summary.config.memorySizeMB"),
    ] {
        note(&mut machine.extensions, key, thing.text(property).map(value));
    }
    let host = thing.reference("runtime.host").map(|host| json!(site.id(&host)));
    note(&mut machine.extensions, "hostId", host);
    let datacenter = site.datacenter(thing).map(|name| json!(name));
    note(&mut machine.extensions, "datacenter", datacenter);
    note(&mut machine.extensions, "moRef", Some(json!(thing.object.id)));
    Some((machine, of))
}

fn condition(thing: Thing<'_>) -> Option<ObjectHealth> {
    match thing.text("runtime.connectionState") {
        Some(state) if state != "connected" => {
            let mut health = ObjectHealth::new(HealthStatus::Unhealthy);
            health.message = Some(format!("it is {state}"));
            Some(health)
        }
        _ => health(thing.text("overallStatus")),
    }
}

/// Machines of the same size are of one type.
fn size(site: Site<'_>, thing: Thing<'_>) -> ResourceType {
    let part = |property| thing.text(property).unwrap_or("unknown");
    let (cpus, memory) = (part("summary.config.numCpu"), part("summary.config.memorySizeMB"));
    let mut of = ResourceType::new(
        format!("size:{cpus}-{memory}"),
        format!("{cpus} processors, {memory} MiB"),
    );
    of.description = "virtual machines of one size".to_owned();
    shape(&mut of, site, thing);
    of
}

/// What a template makes.
pub(super) fn template(site: Site<'_>, thing: Thing<'_>) -> Option<ResourceType> {
    if thing.object.kind != "VirtualMachine" || !is_template(thing) {
        return None;
    }
    let id = format!("template:{}", thing.text("config.instanceUuid")?);
    let mut of = ResourceType::new(id, thing.name()?);
    of.description = "template of virtual machines".to_owned();
    shape(&mut of, site, thing);
    note(&mut of.extensions, "guestId", thing.text("config.guestId").map(value));
    Some(of)
}

fn shape(of: &mut ResourceType, site: Site<'_>, thing: Thing<'_>) {
    "VMware".clone_into(&mut of.vendor);
    of.resource_kind = ResourceKind::Logical;
    of.resource_class = ResourceClass::Compute;
    of.o_cloud_id = site.o_cloud();
    note(
        &mut of.extensions,
        "cpus",
        thing.text("summary.config.numCpu").map(value),
    );
    let memory = thing.text("summary.config.memorySizeMB").map(value);
    note(&mut of.extensions, "memoryMib", memory);
}
