//! Deployment templates.

use http::StatusCode;
use o2_core::Result;
use o2_core::http::{ETag, Exchange, Reply, patched};

use super::patch::canonical;
use super::shapes::NEW_TEMPLATE;
use super::started::{answer, wait};
use crate::DmsService;
use crate::model::{DeploymentTemplate, InstantiateRequest, NewDeploymentTemplate, TemplateId};

fn id(exchange: &Exchange) -> TemplateId {
    exchange.id("templateId")
}

pub(super) async fn list(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    let query = exchange.query::<DeploymentTemplate>()?;
    let listing = service.list_deployment_templates(&exchange.context, &query).await?;
    Reply::list(&exchange, &listing, &query.selection)
}

pub(super) async fn create(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let new: NewDeploymentTemplate = exchange.json()?;
    let template = service.create_deployment_template(&exchange.context, new).await?;
    let location = exchange.location("deploymentTemplates", template.template_id.as_str());
    Ok(Reply::json(StatusCode::CREATED, &*template)?
        .with_location(&location)
        .with_etag(&ETag::of(&*template)?))
}

pub(super) async fn get(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    let selection = exchange.selection::<DeploymentTemplate>(&[])?;
    let template = service
        .get_deployment_template(&exchange.context, &id(&exchange))
        .await?;
    Ok(Reply::selected(&*template, &selection)?.with_etag(&ETag::of(&*template)?))
}

pub(super) async fn replace(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    change(service, &exchange, |template| {
        exchange.replacement(NEW_TEMPLATE, template)
    })
    .await
}

pub(super) async fn patch(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    let patch = canonical(exchange.json()?)?;
    change(service, &exchange, |template| {
        patched(&NewDeploymentTemplate::of(template), patch)
    })
    .await
}

async fn change(
    service: &DmsService,
    exchange: &Exchange,
    change: impl FnOnce(&DeploymentTemplate) -> Result<NewDeploymentTemplate> + Send,
) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let condition = exchange.if_match()?;
    let template = service
        .update_deployment_template(&exchange.context, &id(exchange), &condition, change)
        .await?;
    Ok(Reply::ok(&*template)?.with_etag(&ETag::of(&*template)?))
}

pub(super) async fn delete(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let condition = exchange.if_match()?;
    service
        .delete_deployment_template(&exchange.context, &id(&exchange), &condition)
        .await?;
    Ok(Reply::no_content())
}

pub(super) async fn instantiate(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&["wait"])?;
    let wait = wait(&exchange)?;
    let request: InstantiateRequest = exchange.json()?;
    let started = service
        .instantiate_deployment_template(&exchange.context, &id(&exchange), request)
        .await?;
    answer(service, &exchange, wait, started).await
}
