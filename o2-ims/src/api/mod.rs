//! The HTTP routes of O2-IMS, mounted at `/o2ims/v1` and `/o2ims/v2`. Every line is a route; the handlers are a thin
//! translation of [`ImsService`], one file per kind of object.

mod batch;
mod cloud;
mod managers;
mod pools;
mod resources;
mod types;

use std::sync::Arc;

use http::StatusCode;
use o2_core::http::batch::BatchResult;
use o2_core::http::{Answer, Api, ApiVersion, BodyKind, Parameter, QueryDoc, Route};
use o2_core::model::attribute::{AttributeKind as Kind, Field, Shape};
use o2_core::subscription;

use crate::model::{
    Alarm, DeploymentManager, OCloudInfo, PoolEvent, PoolMetrics, Resource, ResourcePool, ResourceType,
};
use crate::{ImsService, op};

/// What only v2 shows of a pool.
const POOL_SINCE_V2: &[&str] = &["health", "metrics", "tags", "createdAt", "updatedAt"];
/// What only v2 shows of a resource.
const RESOURCE_SINCE_V2: &[&str] = &["health", "createdAt", "updatedAt"];

const POOLS: &str = "/resourcePools";
const POOL: &str = "/resourcePools/{resourcePoolId}";
const RESOURCES: &str = "/resources";
const RESOURCE: &str = "/resources/{resourceId}";
const FORCE: &[Parameter] = &[Parameter::new("force", "Delete even what is in use.")];

type R = Route<ImsService>;

/// The API over `service`, in every version.
#[must_use]
pub fn api(service: Arc<ImsService>) -> Api<ImsService> {
    versions(service, &[ApiVersion::V1, ApiVersion::V2])
}

/// The API over `service`, in these versions.
#[must_use]
pub fn versions(service: Arc<ImsService>, versions: &[ApiVersion]) -> Api<ImsService> {
    // `oCloudInfrastructure` is what netweave calls the O-Cloud itself.
    const ALIASES: &[(&str, &str)] = &[("oCloudInfrastructure", "oCloud")];
    Api::new(service, "/o2ims", versions, routes(), ALIASES)
}

/// Every route.
#[must_use]
pub fn routes() -> Vec<R> {
    let mut routes = vec![
        R::get("/", &op::GET_O_CLOUD, |s, x| Box::pin(cloud::get(s, x)))
            .summary("Read what the O-Cloud says about itself")
            .query(QueryDoc::object::<OCloudInfo>())
            .answers(Answer::object::<OCloudInfo>()),
        R::get("/oCloud", &op::GET_O_CLOUD, |s, x| Box::pin(cloud::get(s, x)))
            .summary("Read what the O-Cloud says about itself")
            .query(QueryDoc::object::<OCloudInfo>())
            .answers(Answer::object::<OCloudInfo>()),
        R::get("/deploymentManagers", &op::LIST_DEPLOYMENT_MANAGERS, |s, x| {
            Box::pin(managers::list(s, x))
        })
        .summary("List deployment managers")
        .query(QueryDoc::list::<DeploymentManager>())
        .answers(Answer::list::<DeploymentManager>()),
        R::get(
            "/deploymentManagers/{deploymentManagerId}",
            &op::GET_DEPLOYMENT_MANAGER,
            |s, x| Box::pin(managers::get(s, x)),
        )
        .summary("Read a deployment manager")
        .query(QueryDoc::object::<DeploymentManager>())
        .answers(Answer::object::<DeploymentManager>()),
        R::get(POOLS, &op::LIST_RESOURCE_POOLS, |s, x| Box::pin(pools::list(s, x)))
            .summary("List resource pools")
            .query(QueryDoc::list::<ResourcePool>())
            .answers(Answer::list::<ResourcePool>()),
        R::post(POOLS, &op::CREATE_RESOURCE_POOL, |s, x| Box::pin(pools::create(s, x)))
            .summary("Create a resource pool")
            .takes(BodyKind::Json, NEW_POOL)
            .answers(Answer::created::<ResourcePool>()),
        R::get(POOL, &op::GET_RESOURCE_POOL, |s, x| Box::pin(pools::get(s, x)))
            .summary("Read a resource pool")
            .query(QueryDoc::object::<ResourcePool>())
            .answers(Answer::object::<ResourcePool>()),
        R::put(POOL, &op::UPDATE_RESOURCE_POOL, |s, x| Box::pin(pools::replace(s, x)))
            .summary("Replace what can change in a resource pool")
            .takes(BodyKind::Json, POOL_UPDATE)
            .answers(Answer::object::<ResourcePool>()),
        R::patch(POOL, &op::UPDATE_RESOURCE_POOL, |s, x| Box::pin(pools::patch(s, x)))
            .summary("Change parts of a resource pool")
            .takes(BodyKind::MergePatch, POOL_UPDATE)
            .answers(Answer::object::<ResourcePool>()),
        R::delete(POOL, &op::DELETE_RESOURCE_POOL, |s, x| Box::pin(pools::delete(s, x)))
            .summary("Delete a resource pool")
            .query(QueryDoc::Only(FORCE)),
        R::get(
            "/resourcePools/{resourcePoolId}/metrics",
            &op::GET_RESOURCE_POOL_METRICS,
            |s, x| Box::pin(pools::metrics(s, x)),
        )
        .summary("Read how busy a resource pool is")
        .answers(Answer::object::<PoolMetrics>())
        .since(ApiVersion::V2),
        R::get(
            "/resourcePools/{resourcePoolId}/events",
            &op::LIST_RESOURCE_POOL_EVENTS,
            |s, x| Box::pin(pools::events(s, x)),
        )
        .summary("List what happened in a resource pool")
        .query(QueryDoc::list::<PoolEvent>())
        .answers(Answer::list::<PoolEvent>())
        .since(ApiVersion::V2),
        R::get(
            "/resourcePools/{resourcePoolId}/resources",
            &op::LIST_RESOURCES,
            |s, x| Box::pin(resources::list(s, x)),
        )
        .summary("List the resources of a pool")
        .query(QueryDoc::list::<Resource>())
        .answers(Answer::list::<Resource>()),
        R::get(
            "/resourcePools/{resourcePoolId}/resources/{resourceId}",
            &op::GET_RESOURCE,
            |s, x| Box::pin(resources::get(s, x)),
        )
        .summary("Read a resource of a pool")
        .query(QueryDoc::object::<Resource>())
        .answers(Answer::object::<Resource>()),
        R::get(RESOURCES, &op::LIST_RESOURCES, |s, x| Box::pin(resources::list(s, x)))
            .summary("List the resources of all pools")
            .query(QueryDoc::list::<Resource>())
            .answers(Answer::list::<Resource>()),
        R::post(RESOURCES, &op::CREATE_RESOURCE, |s, x| {
            Box::pin(resources::create(s, x))
        })
        .summary("Add a resource to a pool, where the gateway allows it")
        .takes(BodyKind::Json, NEW_RESOURCE)
        .answers(Answer::created::<Resource>()),
        R::get(RESOURCE, &op::GET_RESOURCE, |s, x| Box::pin(resources::get(s, x)))
            .summary("Read a resource")
            .query(QueryDoc::object::<Resource>())
            .answers(Answer::object::<Resource>()),
        R::delete(RESOURCE, &op::DELETE_RESOURCE, |s, x| Box::pin(resources::delete(s, x)))
            .summary("Take a resource away, where the gateway allows it")
            .query(QueryDoc::Only(FORCE)),
        R::get("/resourceTypes", &op::LIST_RESOURCE_TYPES, |s, x| {
            Box::pin(types::list(s, x))
        })
        .summary("List resource types")
        .query(QueryDoc::list::<ResourceType>())
        .answers(Answer::list::<ResourceType>()),
        R::get("/resourceTypes/{resourceTypeId}", &op::GET_RESOURCE_TYPE, |s, x| {
            Box::pin(types::get(s, x))
        })
        .summary("Read a resource type")
        .query(QueryDoc::object::<ResourceType>())
        .answers(Answer::object::<ResourceType>()),
        R::get("/alarms", &op::LIST_ALARMS, |s, x| Box::pin(cloud::alarms(s, x)))
            .summary("List the alarms that are raised now")
            .query(QueryDoc::list::<Alarm>())
            .answers(Answer::list::<Alarm>()),
    ];
    routes.extend(subscription::routes());
    routes.extend(batches());
    routes
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
            R::post("/batch/resourcePools", &op::CREATE_RESOURCE_POOL, |s, x| {
                Box::pin(batch::create_pools(s, x))
            }),
            "Create several resource pools",
            batch::CREATE_POOLS,
        ),
        batch(
            R::post("/batch/resourcePools/update", &op::UPDATE_RESOURCE_POOL, |s, x| {
                Box::pin(batch::update_pools(s, x))
            }),
            "Change parts of several resource pools",
            batch::UPDATE_POOLS,
        ),
        batch(
            R::post("/batch/resourcePools/delete", &op::DELETE_RESOURCE_POOL, |s, x| {
                Box::pin(batch::delete_pools(s, x))
            }),
            "Delete several resource pools",
            batch::DELETE_POOLS,
        ),
        batch(
            R::post("/batch/resources", &op::CREATE_RESOURCE, |s, x| {
                Box::pin(batch::create_resources(s, x))
            }),
            "Add several resources, where the gateway allows it",
            batch::CREATE_RESOURCES,
        ),
        batch(
            R::post("/batch/resources/delete", &op::DELETE_RESOURCE, |s, x| {
                Box::pin(batch::delete_resources(s, x))
            }),
            "Take several resources away, where the gateway allows it",
            batch::DELETE_RESOURCES,
        ),
        batch(
            R::post(
                "/batch/subscriptions",
                &subscription::op::CREATE_SUBSCRIPTION,
                |s, x| Box::pin(batch::create_subscriptions(s, x)),
            ),
            "Create several subscriptions",
            batch::CREATE_SUBSCRIPTIONS,
        ),
        batch(
            R::post(
                "/batch/subscriptions/delete",
                &subscription::op::DELETE_SUBSCRIPTION,
                |s, x| Box::pin(batch::delete_subscriptions(s, x)),
            ),
            "End several subscriptions",
            batch::DELETE_SUBSCRIPTIONS,
        ),
    ]
}

const NEW_POOL: Shape = Shape::body(
    "NewResourcePool",
    &[
        Field::optional(
            "resourcePoolId",
            Kind::String,
            "The id it shall have; the backend picks one when absent.",
        ),
        Field::required("name", Kind::String, "Its name, 1 to 255 characters."),
        Field::optional("description", Kind::String, "What it is, for people."),
        Field::optional(
            "oCloudId",
            Kind::String,
            "The O-Cloud it belongs to; the backend's own when absent.",
        ),
        Field::optional(
            "globalLocationId",
            Kind::String,
            "The global id of the place it shall be in.",
        ),
        Field::optional(
            "location",
            Kind::String,
            "The place it shall be in; routing rules match its beginning.",
        ),
        Field::optional("oCloudSiteId", Kind::String, "The O-Cloud site it belongs to."),
        Field::optional("replicas", Kind::Integer, "How many resources it is meant to have."),
        Field::optional("labels", Kind::Map, "Labels; routing rules match them."),
        Field::optional("tags", Kind::Array(&Kind::String), "Keywords."),
        Field::optional(
            "extensions",
            Kind::Map,
            "What the backend needs to know; routing rules match it.",
        ),
    ],
);

const POOL_UPDATE: Shape = Shape::body(
    "ResourcePoolUpdate",
    &[
        Field::required("name", Kind::String, "Its name, 1 to 255 characters."),
        Field::optional("description", Kind::String, "What it is, for people."),
        Field::optional("globalLocationId", Kind::String, "The global id of the place it is in."),
        Field::optional("location", Kind::String, "The place it is in."),
        Field::optional("oCloudSiteId", Kind::String, "The O-Cloud site it belongs to."),
        Field::optional("replicas", Kind::Integer, "How many resources it is meant to have."),
        Field::optional("labels", Kind::Map, "Labels."),
        Field::optional("tags", Kind::Array(&Kind::String), "Keywords."),
        Field::optional("extensions", Kind::Map, "What the backend needs to know."),
    ],
);

const NEW_RESOURCE: Shape = Shape::body(
    "NewResource",
    &[
        Field::optional(
            "resourceId",
            Kind::String,
            "The id it shall have; the backend picks one when absent.",
        ),
        Field::required("resourceTypeId", Kind::String, "What type it shall be of."),
        Field::required("resourcePoolId", Kind::String, "The pool it shall belong to."),
        Field::optional("name", Kind::String, "Its name."),
        Field::optional("description", Kind::String, "What it is, for people."),
        Field::optional("globalAssetId", Kind::String, "What identifies the thing everywhere."),
        Field::optional("tags", Kind::Array(&Kind::String), "Keywords."),
        Field::optional("labels", Kind::Map, "Labels; routing rules match them."),
        Field::optional("extensions", Kind::Map, "What the backend needs to know."),
    ],
);
