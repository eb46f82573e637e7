//! Creating, changing and deleting pools.

use std::sync::Arc;

use o2_core::error::Excerpt;
use o2_core::model::Version;
use o2_core::{Context, Error, ErrorKind, Extensions, Model, Result, TenantId};
use o2_ims::{DeleteOptions, InventoryObject, NewResourcePool, ResourcePool, ResourcePoolId, ResourcePoolUpdate};

use super::catalogue::{DEFAULT_NODE, NodeType};
use super::pool::Pool;
use super::state::State;
use crate::memory::{MAX_NAME, Moment, check_given_id};

const REPLICAS: &str = "replicas";
const INSTANCE_TYPE: &str = "instanceType";

impl State {
    pub(super) fn create_pool(
        &mut self,
        context: &Context,
        new: &NewResourcePool,
        now: Moment,
    ) -> Result<Arc<ResourcePool>> {
        check_name(&new.name)?;
        self.check_o_cloud(new.o_cloud_id.as_deref())?;
        let node_type = node_type(&new.extensions)?;
        let replicas = self.replicas(None, new.replicas, &new.extensions)?;
        self.check_name_is_free(context.tenant(), &new.name, None)?;
        let mut pool = ResourcePool::new(self.new_pool_id(new)?, new.name.clone());
        pool.description.clone_from(&new.description);
        pool.o_cloud_id.clone_from(&self.config.o_cloud_id);
        pool.global_location_id.clone_from(&new.global_location_id);
        pool.location.clone_from(&new.location);
        pool.o_cloud_site_id.clone_from(&new.o_cloud_site_id);
        pool.labels.clone_from(&new.labels);
        pool.tags.clone_from(&new.tags);
        pool.extensions.clone_from(&new.extensions);
        pool.tenant_id = context.tenant().cloned();
        pool.created_at = Some(now.time);
        pool.updated_at = Some(now.time);
        pool.version = Some(self.journal.next_version());
        set_replicas(&mut pool, replicas);
        let id = pool.resource_pool_id.clone();
        let pool = Pool::new(pool, node_type);
        let object = Arc::clone(&pool.object);
        self.pools.insert(id.clone(), pool);
        self.journal
            .created(InventoryObject::ResourcePool(Arc::clone(&object)), now.time);
        let message = format!("created for {} nodes", replicas.unwrap_or_default());
        self.happened(&id, "PoolCreated", message, now.time);
        self.plan_node(&id, now);
        Ok(object)
    }

    pub(super) fn update_pool(
        &mut self,
        context: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
        now: Moment,
    ) -> Result<Arc<ResourcePool>> {
        let before = Arc::clone(&self.visible_pool(context, id)?.object);
        check_expected("resource pool", update.expected.as_ref(), before.version.as_ref())?;
        check_name(&update.name)?;
        check_immutable(&before, update)?;
        let replicas = self.replicas(Some(&before), update.replicas, &update.extensions)?;
        self.check_name_is_free(before.tenant_id.as_ref(), &update.name, Some(id))?;
        let leaving = self.leaving(id, replicas)?;
        self.revise(id, now.time, |pool| {
            pool.name.clone_from(&update.name);
            pool.description.clone_from(&update.description);
            pool.labels.clone_from(&update.labels);
            pool.tags.clone_from(&update.tags);
            pool.extensions.clone_from(&update.extensions);
            if let Some(node_type) = before.extensions.get(INSTANCE_TYPE) {
                pool.extensions.insert(INSTANCE_TYPE.into(), node_type.clone());
            }
            set_replicas(pool, replicas);
        });
        if replicas != before.replicas {
            let message = match replicas {
                Some(replicas) => format!("to have {replicas} nodes"),
                None => "no longer scaled".to_owned(),
            };
            self.happened(id, "PoolScaled", message, now.time);
            self.remove_nodes(id, &leaving, now);
            self.revise(id, now.time, |_| ());
            self.timeline.retain(|planned| planned != id);
            self.plan_node(id, now);
        }
        Ok(Arc::clone(&self.visible_pool(context, id)?.object))
    }

    pub(super) fn delete_pool(
        &mut self,
        context: &Context,
        id: &ResourcePoolId,
        options: &DeleteOptions,
        now: Moment,
    ) -> Result<()> {
        let pool = self.visible_pool(context, id)?;
        check_expected("resource pool", options.expected.as_ref(), pool.object.version.as_ref())?;
        let members: Vec<_> = pool.members.keys().cloned().collect();
        if !members.is_empty() && !options.force {
            return Err(Error::conflict(format!(
                "resource pool '{id}' has {} resources; delete them first, or delete it with force",
                members.len()
            )));
        }
        let foreign = pool
            .members
            .values()
            .filter(|member| !context.sees(member.tenant_id.as_ref()));
        if foreign.count() > 0 {
            return Err(Error::conflict(format!(
                "resource pool '{id}' has resources of other tenants and cannot be deleted"
            )));
        }
        self.timeline.retain(|planned| planned != id);
        members.iter().for_each(|member| self.dismiss(member, now.time));
        if let Some(pool) = self.pools.remove(id) {
            self.journal
                .deleted(InventoryObject::ResourcePool(pool.object), now.time);
        }
        Ok(())
    }

    /// The pool.
    ///
    /// # Errors
    /// `NotFound` when it does not exist for the caller.
    pub(super) fn visible_pool(&self, context: &Context, id: &ResourcePoolId) -> Result<&Pool> {
        self.pool(context, id.as_str())
            .ok_or_else(|| Error::not_found(ResourcePool::OBJECT, id.as_str()))
    }

    fn new_pool_id(&mut self, new: &NewResourcePool) -> Result<ResourcePoolId> {
        let Some(id) = &new.resource_pool_id else {
            let pools = &self.pools;
            return Ok(self.ids.next("pool", |id| pools.contains_key(id)).into());
        };
        check_given_id("resourcePoolId", id.as_str())?;
        if self.pools.contains_key(id) {
            return Err(Error::already_exists(ResourcePool::OBJECT, id.as_str()));
        }
        Ok(id.clone())
    }

    fn check_o_cloud(&self, given: Option<&str>) -> Result<()> {
        let own = &self.config.o_cloud_id;
        match given {
            Some(id) if id != own => Err(Error::violation(
                "oCloudId",
                format!("is '{}', but this O-Cloud is '{own}'", Excerpt(id)),
            )),
            _ => Ok(()),
        }
    }

    /// Names are unique among the pools of one owner.
    fn check_name_is_free(&self, owner: Option<&TenantId>, name: &str, except: Option<&ResourcePoolId>) -> Result<()> {
        let taken = self.pools.iter().any(|(id, pool)| {
            Some(id) != except && pool.object.name == name && pool.object.tenant_id.as_ref() == owner
        });
        if taken {
            return Err(Error::already_exists(ResourcePool::OBJECT, name));
        }
        Ok(())
    }

    /// How many nodes a pool shall have: the attribute or the extension, whichever differs from what it has now.
    fn replicas(&self, now: Option<&ResourcePool>, field: Option<u32>, extensions: &Extensions) -> Result<Option<u32>> {
        let extension = extensions.get(REPLICAS).map(read_count).transpose()?;
        let known = now.and_then(|pool| pool.replicas);
        let replicas = match (field, extension) {
            (Some(field), Some(extension)) if field != extension => {
                if known == Some(field) {
                    Some(extension)
                } else if known == Some(extension) {
                    Some(field)
                } else {
                    return Err(Error::violation(
                        REPLICAS,
                        format!("is {field}, but extensions.replicas is {extension}"),
                    ));
                }
            }
            (field, extension) => field.or(extension),
        };
        let max = self.config.max_replicas;
        match replicas {
            Some(count) if count > max => Err(Error::violation(
                REPLICAS,
                format!("is {count}, but a pool has at most {max} nodes"),
            )),
            replicas => Ok(replicas),
        }
    }
}

pub(super) fn check_name(name: &str) -> Result<()> {
    let length = name.chars().count();
    if name.trim().is_empty() || length > MAX_NAME {
        return Err(Error::violation(
            "name",
            format!("must have 1 to {MAX_NAME} characters, not {length}, and not only blanks"),
        ));
    }
    Ok(())
}

/// Fails when the object is not in the state the caller has seen.
pub(super) fn check_expected(object: &str, expected: Option<&Version>, version: Option<&Version>) -> Result<()> {
    match expected {
        Some(_) if expected != version => Err(Error::new(
            ErrorKind::PreconditionFailed,
            format!("the {object} has changed since it was read; read it again"),
        )),
        _ => Ok(()),
    }
}

/// A pool stays where it is and keeps its kind of nodes. Saying nothing about these is not a change.
fn check_immutable(pool: &ResourcePool, update: &ResourcePoolUpdate) -> Result<()> {
    let node_type = |extensions: &Extensions| Some(extensions.get(INSTANCE_TYPE)?.to_string());
    let attributes = [
        (
            "globalLocationId",
            pool.global_location_id.clone(),
            update.global_location_id.clone(),
        ),
        ("location", pool.location.clone(), update.location.clone()),
        (
            "oCloudSiteId",
            pool.o_cloud_site_id.clone(),
            update.o_cloud_site_id.clone(),
        ),
        (
            "extensions.instanceType",
            node_type(&pool.extensions),
            node_type(&update.extensions),
        ),
    ];
    for (attribute, is, wanted) in attributes {
        if wanted.is_some() && wanted != is {
            let is = is.map_or_else(|| "absent".to_owned(), |is| format!("'{}'", Excerpt(&is)));
            return Err(Error::violation(attribute, format!("cannot be changed; it is {is}")));
        }
    }
    Ok(())
}

fn read_count(value: &serde_json::Value) -> Result<u32> {
    value.as_u64().and_then(|count| count.try_into().ok()).ok_or_else(|| {
        Error::violation(
            "extensions.replicas",
            format!("must be a whole number from 0 on, not {}", Excerpt(&value.to_string())),
        )
    })
}

/// The type of nodes that `extensions.instanceType` names.
fn node_type(extensions: &Extensions) -> Result<&'static NodeType> {
    let id = match extensions.get(INSTANCE_TYPE) {
        None => DEFAULT_NODE,
        Some(value) => value.as_str().unwrap_or_default(),
    };
    NodeType::find(id).ok_or_else(|| {
        let known = NodeType::known();
        Error::violation(
            "extensions.instanceType",
            format!("'{}' is not a type of nodes (known: {known})", Excerpt(id)),
        )
    })
}

/// Sets the number, in the extension too if the pool has one: both always say the same.
pub(super) fn set_replicas(pool: &mut ResourcePool, replicas: Option<u32>) {
    pool.replicas = replicas;
    match (pool.extensions.get_mut(REPLICAS), replicas) {
        (Some(extension), Some(replicas)) => *extension = replicas.into(),
        (Some(_), None) => {
            pool.extensions.remove(REPLICAS);
        }
        (None, _) => (),
    }
}
