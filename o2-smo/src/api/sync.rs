//! Inventories that go to the orchestrators.

use o2_core::Result;
use o2_core::http::{Exchange, Reply};
use serde::de::DeserializeOwned;

use super::choice;
use crate::model::SyncReport;
use crate::{Partial, SmoService};

pub(super) async fn infrastructure(service: &SmoService, exchange: Exchange) -> Result<Reply> {
    let recipient = choice::recipient(&exchange)?;
    let given = given(&exchange)?;
    let report = service.sync_infrastructure(&exchange.context, &recipient, given);
    synced(&report.await?)
}

pub(super) async fn deployments(service: &SmoService, exchange: Exchange) -> Result<Reply> {
    let recipient = choice::recipient(&exchange)?;
    let given = given(&exchange)?;
    let report = service.sync_deployments(&exchange.context, &recipient, given);
    synced(&report.await?)
}

/// The inventory in the body, if there is one. `{}` is none: some clients always send an object, and it shall not
/// empty the orchestrator.
fn given<T: DeserializeOwned>(exchange: &Exchange) -> Result<Option<T>> {
    let body = exchange.body.trim_ascii();
    let members = body.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}"));
    if members.is_some_and(|members| members.trim_ascii().is_empty()) {
        return Ok(None);
    }
    exchange.optional_json()
}

fn synced(report: &Partial<SyncReport>) -> Result<Reply> {
    Ok(Reply::ok(&report.value)?.with_failures(&report.failures))
}
