//! [`IMSPlugin`]: what an infrastructure adapter implements.

use std::sync::Arc;

use futures::stream::BoxStream;
use o2_core::query::ListQuery;
use o2_core::{Context, Error, Page, Plugin, Result, async_trait};

use crate::model::{
    Alarm, DeleteOptions, DeploymentManager, DeploymentManagerId, InventoryChange, NewResource, NewResourcePool,
    PoolEvent, PoolMetrics, Resource, ResourceId, ResourcePool, ResourcePoolId, ResourcePoolUpdate, ResourceType,
    ResourceTypeId,
};
use crate::op;

/// An infrastructure backend.
///
/// Rules for every method:
///
/// - Ids are the backend's own, stable for the life of the object, and never reused.
/// - An object that does not exist, or belongs to a tenant other than `context.tenant()`, is `NotFound`. Both are told
///   in the same words, and lists show neither.
/// - Lists honour every part of the [`ListQuery`]; their order is the same in every page of one walk, and an object
///   that does not change during the walk appears exactly once.
/// - Every filter clause that the capabilities push down is evaluated exactly as the reference evaluation does it.
/// - Every listed object can be read by its id, and then shows every attribute that the list shows.
/// - What an object refers to exists: pools, types, parents and the objects of alarms are found under the ids that name
///   them.
/// - Required attributes have values; only descriptions may be empty. Numbers are finite, so that JSON can show them.
/// - Extensions that the backend adds have keys `<kind>.<camelName>`, or such that the adapter documents.
/// - A call that fails by the caller's fault has changed nothing.
/// - Calls end when the backend has accepted the work; they do not wait for machines to boot. What is still to be
///   done shows in the object's `health` and extensions.
/// - Calls may run at the same time; each answers as if it were alone.
/// - Futures may be dropped at any await.
/// - A call may end with `Timeout` when the deadline of its context has passed; it never answers something else because
///   of it.
/// - A backend that does not answer is `Unavailable` or `Timeout`, by the backend's fault; it is never an empty list and
///   never `NotFound`.
/// - Refused credentials of the plugin are not the caller's fault, and never an empty list or `NotFound`.
/// - An object that cannot be understood is left out of a list; it does not hide the others.
/// - Secrets never appear in `Debug` output, messages and details.
///
/// A method the backend lacks keeps its default body and stays out of the plugin's
/// [`Capabilities`](o2_core::Capabilities).
#[async_trait]
pub trait IMSPlugin: Plugin {
    /// Lists the deployment managers: where deployments can be sent.
    ///
    /// # Errors
    /// `InvalidInput` for a marker that is not one of this list's.
    async fn list_deployment_managers(&self, context: &Context, query: &ListQuery) -> Result<Page<DeploymentManager>> {
        let _ = (context, query);
        Err(Error::unsupported(&op::LIST_DEPLOYMENT_MANAGERS))
    }

    /// The deployment manager with this id.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_deployment_manager(
        &self,
        context: &Context,
        id: &DeploymentManagerId,
    ) -> Result<Arc<DeploymentManager>> {
        let _ = (context, id);
        Err(Error::unsupported(&op::GET_DEPLOYMENT_MANAGER))
    }

    /// Lists the resource pools. Each names its O-Cloud.
    ///
    /// # Errors
    /// `InvalidInput` for a marker that is not one of this list's.
    async fn list_resource_pools(&self, context: &Context, query: &ListQuery) -> Result<Page<ResourcePool>> {
        let _ = (context, query);
        Err(Error::unsupported(&op::LIST_RESOURCE_POOLS))
    }

    /// The resource pool with this id.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_resource_pool(&self, context: &Context, id: &ResourcePoolId) -> Result<Arc<ResourcePool>> {
        let _ = (context, id);
        Err(Error::unsupported(&op::GET_RESOURCE_POOL))
    }

    /// Creates a resource pool for `context.tenant()`: one for each call, with what `new` asks for. Its
    /// resources, as many as `new.replicas` says, come in time.
    ///
    /// # Errors
    /// `AlreadyExists` when the id or, where the backend demands unique names, the name is taken; `InvalidInput` when
    /// the backend cannot express the pool.
    async fn create_resource_pool(&self, context: &Context, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
        let _ = (context, new);
        Err(Error::unsupported(&op::CREATE_RESOURCE_POOL))
    }

    /// Gives a resource pool the state that `update` describes completely: labels, tags and extensions that it lacks are
    /// gone. The same update once more changes nothing.
    ///
    /// With other `replicas`, the pool gets as many resources in time. Never takes away what is not the pool's own.
    ///
    /// # Errors
    /// `NotFound`; `PreconditionFailed` when `update.expected` is not the pool's version; `InvalidInput` for what the
    /// backend cannot change, and for more replicas than it can give; `Conflict` when what would have to go cannot.
    async fn update_resource_pool(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        let _ = (context, id, update);
        Err(Error::unsupported(&op::UPDATE_RESOURCE_POOL))
    }

    /// Deletes a resource pool: nobody can read it any more. Never deletes what is not the pool's own.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it has resources and `options.force` is not set; `PreconditionFailed`.
    async fn delete_resource_pool(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        options: &DeleteOptions,
    ) -> Result<()> {
        let _ = (context, id, options);
        Err(Error::unsupported(&op::DELETE_RESOURCE_POOL))
    }

    /// How busy a resource pool is now. Percentages are from 0 to 100; nodes are resources of the pool.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_resource_pool_metrics(&self, context: &Context, id: &ResourcePoolId) -> Result<PoolMetrics> {
        let _ = (context, id);
        Err(Error::unsupported(&op::GET_RESOURCE_POOL_METRICS))
    }

    /// What happened in a resource pool, oldest first, as far back as the backend remembers.
    ///
    /// # Errors
    /// `NotFound`.
    async fn list_resource_pool_events(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        query: &ListQuery,
    ) -> Result<Page<PoolEvent>> {
        let _ = (context, id, query);
        Err(Error::unsupported(&op::LIST_RESOURCE_POOL_EVENTS))
    }

    /// Lists the resources of all pools.
    ///
    /// # Errors
    /// `InvalidInput` for a marker that is not one of this list's.
    async fn list_resources(&self, context: &Context, query: &ListQuery) -> Result<Page<Resource>> {
        let _ = (context, query);
        Err(Error::unsupported(&op::LIST_RESOURCES))
    }

    /// The resource with this id.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_resource(&self, context: &Context, id: &ResourceId) -> Result<Arc<Resource>> {
        let _ = (context, id);
        Err(Error::unsupported(&op::GET_RESOURCE))
    }

    /// Adds a resource to a pool for `context.tenant()`: one for each call, with what `new` asks for.
    ///
    /// # Errors
    /// `InvalidInput` naming the attribute when the pool or the type does not exist; `AlreadyExists` when the id is
    /// taken.
    async fn create_resource(&self, context: &Context, new: &NewResource) -> Result<Arc<Resource>> {
        let _ = (context, new);
        Err(Error::unsupported(&op::CREATE_RESOURCE))
    }

    /// Takes a resource away: nobody can read it any more.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while it is in use and `options.force` is not set; `PreconditionFailed` when
    /// `options.expected` is not its version.
    async fn delete_resource(&self, context: &Context, id: &ResourceId, options: &DeleteOptions) -> Result<()> {
        let _ = (context, id, options);
        Err(Error::unsupported(&op::DELETE_RESOURCE))
    }

    /// Lists the resource types.
    ///
    /// # Errors
    /// `InvalidInput` for a marker that is not one of this list's.
    async fn list_resource_types(&self, context: &Context, query: &ListQuery) -> Result<Page<ResourceType>> {
        let _ = (context, query);
        Err(Error::unsupported(&op::LIST_RESOURCE_TYPES))
    }

    /// The resource type with this id.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_resource_type(&self, context: &Context, id: &ResourceTypeId) -> Result<Arc<ResourceType>> {
        let _ = (context, id);
        Err(Error::unsupported(&op::GET_RESOURCE_TYPE))
    }

    /// Lists the alarms that are raised now. One that was cleared is not.
    ///
    /// # Errors
    /// `InvalidInput` for a marker that is not one of this list's.
    async fn list_alarms(&self, context: &Context, query: &ListQuery) -> Result<Page<Alarm>> {
        let _ = (context, query);
        Err(Error::unsupported(&op::LIST_ALARMS))
    }

    /// Changes of pools, resources, types and managers: those after `resume`, then those to come, until dropped.
    ///
    /// `resume` is the mark of an earlier change, or `None` for changes from now on. The stream owns what it needs.
    ///
    /// Every change arrives once, in order, whoever made it, with the object before and after; nothing else arrives.
    /// Who applies the changes to a list knows what a new list shows. Objects of other tenants do not appear. Trouble
    /// with the backend is an error of the stream, never a deletion, and what happens meanwhile is told to who resumes. The
    /// stream ends, or fails, when the plugin is closed.
    ///
    /// # Errors
    /// `Conflict` when the backend no longer knows the changes after `resume`: read everything and watch from now on.
    async fn watch_inventory(
        &self,
        context: &Context,
        resume: Option<&str>,
    ) -> Result<BoxStream<'static, Result<InventoryChange>>> {
        let _ = (context, resume);
        Err(Error::unsupported(&op::WATCH_INVENTORY))
    }
}
