//! Resource pools.

use http::StatusCode;
use o2_core::Result;
use o2_core::http::{ApiVersion, ETag, Exchange, Reply};
use o2_core::query::{Selected, Selection};

use super::{POOL_SINCE_V2, POOL_UPDATE};
use crate::ImsService;
use crate::model::{NewResourcePool, PoolEvent, ResourcePool, ResourcePoolId, ResourcePoolUpdate};

fn id(exchange: &Exchange) -> ResourcePoolId {
    exchange.id("resourcePoolId")
}

/// What this version of the API shows.
pub(super) fn shown(version: ApiVersion, selection: Selection) -> Selection {
    if version < ApiVersion::V2 {
        selection.hiding(POOL_SINCE_V2)
    } else {
        selection
    }
}

pub(super) async fn list(service: &ImsService, exchange: Exchange) -> Result<Reply> {
    let query = exchange.query::<ResourcePool>()?;
    let listing = service.list_resource_pools(&exchange.context, &query).await?;
    Reply::list(&exchange, &listing, &shown(exchange.version, query.selection))
}

pub(super) async fn create(service: &ImsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let new: NewResourcePool = exchange.json()?;
    let pool = service.create_resource_pool(&exchange.context, new).await?;
    let location = exchange.location("resourcePools", pool.resource_pool_id.as_str());
    Ok(show(&exchange, StatusCode::CREATED, &pool, Selection::everything())?.with_location(&location))
}

pub(super) async fn get(service: &ImsService, exchange: Exchange) -> Result<Reply> {
    let selection = exchange.selection::<ResourcePool>(&[])?;
    let pool = service.get_resource_pool(&exchange.context, &id(&exchange)).await?;
    show(&exchange, StatusCode::OK, &pool, selection)
}

pub(super) async fn replace(service: &ImsService, exchange: Exchange) -> Result<Reply> {
    change(service, &exchange, |pool| exchange.replacement(POOL_UPDATE, pool)).await
}

pub(super) async fn patch(service: &ImsService, exchange: Exchange) -> Result<Reply> {
    change(service, &exchange, |pool| {
        exchange.patched(&ResourcePoolUpdate::of(pool))
    })
    .await
}

async fn change(
    service: &ImsService,
    exchange: &Exchange,
    change: impl Fn(&ResourcePool) -> Result<ResourcePoolUpdate> + Send + Sync,
) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let condition = exchange.if_match()?;
    let pool = service
        .update_resource_pool(&exchange.context, &id(exchange), &condition, change)
        .await?;
    show(exchange, StatusCode::OK, &pool, Selection::everything())
}

pub(super) async fn delete(service: &ImsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&["force"])?;
    let (condition, force) = (exchange.if_match()?, exchange.flag("force")?);
    service
        .delete_resource_pool(&exchange.context, &id(&exchange), &condition, force)
        .await?;
    Ok(Reply::no_content())
}

pub(super) async fn metrics(service: &ImsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    Reply::ok(
        &service
            .get_resource_pool_metrics(&exchange.context, &id(&exchange))
            .await?,
    )
}

pub(super) async fn events(service: &ImsService, exchange: Exchange) -> Result<Reply> {
    let query = exchange.query::<PoolEvent>()?;
    let listing = service
        .list_resource_pool_events(&exchange.context, &id(&exchange), &query)
        .await?;
    Reply::list(&exchange, &listing, &query.selection)
}

fn show(exchange: &Exchange, status: StatusCode, pool: &ResourcePool, selection: Selection) -> Result<Reply> {
    let selection = shown(exchange.version, selection);
    Ok(Reply::json(status, &Selected::new(pool, &selection))?.with_etag(&ETag::of(pool)?))
}
