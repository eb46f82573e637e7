//! The in-memory orchestrator.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, ready};
use o2_adapters::smo::memory::{MemorySmo, MemorySmoConfig, SmoEvent};
use o2_core::ports::Clock;
use o2_core::{Category, Context, PluginInfo, Result, TenantId};
use o2_smo::{ModelId, Policy, SMOPlugin, ServiceModel, WorkflowRequest};
use o2_testkit::ManualClock;
use o2_testkit::conformance::{Harness, Known, SmoWorld, World};
use serde_json::json;

/// Makes orchestrators with two tenants.
pub(crate) struct Memory;

/// One of them. It is read past the plugin, as an operator would.
pub(crate) struct Orchestrator {
    backend: Arc<MemorySmo>,
    clock: Arc<ManualClock>,
}

impl Orchestrator {
    pub(crate) async fn new() -> Result<Self> {
        let clock = ManualClock::auto();
        let config = MemorySmoConfig::default().with_workflows(["deploy", "test"]);
        let info = PluginInfo::new(Category::Smo, "memory", "memory", "1")?;
        let backend = Arc::new(MemorySmo::new(info, config, clock.clone())?);
        for (number, tenant) in ["red", "blue", "red", "blue", ""].into_iter().enumerate() {
            let context = Context::new("operator");
            let context = match tenant {
                "" => context,
                tenant => context.with_tenant(tenant.into()),
            };
            let mut model = ServiceModel::new(format!("slice-{number}"), format!("1.{}", number / 2));
            model.category = Some(if number % 2 == 0 { "embb" } else { "urllc" }.to_owned());
            backend.register_service_model(&context, &model).await?;
        }
        Ok(Self { backend, clock })
    }
}

impl Harness<dyn SmoWorld> for Memory {
    fn name(&self) -> &str {
        "memory"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn SmoWorld>>> {
        async { Ok(Arc::new(Orchestrator::new().await?) as _) }.boxed()
    }
}

impl World<dyn SMOPlugin> for Orchestrator {
    fn plugin(&self) -> Arc<dyn SMOPlugin> {
        self.backend.clone()
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn closes(&self) -> bool {
        true
    }

    fn settle(&self) -> BoxFuture<'_, ()> {
        self.clock.sleep(Duration::from_secs(60))
    }

    fn tenants(&self) -> Option<[TenantId; 2]> {
        Some(["red".into(), "blue".into()])
    }
}

impl SmoWorld for Orchestrator {
    fn workflow(&self) -> Option<WorkflowRequest> {
        Some(WorkflowRequest::new("deploy"))
    }

    fn failing_workflow(&self) -> Option<WorkflowRequest> {
        let mut request = WorkflowRequest::new("deploy");
        request.parameters.insert("fail".into(), json!("no capacity"));
        Some(request)
    }

    fn wrong_workflow(&self) -> Option<WorkflowRequest> {
        let mut request = WorkflowRequest::new("deploy");
        request.parameters.insert("fail".into(), json!(["neither", "nor"]));
        Some(request)
    }

    fn workflow_using(&self, model: &ModelId) -> Option<WorkflowRequest> {
        let mut request = WorkflowRequest::new("deploy");
        request.parameters.insert("modelId".into(), json!(model.as_str()));
        Some(request)
    }

    fn new_model(&self, name: &str, version: &str) -> Option<ServiceModel> {
        let mut model = ServiceModel::new(name, version);
        model.description = "made by the conformance suite".into();
        model.template = json!({"topology": ["cu", "du"]});
        Some(model)
    }

    fn new_policy(&self, name: &str) -> Option<Policy> {
        let mut policy = Policy::new(name, "placement");
        policy.rules = json!({"prefer": "edge"});
        Some(policy)
    }

    fn wrong_policy(&self) -> Option<Policy> {
        Some(Policy::new("without a type", ""))
    }

    fn known(&self, tenant: Option<&TenantId>) -> BoxFuture<'_, Result<Option<Known>>> {
        let known = self.backend.inventory(tenant).map(|(infrastructure, deployments)| {
            let known = Known::new().with_infrastructure(&infrastructure);
            Some(known.with_deployments(&deployments))
        });
        ready(known).boxed()
    }

    fn events(&self) -> BoxFuture<'_, Result<Option<Vec<String>>>> {
        let id = |event: SmoEvent| match event {
            SmoEvent::Infrastructure(event) => event.event_id,
            SmoEvent::Deployment(event) => event.event_id,
            _ => None,
        };
        let events = self.backend.events();
        ready(events.map(|events| Some(events.into_iter().filter_map(id).collect()))).boxed()
    }
}
