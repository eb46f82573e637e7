//! Packages.

use http::StatusCode;
use o2_core::Result;
use o2_core::http::{Exchange, Reply};

use super::plugin;
use crate::DmsService;
use crate::model::{DeploymentPackage, PackageUpload};

pub(super) async fn list(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    let query = exchange.query::<DeploymentPackage>()?;
    let listing = service.list_deployment_packages(&exchange.context, &query).await?;
    Reply::list(&exchange, &listing, &query.selection)
}

pub(super) async fn upload(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&plugin::NAMES)?;
    let picked = plugin::picked(service, &exchange)?;
    let upload: PackageUpload = exchange.json()?;
    let package = service
        .upload_deployment_package(&exchange.context, upload, picked.as_ref())
        .await?;
    let location = exchange.location("deploymentPackages", package.package_id.as_str());
    Ok(Reply::json(StatusCode::CREATED, &*package)?.with_location(&location))
}

pub(super) async fn get(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    let selection = exchange.selection::<DeploymentPackage>(&[])?;
    let id = exchange.id("packageId");
    let package = service.get_deployment_package(&exchange.context, &id).await?;
    Reply::selected(&*package, &selection)
}

pub(super) async fn delete(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let id = exchange.id("packageId");
    service.delete_deployment_package(&exchange.context, &id).await?;
    Ok(Reply::no_content())
}
