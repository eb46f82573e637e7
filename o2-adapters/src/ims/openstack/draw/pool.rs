//! Pools: the aggregates of hosts, and one for the hosts that are in none.

use o2_core::model::Version;
use o2_core::plugin::HealthStatus;
use o2_core::query::Fingerprint;
use o2_ims::ResourcePool;
use o2_ims::model::ObjectHealth;

use super::homes::Hosts;
use super::{show, time};
use crate::ims::openstack::capacity::sum;
use crate::ims::openstack::metadata::Notes;
use crate::ims::openstack::read::World;
use crate::ims::openstack::wire::{Aggregate, Hypervisor};

/// The pool of the hosts that are in no aggregate.
pub(in crate::ims::openstack) const UNASSIGNED: &str = "unassigned";
/// The extension with the hosts of a pool, as Nova's services call them.
pub(in crate::ims::openstack) const HOSTS: &str = "openstack.hosts";

pub(super) fn unassigned(o_cloud: &str) -> ResourcePool {
    let mut pool = ResourcePool::new(UNASSIGNED, "unassigned");
    "What is in no host aggregate".clone_into(&mut pool.description);
    o_cloud.clone_into(&mut pool.o_cloud_id);
    pool
}

pub(super) fn pool(o_cloud: &str, aggregate: &Aggregate, world: &World, hosts: &Hosts<'_>) -> ResourcePool {
    let notes = Notes::of(&aggregate.metadata);
    let mut pool = ResourcePool::new(aggregate.uuid.as_str(), aggregate.name.as_str());
    pool.description = notes.description;
    o_cloud.clone_into(&mut pool.o_cloud_id);
    pool.location.clone_from(&aggregate.availability_zone);
    pool.global_location_id = notes.global_location_id;
    pool.o_cloud_site_id = notes.o_cloud_site_id;
    pool.tags = notes.tags;
    pool.labels = notes.labels;
    pool.tenant_id = notes.tenant;
    pool.created_at = time(aggregate.created_at.as_deref());
    pool.updated_at = time(aggregate.updated_at.as_deref());
    pool.version = Some(state_of(aggregate));
    let members = hosts.of(aggregate);
    // Nothing is said of several hosts together while one of them may be unknown.
    if !world.unknown_hosts {
        pool.health = health(&members);
    }
    pool.extensions = notes.extensions;
    let mut names = aggregate.hosts.clone();
    names.sort_unstable();
    show(&mut pool.extensions, "aggregateId", aggregate.id);
    show(&mut pool.extensions, "hosts", names);
    if !world.unknown_hosts && !world.unknown_capacity {
        let capacities = members.iter().filter_map(|member| world.capacity.get(&member.id));
        show(&mut pool.extensions, "capacity", sum(capacities));
    }
    pool
}

/// The mark of an aggregate's state. Nova has none: its time of change stays the same when hosts come and go.
pub(in crate::ims::openstack) fn state_of(aggregate: &Aggregate) -> Version {
    let mut hosts: Vec<&str> = aggregate.hosts.iter().map(String::as_str).collect();
    hosts.sort_unstable();
    let mut print = Fingerprint::new().text(&aggregate.name);
    for (key, value) in &aggregate.metadata {
        print = print.text(key).text(value);
    }
    print = print.text(aggregate.availability_zone.as_deref().unwrap_or_default());
    for host in hosts {
        print = print.text(host);
    }
    Version::new(format!("{:016x}", print.value()))
}

/// A pool is as well as its hosts are; one without hosts is neither well nor ill.
fn health(members: &[&Hypervisor]) -> Option<ObjectHealth> {
    let down = members.iter().filter(|member| member.state.as_deref() == Some("down"));
    let down: Vec<&str> = down.map(|member| member.hypervisor_hostname.as_str()).collect();
    let mut health = ObjectHealth::new(match down.len() {
        _ if members.is_empty() => return None,
        0 => HealthStatus::Healthy,
        some if some < members.len() => HealthStatus::Degraded,
        _ => HealthStatus::Unhealthy,
    });
    health.message = (!down.is_empty()).then(|| format!("down: {}", down.join(", ")));
    Some(health)
}
