//! An orchestrator that does what it is told. It isolates no tenants: that is what the service has to make up for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use o2_core::ports::Clock;
use o2_core::query::ListQuery;
use o2_core::{
    Capabilities, Category, Context, Error, ErrorKind, Health, HealthStatus, Id, Operation, Page, Plugin, PluginInfo,
    Result, TenantId, async_trait,
};
use o2_smo::{
    DeploymentEvent, DeploymentInventory, ExecutionId, InfrastructureEvent, InfrastructureInventory, ModelId, Policy,
    PolicyId, PolicyStatus, SMOPlugin, ServiceModel, SyncReport, WorkflowExecution, WorkflowRequest, op,
};
use o2_testkit::ManualClock;

#[derive(Debug)]
pub(crate) struct Orchestrator {
    info: PluginInfo,
    capabilities: Capabilities,
    clock: Arc<ManualClock>,
    state: Mutex<State>,
}

#[derive(Debug)]
pub(crate) struct State {
    /// Fails every call when set.
    pub(crate) failure: Option<ErrorKind>,
    pub(crate) health: HealthStatus,
    /// Whether executions, models and policies say whose they are.
    pub(crate) knows_tenants: bool,
    /// Whether it forgets to give new service models an id.
    pub(crate) forgets_ids: bool,
    /// The names of the methods that were called.
    pub(crate) calls: Vec<&'static str>,
    pub(crate) requests: Vec<WorkflowRequest>,
    pub(crate) executions: BTreeMap<String, WorkflowExecution>,
    pub(crate) models: BTreeMap<String, ServiceModel>,
    pub(crate) policies: BTreeMap<String, (Policy, Option<TenantId>)>,
    pub(crate) infrastructure: Vec<InfrastructureInventory>,
    pub(crate) deployments: Vec<DeploymentInventory>,
    pub(crate) infrastructure_events: Vec<InfrastructureEvent>,
    pub(crate) deployment_events: Vec<DeploymentEvent>,
}

impl Orchestrator {
    pub(crate) fn new(name: &str, clock: &Arc<ManualClock>, without: &[&'static Operation]) -> Arc<Self> {
        let has = |operation: &&'static Operation| !without.contains(operation);
        Arc::new(Self {
            info: PluginInfo::new(Category::Smo, "scripted", name, "1.2.3").unwrap(),
            capabilities: Capabilities::new(op::ALL.iter().copied().filter(has)),
            clock: Arc::clone(clock),
            state: Mutex::new(State {
                failure: None,
                health: HealthStatus::Healthy,
                knows_tenants: true,
                forgets_ids: false,
                calls: Vec::new(),
                requests: Vec::new(),
                executions: BTreeMap::new(),
                models: BTreeMap::new(),
                policies: BTreeMap::new(),
                infrastructure: Vec::new(),
                deployments: Vec::new(),
                infrastructure_events: Vec::new(),
                deployment_events: Vec::new(),
            }),
        })
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// How often a method was called.
    pub(crate) fn calls(&self, name: &str) -> usize {
        self.state().calls.iter().filter(|call| **call == name).count()
    }

    fn enter(&self, operation: &'static Operation) -> Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        state.calls.push(operation.name);
        if !self.capabilities.supports(operation) {
            return Err(Error::unsupported(operation));
        }
        match state.failure {
            Some(kind) => Err(Error::new(kind, "scripted failure")),
            None => Ok(state),
        }
    }
}

impl State {
    fn tenant(&self, context: &Context) -> Option<TenantId> {
        context.tenant().cloned().filter(|_| self.knows_tenants)
    }
}

#[async_trait]
impl Plugin for Orchestrator {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, _: &Context) -> Health {
        let now = self.clock.now();
        match self.state().health {
            HealthStatus::Healthy => Health::healthy(now),
            HealthStatus::Degraded => Health::degraded(now, "slow").with_detail("aai", "10.0.0.5 is slow"),
            _ => Health::unhealthy(now, "10.0.0.5 does not answer"),
        }
    }
}

#[async_trait]
impl SMOPlugin for Orchestrator {
    async fn sync_infrastructure(&self, _: &Context, inventory: &InfrastructureInventory) -> Result<SyncReport> {
        let mut state = self.enter(&op::SYNC_INFRASTRUCTURE)?;
        state.infrastructure.push(inventory.clone());
        Ok(SyncReport::synced(inventory.resource_pools.len() as u64, 1, 0))
    }

    async fn sync_deployments(&self, _: &Context, inventory: &DeploymentInventory) -> Result<SyncReport> {
        let mut state = self.enter(&op::SYNC_DEPLOYMENTS)?;
        state.deployments.push(inventory.clone());
        Ok(SyncReport::synced(inventory.deployments.len() as u64, 0, 0))
    }

    async fn publish_infrastructure_event(&self, _: &Context, event: &InfrastructureEvent) -> Result<()> {
        let mut state = self.enter(&op::PUBLISH_INFRASTRUCTURE_EVENT)?;
        state.infrastructure_events.push(event.clone());
        Ok(())
    }

    async fn publish_deployment_event(&self, _: &Context, event: &DeploymentEvent) -> Result<()> {
        let mut state = self.enter(&op::PUBLISH_DEPLOYMENT_EVENT)?;
        state.deployment_events.push(event.clone());
        Ok(())
    }

    async fn execute_workflow(&self, context: &Context, request: &WorkflowRequest) -> Result<WorkflowExecution> {
        let mut state = self.enter(&op::EXECUTE_WORKFLOW)?;
        if request.workflow_name == "unknown" {
            return Err(Error::violation("body.workflowName", "there is no such workflow"));
        }
        state.requests.push(request.clone());
        let id = format!("e{}", state.executions.len() + 1);
        let mut execution = WorkflowExecution::new(id.as_str(), &request.workflow_name, self.clock.now());
        execution.tenant_id = state.tenant(context);
        state.executions.insert(id, execution.clone());
        Ok(execution)
    }

    async fn get_workflow(&self, _: &Context, id: &ExecutionId) -> Result<WorkflowExecution> {
        let state = self.enter(&op::GET_WORKFLOW)?;
        let execution = state.executions.get(id.as_str()).cloned();
        execution.ok_or_else(|| Error::not_found("workflow", id.as_str()))
    }

    async fn cancel_workflow(&self, _: &Context, id: &ExecutionId) -> Result<()> {
        let mut state = self.enter(&op::CANCEL_WORKFLOW)?;
        let execution = state.executions.get_mut(id.as_str());
        let execution = execution.ok_or_else(|| Error::not_found("workflow", id.as_str()))?;
        execution.status = o2_smo::WorkflowState::Cancelled;
        Ok(())
    }

    async fn register_service_model(&self, context: &Context, model: &ServiceModel) -> Result<Arc<ServiceModel>> {
        let mut state = self.enter(&op::REGISTER_SERVICE_MODEL)?;
        let mut model = model.clone();
        let next = format!("m{}", state.models.len() + 1);
        let id = model.model_id.get_or_insert_with(|| next.into()).to_string();
        if state.models.contains_key(&id) {
            return Err(Error::already_exists("serviceModel", &id));
        }
        model.tenant_id = state.tenant(context);
        if state.forgets_ids {
            model.model_id = None;
        }
        state.models.insert(id, model.clone());
        Ok(Arc::new(model))
    }

    async fn get_service_model(&self, _: &Context, id: &ModelId) -> Result<Arc<ServiceModel>> {
        let state = self.enter(&op::GET_SERVICE_MODEL)?;
        let model = state.models.get(id.as_str()).cloned();
        model
            .map(Arc::new)
            .ok_or_else(|| Error::not_found("serviceModel", id.as_str()))
    }

    async fn list_service_models(&self, _: &Context, _: &ListQuery) -> Result<Page<ServiceModel>> {
        let state = self.enter(&op::LIST_SERVICE_MODELS)?;
        Ok(Page::complete(state.models.values().cloned()))
    }

    async fn delete_service_model(&self, _: &Context, id: &ModelId) -> Result<()> {
        let mut state = self.enter(&op::DELETE_SERVICE_MODEL)?;
        let removed = state.models.remove(id.as_str());
        removed
            .map(|_| ())
            .ok_or_else(|| Error::not_found("serviceModel", id.as_str()))
    }

    async fn apply_policy(&self, context: &Context, policy: &Policy) -> Result<PolicyStatus> {
        let mut state = self.enter(&op::APPLY_POLICY)?;
        let next = format!("p{}", state.policies.len() + 1);
        let id = policy.policy_id.as_ref().map_or(next, Id::to_string);
        let tenant = state.tenant(context);
        state.policies.insert(id.clone(), (policy.clone(), tenant.clone()));
        let mut status = PolicyStatus::new(id.into(), if policy.enabled { "active" } else { "disabled" });
        status.tenant_id = tenant;
        Ok(status)
    }

    async fn get_policy_status(&self, _: &Context, id: &PolicyId) -> Result<PolicyStatus> {
        let state = self.enter(&op::GET_POLICY_STATUS)?;
        let found = state.policies.get(id.as_str());
        let (_, tenant) = found.ok_or_else(|| Error::not_found("policy", id.as_str()))?;
        let mut status = PolicyStatus::new(id.clone(), "active");
        status.tenant_id.clone_from(tenant);
        Ok(status)
    }
}
