//! The in-memory orchestrator behind an adapter whose line to it may break.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::ports::Clock;
use o2_core::{Result, TenantId};
use o2_smo::{ModelId, Policy, SMOPlugin, ServiceModel, WorkflowRequest};
use o2_testkit::conformance::{Harness, Known, SmoWorld, Trouble, World};

use super::adapter::{Adapter, TOKEN};
use super::faulty::Fault;
use super::memory::Orchestrator;
use crate::line::Line;

/// Makes orchestrators behind an adapter, which may be wrong in one way.
pub(crate) struct Remote(pub(crate) Option<Fault>);

struct Distant {
    orchestrator: Orchestrator,
    line: Arc<Line>,
    fault: Option<Fault>,
    adapter: Arc<Adapter>,
}

impl Distant {
    async fn new(fault: Option<Fault>) -> Result<Self> {
        let (orchestrator, line) = (Orchestrator::new().await?, Arc::new(Line::default()));
        let adapter = Adapter::new(orchestrator.plugin(), Arc::clone(&line), fault);
        Ok(Self {
            orchestrator,
            line,
            fault,
            adapter: Arc::new(adapter),
        })
    }
}

impl Harness<dyn SmoWorld> for Remote {
    fn name(&self) -> &str {
        "remote"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn SmoWorld>>> {
        async { Ok(Arc::new(Distant::new(self.0).await?) as _) }.boxed()
    }
}

impl World<dyn SMOPlugin> for Distant {
    fn plugin(&self) -> Arc<dyn SMOPlugin> {
        self.adapter.clone()
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.orchestrator.clock()
    }

    fn reopen(&self) -> BoxFuture<'_, Result<Option<Arc<dyn SMOPlugin>>>> {
        let again = Adapter::new(self.orchestrator.plugin(), Arc::clone(&self.line), self.fault);
        ready(Ok(Some(Arc::new(again) as _))).boxed()
    }

    fn settle(&self) -> BoxFuture<'_, ()> {
        self.orchestrator.settle()
    }

    fn tenants(&self) -> Option<[TenantId; 2]> {
        self.orchestrator.tenants()
    }

    fn trouble(&self, trouble: Option<Trouble>) -> BoxFuture<'_, bool> {
        ready(self.line.bring(trouble)).boxed()
    }

    fn closes(&self) -> bool {
        true
    }

    fn secrets(&self) -> Vec<String> {
        vec![TOKEN.to_owned()]
    }
}

impl SmoWorld for Distant {
    fn workflow(&self) -> Option<WorkflowRequest> {
        self.orchestrator.workflow()
    }

    fn failing_workflow(&self) -> Option<WorkflowRequest> {
        self.orchestrator.failing_workflow()
    }

    fn wrong_workflow(&self) -> Option<WorkflowRequest> {
        self.orchestrator.wrong_workflow()
    }

    fn workflow_using(&self, model: &ModelId) -> Option<WorkflowRequest> {
        self.orchestrator.workflow_using(model)
    }

    fn new_model(&self, name: &str, version: &str) -> Option<ServiceModel> {
        self.orchestrator.new_model(name, version)
    }

    fn new_policy(&self, name: &str) -> Option<Policy> {
        self.orchestrator.new_policy(name)
    }

    fn wrong_policy(&self) -> Option<Policy> {
        self.orchestrator.wrong_policy()
    }

    fn known(&self, tenant: Option<&TenantId>) -> BoxFuture<'_, Result<Option<Known>>> {
        self.orchestrator.known(tenant)
    }

    fn events(&self) -> BoxFuture<'_, Result<Option<Vec<String>>>> {
        self.orchestrator.events()
    }
}
