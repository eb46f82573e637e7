//! Several workflows, service models or policies in one request. Every item says itself which plugin it is for.

use futures::future::BoxFuture;
use http::StatusCode;
use o2_core::Result;
use o2_core::http::batch::{Done, all_or_nothing, each};
use o2_core::http::{Exchange, Reply};
use o2_core::model::attribute::{AttributeKind as Kind, Field, Shape};
use serde::Deserialize;

use super::shapes;
use crate::SmoService;
use crate::model::{ExecutionId, ModelId, NewServiceModel, Policy, WorkflowRequest};

const IDS: Kind = Kind::Array(&Kind::String);

pub(super) const EXECUTE_WORKFLOWS: Shape = Shape::body(
    "ExecuteWorkflows",
    &[
        Field::required(
            "workflows",
            Kind::Array(&Kind::Object(shapes::WORKFLOW)),
            "What to start, 1 to 100.",
        ),
        Field::optional("atomic", Kind::Boolean, "When one cannot be started, stop the others."),
    ],
);
pub(super) const CANCEL_WORKFLOWS: Shape = Shape::body(
    "CancelWorkflows",
    &[Field::required("executionIds", IDS, "What to stop, 1 to 100.")],
);
pub(super) const REGISTER_MODELS: Shape = Shape::body(
    "RegisterServiceModels",
    &[
        Field::required(
            "serviceModels",
            Kind::Array(&Kind::Object(shapes::SERVICE_MODEL)),
            "What to register, 1 to 100.",
        ),
        Field::optional("atomic", Kind::Boolean, "When one fails, undo the others."),
    ],
);
pub(super) const DELETE_MODELS: Shape = Shape::body(
    "DeleteServiceModels",
    &[Field::required("modelIds", IDS, "What to remove, 1 to 100.")],
);
pub(super) const APPLY_POLICIES: Shape = Shape::body(
    "ApplyPolicies",
    &[Field::required(
        "policies",
        Kind::Array(&Kind::Object(shapes::POLICY)),
        "What to put in force, 1 to 100.",
    )],
);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ExecuteWorkflows {
    workflows: Vec<WorkflowRequest>,
    #[serde(default)]
    atomic: bool,
}

pub(super) async fn execute_workflows(service: &SmoService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let ExecuteWorkflows { workflows, atomic } = exchange.json()?;
    let context = &exchange.context;
    let execute = |request| -> BoxFuture<'_, Result<Done>> {
        Box::pin(async move {
            let execution = service.execute_workflow(context, request).await?;
            let done = Done::created(execution.execution_id.as_str(), &execution)?;
            Ok(Done {
                status: StatusCode::ACCEPTED,
                ..done
            })
        })
    };
    let cancel = |id: String| -> BoxFuture<'_, Result<()>> {
        Box::pin(async move { service.cancel_workflow(context, &id.into()).await })
    };
    let result = if atomic {
        all_or_nothing(workflows, execute, cancel).await?
    } else {
        each(workflows, execute).await?
    };
    result.into_reply()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CancelWorkflows {
    execution_ids: Vec<ExecutionId>,
}

pub(super) async fn cancel_workflows(service: &SmoService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let CancelWorkflows { execution_ids } = exchange.json()?;
    let context = &exchange.context;
    let cancel = |id: ExecutionId| -> BoxFuture<'_, Result<Done>> {
        Box::pin(async move {
            service.cancel_workflow(context, &id).await?;
            Ok(Done::no_content())
        })
    };
    each(execution_ids, cancel).await?.into_reply()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RegisterModels {
    service_models: Vec<NewServiceModel>,
    #[serde(default)]
    atomic: bool,
}

pub(super) async fn register_models(service: &SmoService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let RegisterModels { service_models, atomic } = exchange.json()?;
    let context = &exchange.context;
    let register = |new| -> BoxFuture<'_, Result<Done>> {
        Box::pin(async move {
            let model = service.register_service_model(context, new).await?;
            Done::created(model.model_id.as_ref().map_or("", |id| id.as_str()), &model)
        })
    };
    let remove = |id: String| -> BoxFuture<'_, Result<()>> {
        Box::pin(async move { service.delete_service_model(context, &id.into()).await })
    };
    let result = if atomic {
        all_or_nothing(service_models, register, remove).await?
    } else {
        each(service_models, register).await?
    };
    result.into_reply()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DeleteModels {
    model_ids: Vec<ModelId>,
}

pub(super) async fn delete_models(service: &SmoService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let DeleteModels { model_ids } = exchange.json()?;
    let context = &exchange.context;
    let delete = |id: ModelId| -> BoxFuture<'_, Result<Done>> {
        Box::pin(async move {
            service.delete_service_model(context, &id).await?;
            Ok(Done::no_content())
        })
    };
    each(model_ids, delete).await?.into_reply()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ApplyPolicies {
    policies: Vec<Policy>,
}

pub(super) async fn apply_policies(service: &SmoService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let ApplyPolicies { policies } = exchange.json()?;
    let context = &exchange.context;
    let apply = |policy| -> BoxFuture<'_, Result<Done>> {
        Box::pin(async move {
            let status = service.apply_policy(context, policy).await?;
            Done::created(status.policy_id.as_str(), &status)
        })
    };
    each(policies, apply).await?.into_reply()
}
