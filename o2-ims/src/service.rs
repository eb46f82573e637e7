//! [`ImsService`]: the infrastructure of all plugins as one. This is the library API for hosts without HTTP; the routes
//! are a thin translation of it.

use std::sync::Arc;

use o2_core::error::Excerpt;
use o2_core::federation::{Federation, Listing, Owned};
use o2_core::http::IfMatch;
use o2_core::query::{Filter, Operator, Path, Predicate, Query};
use o2_core::router::Facts;
use o2_core::subscription::{HasSubscriptions, Subscriptions};
use o2_core::{Context, Error, ErrorKind, Id, Model, Operation, Result, Retry};

use crate::model::{
    Alarm, DeleteOptions, DeploymentManager, DeploymentManagerId, NewResource, NewResourcePool, OCloudInfo, PoolEvent,
    PoolMetrics, Resource, ResourceId, ResourcePool, ResourcePoolId, ResourcePoolUpdate, ResourceType, ResourceTypeId,
};
use crate::{IMSPlugin, op, validate};

/// How often a change of a pool starts again because somebody else was faster.
const ATTEMPTS: usize = 4;

/// The infrastructure of all plugins as one.
#[derive(Debug)]
pub struct ImsService {
    plugins: Arc<Federation<dyn IMSPlugin>>,
    o_cloud: OCloudInfo,
    subscriptions: Subscriptions,
    resource_writes: bool,
}

impl ImsService {
    /// The infrastructure of `plugins`, which together are the O-Cloud `o_cloud`.
    #[must_use]
    pub fn new(plugins: Arc<Federation<dyn IMSPlugin>>, o_cloud: OCloudInfo, subscriptions: Subscriptions) -> Self {
        Self {
            plugins,
            o_cloud,
            subscriptions,
            resource_writes: false,
        }
    }

    /// Allows creating and deleting single resources, which O-RAN leaves to the pools.
    #[must_use]
    pub fn with_resource_writes(mut self, allowed: bool) -> Self {
        self.resource_writes = allowed;
        self
    }

    /// The plugins.
    #[must_use]
    pub fn plugins(&self) -> &Arc<Federation<dyn IMSPlugin>> {
        &self.plugins
    }

    /// What the O-Cloud says about itself.
    #[must_use]
    pub fn o_cloud(&self) -> &OCloudInfo {
        &self.o_cloud
    }

    /// Lists the deployment managers.
    ///
    /// # Errors
    /// As [`Federation::list`].
    pub async fn list_deployment_managers(
        &self,
        context: &Context,
        query: &Query,
    ) -> Result<Listing<DeploymentManager>> {
        self.plugins
            .list(context, &op::LIST_DEPLOYMENT_MANAGERS, query, |p, c, q| {
                p.list_deployment_managers(c, q)
            })
            .await
    }

    /// The deployment manager with this id.
    ///
    /// # Errors
    /// `NotFound`, and the plugin's.
    pub async fn get_deployment_manager(
        &self,
        context: &Context,
        id: &DeploymentManagerId,
    ) -> Result<Arc<DeploymentManager>> {
        self.plugins
            .get(context, &op::GET_DEPLOYMENT_MANAGER, id, |p, c, id| {
                p.get_deployment_manager(c, id)
            })
            .await
    }

    /// Lists the resource pools.
    ///
    /// # Errors
    /// As [`Federation::list`].
    pub async fn list_resource_pools(&self, context: &Context, query: &Query) -> Result<Listing<ResourcePool>> {
        self.plugins
            .list(context, &op::LIST_RESOURCE_POOLS, query, |p, c, q| {
                p.list_resource_pools(c, q)
            })
            .await
    }

    /// The resource pool with this id.
    ///
    /// # Errors
    /// `NotFound`, and the plugin's.
    pub async fn get_resource_pool(&self, context: &Context, id: &ResourcePoolId) -> Result<Arc<ResourcePool>> {
        self.plugins
            .get(context, &op::GET_RESOURCE_POOL, id, |p, c, id| {
                p.get_resource_pool(c, id)
            })
            .await
    }

    /// Creates a resource pool at the plugin that the routing rules say.
    ///
    /// # Errors
    /// `InvalidInput` naming the field; routing's, and the plugin's.
    pub async fn create_resource_pool(&self, context: &Context, mut new: NewResourcePool) -> Result<Arc<ResourcePool>> {
        validate::new_pool(&mut new)?;
        let facts = Facts::of(&op::CREATE_RESOURCE_POOL)
            .with_tenant(context.tenant())
            .with_labels(&new.labels)
            .with_extensions(&new.extensions);
        let facts = match &new.location {
            Some(location) => facts.with_location(location),
            None => facts,
        };
        let plugin = self.plugins.place(&facts)?;
        let mut writing = self.plugins.make::<ResourcePool>(&plugin);
        let pool = plugin.plugin().create_resource_pool(context, &new).await?;
        writing.made(pool.id());
        self.plugins.show(context, &plugin, pool)
    }

    /// Changes a resource pool: `change` turns what it is into what it shall be. It is called again when somebody else
    /// changes the pool meanwhile, where the backend notices.
    ///
    /// # Errors
    /// `NotFound`; `PreconditionFailed` when the pool is not what `condition` says; `Conflict`, which may be tried again,
    /// when others were always faster; `change`'s, and the plugin's.
    pub async fn update_resource_pool(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        condition: &IfMatch,
        change: impl Fn(&ResourcePool) -> Result<ResourcePoolUpdate> + Send + Sync,
    ) -> Result<Arc<ResourcePool>> {
        let owner = self.plugins.owner(context, &op::UPDATE_RESOURCE_POOL, id)?;
        let plugin = owner.plugin.plugin();
        let _writing = self.plugins.write(&owner);
        for _ in 0..ATTEMPTS {
            let current = plugin.get_resource_pool(context, &owner.native).await?;
            let current = self.plugins.show(context, &owner.plugin, current)?;
            condition.check(&*current)?;
            let mut update = change(&current)?;
            validate::pool_update(&update)?;
            update.expected = current.version().cloned();
            match plugin.update_resource_pool(context, &owner.native, &update).await {
                Err(error) if error.is(ErrorKind::PreconditionFailed) && update.expected.is_some() => {}
                result => return self.plugins.show(context, &owner.plugin, result?),
            }
        }
        let message = format!(
            "others keep changing resourcePool '{}'; try again",
            Excerpt(id.as_str())
        );
        Err(Error::conflict(message).with_retry(Retry::Safe))
    }

    /// Deletes a resource pool.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it has resources and `force` is not set; `PreconditionFailed`; the plugin's.
    pub async fn delete_resource_pool(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        condition: &IfMatch,
        force: bool,
    ) -> Result<()> {
        let owner = self.plugins.owner(context, &op::DELETE_RESOURCE_POOL, id)?;
        let plugin = owner.plugin.plugin();
        let mut options = DeleteOptions {
            force,
            ..DeleteOptions::default()
        };
        if condition.is_conditional() {
            let current = plugin.get_resource_pool(context, &owner.native).await?;
            options.expected = condition.check(&*self.plugins.show(context, &owner.plugin, current)?)?;
        } else {
            self.expect_pool(context, &owner).await?;
        }
        let _writing = self.plugins.write(&owner);
        plugin.delete_resource_pool(context, &owner.native, &options).await
    }

    /// How busy a resource pool is.
    ///
    /// # Errors
    /// `NotFound`, and the plugin's.
    pub async fn get_resource_pool_metrics(&self, context: &Context, id: &ResourcePoolId) -> Result<PoolMetrics> {
        let owner = self.plugins.owner(context, &op::GET_RESOURCE_POOL_METRICS, id)?;
        self.expect_pool(context, &owner).await?;
        owner
            .plugin
            .plugin()
            .get_resource_pool_metrics(context, &owner.native)
            .await
    }

    /// What happened in a resource pool.
    ///
    /// # Errors
    /// `NotFound`, and the plugin's.
    pub async fn list_resource_pool_events(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        query: &Query,
    ) -> Result<Listing<PoolEvent>> {
        let owner = self.plugins.owner(context, &op::LIST_RESOURCE_POOL_EVENTS, id)?;
        self.expect_pool(context, &owner).await?;
        let pool = owner.native;
        self.plugins
            .list_from(context, &owner.plugin, id.as_str(), query, move |p, c, q| {
                let pool = pool.clone();
                Box::pin(async move { p.list_resource_pool_events(c, &pool, q).await })
            })
            .await
    }

    /// Lists the resources, of one pool if it is given.
    ///
    /// # Errors
    /// `NotFound` when there is no such pool; as [`Federation::list`].
    pub async fn list_resources(
        &self,
        context: &Context,
        pool: Option<&ResourcePoolId>,
        query: &Query,
    ) -> Result<Listing<Resource>> {
        let mut query = query.clone();
        if let Some(pool) = pool {
            // The id that is shown, which the default plugin's pools have besides a qualified one.
            let pool = self.get_resource_pool(context, pool).await?;
            let of_pool = Predicate::new(Path::attribute("resourcePoolId"), Operator::Eq, [pool.id()]);
            query = query.with_filter(Filter::from(of_pool));
        }
        self.plugins
            .list(context, &op::LIST_RESOURCES, &query, |p, c, q| p.list_resources(c, q))
            .await
    }

    /// The resource with this id, which is in this pool if one is given.
    ///
    /// # Errors
    /// `NotFound`, and the plugin's.
    pub async fn get_resource(
        &self,
        context: &Context,
        pool: Option<&ResourcePoolId>,
        id: &ResourceId,
    ) -> Result<Arc<Resource>> {
        let found = self
            .plugins
            .find(context, &op::GET_RESOURCE, id, |p, c, id| p.get_resource(c, id));
        let (plugin, resource) = found.await?;
        let is_in = |pool: &ResourcePoolId| {
            let pool = self.plugins.owner(context, &op::GET_RESOURCE, pool);
            pool.is_ok_and(|pool| pool.plugin.name() == plugin.name() && pool.native == resource.resource_pool_id)
        };
        if pool.is_some_and(|pool| !is_in(pool)) {
            return Err(Error::not_found(Resource::OBJECT, id.as_str()));
        }
        self.plugins.show(context, &plugin, resource)
    }

    /// Adds a resource to a pool, at the pool's plugin.
    ///
    /// # Errors
    /// `Unsupported` unless resource writes are allowed; `InvalidInput` when the pool or the type does not exist there.
    pub async fn create_resource(&self, context: &Context, mut new: NewResource) -> Result<Arc<Resource>> {
        self.allow_resource_writes(&op::CREATE_RESOURCE)?;
        validate::new_resource(&new)?;
        let pool = self.referred(context, "body.resourcePoolId", &new.resource_pool_id)?;
        let resource_type = self.referred(context, "body.resourceTypeId", &new.resource_type_id)?;
        if pool.plugin.name() != resource_type.plugin.name() {
            let reason = format!(
                "is a type of plugin '{}', the pool is '{}''s",
                resource_type.plugin.name(),
                pool.plugin.name()
            );
            return Err(Error::violation("body.resourceTypeId", reason));
        }
        new.resource_pool_id = pool.native;
        new.resource_type_id = resource_type.native;
        let mut writing = self.plugins.make::<Resource>(&pool.plugin);
        let resource = pool.plugin.plugin().create_resource(context, &new).await?;
        writing.made(resource.id());
        self.plugins.show(context, &pool.plugin, resource)
    }

    /// Takes a resource away.
    ///
    /// # Errors
    /// `Unsupported` unless resource writes are allowed; `NotFound`; `Conflict`; the plugin's.
    pub async fn delete_resource(&self, context: &Context, id: &ResourceId, force: bool) -> Result<()> {
        self.allow_resource_writes(&op::DELETE_RESOURCE)?;
        let owner = self.plugins.owner(context, &op::DELETE_RESOURCE, id)?;
        let plugin = owner.plugin.plugin();
        if context.tenant().is_some() {
            let resource = plugin.get_resource(context, &owner.native).await?;
            self.plugins.show(context, &owner.plugin, resource)?;
        }
        let options = DeleteOptions {
            force,
            ..DeleteOptions::default()
        };
        let _writing = self.plugins.write(&owner);
        plugin.delete_resource(context, &owner.native, &options).await
    }

    /// Lists the resource types.
    ///
    /// # Errors
    /// As [`Federation::list`].
    pub async fn list_resource_types(&self, context: &Context, query: &Query) -> Result<Listing<ResourceType>> {
        self.plugins
            .list(context, &op::LIST_RESOURCE_TYPES, query, |p, c, q| {
                p.list_resource_types(c, q)
            })
            .await
    }

    /// The resource type with this id.
    ///
    /// # Errors
    /// `NotFound`, and the plugin's.
    pub async fn get_resource_type(&self, context: &Context, id: &ResourceTypeId) -> Result<Arc<ResourceType>> {
        self.plugins
            .get(context, &op::GET_RESOURCE_TYPE, id, |p, c, id| {
                p.get_resource_type(c, id)
            })
            .await
    }

    /// Lists the alarms that are raised now.
    ///
    /// # Errors
    /// As [`Federation::list`].
    pub async fn list_alarms(&self, context: &Context, query: &Query) -> Result<Listing<Alarm>> {
        self.plugins
            .list(context, &op::LIST_ALARMS, query, |p, c, q| p.list_alarms(c, q))
            .await
    }

    fn allow_resource_writes(&self, operation: &'static Operation) -> Result<()> {
        if self.resource_writes {
            Ok(())
        } else {
            let message = format!(
                "operation {} is switched off in this gateway (gateway.resourceWrites)",
                operation.name
            );
            Err(Error::new(ErrorKind::Unsupported, message).with_operation(operation))
        }
    }

    /// Makes sure that a pool is not another tenant's, before something is done that does not say whose it is.
    async fn expect_pool(&self, context: &Context, pool: &Owned<dyn IMSPlugin, ResourcePool>) -> Result<()> {
        if context.tenant().is_none() {
            return Ok(());
        }
        let found = pool.plugin.plugin().get_resource_pool(context, &pool.native).await?;
        self.plugins.show(context, &pool.plugin, found).map(|_| ())
    }

    /// The plugin that an id in a body refers to. When there is none the body is wrong.
    fn referred<K: ?Sized>(&self, context: &Context, at: &str, id: &Id<K>) -> Result<Owned<dyn IMSPlugin, K>> {
        let owner = self.plugins.owner(context, &op::CREATE_RESOURCE, id);
        owner.map_err(|error| match error.kind() {
            ErrorKind::NotFound => Error::violation(at, format!("there is no such object: '{}'", Excerpt(id.as_str()))),
            _ => error,
        })
    }
}

impl HasSubscriptions for ImsService {
    fn subscriptions(&self) -> &Subscriptions {
        &self.subscriptions
    }
}
