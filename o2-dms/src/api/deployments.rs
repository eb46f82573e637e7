//! Deployments: list, create, read, change, delete.

use o2_core::Result;
use o2_core::http::{ETag, Exchange, Reply, patched};

use super::patch::canonical;
use super::plugin;
use super::shapes::DESIRED_DEPLOYMENT;
use super::started::{answer, wait};
use crate::DmsService;
use crate::model::{Deployment, DeploymentId, DeploymentRequest, DesiredDeployment};

/// The deployment in the path.
pub(super) fn id(exchange: &Exchange) -> DeploymentId {
    exchange.id("deploymentId")
}

pub(super) async fn list(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    let query = exchange.query::<Deployment>()?;
    let listing = service.list_deployments(&exchange.context, &query).await?;
    Reply::list(&exchange, &listing, &query.selection)
}

pub(super) async fn create(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&["wait", "plugin", "adapter"])?;
    let wait = wait(&exchange)?;
    let picked = plugin::picked(service, &exchange)?;
    let mut request: DeploymentRequest = exchange.json()?;
    request.package_id = plugin::package_at(picked.as_ref(), request.package_id)?;
    let started = service.create_deployment(&exchange.context, request).await?;
    answer(service, &exchange, wait, started).await
}

pub(super) async fn get(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    let selection = exchange.selection::<Deployment>(&[])?;
    let deployment = service.get_deployment(&exchange.context, &id(&exchange)).await?;
    Ok(Reply::selected(&*deployment, &selection)?.with_etag(&ETag::of(&*deployment)?))
}

pub(super) async fn replace(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    change(service, &exchange, |deployment| {
        exchange.replacement(DESIRED_DEPLOYMENT, deployment)
    })
    .await
}

pub(super) async fn patch(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    let patch = canonical(exchange.json()?)?;
    change(service, &exchange, |deployment| {
        // What the patch removes becomes empty; only PUT leaves things out without saying anything about them.
        Ok(patched(&DesiredDeployment::of(deployment), patch)?.complete())
    })
    .await
}

async fn change(
    service: &DmsService,
    exchange: &Exchange,
    change: impl FnOnce(&Deployment) -> Result<DesiredDeployment> + Send,
) -> Result<Reply> {
    exchange.expect_params(&["wait"])?;
    let (condition, wait) = (exchange.if_match()?, wait(exchange)?);
    let started = service
        .update_deployment(&exchange.context, &id(exchange), &condition, change)
        .await?;
    answer(service, exchange, wait, started).await
}

pub(super) async fn delete(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&["wait"])?;
    let (condition, wait) = (exchange.if_match()?, wait(&exchange)?);
    let started = service
        .delete_deployment(&exchange.context, &id(&exchange), &condition)
        .await?;
    answer(service, &exchange, wait, started).await
}
