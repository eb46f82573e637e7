//! Operation records.

use o2_core::Result;
use o2_core::http::{Exchange, Reply};

use crate::DmsService;
use crate::model::OperationRecord;

pub(super) async fn list(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    let query = exchange.query::<OperationRecord>()?;
    let listing = service.list_operations(&exchange.context, &query).await?;
    Reply::list(&exchange, &listing, &query.selection)
}

pub(super) async fn get(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    let selection = exchange.selection::<OperationRecord>(&[])?;
    let operation = service
        .get_operation(&exchange.context, &exchange.id("operationId"))
        .await?;
    Reply::selected(&*operation, &selection)
}
