//! The suite of [`IMSPlugin`].

mod lists;
mod pools;

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::query::ListQuery;
use o2_core::{Context, Result, TenantId};
use o2_ims::{IMSPlugin, NewResource, NewResourcePool, Resource, ResourceId, ResourcePoolId, op};

use super::{Case, Harness, Report, Suite, Verdict, World, honesty, laws, skip};

/// A world for an infrastructure plugin.
pub trait ImsWorld: World<dyn IMSPlugin> {
    /// A pool that the backend can create, with this name; the suite may create several. It should have whatever the
    /// backend can keep: description, labels, replicas, extensions.
    fn new_pool(&self, name: &str) -> Option<NewResourcePool> {
        let _ = name;
        None
    }

    /// A resource that can be added to this pool.
    fn new_resource(&self, name: &str, pool: &ResourcePoolId) -> Option<NewResource> {
        let _ = (name, pool);
        None
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
            pools::cases(),
        ]
        .concat(),
        world: common,
    }
}

fn common<'w>(world: &'w (dyn ImsWorld + 'static)) -> &'w dyn World<dyn IMSPlugin> {
    world
}

type ImsCase = Case<dyn ImsWorld>;
type Run = for<'a> fn(&'a (dyn ImsWorld + 'static)) -> BoxFuture<'a, Verdict>;

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

    /// The resources of a pool, as far as the plugin lists them.
    async fn resources_of(&self, pool: &ResourcePoolId) -> Verdict<Vec<Arc<Resource>>> {
        let mut query = ListQuery::new();
        let mut resources = Vec::new();
        loop {
            let page = self.plugin.list_resources(&self.context, &query).await?;
            resources.extend(
                page.items
                    .into_iter()
                    .filter(|resource| resource.resource_pool_id == *pool),
            );
            match page.next {
                Some(next) => query.marker = Some(next),
                None => return Ok(resources),
            }
        }
    }

    fn new_pool(&self, name: &str) -> Verdict<NewResourcePool> {
        self.world
            .new_pool(name)
            .map_or_else(|| skip("the world has no pool to create"), Ok)
    }
}
