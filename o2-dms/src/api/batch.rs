//! Several deployments or packages in one request. Nothing is undone when one of them fails: taking a deployment down
//! again is work of its own, and a package that was there before must stay.

use futures::future::BoxFuture;
use http::StatusCode;
use o2_core::http::batch::{BatchResult, Done, each};
use o2_core::http::{Answer, BodyKind, Exchange, Handler, IfMatch, Reply};
use o2_core::model::attribute::{AttributeKind as Kind, Field, Shape};
use o2_core::{Error, Operation, Result};
use serde::Deserialize;

use super::R;
use crate::model::{DeploymentId, DeploymentRequest, PackageId, PackageUpload, ScaleRequest};
use crate::{DmsService, Started, op};

const IDS: Kind = Kind::Array(&Kind::String);
const OBJECTS: Kind = Kind::Array(&Kind::Map);

const CREATE_DEPLOYMENTS: Shape = Shape::body(
    "CreateDeployments",
    &[Field::required("deployments", OBJECTS, "What to create, 1 to 100.")],
);
const DELETE_DEPLOYMENTS: Shape = Shape::body(
    "DeleteDeployments",
    &[Field::required("deploymentIds", IDS, "What to delete, 1 to 100.")],
);
const SCALE_DEPLOYMENTS: Shape = Shape::body(
    "ScaleDeployments",
    &[Field::required(
        "deployments",
        OBJECTS,
        "Pairs of deploymentId and replicas, 1 to 100.",
    )],
);
const UPLOAD_PACKAGES: Shape = Shape::body(
    "UploadDeploymentPackages",
    &[Field::required(
        "deploymentPackages",
        OBJECTS,
        "What to upload, 1 to 100.",
    )],
);
const DELETE_PACKAGES: Shape = Shape::body(
    "DeleteDeploymentPackages",
    &[Field::required("packageIds", IDS, "What to delete, 1 to 100.")],
);

/// The routes, each under our name and under netweave's: other names of first segments do not reach behind `/batch`.
pub(super) fn routes() -> Vec<R> {
    let deployments = [
        route(
            ["/batch/deployments", "/batch/nfDeployments"],
            &op::CREATE_DEPLOYMENT,
            |s, x| Box::pin(create(s, x)),
            "Create several deployments",
            CREATE_DEPLOYMENTS,
        ),
        route(
            ["/batch/deployments/delete", "/batch/nfDeployments/delete"],
            &op::DELETE_DEPLOYMENT,
            |s, x| Box::pin(delete(s, x)),
            "Take several deployments down",
            DELETE_DEPLOYMENTS,
        ),
        route(
            ["/batch/deployments/scale", "/batch/nfDeployments/scale"],
            &op::SCALE_DEPLOYMENT,
            |s, x| Box::pin(scale(s, x)),
            "Give several deployments another number of replicas",
            SCALE_DEPLOYMENTS,
        ),
        route(
            ["/batch/deploymentPackages", "/batch/nfDeploymentDescriptors"],
            &op::UPLOAD_DEPLOYMENT_PACKAGE,
            |s, x| Box::pin(upload_packages(s, x)),
            "Upload several packages",
            UPLOAD_PACKAGES,
        ),
        route(
            [
                "/batch/deploymentPackages/delete",
                "/batch/nfDeploymentDescriptors/delete",
            ],
            &op::DELETE_DEPLOYMENT_PACKAGE,
            |s, x| Box::pin(delete_packages(s, x)),
            "Remove several packages",
            DELETE_PACKAGES,
        ),
    ];
    deployments.into_iter().flatten().collect()
}

fn route(
    paths: [&'static str; 2],
    operation: &'static Operation,
    handler: Handler<DmsService>,
    summary: &'static str,
    shape: Shape,
) -> [R; 2] {
    const MULTI: &[StatusCode] = &[StatusCode::MULTI_STATUS];
    paths.map(|path| {
        R::post(path, operation, handler)
            .summary(summary)
            .takes(BodyKind::Json, shape)
            .answers(Answer::Object(StatusCode::OK, BatchResult::SHAPE))
            .also(MULTI)
    })
}

/// What a request of its own would have been answered.
fn accepted(started: &Started) -> Result<Done> {
    let operation = serde_json::to_value(&*started.operation).map_err(|error| Error::internal(error.to_string()))?;
    Ok(Done {
        status: StatusCode::ACCEPTED,
        data: Some(operation),
        created: None,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateDeployments {
    #[serde(alias = "nfDeployments")]
    deployments: Vec<DeploymentRequest>,
}

async fn create(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let CreateDeployments { deployments } = exchange.json()?;
    let context = &exchange.context;
    let create = |request| -> BoxFuture<'_, Result<Done>> {
        Box::pin(async move { accepted(&service.create_deployment(context, request).await?) })
    };
    each(deployments, create).await?.into_reply()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DeleteDeployments {
    #[serde(alias = "nfDeploymentIds")]
    deployment_ids: Vec<DeploymentId>,
}

async fn delete(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let DeleteDeployments { deployment_ids } = exchange.json()?;
    let context = &exchange.context;
    let delete = |id: DeploymentId| -> BoxFuture<'_, Result<Done>> {
        Box::pin(async move {
            let started = service.delete_deployment(context, &id, &IfMatch::Unconditional);
            accepted(&started.await?)
        })
    };
    each(deployment_ids, delete).await?.into_reply()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ScaleDeployments {
    #[serde(alias = "nfDeployments")]
    deployments: Vec<ScaleDeployment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ScaleDeployment {
    #[serde(alias = "nfDeploymentId")]
    deployment_id: DeploymentId,
    replicas: u32,
}

async fn scale(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let ScaleDeployments { deployments } = exchange.json()?;
    let context = &exchange.context;
    let scale = |ScaleDeployment {
                     deployment_id,
                     replicas,
                 }|
     -> BoxFuture<'_, Result<Done>> {
        Box::pin(async move {
            let request = ScaleRequest::new(replicas);
            let started = service.scale_deployment(context, &deployment_id, &IfMatch::Unconditional, request);
            accepted(&started.await?)
        })
    };
    each(deployments, scale).await?.into_reply()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UploadPackages {
    #[serde(alias = "nfDeploymentDescriptors")]
    deployment_packages: Vec<PackageUpload>,
}

async fn upload_packages(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let UploadPackages { deployment_packages } = exchange.json()?;
    let context = &exchange.context;
    let upload = |upload| -> BoxFuture<'_, Result<Done>> {
        Box::pin(async move {
            let package = service.upload_deployment_package(context, upload, None).await?;
            Done::created(package.package_id.as_str(), &*package)
        })
    };
    each(deployment_packages, upload).await?.into_reply()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DeletePackages {
    #[serde(alias = "nfDeploymentDescriptorIds")]
    package_ids: Vec<PackageId>,
}

async fn delete_packages(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let DeletePackages { package_ids } = exchange.json()?;
    let context = &exchange.context;
    let delete = |id: PackageId| -> BoxFuture<'_, Result<Done>> {
        Box::pin(async move {
            service.delete_deployment_package(context, &id).await?;
            Ok(Done::no_content())
        })
    };
    each(package_ids, delete).await?.into_reply()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::shapes::takes;

    #[test]
    fn batches_have_the_fields_of_their_shapes() {
        takes::<CreateDeployments>(CREATE_DEPLOYMENTS);
        takes::<DeleteDeployments>(DELETE_DEPLOYMENTS);
        takes::<ScaleDeployments>(SCALE_DEPLOYMENTS);
        takes::<UploadPackages>(UPLOAD_PACKAGES);
        takes::<DeletePackages>(DELETE_PACKAGES);
    }
}
