//! Deployment managers.

use o2_core::Result;
use o2_core::http::{Exchange, Reply};

use crate::ImsService;
use crate::model::DeploymentManager;

pub(super) async fn list(service: &ImsService, exchange: Exchange) -> Result<Reply> {
    let query = exchange.query::<DeploymentManager>()?;
    let listing = service.list_deployment_managers(&exchange.context, &query).await?;
    Reply::list(&exchange, &listing, &query.selection)
}

pub(super) async fn get(service: &ImsService, exchange: Exchange) -> Result<Reply> {
    let selection = exchange.selection::<DeploymentManager>(&[])?;
    let id = exchange.id("deploymentManagerId");
    let manager = service.get_deployment_manager(&exchange.context, &id).await?;
    Reply::selected(&*manager, &selection)
}
