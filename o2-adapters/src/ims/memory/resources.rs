//! Adding and removing single resources, and their health.

use std::sync::Arc;

use o2_core::plugin::HealthStatus;
use o2_core::{Context, Error, Model, Result};
use o2_ims::model::ObjectHealth;
use o2_ims::{DeleteOptions, NewResource, Resource, ResourceId, ResourcePool, ResourcePoolId, ResourceType};

use super::catalogue::NodeType;
use super::pools::{check_expected, check_name, set_replicas};
use super::state::State;
use crate::memory::{Moment, check_given_id};

/// The extension that says that something runs on a resource.
const IN_USE: &str = "memory.inUse";

impl State {
    pub(super) fn create_resource(
        &mut self,
        context: &Context,
        new: &NewResource,
        now: Moment,
    ) -> Result<Arc<Resource>> {
        let missing = |attribute: &str, object: &str, id: &str| {
            let error = Error::not_found(object, id);
            Error::violation(attribute, error.message())
        };
        if let Some(name) = &new.name {
            check_name(name)?;
        }
        let pool_id = &new.resource_pool_id;
        if self.pool(context, pool_id.as_str()).is_none() {
            return Err(missing("resourcePoolId", ResourcePool::OBJECT, pool_id.as_str()));
        }
        let type_id = self.catalogue.types.get_key_value(&new.resource_type_id);
        let Some((type_id, _)) = type_id else {
            return Err(missing(
                "resourceTypeId",
                ResourceType::OBJECT,
                new.resource_type_id.as_str(),
            ));
        };
        let type_id = type_id.clone();
        let mut resource = Resource::new(self.new_resource_id(new)?, type_id, pool_id.clone());
        resource.name.clone_from(&new.name);
        resource.description.clone_from(&new.description);
        resource.global_asset_id.clone_from(&new.global_asset_id);
        resource.tags.clone_from(&new.tags);
        resource.labels.clone_from(&new.labels);
        resource.extensions.clone_from(&new.extensions);
        resource.tenant_id = context.tenant().cloned();
        match NodeType::find(resource.resource_type_id.as_str()) {
            Some(node_type) => self.catalogue.furnish(&mut resource, node_type),
            None => resource.health = Some(ObjectHealth::new(HealthStatus::Healthy)),
        }
        let resource = self.admit(resource, now.time);
        let message = format!("resource '{}' was added", resource.resource_id);
        self.happened(pool_id, "ResourceAdded", message, now.time);
        self.resize(pool_id, 1, now);
        Ok(resource)
    }

    pub(super) fn delete_resource(
        &mut self,
        context: &Context,
        id: &ResourceId,
        options: &DeleteOptions,
        now: Moment,
    ) -> Result<()> {
        let resource = self.visible_resource(context, id)?;
        check_expected("resource", options.expected.as_ref(), resource.version.as_ref())?;
        if is_in_use(&resource) && !options.force {
            return Err(Error::conflict(format!(
                "resource '{id}' is in use; delete it with force to delete it nevertheless"
            )));
        }
        self.dismiss(id, now.time);
        let pool = &resource.resource_pool_id;
        self.happened(
            pool,
            "ResourceRemoved",
            format!("resource '{id}' was removed"),
            now.time,
        );
        self.resize(pool, -1, now);
        Ok(())
    }

    pub(super) fn set_resource_health(&mut self, id: &ResourceId, health: ObjectHealth, now: Moment) -> Result<()> {
        let resource = self
            .resources
            .get(id)
            .map(Arc::clone)
            .ok_or_else(|| Error::not_found("resource", id.as_str()))?;
        if resource.health.as_ref() == Some(&health) {
            return Ok(());
        }
        let message = format!("resource '{id}' is {}", health.status.as_str());
        self.alter(&resource, now.time, |resource| resource.health = Some(health));
        let pool = &resource.resource_pool_id;
        self.happened(pool, "ResourceHealthChanged", message, now.time);
        self.revise(pool, now.time, |_| ());
        Ok(())
    }

    /// A whole resource; parts cannot be deleted.
    fn visible_resource(&self, context: &Context, id: &ResourceId) -> Result<Arc<Resource>> {
        self.resources
            .get(id)
            .filter(|resource| context.sees(resource.tenant_id.as_ref()))
            .map(Arc::clone)
            .ok_or_else(|| Error::not_found("resource", id.as_str()))
    }

    fn new_resource_id(&mut self, new: &NewResource) -> Result<ResourceId> {
        let Some(id) = &new.resource_id else {
            let resources = &self.resources;
            return Ok(self.ids.next("resource", |id| resources.contains_key(id)).into());
        };
        check_given_id("resourceId", id.as_str())?;
        if self.resources.contains_key(id) {
            return Err(Error::already_exists("resource", id.as_str()));
        }
        Ok(id.clone())
    }

    /// A resource that came or went by itself: the pool is meant to have one more or less.
    fn resize(&mut self, pool: &ResourcePoolId, by: i32, now: Moment) {
        self.revise(pool, now.time, |pool| {
            let replicas = pool.replicas.map(|replicas| replicas.saturating_add_signed(by));
            set_replicas(pool, replicas);
        });
    }
}

/// Whether something runs on a resource, as far as anybody said so.
pub(super) fn is_in_use(resource: &Resource) -> bool {
    resource.extensions.get(IN_USE) == Some(&serde_json::Value::Bool(true))
}
