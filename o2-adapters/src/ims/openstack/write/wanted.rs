//! What a request wants a pool to be, in Nova's words.

use std::collections::{BTreeMap, BTreeSet};

use o2_core::{Error, Extensions, Result, TenantId};
use o2_ims::{NewResourcePool, ResourcePoolUpdate};
use serde_json::Value;

use crate::ims::openstack::PREFIX;
use crate::ims::openstack::draw::HOSTS;
use crate::ims::openstack::metadata::{Notes, kept};

/// The extensions that a pool shows and nobody sets.
const SHOWN: [&str; 2] = ["aggregateId", "capacity"];

/// A pool as it shall be.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) zone: Option<String>,
    /// As they are when nothing is said.
    pub(super) hosts: Option<BTreeSet<String>>,
}

impl Wanted {
    pub(super) fn new(new: &NewResourcePool, tenant: Option<&TenantId>) -> Result<Self> {
        if new.resource_pool_id.is_some() {
            return Err(Error::violation(
                "body.resourcePoolId",
                "Nova gives ids itself; leave it out",
            ));
        }
        check_extensions(&new.extensions, &[])?;
        check_replicas(new.replicas)?;
        let notes = Notes {
            description: new.description.clone(),
            global_location_id: new.global_location_id.clone(),
            o_cloud_site_id: new.o_cloud_site_id.clone(),
            tags: new.tags.clone(),
            labels: new.labels.clone(),
            extensions: kept(&new.extensions),
            tenant: tenant.cloned(),
        };
        Ok(Self {
            metadata: notes.metadata()?,
            zone: new.location.clone(),
            hosts: hosts(&new.extensions)?,
        })
    }

    /// `tenant` is whose the pool is, which no update changes.
    pub(super) fn update(update: &ResourcePoolUpdate, tenant: Option<TenantId>) -> Result<Self> {
        check_extensions(&update.extensions, &SHOWN)?;
        check_replicas(update.replicas)?;
        let notes = Notes {
            description: update.description.clone(),
            global_location_id: update.global_location_id.clone(),
            o_cloud_site_id: update.o_cloud_site_id.clone(),
            tags: update.tags.clone(),
            labels: update.labels.clone(),
            extensions: kept(&update.extensions),
            tenant,
        };
        Ok(Self {
            metadata: notes.metadata()?,
            zone: update.location.clone(),
            hosts: hosts(&update.extensions)?,
        })
    }
}

fn check_replicas(replicas: Option<u32>) -> Result<()> {
    if replicas.is_none() {
        return Ok(());
    }
    Err(Error::violation(
        "body.replicas",
        format!("an aggregate has hosts, not replicas; name them in '{HOSTS}'"),
    ))
}

fn check_extensions(extensions: &Extensions, shown: &[&str]) -> Result<()> {
    let own = format!("{PREFIX}.");
    let names = extensions.keys().filter_map(|key| key.strip_prefix(&own));
    for name in names {
        if format!("{own}{name}") != HOSTS && !shown.contains(&name) {
            return Err(Error::violation(
                format!("body.extensions.{own}{name}"),
                format!("'{HOSTS}' is the only extension of this backend that can be set"),
            ));
        }
    }
    Ok(())
}

fn hosts(extensions: &Extensions) -> Result<Option<BTreeSet<String>>> {
    let wrong = || Error::violation(format!("body.extensions.{HOSTS}"), "must be a list of names of hosts");
    match extensions.get(HOSTS) {
        None => Ok(None),
        Some(Value::Array(hosts)) => {
            let hosts = hosts.iter().map(|host| host.as_str().filter(|host| !host.is_empty()));
            let hosts = hosts.map(|host| host.map(str::to_owned).ok_or_else(wrong));
            hosts.collect::<Result<_>>().map(Some)
        }
        Some(_) => Err(wrong()),
    }
}
