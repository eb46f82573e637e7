//! Resource types.

use o2_core::Result;
use o2_core::http::{Exchange, Reply};

use crate::ImsService;
use crate::model::ResourceType;

pub(super) async fn list(service: &ImsService, exchange: Exchange) -> Result<Reply> {
    let query = exchange.query::<ResourceType>()?;
    let listing = service.list_resource_types(&exchange.context, &query).await?;
    Reply::list(&exchange, &listing, &query.selection)
}

pub(super) async fn get(service: &ImsService, exchange: Exchange) -> Result<Reply> {
    let selection = exchange.selection::<ResourceType>(&[])?;
    let resource_type = service
        .get_resource_type(&exchange.context, &exchange.id("resourceTypeId"))
        .await?;
    Reply::selected(&*resource_type, &selection)
}
