//! The HTTP routes of O2-DMS, mounted at `/o2dms/v1`. Every line is a route; the handlers are a thin translation of
//! [`DmsService`], one file per kind of object.
//!
//! Requests that set work in motion answer 202 with an operation record, its `Location`, and the deployment's
//! `Content-Location`. With `?wait=30s` they answer when the work has ended: a creation 201, a deletion 204, anything
//! else 200, with the deployment, whose `status` says whether it failed. When the time is over first, they answer 202.

mod batch;
mod deployments;
mod lifecycle;
mod logs;
mod operations;
mod packages;
mod patch;
mod plugin;
mod shapes;
mod started;
mod templates;

use std::sync::Arc;

use http::StatusCode;
use o2_core::http::{Answer, Api, ApiVersion, BodyKind, Handler, QueryDoc, Route};
use o2_core::model::attribute::Shape;
use o2_core::{Operation, subscription};

use crate::model::{Deployment, DeploymentPackage, DeploymentTemplate, OperationRecord};
use crate::{DmsService, op};

const PACKAGES: &str = "/deploymentPackages";
const PACKAGE: &str = "/deploymentPackages/{packageId}";
const DEPLOYMENTS: &str = "/deployments";
const DEPLOYMENT: &str = "/deployments/{deploymentId}";
const TEMPLATES: &str = "/deploymentTemplates";
const TEMPLATE: &str = "/deploymentTemplates/{templateId}";
const WAIT: QueryDoc = QueryDoc::Only(&[started::WAIT]);

/// What is answered to those who wait for the end of the work.
const CREATED: &[Answer] = &[Answer::created::<Deployment>()];
const CHANGED: &[Answer] = &[Answer::object::<Deployment>()];
const DELETED: &[Answer] = &[Answer::object::<Deployment>(), Answer::Empty(StatusCode::NO_CONTENT)];

type R = Route<DmsService>;

/// The API over `service`.
#[must_use]
pub fn api(service: Arc<DmsService>) -> Api<DmsService> {
    // What netweave, and the first draft of the API, call the same things.
    const ALIASES: &[(&str, &str)] = &[
        ("nfDeployments", "deployments"),
        ("nfDeploymentDescriptors", "deploymentPackages"),
    ];
    Api::new(service, "/o2dms", &[ApiVersion::V1], routes(), ALIASES)
}

/// Every route.
#[must_use]
pub fn routes() -> Vec<R> {
    let mut routes = vec![
        R::get("/", &op::GET_LIFECYCLE, |s, x| Box::pin(lifecycle::info(s, x)))
            .summary("Read what can be done with deployments")
            .answers(Answer::Object(StatusCode::OK, shapes::LIFECYCLE)),
        R::get("/deploymentLifecycle", &op::GET_LIFECYCLE, |s, x| {
            Box::pin(lifecycle::info(s, x))
        })
        .summary("Read what can be done with deployments")
        .answers(Answer::Object(StatusCode::OK, shapes::LIFECYCLE)),
        R::get(PACKAGES, &op::LIST_DEPLOYMENT_PACKAGES, |s, x| {
            Box::pin(packages::list(s, x))
        })
        .summary("List packages")
        .query(QueryDoc::list::<DeploymentPackage>())
        .answers(Answer::list::<DeploymentPackage>()),
        R::post(PACKAGES, &op::UPLOAD_DEPLOYMENT_PACKAGE, |s, x| {
            Box::pin(packages::upload(s, x))
        })
        .summary("Upload a package, or make one that lies elsewhere known")
        .query(QueryDoc::Only(&[plugin::PLUGIN, plugin::ADAPTER]))
        .takes(BodyKind::Json, shapes::PACKAGE_UPLOAD)
        .answers(Answer::created::<DeploymentPackage>()),
        R::get(PACKAGE, &op::GET_DEPLOYMENT_PACKAGE, |s, x| {
            Box::pin(packages::get(s, x))
        })
        .summary("Read a package")
        .query(QueryDoc::object::<DeploymentPackage>())
        .answers(Answer::object::<DeploymentPackage>()),
        R::delete(PACKAGE, &op::DELETE_DEPLOYMENT_PACKAGE, |s, x| {
            Box::pin(packages::delete(s, x))
        })
        .summary("Remove a package"),
        R::get(DEPLOYMENTS, &op::LIST_DEPLOYMENTS, |s, x| {
            Box::pin(deployments::list(s, x))
        })
        .summary("List deployments")
        .query(QueryDoc::list::<Deployment>())
        .answers(Answer::list::<Deployment>()),
        R::post(DEPLOYMENTS, &op::CREATE_DEPLOYMENT, |s, x| {
            Box::pin(deployments::create(s, x))
        })
        .summary("Deploy a package")
        .query(QueryDoc::Only(&[started::WAIT, plugin::PLUGIN, plugin::ADAPTER]))
        .takes(BodyKind::Json, shapes::NEW_DEPLOYMENT)
        .answers(Answer::accepted::<OperationRecord>())
        .or(CREATED),
        R::get(DEPLOYMENT, &op::GET_DEPLOYMENT, |s, x| Box::pin(deployments::get(s, x)))
            .summary("Read a deployment")
            .query(QueryDoc::object::<Deployment>())
            .answers(Answer::object::<Deployment>()),
        changing(
            R::put(DEPLOYMENT, &op::UPDATE_DEPLOYMENT, |s, x| {
                Box::pin(deployments::replace(s, x))
            }),
            "Replace what can change in a deployment",
        )
        .takes(BodyKind::Json, shapes::DESIRED_DEPLOYMENT),
        changing(
            R::patch(DEPLOYMENT, &op::UPDATE_DEPLOYMENT, |s, x| {
                Box::pin(deployments::patch(s, x))
            }),
            "Change parts of a deployment",
        )
        .takes(BodyKind::MergePatch, shapes::DESIRED_DEPLOYMENT),
        changing(
            R::delete(DEPLOYMENT, &op::DELETE_DEPLOYMENT, |s, x| {
                Box::pin(deployments::delete(s, x))
            }),
            "Take a deployment down",
        )
        .or(DELETED),
    ];
    routes.extend(lifecycle_routes());
    routes.extend(own_routes());
    routes.extend(subscription::routes());
    routes.extend(batch::routes());
    routes
}

/// A request that sets work in motion on a deployment.
fn changing(route: R, summary: &'static str) -> R {
    route
        .summary(summary)
        .query(WAIT)
        .answers(Answer::accepted::<OperationRecord>())
        .or(CHANGED)
}

/// What is done to deployments, and how they are doing.
fn lifecycle_routes() -> Vec<R> {
    let action = |path, operation: &'static Operation, handler: Handler<DmsService>, summary, kind, shape: Shape| {
        changing(R::post(path, operation, handler), summary).takes(kind, shape)
    };
    vec![
        action(
            "/deployments/{deploymentId}/scale",
            &op::SCALE_DEPLOYMENT,
            |s, x| Box::pin(lifecycle::scale(s, x)),
            "Give a deployment another number of replicas",
            BodyKind::Json,
            shapes::SCALE,
        ),
        action(
            "/deployments/{deploymentId}/rollback",
            &op::ROLLBACK_DEPLOYMENT,
            |s, x| Box::pin(lifecycle::rollback(s, x)),
            "Bring an earlier revision of a deployment back",
            BodyKind::OptionalJson,
            shapes::ROLLBACK,
        ),
        action(
            "/deployments/{deploymentId}/upgrade",
            &op::UPGRADE_DEPLOYMENT,
            |s, x| Box::pin(lifecycle::upgrade(s, x)),
            "Replace the package of a deployment",
            BodyKind::Json,
            shapes::UPGRADE,
        ),
        action(
            "/deployments/{deploymentId}/heal",
            &op::HEAL_DEPLOYMENT,
            |s, x| Box::pin(lifecycle::heal(s, x)),
            "Repair a deployment",
            BodyKind::OptionalJson,
            shapes::HEAL,
        ),
        R::get(
            "/deployments/{deploymentId}/status",
            &op::GET_DEPLOYMENT_STATUS,
            |s, x| Box::pin(lifecycle::status(s, x)),
        )
        .summary("Read how a deployment is doing")
        .answers(Answer::Object(StatusCode::OK, shapes::STATUS_REPORT)),
        R::get(
            "/deployments/{deploymentId}/history",
            &op::LIST_DEPLOYMENT_REVISIONS,
            |s, x| Box::pin(lifecycle::history(s, x)),
        )
        .summary("List the revisions of a deployment")
        .answers(Answer::List(shapes::REVISION)),
        R::get("/deployments/{deploymentId}/logs", &op::GET_DEPLOYMENT_LOGS, |s, x| {
            Box::pin(logs::get(s, x))
        })
        .summary("Read what a deployment has logged; also as application/json and application/x-ndjson")
        .query(QueryDoc::Only(logs::PARAMETERS))
        .answers(Answer::Text("text/plain; charset=utf-8")),
    ]
}

/// What the gateway keeps itself: operation records and templates.
fn own_routes() -> Vec<R> {
    vec![
        R::get("/operations", &op::LIST_OPERATIONS, |s, x| {
            Box::pin(operations::list(s, x))
        })
        .summary("List operations on deployments")
        .query(QueryDoc::list::<OperationRecord>())
        .answers(Answer::list::<OperationRecord>()),
        R::get("/operations/{operationId}", &op::GET_OPERATION, |s, x| {
            Box::pin(operations::get(s, x))
        })
        .summary("Read how far an operation is")
        .query(QueryDoc::object::<OperationRecord>())
        .answers(Answer::object::<OperationRecord>()),
        R::get(TEMPLATES, &op::LIST_DEPLOYMENT_TEMPLATES, |s, x| {
            Box::pin(templates::list(s, x))
        })
        .summary("List deployment templates")
        .query(QueryDoc::list::<DeploymentTemplate>())
        .answers(Answer::list::<DeploymentTemplate>()),
        R::post(TEMPLATES, &op::CREATE_DEPLOYMENT_TEMPLATE, |s, x| {
            Box::pin(templates::create(s, x))
        })
        .summary("Create a deployment template")
        .takes(BodyKind::Json, shapes::NEW_TEMPLATE)
        .answers(Answer::created::<DeploymentTemplate>()),
        R::get(TEMPLATE, &op::GET_DEPLOYMENT_TEMPLATE, |s, x| {
            Box::pin(templates::get(s, x))
        })
        .summary("Read a deployment template")
        .query(QueryDoc::object::<DeploymentTemplate>())
        .answers(Answer::object::<DeploymentTemplate>()),
        R::put(TEMPLATE, &op::UPDATE_DEPLOYMENT_TEMPLATE, |s, x| {
            Box::pin(templates::replace(s, x))
        })
        .summary("Replace a deployment template")
        .takes(BodyKind::Json, shapes::NEW_TEMPLATE)
        .answers(Answer::object::<DeploymentTemplate>()),
        R::patch(TEMPLATE, &op::UPDATE_DEPLOYMENT_TEMPLATE, |s, x| {
            Box::pin(templates::patch(s, x))
        })
        .summary("Change parts of a deployment template")
        .takes(BodyKind::MergePatch, shapes::NEW_TEMPLATE)
        .answers(Answer::object::<DeploymentTemplate>()),
        R::delete(TEMPLATE, &op::DELETE_DEPLOYMENT_TEMPLATE, |s, x| {
            Box::pin(templates::delete(s, x))
        })
        .summary("Delete a deployment template"),
        R::post(
            "/deploymentTemplates/{templateId}/instantiate",
            &op::INSTANTIATE_DEPLOYMENT_TEMPLATE,
            |s, x| Box::pin(templates::instantiate(s, x)),
        )
        .summary("Deploy a template")
        .query(WAIT)
        .takes(BodyKind::Json, shapes::INSTANTIATE)
        .answers(Answer::accepted::<OperationRecord>())
        .or(CREATED),
    ]
}
