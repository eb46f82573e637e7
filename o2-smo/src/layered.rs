//! The one forward of [`SMOPlugin`] through the layers.

use std::sync::Arc;

use o2_core::layer::Layered;
use o2_core::query::ListQuery;
use o2_core::{Context, Page, Result, async_trait};

use crate::model::{
    DeploymentEvent, DeploymentInventory, ExecutionId, InfrastructureEvent, InfrastructureInventory, ModelId, Policy,
    PolicyId, PolicyStatus, ServiceModel, SyncReport, WorkflowExecution, WorkflowRequest,
};
use crate::{SMOPlugin, op};

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl SMOPlugin for Layered<dyn SMOPlugin> {
    async fn sync_infrastructure(&self, context: &Context, inventory: &InfrastructureInventory) -> Result<SyncReport> {
        self.call(context, &op::SYNC_INFRASTRUCTURE, None, |p, c| {
            p.sync_infrastructure(c, inventory)
        })
        .await
    }

    async fn sync_deployments(&self, context: &Context, inventory: &DeploymentInventory) -> Result<SyncReport> {
        self.call(context, &op::SYNC_DEPLOYMENTS, None, |p, c| {
            p.sync_deployments(c, inventory)
        })
        .await
    }

    async fn publish_infrastructure_event(&self, context: &Context, event: &InfrastructureEvent) -> Result<()> {
        self.call(context, &op::PUBLISH_INFRASTRUCTURE_EVENT, None, |p, c| {
            p.publish_infrastructure_event(c, event)
        })
        .await
    }

    async fn publish_deployment_event(&self, context: &Context, event: &DeploymentEvent) -> Result<()> {
        self.call(context, &op::PUBLISH_DEPLOYMENT_EVENT, None, |p, c| {
            p.publish_deployment_event(c, event)
        })
        .await
    }

    async fn execute_workflow(&self, context: &Context, request: &WorkflowRequest) -> Result<WorkflowExecution> {
        self.call(context, &op::EXECUTE_WORKFLOW, None, |p, c| {
            p.execute_workflow(c, request)
        })
        .await
    }

    async fn get_workflow(&self, context: &Context, id: &ExecutionId) -> Result<WorkflowExecution> {
        self.call(context, &op::GET_WORKFLOW, Some(id.as_str()), |p, c| {
            p.get_workflow(c, id)
        })
        .await
    }

    async fn cancel_workflow(&self, context: &Context, id: &ExecutionId) -> Result<()> {
        self.call(context, &op::CANCEL_WORKFLOW, Some(id.as_str()), |p, c| {
            p.cancel_workflow(c, id)
        })
        .await
    }

    async fn register_service_model(&self, context: &Context, model: &ServiceModel) -> Result<Arc<ServiceModel>> {
        self.call(context, &op::REGISTER_SERVICE_MODEL, None, |p, c| {
            p.register_service_model(c, model)
        })
        .await
    }

    async fn get_service_model(&self, context: &Context, id: &ModelId) -> Result<Arc<ServiceModel>> {
        self.call(context, &op::GET_SERVICE_MODEL, Some(id.as_str()), |p, c| {
            p.get_service_model(c, id)
        })
        .await
    }

    async fn list_service_models(&self, context: &Context, query: &ListQuery) -> Result<Page<ServiceModel>> {
        self.call(context, &op::LIST_SERVICE_MODELS, None, |p, c| {
            p.list_service_models(c, query)
        })
        .await
    }

    async fn delete_service_model(&self, context: &Context, id: &ModelId) -> Result<()> {
        self.call(context, &op::DELETE_SERVICE_MODEL, Some(id.as_str()), |p, c| {
            p.delete_service_model(c, id)
        })
        .await
    }

    async fn apply_policy(&self, context: &Context, policy: &Policy) -> Result<PolicyStatus> {
        self.call(context, &op::APPLY_POLICY, None, |p, c| p.apply_policy(c, policy))
            .await
    }

    async fn get_policy_status(&self, context: &Context, id: &PolicyId) -> Result<PolicyStatus> {
        self.call(context, &op::GET_POLICY_STATUS, Some(id.as_str()), |p, c| {
            p.get_policy_status(c, id)
        })
        .await
    }
}
