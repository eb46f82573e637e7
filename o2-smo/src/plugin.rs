//! [`SMOPlugin`]: what an adapter to an orchestrator implements.

use std::sync::Arc;

use o2_core::query::ListQuery;
use o2_core::{Context, Error, Page, Plugin, Result, async_trait};

use crate::model::{
    DeploymentEvent, DeploymentInventory, ExecutionId, InfrastructureEvent, InfrastructureInventory, ModelId, Policy,
    PolicyId, PolicyStatus, ServiceModel, SyncReport, WorkflowExecution, WorkflowRequest,
};
use crate::op;

/// An orchestrator above: ONAP, OSM, or one of your own.
///
/// Rules for every method:
///
/// - Ids are the backend's own, stable for the life of the object, and never reused.
/// - An object that does not exist, or belongs to a tenant other than `context.tenant()`, is `NotFound`.
/// - Lists honour every part of the [`ListQuery`]; their order is the same in every page of one walk, and an object
///   that does not change during the walk appears exactly once. Every filter clause that the capabilities push down is
///   evaluated exactly as the reference evaluation does it.
/// - A backend that does not answer is `Unavailable` or `Timeout`, by the backend's fault; it is never an empty list and
///   never `NotFound`. Refused credentials of the plugin are not the caller's fault, and never an empty list or
///   `NotFound`.
/// - An object that cannot be understood is left out of a list; it does not hide the others.
/// - Secrets never appear in `Debug` output, messages and details.
/// - Calls that set work in motion end when the orchestrator has accepted it.
/// - Futures may be dropped at any await.
///
/// A method the orchestrator lacks keeps its default body and stays out of the plugin's
/// [`Capabilities`](o2_core::Capabilities).
#[async_trait]
pub trait SMOPlugin: Plugin {
    /// Makes the orchestrator's inventory of `context.tenant()` equal to `inventory`. Objects it has beyond stay when the
    /// inventory is marked partial. Objects of tenants other than `context.tenant()` stay in any case.
    ///
    /// The report counts the objects that came into being, that changed and that were removed; none when the same
    /// inventory comes again.
    ///
    /// # Errors
    /// `Unavailable`; what was written before stays written, and the call may be repeated.
    async fn sync_infrastructure(&self, context: &Context, inventory: &InfrastructureInventory) -> Result<SyncReport> {
        let _ = (context, inventory);
        Err(Error::unsupported(&op::SYNC_INFRASTRUCTURE))
    }

    /// Makes the orchestrator's deployment inventory equal to `inventory`, under the same rules.
    ///
    /// # Errors
    /// As [`Self::sync_infrastructure`].
    async fn sync_deployments(&self, context: &Context, inventory: &DeploymentInventory) -> Result<SyncReport> {
        let _ = (context, inventory);
        Err(Error::unsupported(&op::SYNC_DEPLOYMENTS))
    }

    /// Tells the orchestrator that infrastructure changed. Returns when the orchestrator has taken the event, once.
    ///
    /// # Errors
    /// `Unavailable` when nobody took the event.
    async fn publish_infrastructure_event(&self, context: &Context, event: &InfrastructureEvent) -> Result<()> {
        let _ = (context, event);
        Err(Error::unsupported(&op::PUBLISH_INFRASTRUCTURE_EVENT))
    }

    /// Tells the orchestrator that a deployment changed. Returns when the orchestrator has taken the event, once.
    ///
    /// # Errors
    /// `Unavailable` when nobody took the event.
    async fn publish_deployment_event(&self, context: &Context, event: &DeploymentEvent) -> Result<()> {
        let _ = (context, event);
        Err(Error::unsupported(&op::PUBLISH_DEPLOYMENT_EVENT))
    }

    /// Starts a workflow for `context.tenant()`. The id in the answer is the one that [`Self::get_workflow`] knows.
    ///
    /// A workflow that takes longer than `request.timeout` ends as `failed`.
    ///
    /// # Errors
    /// `InvalidInput` when there is no such workflow or its parameters are wrong.
    async fn execute_workflow(&self, context: &Context, request: &WorkflowRequest) -> Result<WorkflowExecution> {
        let _ = (context, request);
        Err(Error::unsupported(&op::EXECUTE_WORKFLOW))
    }

    /// How a workflow is going.
    ///
    /// States follow each other: `pending`, then `running`, then `completed`, `failed` or `cancelled`; none comes back.
    /// Progress is at most 100 and never falls. An execution that has ended says when, says why if it failed, and does
    /// not change any more.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_workflow(&self, context: &Context, id: &ExecutionId) -> Result<WorkflowExecution> {
        let _ = (context, id);
        Err(Error::unsupported(&op::GET_WORKFLOW))
    }

    /// Stops a workflow: it ends as `cancelled`. Stopping one that has ended changes nothing.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it can no longer be stopped.
    async fn cancel_workflow(&self, context: &Context, id: &ExecutionId) -> Result<()> {
        let _ = (context, id);
        Err(Error::unsupported(&op::CANCEL_WORKFLOW))
    }

    /// Makes a service model known for `context.tenant()`, and gives it an id if it has none.
    ///
    /// The same content again is the same model: the answer is the one that is known.
    ///
    /// # Errors
    /// `AlreadyExists` when this version is known with other content; `InvalidInput`.
    async fn register_service_model(&self, context: &Context, model: &ServiceModel) -> Result<Arc<ServiceModel>> {
        let _ = (context, model);
        Err(Error::unsupported(&op::REGISTER_SERVICE_MODEL))
    }

    /// The service model with this id.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_service_model(&self, context: &Context, id: &ModelId) -> Result<Arc<ServiceModel>> {
        let _ = (context, id);
        Err(Error::unsupported(&op::GET_SERVICE_MODEL))
    }

    /// Lists the service models.
    ///
    /// # Errors
    /// `InvalidInput` for a marker that is not one of this list's.
    async fn list_service_models(&self, context: &Context, query: &ListQuery) -> Result<Page<ServiceModel>> {
        let _ = (context, query);
        Err(Error::unsupported(&op::LIST_SERVICE_MODELS))
    }

    /// Removes a service model.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while it is in use.
    async fn delete_service_model(&self, context: &Context, id: &ModelId) -> Result<()> {
        let _ = (context, id);
        Err(Error::unsupported(&op::DELETE_SERVICE_MODEL))
    }

    /// Puts a policy in force for `context.tenant()`, or replaces the one with its id. The id in the answer is the one
    /// that [`Self::get_policy_status`] knows.
    ///
    /// # Errors
    /// `InvalidInput` when the orchestrator rejects it.
    async fn apply_policy(&self, context: &Context, policy: &Policy) -> Result<PolicyStatus> {
        let _ = (context, policy);
        Err(Error::unsupported(&op::APPLY_POLICY))
    }

    /// How a policy is doing.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_policy_status(&self, context: &Context, id: &PolicyId) -> Result<PolicyStatus> {
        let _ = (context, id);
        Err(Error::unsupported(&op::GET_POLICY_STATUS))
    }
}
