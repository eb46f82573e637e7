//! Hosts as resources, and what they are of.

use o2_core::plugin::HealthStatus;
use o2_core::query::Fingerprint;
use o2_ims::model::{ObjectHealth, ResourceClass, ResourceKind};
use o2_ims::{Resource, ResourceType};
use serde_json::json;

use super::thing::{Thing, note, value};
use super::{Site, health};

pub(super) fn draw(site: Site<'_>, thing: Thing<'_>) -> Option<(Resource, ResourceType)> {
    let of = of(site, thing);
    let pool = thing.reference("parent")?;
    let mut host = Resource::new(site.id(thing.object), of.resource_type_id.clone(), site.id(&pool));
    host.name = Some(thing.name()?);
    host.description = "ESXi host".to_owned();
    host.global_asset_id = service_tag(thing)
        .or_else(|| hardware(thing, "uuid"))
        .map(str::to_owned);
    host.health = condition(thing);
    for (key, property) in [
        ("connectionState", "runtime.connectionState"),
        ("powerState", "runtime.powerState"),
        ("inMaintenanceMode", "runtime.inMaintenanceMode"),
        ("overallStatus", "overallStatus"),
    ] {
        note(&mut host.extensions, key, thing.text(property).map(value));
    }
    for (key, name) in [
        ("hardwareUuid", "uuid"),
        ("cpuModel", "cpuModel"),
        ("cpuMhz", "cpuMhz"),
        ("cpuPackages", "numCpuPkgs"),
        ("cpuCores", "numCpuCores"),
        ("cpuThreads", "numCpuThreads"),
        ("memoryBytes", "memorySize"),
        ("nics", "numNics"),
        ("hbas", "numHBAs"),
    ] {
        note(&mut host.extensions, key, hardware(thing, name).map(value));
    }
    let datacenter = site.datacenter(thing).map(|name| json!(name));
    note(&mut host.extensions, "datacenter", datacenter);
    let version = thing.inner("summary.config.product", &["version"]);
    note(
        &mut host.extensions,
        "esxiVersion",
        version.map(|version| json!(version)),
    );
    Some((host, of))
}

fn hardware<'t>(thing: Thing<'t>, name: &str) -> Option<&'t str> {
    thing.properties.get("summary.hardware")?.text_at(&[name])
}

/// The label that the maker put on the machine.
fn service_tag(thing: Thing<'_>) -> Option<&str> {
    let hardware = thing.properties.get("summary.hardware")?;
    let mut information = hardware.all("otherIdentifyingInfo");
    let tag = information.find(|one| one.text_at(&["identifierType", "key"]) == Some("ServiceTag"))?;
    tag.text_at(&["identifierValue"])
}

/// A host that the vCenter cannot reach is not well, whatever colour it had last.
fn condition(thing: Thing<'_>) -> Option<ObjectHealth> {
    let (status, message) = match thing.text("runtime.connectionState") {
        Some(state) if state != "connected" => (HealthStatus::Unhealthy, format!("it is {state}")),
        _ if thing.text("runtime.inMaintenanceMode") == Some("true") => {
            (HealthStatus::Degraded, "it is in maintenance".to_owned())
        }
        _ => return health(thing.text("overallStatus")),
    };
    let mut health = ObjectHealth::new(status);
    health.message = Some(message);
    Some(health)
}

/// Hosts of the same make, processors and memory are of one type.
fn of(site: Site<'_>, thing: Thing<'_>) -> ResourceType {
    let part = |name| hardware(thing, name).unwrap_or("unknown");
    let names = ["vendor", "model", "cpuModel", "numCpuCores", "memorySize"];
    let print = names
        .iter()
        .fold(Fingerprint::new(), |print, name| print.text(part(name)));
    let (vendor, model) = (part("vendor"), part("model"));
    let name = format!("{vendor} {model}");
    let mut of = ResourceType::new(format!("host:{:016x}", print.value()), name);
    of.description = "ESXi hosts of one make".to_owned();
    vendor.clone_into(&mut of.vendor);
    model.clone_into(&mut of.model);
    of.resource_kind = ResourceKind::Physical;
    of.resource_class = ResourceClass::Compute;
    of.o_cloud_id = site.o_cloud();
    for (key, name) in [
        ("cpuModel", "cpuModel"),
        ("cpuCores", "numCpuCores"),
        ("memoryBytes", "memorySize"),
    ] {
        note(&mut of.extensions, key, hardware(thing, name).map(value));
    }
    of
}
