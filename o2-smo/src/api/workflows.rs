//! Workflows.

use http::StatusCode;
use o2_core::Result;
use o2_core::http::{Exchange, Reply};

use super::choice;
use crate::SmoService;
use crate::model::{WorkflowExecution, WorkflowRequest};

pub(super) async fn list(service: &SmoService, exchange: Exchange) -> Result<Reply> {
    let query = exchange.query::<WorkflowExecution>()?;
    let listing = service.list_workflows(&exchange.context, &query).await?;
    Reply::list(&exchange, &listing, &query.selection)
}

pub(super) async fn execute(service: &SmoService, exchange: Exchange) -> Result<Reply> {
    let mut request: WorkflowRequest = exchange.json()?;
    choice::agree(service, &exchange, &mut request.plugin_name)?;
    let execution = service.execute_workflow(&exchange.context, request).await?;
    let location = exchange.location("workflows", execution.execution_id.as_str());
    Ok(Reply::json(StatusCode::ACCEPTED, &execution)?.with_location(&location))
}

pub(super) async fn get(service: &SmoService, exchange: Exchange) -> Result<Reply> {
    let selection = exchange.selection::<WorkflowExecution>(&[])?;
    let id = exchange.id("executionId");
    let execution = service.get_workflow(&exchange.context, &id).await?;
    Reply::selected(&*execution, &selection)
}

pub(super) async fn cancel(service: &SmoService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let id = exchange.id("executionId");
    service.cancel_workflow(&exchange.context, &id).await?;
    Ok(Reply::no_content())
}
