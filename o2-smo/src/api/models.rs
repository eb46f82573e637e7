//! Service models.

use http::StatusCode;
use o2_core::Result;
use o2_core::http::{Exchange, Reply};
use o2_core::query::Query;

use super::choice;
use crate::SmoService;
use crate::model::{NewServiceModel, ServiceModel};

pub(super) async fn list(service: &SmoService, exchange: Exchange) -> Result<Reply> {
    let plugin = choice::named(&exchange)?;
    let params = exchange.params.without(&["plugin"]);
    let query = Query::parse::<ServiceModel>(&params, exchange.page_limits)?;
    let listing = service
        .list_service_models(&exchange.context, plugin.as_ref(), &query)
        .await?;
    Reply::list(&exchange, &listing, &query.selection)
}

pub(super) async fn register(service: &SmoService, exchange: Exchange) -> Result<Reply> {
    let mut new: NewServiceModel = exchange.json()?;
    choice::agree(service, &exchange, &mut new.plugin_name)?;
    let model = service.register_service_model(&exchange.context, new).await?;
    let id = model.model_id.as_ref().map_or("", |id| id.as_str());
    let location = exchange.location("serviceModels", id);
    Ok(Reply::json(StatusCode::CREATED, &model)?.with_location(&location))
}

pub(super) async fn get(service: &SmoService, exchange: Exchange) -> Result<Reply> {
    let selection = exchange.selection::<ServiceModel>(&[])?;
    let model = service
        .get_service_model(&exchange.context, &exchange.id("modelId"))
        .await?;
    Reply::selected(&*model, &selection)
}

pub(super) async fn delete(service: &SmoService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    service
        .delete_service_model(&exchange.context, &exchange.id("modelId"))
        .await?;
    Ok(Reply::no_content())
}
