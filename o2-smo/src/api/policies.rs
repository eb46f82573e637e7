//! Policies.

use http::StatusCode;
use o2_core::Result;
use o2_core::http::{Exchange, Reply};

use super::choice;
use crate::SmoService;
use crate::model::{Policy, PolicyStatus};

pub(super) async fn apply(service: &SmoService, exchange: Exchange) -> Result<Reply> {
    let mut policy: Policy = exchange.json()?;
    choice::agree(service, &exchange, &mut policy.plugin_name)?;
    let status = service.apply_policy(&exchange.context, policy).await?;
    let location = exchange.location("policies", status.policy_id.as_str()) + "/status";
    Ok(Reply::json(StatusCode::CREATED, &status)?.with_location(&location))
}

pub(super) async fn status(service: &SmoService, exchange: Exchange) -> Result<Reply> {
    let selection = exchange.selection::<PolicyStatus>(&[])?;
    let status = service
        .get_policy_status(&exchange.context, &exchange.id("policyId"))
        .await?;
    Reply::selected(&*status, &selection)
}
