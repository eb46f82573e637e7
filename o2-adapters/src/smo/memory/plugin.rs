//! [`MemorySmo`]: the plugin. Every method takes the state, does one thing with it, and lets it go.

use std::sync::Arc;

use o2_core::plugin::{Backend, Health};
use o2_core::ports::{Clock, Ports};
use o2_core::query::ListQuery;
use o2_core::{Capabilities, Context, Page, Plugin, PluginInfo, Pushdown, Result, TenantId, async_trait};
use o2_smo::{
    DeploymentEvent, DeploymentInventory, ExecutionId, InfrastructureEvent, InfrastructureInventory, ModelId, Policy,
    PolicyId, PolicyStatus, SMOPlugin, ServiceModel, SyncReport, WorkflowExecution, WorkflowRequest, op,
};
use serde_json::Value;

use super::MemorySmoConfig;
use super::event::SmoEvent;
use super::state::State;
use crate::kit::{read_capabilities, read_config};
use crate::memory::{Instance, Listing, Live};

/// The in-memory orchestrator, as the catalog lists it.
pub static BACKEND: Backend<dyn SMOPlugin> = Backend {
    kind: "memory",
    aliases: &["mock", "in-memory"],
    description: "An orchestrator that exists only in memory: for trying out, for tests, and the reference for adapters",
    version: env!("CARGO_PKG_VERSION"),
    example: include_str!("example.yaml"),
    build,
};

fn build(info: PluginInfo, config: &Value, ports: &Ports) -> Result<Arc<dyn SMOPlugin>> {
    let plugin = MemorySmo::new(info, read_config(config)?, Arc::clone(&ports.clock))?;
    Ok(Arc::new(plugin))
}

/// An orchestrator in memory. See the [module](super) for what it does.
#[derive(Debug)]
pub struct MemorySmo {
    instance: Instance<State>,
}

impl MemorySmo {
    /// An orchestrator that knows nothing yet, living by `clock`.
    ///
    /// # Errors
    /// `Config` naming the field that is wrong.
    pub fn new(info: PluginInfo, config: MemorySmoConfig, clock: Arc<dyn Clock>) -> Result<Self> {
        config.check()?;
        let capabilities =
            read_capabilities(config.capabilities.as_deref(), op::VOCABULARY, op::ALL)?.with_pushdown(Pushdown::Filter);
        Ok(Self {
            instance: Instance {
                info,
                capabilities,
                live: Live::new(clock, State::new(config)),
            },
        })
    }

    /// The newest published events of all tenants, oldest first.
    ///
    /// # Errors
    /// `Unavailable` when the plugin is closed.
    pub fn events(&self) -> Result<Vec<SmoEvent>> {
        self.instance
            .live
            .read(|state, _| state.events.iter().cloned().collect())
    }

    /// The infrastructure and the deployments that were handed over for `tenant`.
    ///
    /// # Errors
    /// `Unavailable` when the plugin is closed.
    pub fn inventory(&self, tenant: Option<&TenantId>) -> Result<(InfrastructureInventory, DeploymentInventory)> {
        let known = self
            .instance
            .live
            .read(|state, _| state.inventories.get(&tenant.cloned()).cloned())?;
        let inventory = known.unwrap_or_default();
        Ok((inventory.infrastructure(), inventory.deployments()))
    }
}

#[async_trait]
impl Plugin for MemorySmo {
    fn info(&self) -> &PluginInfo {
        &self.instance.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.instance.capabilities
    }

    async fn health(&self, _: &Context) -> Health {
        self.instance.health(|state| {
            vec![
                ("executions", state.runs.len()),
                ("serviceModels", state.models.len()),
                ("policies", state.policies.len()),
            ]
        })
    }

    async fn close(&self) -> Result<()> {
        self.instance.live.close();
        Ok(())
    }
}

#[async_trait]
impl SMOPlugin for MemorySmo {
    async fn sync_infrastructure(&self, context: &Context, inventory: &InfrastructureInventory) -> Result<SyncReport> {
        let live = self.instance.at(&op::SYNC_INFRASTRUCTURE)?;
        live.write(|state, _| {
            let known = state.inventories.entry(context.tenant().cloned()).or_default();
            known.sync_infrastructure(inventory)
        })
    }

    async fn sync_deployments(&self, context: &Context, inventory: &DeploymentInventory) -> Result<SyncReport> {
        let live = self.instance.at(&op::SYNC_DEPLOYMENTS)?;
        live.write(|state, _| {
            let known = state.inventories.entry(context.tenant().cloned()).or_default();
            known.sync_deployments(inventory)
        })
    }

    async fn publish_infrastructure_event(&self, _: &Context, event: &InfrastructureEvent) -> Result<()> {
        let live = self.instance.at(&op::PUBLISH_INFRASTRUCTURE_EVENT)?;
        live.write(|state, now| {
            let mut event = event.clone();
            event.event_id.get_or_insert_with(|| state.ids.next("event", |_| false));
            event.timestamp.get_or_insert(now.time);
            state.events.push(SmoEvent::Infrastructure(event));
            Ok(())
        })
    }

    async fn publish_deployment_event(&self, _: &Context, event: &DeploymentEvent) -> Result<()> {
        let live = self.instance.at(&op::PUBLISH_DEPLOYMENT_EVENT)?;
        live.write(|state, now| {
            let mut event = event.clone();
            event.event_id.get_or_insert_with(|| state.ids.next("event", |_| false));
            event.timestamp.get_or_insert(now.time);
            state.events.push(SmoEvent::Deployment(event));
            Ok(())
        })
    }

    async fn execute_workflow(&self, context: &Context, request: &WorkflowRequest) -> Result<WorkflowExecution> {
        let live = self.instance.at(&op::EXECUTE_WORKFLOW)?;
        live.write(|state, now| state.execute(context, request, now))
    }

    async fn get_workflow(&self, context: &Context, id: &ExecutionId) -> Result<WorkflowExecution> {
        let live = self.instance.at(&op::GET_WORKFLOW)?;
        live.read(|state, now| state.execution(context, id, now))?
    }

    async fn cancel_workflow(&self, context: &Context, id: &ExecutionId) -> Result<()> {
        let live = self.instance.at(&op::CANCEL_WORKFLOW)?;
        live.write(|state, now| state.cancel(context, id, now))
    }

    async fn register_service_model(&self, context: &Context, model: &ServiceModel) -> Result<Arc<ServiceModel>> {
        let live = self.instance.at(&op::REGISTER_SERVICE_MODEL)?;
        live.write(|state, now| state.register(context, model, now))
    }

    async fn get_service_model(&self, context: &Context, id: &ModelId) -> Result<Arc<ServiceModel>> {
        let live = self.instance.at(&op::GET_SERVICE_MODEL)?;
        live.read(|state, _| state.model(context, id).map(Arc::clone))?
    }

    async fn list_service_models(&self, context: &Context, query: &ListQuery) -> Result<Page<ServiceModel>> {
        let live = self.instance.at(&op::LIST_SERVICE_MODELS)?;
        let listing = Listing::new(context, query, "")?;
        live.read(|state, _| listing.page(&state.models, |model| model))?
    }

    async fn delete_service_model(&self, context: &Context, id: &ModelId) -> Result<()> {
        let live = self.instance.at(&op::DELETE_SERVICE_MODEL)?;
        live.write(|state, now| state.remove_model(context, id, now))
    }

    async fn apply_policy(&self, context: &Context, policy: &Policy) -> Result<PolicyStatus> {
        let live = self.instance.at(&op::APPLY_POLICY)?;
        live.write(|state, now| state.apply(context, policy, now))
    }

    async fn get_policy_status(&self, context: &Context, id: &PolicyId) -> Result<PolicyStatus> {
        let live = self.instance.at(&op::GET_POLICY_STATUS)?;
        live.read(|state, _| state.policy_status(context, id))?
    }
}
