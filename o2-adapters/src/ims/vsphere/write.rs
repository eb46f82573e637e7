//! Pools are created, changed and deleted.

mod asked;

use std::sync::Arc;

use o2_core::error::Excerpt;
use o2_core::{Context, Error, ErrorKind, Model, Result};
use o2_ims::{DeleteOptions, NewResourcePool, ResourcePool, ResourcePoolId, ResourcePoolUpdate};

use super::draw::{Notes, allocation};
use super::vim::{Allocation, Ref};
use super::watch::{Seen, Tracker};
use asked::{Asked, kept_extensions};

/// Pools in which others can be created.
const PARENTS: &[&str] = &["ClusterComputeResource", "ComputeResource", "ResourcePool"];
/// Everything that is a pool.
const POOLS: &[&str] = &[
    "ClusterComputeResource",
    "ComputeResource",
    "ResourcePool",
    "VirtualApp",
];
/// Where a request names the pool below which another one is made.
const PARENT: &str = "body.extensions.vsphere.parentPoolId";
/// A value of a custom attribute is not longer.
const LONGEST: usize = 1024;

fn unknown(id: &ResourcePoolId) -> Error {
    Error::not_found(ResourcePool::OBJECT, id.as_str())
}

/// The pool of this id went while it was handled.
fn gone(id: &ResourcePoolId) -> impl Fn(Error) -> Error {
    move |error| {
        if error.is(ErrorKind::NotFound) {
            unknown(id)
        } else {
            error
        }
    }
}

/// The pool as `context` sees it, and the object that it is.
fn found<'s>(
    tracker: &'s Tracker,
    context: &Context,
    seen: &'s Seen,
    id: &ResourcePoolId,
) -> Result<(&'s Ref, Arc<ResourcePool>)> {
    let pool = seen.drawn.pools.get(id.as_str());
    let pool = pool
        .filter(|pool| context.sees(pool.tenant()))
        .ok_or_else(|| unknown(id))?;
    let object = seen.site(&tracker.settings).object(id.as_str(), POOLS);
    Ok((object.ok_or_else(|| unknown(id))?, Arc::clone(pool)))
}

async fn read_back(tracker: &Tracker, context: &Context, id: &ResourcePoolId) -> Result<Arc<ResourcePool>> {
    let seen = tracker.read(context).await?;
    found(tracker, context, &seen, id).map(|(_, pool)| pool)
}

pub(super) async fn create(tracker: &Tracker, context: &Context, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
    tracker.check_open()?;
    check_new(new)?;
    let seen = tracker.read(context).await?;
    let parent = parent(tracker, context, &seen, new)?;
    let asked = Asked::of(&new.extensions)?;
    let notes = Notes {
        description: new.description.clone(),
        tenant_id: context.tenant().cloned(),
        labels: new.labels.clone(),
        tags: new.tags.clone(),
        global_location_id: new.global_location_id.clone(),
        o_cloud_site_id: new.o_cloud_site_id.clone(),
        extensions: kept_extensions(&new.extensions),
    };
    let text = written(&notes)?;
    let key = match text {
        Some(_) => Some(key(tracker, context, &seen).await?),
        None => None,
    };
    let (cpu, memory) = (asked.cpu.onto(&usual())?, asked.memory.onto(&usual())?);
    let pool = tracker
        .vim
        .create_pool(context, &parent, &new.name, [&cpu, &memory])
        .await
        .map_err(|error| {
            if error.is(ErrorKind::NotFound) {
                Error::violation(PARENT, "the pool has gone meanwhile")
            } else {
                error
            }
        })?;
    if let (Some(key), Some(text)) = (key, text)
        && let Err(error) = tracker.vim.set(context, &pool, &key, &text).await
    {
        // A pool without its notes is not what was asked for, and might be everybody's.
        return Err(match tracker.vim.destroy(context, &pool).await {
            Ok(()) => error,
            Err(_) => error.with_detail(format!("the pool {} is left at the vCenter", pool.id)),
        });
    }
    let id = ResourcePoolId::new(format!("{}:{}", seen.about.uuid, pool.id));
    read_back(tracker, context, &id).await
}

fn check_new(new: &NewResourcePool) -> Result<()> {
    if new.resource_pool_id.is_some() {
        return Err(Error::violation(
            "body.resourcePoolId",
            "the vCenter gives ids itself; leave it out",
        ));
    }
    if new.replicas.is_some() {
        return Err(Error::violation(
            "body.replicas",
            "a resource pool of vSphere has no size",
        ));
    }
    check_name(&new.name)
}

fn check_name(name: &str) -> Result<()> {
    if name.is_empty() || name.chars().count() > 80 || name.contains(['%', '/', '\\']) {
        return Err(Error::violation(
            "body.name",
            "must have from 1 to 80 characters, and none of %, / and \\",
        ));
    }
    Ok(())
}

/// What the vCenter gives when nothing else is asked for.
fn usual() -> Allocation {
    Allocation {
        reservation: 0,
        expandable: true,
        limit: -1,
        shares: 4000,
        level: "normal".to_owned(),
    }
}

/// The resource pool below which the new one is made: that which was named, or the only cluster there.
fn parent(tracker: &Tracker, context: &Context, seen: &Seen, new: &NewResourcePool) -> Result<Ref> {
    let at = PARENT;
    let site = seen.site(&tracker.settings);
    let pools = seen.drawn.pools.values();
    let mut there = pools.filter(|pool| {
        let elsewhere = new.location.is_some() && pool.location != new.location;
        context.sees(pool.tenant()) && !elsewhere
    });
    let id = match new.extensions.get("vsphere.parentPoolId") {
        Some(named) => {
            let id = named
                .as_str()
                .ok_or_else(|| Error::violation(at, "must be the id of a pool"))?;
            if !there.any(|pool| pool.id() == id) {
                return Err(Error::violation(at, "there is no such pool in this location"));
            }
            id
        }
        None => {
            let cluster = |pool: &&Arc<ResourcePool>| site.object(pool.id(), &["ClusterComputeResource"]).is_some();
            let clusters: Vec<_> = there.filter(cluster).collect();
            let [only] = clusters[..] else {
                let reason = format!("must name a pool: there is not one cluster but {}", clusters.len());
                return Err(Error::violation(at, reason));
            };
            only.id()
        }
    };
    let object = site.object(id, PARENTS);
    let object = object.ok_or_else(|| Error::violation(at, "a vApp takes no pools of O2"))?;
    if object.kind == "ResourcePool" {
        return Ok(object.clone());
    }
    let first = site.thing(object).and_then(|cluster| cluster.reference("resourcePool"));
    first.ok_or_else(|| Error::violation(at, "our account may not see the resource pool of the cluster"))
}

/// The notes as they are kept; nothing where there is nothing to keep.
fn written(notes: &Notes) -> Result<Option<String>> {
    if *notes == Notes::default() {
        return Ok(None);
    }
    let text = serde_json::to_string(notes).map_err(|error| Error::internal(error.to_string()))?;
    if text.len() > LONGEST {
        let reason = format!(
            "description, labels, tags and extensions take {} bytes; a custom attribute of vSphere holds {LONGEST}",
            text.len()
        );
        return Err(Error::violation("body", reason));
    }
    Ok(Some(text))
}

/// The key of our custom attribute, which is defined when nobody has yet.
async fn key(tracker: &Tracker, context: &Context, seen: &Seen) -> Result<String> {
    if let Some(key) = seen.site(&tracker.settings).key() {
        return Ok(key);
    }
    match tracker.vim.define(context, &tracker.settings.attribute).await {
        // Somebody else was faster.
        Err(error) if error.is(ErrorKind::AlreadyExists) => {
            let seen = tracker.read(context).await?;
            seen.site(&tracker.settings).key().ok_or_else(|| {
                let name = Excerpt(&tracker.settings.attribute).to_string();
                Error::config(format!(
                    "attribute: '{name}' is defined for one type of object only; name another one"
                ))
            })
        }
        outcome => outcome,
    }
}

pub(super) async fn update(
    tracker: &Tracker,
    context: &Context,
    id: &ResourcePoolId,
    update: &ResourcePoolUpdate,
) -> Result<Arc<ResourcePool>> {
    let seen = tracker.read(context).await?;
    let (object, pool) = found(tracker, context, &seen, id)?;
    check_expected(&pool, update.expected.as_ref())?;
    check_fixed(object, &pool, update)?;
    let site = seen.site(&tracker.settings);
    let thing = site.thing(object).ok_or_else(|| unknown(id))?;
    let before = Notes::of(thing, site.key().as_deref());
    let notes = Notes {
        description: update.description.clone(),
        tenant_id: before.tenant_id.clone(),
        labels: update.labels.clone(),
        tags: update.tags.clone(),
        global_location_id: update.global_location_id.clone(),
        o_cloud_site_id: update.o_cloud_site_id.clone(),
        extensions: kept_extensions(&update.extensions),
    };
    let text = written(&notes)?;
    let asked = Asked::of(&update.extensions)?;
    let now = |property: &str| thing.properties.get(property).and_then(allocation);
    let allocations = match (now("config.cpuAllocation"), now("config.memoryAllocation")) {
        (Some(cpu), Some(memory)) => {
            let wanted = [asked.cpu.onto(&cpu)?, asked.memory.onto(&memory)?];
            (wanted != [cpu, memory]).then_some(wanted)
        }
        _ => None,
    };
    let name = (update.name != pool.name).then_some(update.name.as_str());
    if name.is_some() || allocations.is_some() {
        let allocations = allocations.as_ref().map(|[cpu, memory]| [cpu, memory]);
        let version = thing.text("config.changeVersion");
        tracker
            .vim
            .update_pool(context, object, name, allocations, version)
            .await
            .map_err(gone(id))?;
    }
    if notes != before {
        let key = key(tracker, context, &seen).await?;
        tracker
            .vim
            .set(context, object, &key, &text.unwrap_or_default())
            .await
            .map_err(gone(id))?;
    }
    read_back(tracker, context, id).await
}

fn check_expected(pool: &ResourcePool, expected: Option<&o2_core::model::Version>) -> Result<()> {
    if expected.is_some() && expected != pool.version.as_ref() {
        return Err(Error::new(
            ErrorKind::PreconditionFailed,
            "the pool has changed since it was read",
        ));
    }
    Ok(())
}

fn check_fixed(object: &Ref, pool: &ResourcePool, update: &ResourcePoolUpdate) -> Result<()> {
    if update.name != pool.name {
        check_name(&update.name)?;
        if object.kind != "ResourcePool" {
            return Err(Error::violation(
                "body.name",
                "clusters and vApps are named by their administrator",
            ));
        }
    }
    if update.location != pool.location {
        return Err(Error::violation(
            "body.location",
            "it is the datacenter, which a pool cannot leave",
        ));
    }
    if update.replicas.is_some() {
        return Err(Error::violation("body.replicas", "a pool of vSphere has no size"));
    }
    let may_change = ["vsphere.cpuAllocation", "vsphere.memoryAllocation"];
    let own = update.extensions.iter().filter(|(key, _)| key.starts_with("vsphere."));
    for (key, value) in own {
        let changes = object.kind == "ResourcePool" && may_change.contains(&key.as_str());
        // What hosts and machines do is not what the caller wants to change.
        let shown = [
            "vsphere.overallStatus",
            "vsphere.hosts",
            "vsphere.totalCpuMhz",
            "vsphere.totalMemoryBytes",
            "vsphere.cpuCores",
        ];
        if !changes && !shown.contains(&key.as_str()) && pool.extensions.get(key) != Some(value) {
            return Err(Error::violation(
                format!("body.extensions.{}", Excerpt(key)),
                "this cannot be changed through O2",
            ));
        }
    }
    Ok(())
}

pub(super) async fn delete(
    tracker: &Tracker,
    context: &Context,
    id: &ResourcePoolId,
    options: &DeleteOptions,
) -> Result<()> {
    let seen = tracker.read(context).await?;
    let (object, pool) = found(tracker, context, &seen, id)?;
    check_expected(&pool, options.expected.as_ref())?;
    if object.kind != "ResourcePool" {
        return Err(Error::conflict(
            "clusters, hosts and vApps are not deleted through O2: what is in them would be lost",
        ));
    }
    if !options.force {
        let members = tracker.vim.properties(context, object, &["vm", "resourcePool"]).await;
        let members = members.map_err(gone(id))?;
        let has = |property: &str| members.get(property).is_some_and(|list| !list.children.is_empty());
        if has("vm") || has("resourcePool") {
            return Err(Error::conflict(
                "the pool has virtual machines or pools; with force they move to the pool above it",
            ));
        }
    }
    tracker.vim.destroy(context, object).await.map_err(gone(id))?;
    // So that those who watch are told at once.
    tracker.read(context).await.map(drop)
}
