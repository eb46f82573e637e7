//! The suite of [`SMOPlugin`].

mod calls;
mod events;
mod known;
mod models;
mod policies;
mod sync;
mod workflows;

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::{Context, Result, TenantId};
use o2_smo::{ModelId, Policy, SMOPlugin, ServiceModel, WorkflowRequest, op};

pub use known::Known;

use super::{Case, Harness, Report, Suite, Trouble, Verdict, World, honesty, laws, operations, skip};

/// A world for an orchestrator's plugin. Its backend has some service models of both tenants from the beginning, where
/// it can have any.
pub trait SmoWorld: World<dyn SMOPlugin> {
    /// A workflow that ends well when nobody stops it, and takes a while.
    fn workflow(&self) -> Option<WorkflowRequest> {
        None
    }

    /// A workflow that is accepted and fails later.
    fn failing_workflow(&self) -> Option<WorkflowRequest> {
        None
    }

    /// A workflow that there is, with parameters that it does not take.
    fn wrong_workflow(&self) -> Option<WorkflowRequest> {
        None
    }

    /// A workflow that works with this service model while it runs.
    fn workflow_using(&self, model: &ModelId) -> Option<WorkflowRequest> {
        let _ = model;
        None
    }

    /// A service model without id that the orchestrator can take, with this name and version.
    fn new_model(&self, name: &str, version: &str) -> Option<ServiceModel> {
        let _ = (name, version);
        None
    }

    /// A policy without id that the orchestrator can enforce, with this name.
    fn new_policy(&self, name: &str) -> Option<Policy> {
        let _ = name;
        None
    }

    /// A policy that the orchestrator rejects.
    fn wrong_policy(&self) -> Option<Policy> {
        None
    }

    /// What the orchestrator has been told about this tenant's infrastructure and deployments, read without the plugin.
    /// `None` when that cannot be read here.
    fn known(&self, tenant: Option<&TenantId>) -> BoxFuture<'_, Result<Option<Known>>> {
        let _ = tenant;
        ready(Ok(None)).boxed()
    }

    /// The ids of the events that reached the orchestrator, oldest first, read without the plugin. `None` when that
    /// cannot be read here.
    fn events(&self) -> BoxFuture<'_, Result<Option<Vec<String>>>> {
        ready(Ok(None)).boxed()
    }
}

/// Runs the suite.
pub async fn smo(harness: &dyn Harness<dyn SmoWorld>) -> Report {
    smo_suite().run(harness).await
}

/// The suite, for those who want to run some of its cases.
#[must_use]
pub fn smo_suite() -> Suite<dyn SMOPlugin, dyn SmoWorld> {
    Suite {
        operations: op::ALL,
        cases: [
            honesty::cases(calls::INVOCATIONS, common),
            laws::life(calls::INVOCATIONS, common),
            operations::cases(calls::INVOCATIONS, common),
            laws::of(calls::MODELS, common),
            models::cases(),
            workflows::cases(),
            policies::cases(),
            sync::cases(),
            events::cases(),
        ]
        .concat(),
        world: common,
    }
}

fn common<'w>(world: &'w (dyn SmoWorld + 'static)) -> &'w dyn World<dyn SMOPlugin> {
    world
}

type SmoCase = Case<dyn SmoWorld>;
type Run = for<'w> fn(Scene<'w>) -> BoxFuture<'w, Verdict>;

fn case(name: impl Into<String>, contract: &'static str, run: Run) -> SmoCase {
    Case::new(name, contract, move |world: &(dyn SmoWorld + 'static)| {
        run(Scene::of(world))
    })
}

/// What most cases begin with.
struct Scene<'w> {
    world: &'w dyn SmoWorld,
    plugin: Arc<dyn SMOPlugin>,
    context: Context,
}

impl<'w> Scene<'w> {
    fn of(world: &'w dyn SmoWorld) -> Self {
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

    /// The same for each of two tenants.
    fn tenants(&self) -> Verdict<[Self; 2]> {
        match self.world.tenants() {
            Some(tenants) => Ok(tenants.each_ref().map(|tenant| self.acting_for(tenant))),
            None => skip("the world has no tenants"),
        }
    }

    async fn bring(&self, trouble: Trouble) -> Verdict {
        if self.world.trouble(Some(trouble)).await {
            Ok(())
        } else {
            skip(format!("the world's backend cannot be {trouble:?}"))
        }
    }

    async fn known(&self) -> Verdict<Known> {
        match self.world.known(self.context.tenant()).await? {
            Some(known) => Ok(known),
            None => skip("what the orchestrator was told cannot be read"),
        }
    }
}
