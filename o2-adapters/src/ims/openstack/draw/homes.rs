//! [`Homes`]: which pool a host belongs to. Nova lets a host be in several aggregates; O2 wants one. And [`Hosts`], the way back.

use std::collections::BTreeMap;

use o2_core::TenantId;

use super::UNASSIGNED;
use crate::ims::openstack::metadata::Notes;
use crate::ims::openstack::wire::{Aggregate, Hypervisor};

/// The pools of hosts and of zones.
#[derive(Debug)]
pub(super) struct Homes {
    hosts: BTreeMap<String, Home>,
    zones: BTreeMap<String, Home>,
    nowhere: Home,
}

/// Where a host belongs.
#[derive(Debug, Clone)]
pub(super) struct Home {
    pub(super) pool: String,
    pub(super) tenant: Option<TenantId>,
    /// All aggregates that it is in.
    pub(super) aggregates: Vec<String>,
}

impl Homes {
    pub(super) fn of(aggregates: &[Aggregate]) -> Self {
        let mut sorted: Vec<&Aggregate> = aggregates.iter().collect();
        // A host is in one zone at most, so the aggregate with the zone decides; otherwise the oldest.
        sorted.sort_by_key(|aggregate| (aggregate.availability_zone.is_none(), aggregate.id));
        let (mut hosts, mut zones) = (BTreeMap::<String, Home>::new(), BTreeMap::new());
        for aggregate in sorted {
            let home = Home {
                pool: aggregate.uuid.clone(),
                tenant: Notes::of(&aggregate.metadata).tenant,
                aggregates: Vec::new(),
            };
            for host in &aggregate.hosts {
                let known = hosts.entry(host.clone()).or_insert_with(|| home.clone());
                known.aggregates.push(aggregate.uuid.clone());
            }
            if let Some(zone) = &aggregate.availability_zone {
                zones.entry(zone.clone()).or_insert(home);
            }
        }
        let nowhere = Home {
            pool: UNASSIGNED.to_owned(),
            tenant: None,
            aggregates: Vec::new(),
        };
        Self { hosts, zones, nowhere }
    }

    pub(super) fn of_host(&self, host: &str) -> &Home {
        self.hosts.get(host).unwrap_or(&self.nowhere)
    }

    /// Where a server belongs: with its host, or with its zone when the host is not to be seen.
    pub(super) fn of_server(&self, host: Option<&str>, zone: Option<&str>) -> &Home {
        let by_host = host.and_then(|host| self.hosts.get(host));
        let by_zone = zone.and_then(|zone| self.zones.get(zone));
        by_host.or(by_zone).unwrap_or(&self.nowhere)
    }
}

/// Hypervisors by the hosts they are on, as aggregates name them. A host of Ironic has many.
#[derive(Debug)]
pub(super) struct Hosts<'w>(BTreeMap<&'w str, Vec<&'w Hypervisor>>);

impl<'w> Hosts<'w> {
    pub(super) fn of_all(hypervisors: &'w [Hypervisor]) -> Self {
        let mut hosts = BTreeMap::<&str, Vec<&Hypervisor>>::new();
        for hypervisor in hypervisors {
            hosts.entry(&hypervisor.service.host).or_default().push(hypervisor);
        }
        Self(hosts)
    }

    /// The hypervisors of an aggregate, in the order of its hosts.
    pub(super) fn of(&self, aggregate: &Aggregate) -> Vec<&'w Hypervisor> {
        let mut names: Vec<&String> = aggregate.hosts.iter().collect();
        names.sort_unstable();
        names.dedup();
        let members = names.into_iter().filter_map(|name| self.0.get(name.as_str()));
        members.flatten().copied().collect()
    }
}
