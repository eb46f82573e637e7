//! Resources, of all pools or of one.

use http::StatusCode;
use o2_core::Result;
use o2_core::http::{ApiVersion, Exchange, Reply};
use o2_core::query::{Selected, Selection};

use super::RESOURCE_SINCE_V2;
use crate::ImsService;
use crate::model::{NewResource, Resource, ResourcePoolId};

/// The pool in the path, if the path has one.
fn pool(exchange: &Exchange) -> Option<ResourcePoolId> {
    let pool = exchange.path.get("resourcePoolId");
    (!pool.is_empty()).then(|| pool.into())
}

/// What this version of the API shows.
pub(super) fn shown(version: ApiVersion, selection: Selection) -> Selection {
    if version < ApiVersion::V2 {
        selection.hiding(RESOURCE_SINCE_V2)
    } else {
        selection
    }
}

pub(super) async fn list(service: &ImsService, exchange: Exchange) -> Result<Reply> {
    let query = exchange.query::<Resource>()?;
    let listing = service
        .list_resources(&exchange.context, pool(&exchange).as_ref(), &query)
        .await?;
    Reply::list(&exchange, &listing, &shown(exchange.version, query.selection))
}

pub(super) async fn create(service: &ImsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let new: NewResource = exchange.json()?;
    let resource = service.create_resource(&exchange.context, new).await?;
    let location = exchange.location("resources", resource.resource_id.as_str());
    let selection = shown(exchange.version, Selection::everything());
    Ok(Reply::json(StatusCode::CREATED, &Selected::new(&*resource, &selection))?.with_location(&location))
}

pub(super) async fn get(service: &ImsService, exchange: Exchange) -> Result<Reply> {
    let selection = shown(exchange.version, exchange.selection::<Resource>(&[])?);
    let id = exchange.id("resourceId");
    let resource = service
        .get_resource(&exchange.context, pool(&exchange).as_ref(), &id)
        .await?;
    Reply::selected(&*resource, &selection)
}

pub(super) async fn delete(service: &ImsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&["force"])?;
    let force = exchange.flag("force")?;
    service
        .delete_resource(&exchange.context, &exchange.id("resourceId"), force)
        .await?;
    Ok(Reply::no_content())
}
