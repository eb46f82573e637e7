//! The suite of [`IMSPlugin`].

mod activity;
mod lists;
mod models;
mod pool_creation;
mod pool_deletion;
mod pool_update;
mod references;
mod resources;
mod scaling;
mod walks;
mod watch;
mod watching;

use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::query::ListQuery;
use o2_core::{Context, Model, Operation, Result, TenantId};
use o2_ims::{
    DeleteOptions, IMSPlugin, NewResource, NewResourcePool, Resource, ResourceId, ResourcePool, ResourcePoolId,
    ResourcePoolUpdate, op,
};

use super::laws::Collection;
use super::{Case, Harness, Report, Suite, Verdict, World, honesty, laws, skip};

/// A world for an infrastructure plugin.
pub trait ImsWorld: World<dyn IMSPlugin> {
    /// A pool that the backend can create, with this name; the suite may create several. It should have whatever the
    /// backend can keep: description, labels, replicas, extensions.
    fn new_pool(&self, name: &str) -> Option<NewResourcePool> {
        let _ = name;
        None
    }

    /// A resource that can be added to this pool. It should have whatever the backend can keep: name, description, tags,
    /// labels, extensions.
    fn new_resource(&self, name: &str, pool: &ResourcePoolId) -> Option<NewResource> {
        let _ = (name, pool);
        None
    }

    /// A resource that can be added to this pool, and that is in use from then on, so that it is not deleted without force.
    fn new_resource_in_use(&self, name: &str, pool: &ResourcePoolId) -> Option<NewResource> {
        let _ = (name, pool);
        None
    }

    /// More replicas than the backend can give to a pool.
    fn too_many_replicas(&self) -> Option<u32> {
        None
    }

    /// The keys of extensions that the adapter documents, beside those that begin with its kind; `name.*` stands for all
    /// that begin with `name.`.
    fn documented_extensions(&self) -> &[&str] {
        &[]
    }

    /// How long a watch may be silent although something has happened.
    fn silence(&self) -> Duration {
        Duration::from_secs(10)
    }

    /// Changes the backend without the plugin. `false` when that cannot be done here.
    fn disturb(&self, disturbance: Disturbance) -> BoxFuture<'_, Result<bool>> {
        let _ = disturbance;
        ready(Ok(false)).boxed()
    }
}

/// What somebody else does to the backend.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Disturbance {
    /// Adds a resource to a pool.
    AddResource(ResourcePoolId),
    /// Changes something about a resource that the model shows.
    ChangeResource(ResourceId),
    /// Takes a resource away.
    RemoveResource(ResourceId),
}

/// Runs the suite.
pub async fn ims(harness: &dyn Harness<dyn ImsWorld>) -> Report {
    ims_suite().run(harness).await
}

/// The suite, for those who want to run some of its cases.
#[must_use]
pub fn ims_suite() -> Suite<dyn IMSPlugin, dyn ImsWorld> {
    Suite {
        operations: op::ALL,
        cases: [
            honesty::cases(lists::INVOCATIONS, common),
            laws::of(lists::MANAGERS, common),
            laws::of(lists::POOLS, common),
            laws::of(lists::RESOURCES, common),
            laws::of(lists::TYPES, common),
            laws::of(lists::ALARMS, common),
            laws::life(lists::INVOCATIONS, common),
            models::cases(),
            references::cases(),
            pool_creation::cases(),
            pool_update::cases(),
            pool_deletion::cases(),
            scaling::cases(),
            resources::cases(),
            activity::cases(),
            walks::cases(),
            watch::cases(),
        ]
        .concat(),
        world: common,
    }
}

fn common<'w>(world: &'w (dyn ImsWorld + 'static)) -> &'w dyn World<dyn IMSPlugin> {
    world
}

type ImsCase = Case<dyn ImsWorld>;

/// A case that looks at a scene.
fn case(
    name: impl Into<String>,
    contract: &'static str,
    needs: &[&'static Operation],
    run: impl for<'w> Fn(Scene<'w>) -> BoxFuture<'w, Verdict> + Send + Sync + 'static,
) -> ImsCase {
    let case = Case::new(name, contract, move |world: &(dyn ImsWorld + 'static)| {
        run(Scene::of(world))
    });
    case.needing(needs)
}

/// What most cases begin with.
struct Scene<'w> {
    world: &'w dyn ImsWorld,
    plugin: Arc<dyn IMSPlugin>,
    context: Context,
}

impl<'w> Scene<'w> {
    fn of(world: &'w (dyn ImsWorld + 'static)) -> Self {
        Self {
            world,
            plugin: world.plugin(),
            context: Context::new("conformance"),
        }
    }

    fn acting_for(&self, tenant: &TenantId) -> Self {
        Self {
            world: self.world,
            plugin: Arc::clone(&self.plugin),
            context: self.context.clone().with_tenant(tenant.clone()),
        }
    }

    /// Everything that a collection lists.
    async fn all<T: Model>(&self, collection: &Collection<dyn IMSPlugin, T>) -> Verdict<Vec<Arc<T>>> {
        collection
            .everything(&*self.plugin, &self.context, &ListQuery::new())
            .await
    }

    /// The resources of a pool, as far as the plugin lists them.
    async fn resources_of(&self, pool: &ResourcePoolId) -> Verdict<Vec<Arc<Resource>>> {
        let mut resources = self.all(&lists::RESOURCES).await?;
        resources.retain(|resource| resource.resource_pool_id == *pool);
        Ok(resources)
    }

    /// Two tenants who both may use the backend.
    fn tenants(&self) -> Verdict<[TenantId; 2]> {
        self.world
            .tenants()
            .map_or_else(|| skip("the world has no tenants"), Ok)
    }

    fn new_pool(&self, name: &str) -> Verdict<NewResourcePool> {
        self.world
            .new_pool(name)
            .map_or_else(|| skip("the world has no pool to create"), Ok)
    }

    async fn create_pool(&self, new: &NewResourcePool) -> Verdict<Arc<ResourcePool>> {
        Ok(self.plugin.create_resource_pool(&self.context, new).await?)
    }

    /// A pool of this name.
    async fn created(&self, name: &str) -> Verdict<Arc<ResourcePool>> {
        self.create_pool(&self.new_pool(name)?).await
    }

    /// The pool as the backend has it once it has done what it accepted.
    async fn settled(&self, pool: &ResourcePool) -> Verdict<Arc<ResourcePool>> {
        self.world.settle().await;
        self.read(&pool.resource_pool_id).await
    }

    async fn read(&self, pool: &ResourcePoolId) -> Verdict<Arc<ResourcePool>> {
        Ok(self.plugin.get_resource_pool(&self.context, pool).await?)
    }

    async fn update(&self, pool: &ResourcePoolId, update: &ResourcePoolUpdate) -> Result<Arc<ResourcePool>> {
        self.plugin.update_resource_pool(&self.context, pool, update).await
    }

    async fn delete(&self, pool: &ResourcePoolId, options: &DeleteOptions) -> Result<()> {
        self.plugin.delete_resource_pool(&self.context, pool, options).await
    }

    /// A pool to which resources can be added: one of its own where pools can be created, or the first one.
    async fn some_pool(&self) -> Verdict<Arc<ResourcePool>> {
        let creates = self.plugin.capabilities().supports(&op::CREATE_RESOURCE_POOL);
        if creates && let Some(new) = self.world.new_pool("conformance-home") {
            return self.settled(&*self.create_pool(&new).await?).await;
        }
        let first = self.all(&lists::POOLS).await?.into_iter().next();
        first.map_or_else(|| skip("the world has no pool"), Ok)
    }

    fn new_resource(&self, name: &str, pool: &ResourcePoolId) -> Verdict<NewResource> {
        self.world
            .new_resource(name, pool)
            .map_or_else(|| skip("the world has no resource to create"), Ok)
    }

    async fn add(&self, new: &NewResource) -> Result<Arc<Resource>> {
        self.plugin.create_resource(&self.context, new).await
    }

    async fn take_away(&self, resource: &ResourceId, options: &DeleteOptions) -> Result<()> {
        self.plugin.delete_resource(&self.context, resource, options).await
    }

    async fn disturb(&self, disturbance: Disturbance) -> Verdict {
        if self.world.disturb(disturbance).await? {
            Ok(())
        } else {
            skip("the world's backend cannot be changed from outside")
        }
    }
}
