//! Faults with packages.

use std::sync::{Arc, Mutex};

use o2_core::query::ListQuery;
use o2_core::{Context, Error, ErrorKind, Page, Result, async_trait};
use o2_dms::{DMSPlugin, DeploymentPackage, PackageId, PackageUpload};

use super::{Row, locked, row};
use crate::dms::remote::Remote;
use crate::dms::twist::{Stored, Twist};

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(StoresNothing, "upload_deployment_package/what_is_uploaded_is_there"),
        row(DropsChecksums, "upload_deployment_package/broken_packages_are_refused"),
        row(Overwrites, "upload_deployment_package/other_content_is_refused"),
        row(RefusesTheSame, "upload_deployment_package/the_same_again_is_the_same"),
        row(
            SharesEverything,
            "upload_deployment_package/foreign_packages_are_not_found",
        ),
        row(
            ListsOnce::default(),
            "upload_deployment_package/what_is_uploaded_is_there",
        ),
        row(NeverDeletes, "delete_deployment_package/what_is_deleted_is_gone"),
        row(SaysItDeletes, "delete_deployment_package/what_is_deleted_is_gone"),
        row(SaysItDeletesWhatIsUsed, "delete_deployment_package/what_is_used_stays"),
    ]
}

/// Reports success and keeps nothing.
#[derive(Debug)]
struct StoresNothing;

#[async_trait]
impl Twist for StoresNothing {
    async fn upload(&self, _: &Remote, _: &Context, upload: &PackageUpload) -> Stored {
        let [name, version] = [&upload.name, &upload.version].map(|text| text.clone().unwrap_or_default());
        let mut package = DeploymentPackage::new(name.as_str(), name.as_str(), version, upload.package_type.as_str());
        package.description.clone_from(&upload.description);
        Ok(Arc::new(package))
    }
}

/// Does not look at what the checksum should be.
#[derive(Debug)]
struct DropsChecksums;

#[async_trait]
impl Twist for DropsChecksums {
    async fn upload(&self, p: &Remote, c: &Context, upload: &PackageUpload) -> Stored {
        let mut unchecked = upload.clone();
        unchecked.checksum = None;
        p.upload_deployment_package(c, &unchecked).await
    }
}

/// Takes other content for the same.
#[derive(Debug)]
struct Overwrites;

#[async_trait]
impl Twist for Overwrites {
    async fn upload(&self, p: &Remote, c: &Context, upload: &PackageUpload) -> Stored {
        match p.upload_deployment_package(c, upload).await {
            Err(error) if error.is(ErrorKind::AlreadyExists) => {
                let page = p.list_deployment_packages(c, &ListQuery::new()).await?;
                let same = |package: &&Arc<DeploymentPackage>| Some(&package.name) == upload.name.as_ref();
                page.items.iter().find(same).cloned().ok_or(error)
            }
            stored => stored,
        }
    }
}

/// Does not know the same content again.
#[derive(Debug)]
struct RefusesTheSame;

#[async_trait]
impl Twist for RefusesTheSame {
    async fn upload(&self, p: &Remote, c: &Context, upload: &PackageUpload) -> Stored {
        let known = p.list_deployment_packages(c, &ListQuery::new()).await?;
        if known
            .items
            .iter()
            .any(|package| Some(&package.name) == upload.name.as_ref())
        {
            return Err(Error::already_exists("deploymentPackage", "the name"));
        }
        p.upload_deployment_package(c, upload).await
    }
}

/// Shows a package to everybody who knows its id.
#[derive(Debug)]
struct SharesEverything;

#[async_trait]
impl Twist for SharesEverything {
    async fn package(&self, p: &Remote, _: &Context, id: &PackageId) -> Stored {
        p.get_deployment_package(&Context::new("everybody"), id).await
    }
}

/// Keeps the list that it has read first for ever.
#[derive(Debug, Default)]
struct ListsOnce(Mutex<Option<Page<DeploymentPackage>>>);

#[async_trait]
impl Twist for ListsOnce {
    async fn packages(&self, p: &Remote, c: &Context, query: &ListQuery) -> Result<Page<DeploymentPackage>> {
        let known = locked(&self.0).clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let page = p.list_deployment_packages(c, query).await?;
        *locked(&self.0) = Some(page.clone());
        Ok(page)
    }
}

/// Has an operation that always fails.
#[derive(Debug)]
struct NeverDeletes;

#[async_trait]
impl Twist for NeverDeletes {
    async fn delete_package(&self, _: &Remote, _: &Context, _: &PackageId) -> Result<()> {
        Err(Error::internal("packages cannot be deleted"))
    }
}

/// Reports success and does nothing.
#[derive(Debug)]
struct SaysItDeletes;

#[async_trait]
impl Twist for SaysItDeletes {
    async fn delete_package(&self, p: &Remote, c: &Context, id: &PackageId) -> Result<()> {
        p.get_deployment_package(c, id).await.map(drop)
    }
}

/// Reports success about what the backend has refused.
#[derive(Debug)]
struct SaysItDeletesWhatIsUsed;

#[async_trait]
impl Twist for SaysItDeletesWhatIsUsed {
    async fn delete_package(&self, p: &Remote, c: &Context, id: &PackageId) -> Result<()> {
        match p.delete_deployment_package(c, id).await {
            Err(error) if error.is(ErrorKind::Conflict) => Ok(()),
            answer => answer,
        }
    }
}
