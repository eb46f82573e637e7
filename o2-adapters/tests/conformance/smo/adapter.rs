//! An adapter to the in-memory orchestrator, right or wrong in one way.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use o2_core::ports::Secret;
use o2_core::query::{Filter, ListQuery};
use o2_core::{
    Capabilities, Context, Error, ErrorKind, Fault as Blame, Health, Page, Plugin, PluginInfo, Result, Timestamp,
    async_trait,
};
use o2_smo::{
    DeploymentEvent, DeploymentInventory, ExecutionId, InfrastructureEvent, InfrastructureInventory, ModelId, Policy,
    PolicyId, PolicyStatus, SMOPlugin, ServiceModel, SyncReport, WorkflowExecution, WorkflowRequest, WorkflowState, op,
};
use o2_testkit::conformance::Trouble;
use serde_json::Value;

use super::faulty::Fault;
use crate::line::Line;

/// What the adapter shows to the orchestrator and to nobody else.
pub(super) const TOKEN: &str = "the-token-of-the-adapter";

/// What the orchestrator puts on one page at most.
const LARGEST_PAGE: u32 = 2;

/// Instances so far, for those that make ids of their own.
static INSTANCES: AtomicU64 = AtomicU64::new(0);

/// The adapter.
#[derive(Debug)]
pub(super) struct Adapter {
    backend: Arc<dyn SMOPlugin>,
    line: Arc<Line>,
    fault: Option<Fault>,
    capabilities: Capabilities,
    token: Secret,
    instance: u64,
    calls: AtomicU64,
    closed: AtomicBool,
    busy: AtomicBool,
    sent: Mutex<Option<InfrastructureInventory>>,
    stopped: Mutex<Vec<ExecutionId>>,
}

impl Adapter {
    pub(super) fn new(backend: Arc<dyn SMOPlugin>, line: Arc<Line>, fault: Option<Fault>) -> Self {
        let mut capabilities = backend.capabilities().clone().with_max_page_size(LARGEST_PAGE);
        if fault == Some(Fault::DoesMoreThanItSays) {
            capabilities = capabilities.without(&op::APPLY_POLICY);
        }
        Self {
            backend,
            line,
            fault,
            capabilities,
            token: Secret::new(TOKEN),
            instance: INSTANCES.fetch_add(1, Ordering::Relaxed),
            calls: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            busy: AtomicBool::new(false),
            sent: Mutex::default(),
            stopped: Mutex::default(),
        }
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// Every second call.
    fn every_second_time(&self) -> bool {
        self.calls.fetch_add(1, Ordering::Relaxed) % 2 == 1
    }

    /// Reaches the orchestrator.
    async fn reach(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) && !self.is(Fault::AnswersAfterTheEnd) {
            return Err(Error::new(ErrorKind::Unavailable, "the plugin is closed"));
        }
        if self.is(Fault::StaysBusy) && self.busy.swap(true, Ordering::AcqRel) {
            return Err(Error::conflict("another call is under way"));
        }
        let reached = self.line.reach().await;
        self.busy.store(false, Ordering::Release);
        match reached {
            Err(error) if self.is(Fault::ShowsItsToken) => {
                Err(error.with_detail(format!("sent with token {}", self.token.expose())))
            }
            Err(error) if self.is(Fault::MasksOutages) && error.is(ErrorKind::Unavailable) => {
                Err(Error::not_found("object", "anything"))
            }
            Err(error) if self.is(Fault::BlamesTheCaller) => Err(error.with_fault(Blame::Caller)),
            reached => reached,
        }
    }

    fn for_everybody(&self, context: &Context, fault: Fault) -> Context {
        if self.is(fault) {
            Context::new(context.request_id())
        } else {
            context.clone()
        }
    }

    fn own_id(&self, model: Arc<ServiceModel>) -> Arc<ServiceModel> {
        if !self.is(Fault::MakesIdsOfItsOwn) {
            return model;
        }
        let mut model = Arc::unwrap_or_clone(model);
        model.model_id = model.model_id.map(|id| format!("{}-{id}", self.instance).into());
        Arc::new(model)
    }

    /// What a synchronisation that breaks down in the middle has written.
    async fn half_of(&self, context: &Context, inventory: &InfrastructureInventory) -> Result<()> {
        let mut half = InfrastructureInventory::default();
        half.partial = true;
        half.resource_pools.clone_from(&inventory.resource_pools);
        self.backend.sync_infrastructure(context, &half).await.map(drop)
    }

    /// Whether this is what was sent last, as far as the adapter remembers.
    fn was_sent(&self, inventory: &InfrastructureInventory) -> bool {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.replace(inventory.clone()).as_ref() == Some(inventory)
    }

    fn remember_stopped(&self, id: &ExecutionId) {
        let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        stopped.push(id.clone());
    }

    fn as_it_says(&self, mut execution: WorkflowExecution) -> WorkflowExecution {
        let ended = execution.status.is_final();
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        match self.fault {
            Some(Fault::CancelsWhatHasEnded) if stopped.contains(&execution.execution_id) => {
                execution.status = WorkflowState::Cancelled;
            }
            Some(Fault::ComesBackFromTheEnd) if ended && self.every_second_time() => {
                execution.status = WorkflowState::Running;
            }
            Some(Fault::FailsSilently) => execution.error = None,
            Some(Fault::FallsBack) if !ended && self.every_second_time() => execution.progress = 0,
            Some(Fault::GoesBackToPending) if !ended && self.every_second_time() => {
                execution.status = WorkflowState::Pending;
            }
            _ => {}
        }
        execution
    }
}

#[async_trait]
impl Plugin for Adapter {
    fn info(&self) -> &PluginInfo {
        self.backend.info()
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, _: &Context) -> Health {
        match self.reach().await {
            Err(error) if !self.is(Fault::WellWhateverHappens) => {
                Health::unhealthy(Timestamp::UNIX_EPOCH, error.message())
            }
            _ => Health::healthy(Timestamp::UNIX_EPOCH),
        }
    }

    async fn close(&self) -> Result<()> {
        self.closed.store(true, Ordering::Release);
        Ok(())
    }
}

#[async_trait]
impl SMOPlugin for Adapter {
    async fn sync_infrastructure(&self, context: &Context, inventory: &InfrastructureInventory) -> Result<SyncReport> {
        if self.is(Fault::SkipsWhatItSent) && self.was_sent(inventory) {
            return Ok(SyncReport::synced(0, 0, 0));
        }
        let reached = self.reach().await;
        if self.line.trouble() == Some(Trouble::Down) {
            self.half_of(context, inventory).await?;
        }
        reached?;
        let mut inventory = inventory.clone();
        match self.fault {
            Some(Fault::SyncsNothing) => return Ok(SyncReport::synced(0, 0, 0)),
            Some(Fault::NeverDeletesOnSync) => inventory.partial = true,
            Some(Fault::DeletesOnPartial) => inventory.partial = false,
            _ => {}
        }
        let context = self.for_everybody(context, Fault::SyncsForEverybody);
        self.backend.sync_infrastructure(&context, &inventory).await
    }

    async fn sync_deployments(&self, context: &Context, inventory: &DeploymentInventory) -> Result<SyncReport> {
        self.reach().await?;
        let report = self.backend.sync_deployments(context, inventory).await?;
        if self.is(Fault::CountsWhatItSends) {
            let all = inventory.packages.len() + inventory.deployments.len();
            return Ok(SyncReport::synced(all as u64, 0, 0));
        }
        Ok(report)
    }

    async fn publish_infrastructure_event(&self, context: &Context, event: &InfrastructureEvent) -> Result<()> {
        match self.reach().await {
            Err(_) if self.is(Fault::SwallowsEvents) => return Ok(()),
            reached => reached?,
        }
        self.backend.publish_infrastructure_event(context, event).await
    }

    async fn publish_deployment_event(&self, context: &Context, event: &DeploymentEvent) -> Result<()> {
        self.reach().await?;
        if self.is(Fault::RepeatsEvents) {
            self.backend.publish_deployment_event(context, event).await?;
        }
        self.backend.publish_deployment_event(context, event).await
    }

    async fn execute_workflow(&self, context: &Context, request: &WorkflowRequest) -> Result<WorkflowExecution> {
        self.reach().await?;
        let mut request = request.clone();
        match self.fault {
            Some(Fault::IgnoresTimeouts) => request.timeout = None,
            Some(Fault::TakesAnyWorkflow) => request.workflow_name = "deploy".to_owned(),
            Some(Fault::TakesAnyParameters) => request.parameters.retain(|_, value| !matches!(value, Value::Array(_))),
            _ => {}
        }
        let mut execution = self.backend.execute_workflow(context, &request).await?;
        if self.is(Fault::ForgetsItsExecutions) {
            execution.execution_id = "made-up-by-the-adapter".into();
        }
        Ok(execution)
    }

    async fn get_workflow(&self, context: &Context, id: &ExecutionId) -> Result<WorkflowExecution> {
        self.reach().await?;
        let execution = self.backend.get_workflow(context, id).await?;
        Ok(self.as_it_says(execution))
    }

    async fn cancel_workflow(&self, context: &Context, id: &ExecutionId) -> Result<()> {
        self.reach().await?;
        if self.is(Fault::CancelsNothing) {
            return self.backend.get_workflow(context, id).await.map(drop);
        }
        self.remember_stopped(id);
        let context = self.for_everybody(context, Fault::StopsForEverybody);
        self.backend.cancel_workflow(&context, id).await
    }

    async fn register_service_model(&self, context: &Context, model: &ServiceModel) -> Result<Arc<ServiceModel>> {
        self.reach().await?;
        let mut model = model.clone();
        if self.is(Fault::RegistersAgain) && self.every_second_time() {
            model.version.push_str(".again");
        }
        let registered = self.backend.register_service_model(context, &model).await;
        match registered {
            Err(error) if self.is(Fault::OverwritesVersions) && error.is(ErrorKind::AlreadyExists) => {
                Ok(Arc::new(model))
            }
            registered => registered,
        }
    }

    async fn get_service_model(&self, context: &Context, id: &ModelId) -> Result<Arc<ServiceModel>> {
        self.reach().await?;
        let prefix = format!("{}-", self.instance);
        let native = id
            .as_str()
            .strip_prefix(&prefix)
            .filter(|_| self.is(Fault::MakesIdsOfItsOwn));
        let id = native.map_or_else(|| id.clone(), ModelId::from);
        let context = self.for_everybody(context, Fault::SeesEverybody);
        let model = self.backend.get_service_model(&context, &id).await?;
        Ok(self.own_id(model))
    }

    async fn list_service_models(&self, context: &Context, query: &ListQuery) -> Result<Page<ServiceModel>> {
        let odd = self.line.trouble() == Some(Trouble::OddObject);
        match self.reach().await {
            Err(_) if self.is(Fault::ListsNothingDuringOutages) => return Ok(Page::new(Vec::new(), None)),
            Ok(()) if odd && self.is(Fault::StumblesOverOddObjects) => return Err(Error::internal("what is this?")),
            reached => reached?,
        }
        let mut query = query.clone();
        if self.is(Fault::IgnoresFilters) {
            query.filter = Filter::default();
        }
        let most = if self.is(Fault::SendsPagesOfAnySize) {
            u32::MAX
        } else {
            LARGEST_PAGE
        };
        query.limit = Some(query.limit.unwrap_or(u32::MAX).min(most));
        let mut page = self.backend.list_service_models(context, &query).await?;
        match self.fault {
            Some(Fault::LosesThePagesAfterTheFirst) => page.next = None,
            Some(Fault::ShufflesLists) if self.every_second_time() => page.items.reverse(),
            _ => {}
        }
        page.items = page.items.into_iter().map(|model| self.own_id(model)).collect();
        Ok(page)
    }

    async fn delete_service_model(&self, context: &Context, id: &ModelId) -> Result<()> {
        self.reach().await?;
        if self.is(Fault::DeletesNothing) {
            return self.backend.get_service_model(context, id).await.map(drop);
        }
        match self.backend.delete_service_model(context, id).await {
            Err(error) if self.is(Fault::SaysDeletedWhenInUse) && error.is(ErrorKind::Conflict) => Ok(()),
            deleted => deleted,
        }
    }

    async fn apply_policy(&self, context: &Context, policy: &Policy) -> Result<PolicyStatus> {
        self.reach().await?;
        let mut policy = policy.clone();
        match self.fault {
            Some(Fault::AppliesNothing) => return Ok(PolicyStatus::new("policy-of-nobody".into(), "active")),
            Some(Fault::DeclaresTooMuch) => return Err(Error::unsupported(&op::APPLY_POLICY)),
            Some(Fault::GivesNewIdsToPolicies) if policy.policy_id.take().is_some() => policy.name.push_str("-again"),
            _ => {}
        }
        let context = self.for_everybody(context, Fault::SharesPolicies);
        self.backend.apply_policy(&context, &policy).await
    }

    async fn get_policy_status(&self, context: &Context, id: &PolicyId) -> Result<PolicyStatus> {
        self.reach().await?;
        self.backend.get_policy_status(context, id).await
    }
}
