//! Several pools, resources or subscriptions in one request.

use o2_core::http::batch::{Done, all_or_nothing, each};
use o2_core::http::{Exchange, IfMatch, Reply};
use o2_core::model::attribute::{AttributeKind as Kind, Field, Shape};
use o2_core::query::{Selected, Selection};
use o2_core::subscription::{Created, HasSubscriptions, NewSubscription, SubscriptionId};
use o2_core::{Error, Result};
use serde::Deserialize;
use serde_json::Value;

use super::{pools, resources};
use crate::ImsService;
use crate::model::{NewResource, NewResourcePool, ResourceId, ResourcePoolId, ResourcePoolUpdate};

const ATOMIC: Field = Field::optional("atomic", Kind::Boolean, "When one fails, undo the others.");
const FORCE: Field = Field::optional("force", Kind::Boolean, "Delete even what is in use.");
const IDS: Kind = Kind::Array(&Kind::String);
const OBJECTS: Kind = Kind::Array(&Kind::Map);

pub(super) const CREATE_POOLS: Shape = Shape::body(
    "CreateResourcePools",
    &[
        Field::required("resourcePools", OBJECTS, "What to create, 1 to 100."),
        ATOMIC,
    ],
);
pub(super) const UPDATE_POOLS: Shape = Shape::body(
    "UpdateResourcePools",
    &[Field::required(
        "updates",
        OBJECTS,
        "Pairs of resourcePoolId and update, a merge patch; 1 to 100.",
    )],
);
pub(super) const DELETE_POOLS: Shape = Shape::body(
    "DeleteResourcePools",
    &[
        Field::required("resourcePoolIds", IDS, "What to delete, 1 to 100."),
        FORCE,
    ],
);
pub(super) const CREATE_RESOURCES: Shape = Shape::body(
    "CreateResources",
    &[
        Field::required("resources", OBJECTS, "What to create, 1 to 100."),
        ATOMIC,
    ],
);
pub(super) const DELETE_RESOURCES: Shape = Shape::body(
    "DeleteResources",
    &[Field::required("resourceIds", IDS, "What to delete, 1 to 100."), FORCE],
);
pub(super) const CREATE_SUBSCRIPTIONS: Shape = Shape::body(
    "CreateSubscriptions",
    &[
        Field::required("subscriptions", OBJECTS, "What to create, 1 to 100."),
        ATOMIC,
    ],
);
pub(super) const DELETE_SUBSCRIPTIONS: Shape = Shape::body(
    "DeleteSubscriptions",
    &[Field::required("subscriptionIds", IDS, "What to end, 1 to 100.")],
);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreatePools {
    resource_pools: Vec<NewResourcePool>,
    #[serde(default)]
    atomic: bool,
}

pub(super) async fn create_pools(service: &ImsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let CreatePools { resource_pools, atomic } = exchange.json()?;
    let context = &exchange.context;
    let selection = &pools::shown(exchange.version, Selection::everything());
    let create = |new| -> futures::future::BoxFuture<'_, Result<Done>> {
        Box::pin(async move {
            let pool = service.create_resource_pool(context, new).await?;
            Done::created(pool.resource_pool_id.as_str(), &Selected::new(&*pool, selection))
        })
    };
    let remove = |id: String| -> futures::future::BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            service
                .delete_resource_pool(context, &id.into(), &IfMatch::Unconditional, true)
                .await
        })
    };
    let result = if atomic {
        all_or_nothing(resource_pools, create, remove).await?
    } else {
        each(resource_pools, create).await?
    };
    result.into_reply()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdatePools {
    updates: Vec<UpdatePool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdatePool {
    resource_pool_id: ResourcePoolId,
    update: Value,
}

pub(super) async fn update_pools(service: &ImsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let UpdatePools { updates } = exchange.json()?;
    let context = &exchange.context;
    let selection = &pools::shown(exchange.version, Selection::everything());
    let update = |UpdatePool {
                      resource_pool_id,
                      update,
                  }|
     -> futures::future::BoxFuture<'_, Result<Done>> {
        Box::pin(async move {
            let change = |pool: &_| o2_core::http::patched(&ResourcePoolUpdate::of(pool), update.clone());
            let unconditional = IfMatch::Unconditional;
            let pool = service
                .update_resource_pool(context, &resource_pool_id, &unconditional, change)
                .await?;
            Done::ok(&Selected::new(&*pool, selection))
        })
    };
    each(updates, update).await?.into_reply()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DeletePools {
    resource_pool_ids: Vec<ResourcePoolId>,
    #[serde(default)]
    force: bool,
}

pub(super) async fn delete_pools(service: &ImsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let DeletePools {
        resource_pool_ids,
        force,
    } = exchange.json()?;
    let context = &exchange.context;
    let delete = |id: ResourcePoolId| -> futures::future::BoxFuture<'_, Result<Done>> {
        Box::pin(async move {
            service
                .delete_resource_pool(context, &id, &IfMatch::Unconditional, force)
                .await?;
            Ok(Done::no_content())
        })
    };
    each(resource_pool_ids, delete).await?.into_reply()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateResources {
    resources: Vec<NewResource>,
    #[serde(default)]
    atomic: bool,
}

pub(super) async fn create_resources(service: &ImsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let CreateResources { resources, atomic } = exchange.json()?;
    let context = &exchange.context;
    let selection = &resources::shown(exchange.version, Selection::everything());
    let create = |new| -> futures::future::BoxFuture<'_, Result<Done>> {
        Box::pin(async move {
            let resource = service.create_resource(context, new).await?;
            Done::created(resource.resource_id.as_str(), &Selected::new(&*resource, selection))
        })
    };
    let remove = |id: String| -> futures::future::BoxFuture<'_, Result<()>> {
        Box::pin(async move { service.delete_resource(context, &id.into(), true).await })
    };
    let result = if atomic {
        all_or_nothing(resources, create, remove).await?
    } else {
        each(resources, create).await?
    };
    result.into_reply()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DeleteResources {
    resource_ids: Vec<ResourceId>,
    #[serde(default)]
    force: bool,
}

pub(super) async fn delete_resources(service: &ImsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let DeleteResources { resource_ids, force } = exchange.json()?;
    let context = &exchange.context;
    let delete = |id: ResourceId| -> futures::future::BoxFuture<'_, Result<Done>> {
        Box::pin(async move {
            service.delete_resource(context, &id, force).await?;
            Ok(Done::no_content())
        })
    };
    each(resource_ids, delete).await?.into_reply()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateSubscriptions {
    subscriptions: Vec<NewSubscription>,
    #[serde(default)]
    atomic: bool,
}

pub(super) async fn create_subscriptions(service: &ImsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let CreateSubscriptions { subscriptions, atomic } = exchange.json()?;
    let context = &exchange.context;
    let known = service.subscriptions();
    let create = |new| -> futures::future::BoxFuture<'_, Result<Done>> {
        Box::pin(async move {
            match known.create(context, new).await? {
                Created::New(subscription) => Done::created(subscription.subscription_id.as_str(), &subscription),
                Created::Duplicate(other) => Err(Error::already_exists("subscription", other.subscription_id.as_str())),
                _ => Err(Error::internal("a subscription was neither created nor found")),
            }
        })
    };
    let remove = |id: String| -> futures::future::BoxFuture<'_, Result<()>> {
        Box::pin(async move { known.delete(context, &id.into(), &IfMatch::Unconditional).await })
    };
    let result = if atomic {
        all_or_nothing(subscriptions, create, remove).await?
    } else {
        each(subscriptions, create).await?
    };
    result.into_reply()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DeleteSubscriptions {
    subscription_ids: Vec<SubscriptionId>,
}

pub(super) async fn delete_subscriptions(service: &ImsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let DeleteSubscriptions { subscription_ids } = exchange.json()?;
    let context = &exchange.context;
    let delete = |id: SubscriptionId| -> futures::future::BoxFuture<'_, Result<Done>> {
        Box::pin(async move {
            service
                .subscriptions()
                .delete(context, &id, &IfMatch::Unconditional)
                .await?;
            Ok(Done::no_content())
        })
    };
    each(subscription_ids, delete).await?.into_reply()
}
