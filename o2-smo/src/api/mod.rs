//! The HTTP routes of O2-SMO, mounted at `/o2smo/v1`. Every line is a route; the handlers are a thin translation of
//! [`SmoService`], one file per kind of object.
//!
//! `?plugin=` or `pluginName` in the body says which plugin gets something new; without either it is the default one. A
//! plugin that does not exist is 404 in the query and 400 in the body, and naming two different ones is 400.
//! Inventories and events go to every plugin that takes them with `?plugin=*`.

mod batch;
mod choice;
mod events;
mod models;
mod plugins;
mod policies;
mod shapes;
mod sync;
mod workflows;

use std::sync::Arc;

use http::StatusCode;
use o2_core::http::batch::BatchResult;
use o2_core::http::{Answer, Api, ApiVersion, BodyKind, Parameter, QueryDoc, Route};
use o2_core::model::attribute::Shape;

use crate::model::{PluginOverview, PolicyStatus, ServiceModel, WorkflowExecution};
use crate::{SmoService, op};

const WORKFLOWS: &str = "/workflows";
const WORKFLOW: &str = "/workflows/{executionId}";
const MODELS: &str = "/serviceModels";
const MODEL: &str = "/serviceModels/{modelId}";
const PLUGIN: &[Parameter] = &[Parameter::new("plugin", "The plugin; the default one when absent.")];
const PLUGINS: &[Parameter] = &[Parameter::new(
    "plugin",
    "The plugin, `*` for all; the default one when absent.",
)];
const ONLY_PLUGIN: &[Parameter] = &[Parameter::new("plugin", "Only what this plugin has.")];

type R = Route<SmoService>;

/// The API over `service`.
#[must_use]
pub fn api(service: Arc<SmoService>) -> Api<SmoService> {
    Api::new(service, "/o2smo", &[ApiVersion::V1], routes(), &[])
}

/// Every route.
#[must_use]
pub fn routes() -> Vec<R> {
    let mut routes = vec![
        R::get("/plugins", &op::LIST_PLUGINS, |s, x| Box::pin(plugins::list(s, x)))
            .summary("List the SMO plugins")
            .query(QueryDoc::list::<PluginOverview>())
            .answers(Answer::list::<PluginOverview>()),
        R::get("/plugins/{pluginId}", &op::GET_PLUGIN, |s, x| {
            Box::pin(plugins::get(s, x))
        })
        .summary("Read an SMO plugin")
        .query(QueryDoc::object::<PluginOverview>())
        .answers(Answer::object::<PluginOverview>()),
        R::get("/health", &op::CHECK_HEALTH, |s, x| Box::pin(plugins::health(s, x)))
            .summary("Check the SMO plugins now")
            .answers(Answer::Object(StatusCode::OK, shapes::HEALTH)),
        R::get(WORKFLOWS, &op::LIST_WORKFLOWS, |s, x| Box::pin(workflows::list(s, x)))
            .summary("List the workflows that were started through the gateway")
            .query(QueryDoc::list::<WorkflowExecution>())
            .answers(Answer::list::<WorkflowExecution>()),
        R::post(WORKFLOWS, &op::EXECUTE_WORKFLOW, |s, x| {
            Box::pin(workflows::execute(s, x))
        })
        .summary("Start a workflow")
        .takes(BodyKind::Json, shapes::WORKFLOW)
        .query(QueryDoc::Only(PLUGIN))
        .answers(Answer::accepted::<WorkflowExecution>()),
        R::get(WORKFLOW, &op::GET_WORKFLOW, |s, x| Box::pin(workflows::get(s, x)))
            .summary("Read how a workflow is going")
            .query(QueryDoc::object::<WorkflowExecution>())
            .answers(Answer::object::<WorkflowExecution>()),
        R::delete(WORKFLOW, &op::CANCEL_WORKFLOW, |s, x| Box::pin(workflows::cancel(s, x))).summary("Stop a workflow"),
        R::get(MODELS, &op::LIST_SERVICE_MODELS, |s, x| Box::pin(models::list(s, x)))
            .summary("List the service models")
            .query(QueryDoc::List(Shape::of::<ServiceModel>(), ONLY_PLUGIN))
            .answers(Answer::list::<ServiceModel>()),
        R::post(MODELS, &op::REGISTER_SERVICE_MODEL, |s, x| {
            Box::pin(models::register(s, x))
        })
        .summary("Register a service model")
        .takes(BodyKind::Json, shapes::SERVICE_MODEL)
        .query(QueryDoc::Only(PLUGIN))
        .answers(Answer::created::<ServiceModel>()),
        R::get(MODEL, &op::GET_SERVICE_MODEL, |s, x| Box::pin(models::get(s, x)))
            .summary("Read a service model")
            .query(QueryDoc::object::<ServiceModel>())
            .answers(Answer::object::<ServiceModel>()),
        R::delete(MODEL, &op::DELETE_SERVICE_MODEL, |s, x| Box::pin(models::delete(s, x)))
            .summary("Remove a service model, where the orchestrator allows it"),
        R::post("/policies", &op::APPLY_POLICY, |s, x| Box::pin(policies::apply(s, x)))
            .summary("Put a policy in force, or replace the one with its id")
            .takes(BodyKind::Json, shapes::POLICY)
            .query(QueryDoc::Only(PLUGIN))
            .answers(Answer::created::<PolicyStatus>()),
        R::get("/policies/{policyId}/status", &op::GET_POLICY_STATUS, |s, x| {
            Box::pin(policies::status(s, x))
        })
        .summary("Read how a policy is doing")
        .query(QueryDoc::object::<PolicyStatus>())
        .answers(Answer::object::<PolicyStatus>()),
    ];
    routes.extend(northbound());
    routes.extend(batches());
    routes
}

/// What goes to the orchestrators: inventories and events.
fn northbound() -> Vec<R> {
    let sync = |route: R, summary, shape| {
        route
            .summary(summary)
            .takes(BodyKind::OptionalJson, shape)
            .query(QueryDoc::Only(PLUGINS))
            .answers(Answer::Object(StatusCode::OK, shapes::SYNC_REPORT))
    };
    let event = |route: R, summary, shape| {
        route
            .summary(summary)
            .takes(BodyKind::Json, shape)
            .query(QueryDoc::Only(PLUGINS))
            .answers(Answer::Object(StatusCode::ACCEPTED, shapes::PUBLISHED))
    };
    vec![
        sync(
            R::post("/sync/infrastructure", &op::SYNC_INFRASTRUCTURE, |s, x| {
                Box::pin(sync::infrastructure(s, x))
            }),
            "Hand an infrastructure inventory to the orchestrator; without body, the gateway's own",
            shapes::INFRASTRUCTURE,
        ),
        sync(
            R::post("/sync/deployments", &op::SYNC_DEPLOYMENTS, |s, x| {
                Box::pin(sync::deployments(s, x))
            }),
            "Hand a deployment inventory to the orchestrator; without body, the gateway's own",
            shapes::DEPLOYMENTS,
        ),
        event(
            R::post("/events/infrastructure", &op::PUBLISH_INFRASTRUCTURE_EVENT, |s, x| {
                Box::pin(events::infrastructure(s, x))
            }),
            "Tell the orchestrator that infrastructure changed",
            shapes::INFRASTRUCTURE_EVENT,
        ),
        event(
            R::post("/events/deployment", &op::PUBLISH_DEPLOYMENT_EVENT, |s, x| {
                Box::pin(events::deployment(s, x))
            }),
            "Tell the orchestrator that a deployment changed",
            shapes::DEPLOYMENT_EVENT,
        ),
    ]
}

fn batches() -> Vec<R> {
    const MULTI: &[StatusCode] = &[StatusCode::MULTI_STATUS];
    let batch = |route: R, summary, shape| {
        let answer = Answer::Object(StatusCode::OK, BatchResult::SHAPE);
        route
            .summary(summary)
            .takes(BodyKind::Json, shape)
            .answers(answer)
            .also(MULTI)
    };
    vec![
        batch(
            R::post("/batch/workflows", &op::EXECUTE_WORKFLOW, |s, x| {
                Box::pin(batch::execute_workflows(s, x))
            }),
            "Start several workflows",
            batch::EXECUTE_WORKFLOWS,
        ),
        batch(
            R::post("/batch/workflows/cancel", &op::CANCEL_WORKFLOW, |s, x| {
                Box::pin(batch::cancel_workflows(s, x))
            }),
            "Stop several workflows",
            batch::CANCEL_WORKFLOWS,
        ),
        batch(
            R::post("/batch/serviceModels", &op::REGISTER_SERVICE_MODEL, |s, x| {
                Box::pin(batch::register_models(s, x))
            }),
            "Register several service models",
            batch::REGISTER_MODELS,
        ),
        batch(
            R::post("/batch/serviceModels/delete", &op::DELETE_SERVICE_MODEL, |s, x| {
                Box::pin(batch::delete_models(s, x))
            }),
            "Remove several service models, where the orchestrator allows it",
            batch::DELETE_MODELS,
        ),
        batch(
            R::post("/batch/policies", &op::APPLY_POLICY, |s, x| {
                Box::pin(batch::apply_policies(s, x))
            }),
            "Put several policies in force",
            batch::APPLY_POLICIES,
        ),
    ]
}
