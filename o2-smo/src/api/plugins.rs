//! The SMO plugins.

use o2_core::Result;
use o2_core::http::{Exchange, Reply};

use crate::SmoService;
use crate::model::PluginOverview;

pub(super) async fn list(service: &SmoService, exchange: Exchange) -> Result<Reply> {
    let query = exchange.query::<PluginOverview>()?;
    let listing = service.list_plugins(&exchange.context, &query).await?;
    Reply::list(&exchange, &listing, &query.selection)
}

pub(super) async fn get(service: &SmoService, exchange: Exchange) -> Result<Reply> {
    let selection = exchange.selection::<PluginOverview>(&[])?;
    let plugin = service.get_plugin(&exchange.context, exchange.path.get("pluginId"))?;
    Reply::selected(&plugin, &selection)
}

pub(super) async fn health(service: &SmoService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    Reply::ok(&service.check_health(&exchange.context).await)
}
