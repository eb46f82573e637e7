//! The O-Cloud itself, and its alarms.

use o2_core::Result;
use o2_core::http::{Exchange, Reply};

use crate::ImsService;
use crate::model::{Alarm, OCloudInfo};

pub(super) async fn get(service: &ImsService, exchange: Exchange) -> Result<Reply> {
    let selection = exchange.selection::<OCloudInfo>(&[])?;
    Reply::selected(service.o_cloud(), &selection)
}

pub(super) async fn alarms(service: &ImsService, exchange: Exchange) -> Result<Reply> {
    let query = exchange.query::<Alarm>()?;
    let listing = service.list_alarms(&exchange.context, &query).await?;
    Reply::list(&exchange, &listing, &query.selection)
}
