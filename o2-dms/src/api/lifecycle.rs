//! What can be done to a deployment, how it is doing, and how it came to be what it is.

use std::time::Duration;

use o2_core::Result;
use o2_core::http::{Exchange, IfMatch, Reply};
use serde::Serialize;
use serde_json::json;

use super::deployments::id;
use super::started::{answer, wait};
use crate::DmsService;
use crate::model::{
    DeploymentRevision, DeploymentStatus, HealRequest, OperationKind, OperationState, RollbackRequest, ScaleRequest,
    UpgradeRequest,
};

/// What every one of these requests may say beside its body.
fn conditions(exchange: &Exchange) -> Result<(IfMatch, Duration)> {
    exchange.expect_params(&["wait"])?;
    Ok((exchange.if_match()?, wait(exchange)?))
}

pub(super) async fn scale(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    let (condition, wait) = conditions(&exchange)?;
    let request: ScaleRequest = exchange.json()?;
    let id = id(&exchange);
    let started = service.scale_deployment(&exchange.context, &id, &condition, request);
    answer(service, &exchange, wait, started.await?).await
}

pub(super) async fn rollback(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    let (condition, wait) = conditions(&exchange)?;
    let request: RollbackRequest = exchange.optional_json()?.unwrap_or_default();
    let id = id(&exchange);
    let started = service.rollback_deployment(&exchange.context, &id, &condition, request);
    answer(service, &exchange, wait, started.await?).await
}

pub(super) async fn upgrade(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    let (condition, wait) = conditions(&exchange)?;
    let request: UpgradeRequest = exchange.json()?;
    let id = id(&exchange);
    let started = service.upgrade_deployment(&exchange.context, &id, &condition, request);
    answer(service, &exchange, wait, started.await?).await
}

pub(super) async fn heal(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    let (condition, wait) = conditions(&exchange)?;
    let request: HealRequest = exchange.optional_json()?.unwrap_or_default();
    let id = id(&exchange);
    let started = service.heal_deployment(&exchange.context, &id, &condition, request);
    answer(service, &exchange, wait, started.await?).await
}

pub(super) async fn status(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    Reply::ok(&service.get_deployment_status(&exchange.context, &id(&exchange)).await?)
}

#[derive(Serialize)]
struct History {
    items: Vec<DeploymentRevision>,
}

pub(super) async fn history(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let items = service
        .list_deployment_revisions(&exchange.context, &id(&exchange))
        .await?;
    Reply::ok(&History { items })
}

/// What can be done, and which plugins can do it.
pub(super) async fn info(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let operations = OperationKind::ALL.map(|kind| {
        let plugins = service.plugins_with(&exchange.context, kind.operation());
        json!({"operation": kind.as_str(), "plugins": plugins})
    });
    Reply::ok(&json!({
        "name": "O2-DMS deployment lifecycle",
        "apiVersion": exchange.version.to_string(),
        "operations": operations,
        "operationStates": OperationState::WORDS,
        "deploymentStates": DeploymentStatus::WORDS,
    }))
}
