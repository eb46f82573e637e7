//! What an orchestrator's plugin lists, and one harmless call of each operation.

use o2_core::query::ListQuery;
use o2_smo::{
    DeploymentEvent, DeploymentInventory, InfrastructureEvent, InfrastructureInventory, Policy, SMOPlugin,
    ServiceModel, WorkflowRequest, op,
};

use crate::conformance::Invocation;
use crate::conformance::laws::Collection;

type Plugin = dyn SMOPlugin;

pub(super) const MODELS: Collection<Plugin, ServiceModel> = Collection {
    operation: &op::LIST_SERVICE_MODELS,
    list: |p, c, q| p.list_service_models(c, q),
    get: Some((&op::GET_SERVICE_MODEL, |p, c, id| {
        Box::pin(async move { p.get_service_model(c, &id.into()).await })
    })),
};

/// An id that nothing has, and a name that no workflow has.
pub(super) const NOBODY: &str = "no-such-id";

/// Every operation, called so that nothing is lost.
pub(super) const INVOCATIONS: &[Invocation<Plugin>] = &[
    Invocation {
        operation: &op::SYNC_INFRASTRUCTURE,
        call: |p, c| {
            Box::pin(async move {
                let mut nothing = InfrastructureInventory::default();
                nothing.partial = true;
                p.sync_infrastructure(c, &nothing).await.map(drop)
            })
        },
    },
    Invocation {
        operation: &op::SYNC_DEPLOYMENTS,
        call: |p, c| {
            Box::pin(async move {
                let mut nothing = DeploymentInventory::default();
                nothing.partial = true;
                p.sync_deployments(c, &nothing).await.map(drop)
            })
        },
    },
    Invocation {
        operation: &op::PUBLISH_INFRASTRUCTURE_EVENT,
        call: |p, c| Box::pin(async move { p.publish_infrastructure_event(c, &infrastructure_event("called")).await }),
    },
    Invocation {
        operation: &op::PUBLISH_DEPLOYMENT_EVENT,
        call: |p, c| Box::pin(async move { p.publish_deployment_event(c, &deployment_event("called")).await }),
    },
    Invocation {
        operation: &op::EXECUTE_WORKFLOW,
        call: |p, c| Box::pin(async move { p.execute_workflow(c, &WorkflowRequest::new(NOBODY)).await.map(drop) }),
    },
    Invocation {
        operation: &op::GET_WORKFLOW,
        call: |p, c| Box::pin(async move { p.get_workflow(c, &NOBODY.into()).await.map(drop) }),
    },
    Invocation {
        operation: &op::CANCEL_WORKFLOW,
        call: |p, c| Box::pin(async move { p.cancel_workflow(c, &NOBODY.into()).await }),
    },
    Invocation {
        operation: &op::REGISTER_SERVICE_MODEL,
        call: |p, c| {
            Box::pin(async move {
                let model = ServiceModel::new("conformance-called", "1");
                p.register_service_model(c, &model).await.map(drop)
            })
        },
    },
    Invocation {
        operation: &op::GET_SERVICE_MODEL,
        call: |p, c| Box::pin(async move { p.get_service_model(c, &NOBODY.into()).await.map(drop) }),
    },
    Invocation {
        operation: &op::LIST_SERVICE_MODELS,
        call: |p, c| Box::pin(async move { p.list_service_models(c, &ListQuery::new()).await.map(drop) }),
    },
    Invocation {
        operation: &op::DELETE_SERVICE_MODEL,
        call: |p, c| Box::pin(async move { p.delete_service_model(c, &NOBODY.into()).await }),
    },
    Invocation {
        operation: &op::APPLY_POLICY,
        call: |p, c| {
            Box::pin(async move {
                let policy = Policy::new("conformance-called", "placement");
                p.apply_policy(c, &policy).await.map(drop)
            })
        },
    },
    Invocation {
        operation: &op::GET_POLICY_STATUS,
        call: |p, c| Box::pin(async move { p.get_policy_status(c, &NOBODY.into()).await.map(drop) }),
    },
];

pub(super) fn infrastructure_event(id: &str) -> InfrastructureEvent {
    let mut event = InfrastructureEvent::default();
    event.event_id = Some(id.to_owned());
    event.event_type = "ResourcePoolCreated".to_owned();
    event.resource_type = "resourcePool".to_owned();
    event.resource_id = "pool-1".to_owned();
    event
}

pub(super) fn deployment_event(id: &str) -> DeploymentEvent {
    let mut event = DeploymentEvent::default();
    event.event_id = Some(id.to_owned());
    event.event_type = "DeploymentReady".to_owned();
    event.deployment_id = "deployment-1".to_owned();
    event
}
