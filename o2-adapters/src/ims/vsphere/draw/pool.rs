//! Pools: clusters, hosts that stand alone, and the resource pools below them.

use o2_core::Extensions;
use o2_core::model::Version;
use o2_core::query::Fingerprint;
use o2_ims::{ResourcePool, ResourcePoolUpdate};
use serde_json::{Value, json};

use super::super::vim::{Allocation, Element, Ref};
use super::thing::{Thing, note, value};
use super::{Notes, Site, health};

/// The pool that an object is, if it is one.
pub(super) fn draw(site: Site<'_>, thing: Thing<'_>, key: Option<&str>) -> Option<ResourcePool> {
    let own = match thing.object.kind.as_str() {
        "ComputeResource" | "ClusterComputeResource" => compute(thing),
        "ResourcePool" | "VirtualApp" => nested(site, thing)?,
        _ => return None,
    };
    let notes = Notes::of(thing, key);
    let mut pool = ResourcePool::new(site.id(thing.object), thing.name()?);
    pool.o_cloud_id = site.o_cloud();
    pool.location = site.datacenter(thing);
    pool.description = notes.description;
    pool.tenant_id = notes.tenant_id;
    pool.labels = notes.labels;
    pool.tags = notes.tags;
    pool.global_location_id = notes.global_location_id;
    pool.o_cloud_site_id = notes.o_cloud_site_id;
    pool.extensions = notes.extensions;
    pool.extensions.extend(own);
    note(&mut pool.extensions, "kind", Some(json!(thing.object.kind)));
    pool.version = version(&pool);
    for (key, property) in [
        ("totalCpuMhz", "summary.totalCpu"),
        ("totalMemoryBytes", "summary.totalMemory"),
        ("cpuCores", "summary.numCpuCores"),
        ("hosts", "summary.numHosts"),
        ("overallStatus", "overallStatus"),
    ] {
        note(&mut pool.extensions, key, thing.text(property).map(value));
    }
    pool.health = health(thing.text("overallStatus"));
    Some(pool)
}

/// It is made of what an update can say, so that the business of the hosts does not make a state stale.
fn version(pool: &ResourcePool) -> Option<Version> {
    let text = serde_json::to_string(&ResourcePoolUpdate::of(pool)).ok()?;
    Some(Version::new(format!("{:016x}", Fingerprint::new().text(&text).value())))
}

fn compute(thing: Thing<'_>) -> Extensions {
    let mut extensions = Extensions::new();
    let drs = thing.text("configuration.drsConfig.enabled").map(value);
    note(&mut extensions, "drsEnabled", drs);
    let ha = thing.text("configuration.dasConfig.enabled").map(value);
    note(&mut extensions, "haEnabled", ha);
    extensions
}

/// A pool below another one. The first pool of a cluster is the cluster.
fn nested(site: Site<'_>, thing: Thing<'_>) -> Option<Extensions> {
    let parent = thing.reference("parent")?;
    if !is_pool(&parent) {
        return None;
    }
    let mut extensions = Extensions::new();
    let above = pool_id(site, &parent).map(Value::from);
    note(&mut extensions, "parentPoolId", above);
    let cluster = thing.reference("owner").map(|owner| json!(site.id(&owner)));
    note(&mut extensions, "clusterId", cluster);
    for (key, property) in [
        ("cpuAllocation", "config.cpuAllocation"),
        ("memoryAllocation", "config.memoryAllocation"),
    ] {
        let shown = thing.properties.get(property).and_then(allocation).map(shown);
        note(&mut extensions, key, shown);
    }
    Some(extensions)
}

fn is_pool(object: &Ref) -> bool {
    matches!(object.kind.as_str(), "ResourcePool" | "VirtualApp")
}

/// The id of the pool that a resource pool is shown as: of its cluster, if it is the first one of that.
pub(super) fn pool_id(site: Site<'_>, pool: &Ref) -> Option<String> {
    let parent = site.thing(pool)?.reference("parent")?;
    Some(site.id(if is_pool(&parent) { pool } else { &parent }))
}

/// An allocation, as the vCenter says it.
pub(in super::super) fn allocation(sent: &Element) -> Option<Allocation> {
    let number = |path: &[&str]| sent.text_at(path).and_then(|text| text.parse().ok());
    Some(Allocation {
        reservation: number(&["reservation"])?,
        expandable: sent.text_at(&["expandableReservation"]) == Some("true"),
        limit: number(&["limit"]).unwrap_or(-1),
        shares: number(&["shares", "shares"]).unwrap_or_default(),
        level: sent.text_at(&["shares", "level"]).unwrap_or("normal").to_owned(),
    })
}

fn shown(allocation: Allocation) -> Value {
    json!({
        "reservation": allocation.reservation,
        "expandable": allocation.expandable,
        "limit": allocation.limit,
        "shares": allocation.shares,
        "level": allocation.level,
    })
}
