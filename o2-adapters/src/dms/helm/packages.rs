//! Packages that are stored and deleted.

use std::sync::Arc;

use bytes::Bytes;
use o2_core::error::Excerpt;
use o2_core::{Context, Error, Result};
use o2_dms::model::canonical_package_type;
use o2_dms::{DeploymentPackage, PackageId, PackageUpload};

use super::chart::Chart;
use super::core::Core;
use super::repository::{PACKAGE_TYPE, PackageRef};

impl Core {
    /// Stores a chart; `true` when it was not there before. One that lies in a repository is known already; what lies elsewhere
    /// is not fetched, since nobody but the caller vouches for the place.
    pub(super) async fn upload(
        &self,
        context: &Context,
        upload: &PackageUpload,
    ) -> Result<(Arc<DeploymentPackage>, bool)> {
        if canonical_package_type(upload.package_type.trim()) != PACKAGE_TYPE {
            let reason = format!("'{}' is not helm-chart", Excerpt(&upload.package_type));
            return Err(Error::violation("packageType", reason));
        }
        match (&upload.content, upload.package_url.as_deref()) {
            (Some(content), _) => self.store(context, upload, content.clone()).await,
            (None, Some(url)) => {
                let found = self.repositories.at(context, url).await?;
                let package = found.ok_or_else(|| {
                    let reason = "leads to no chart in a repository of this plugin; upload the content instead";
                    Error::violation("packageUrl", reason)
                })?;
                check_checksum(upload, package.checksum.as_deref().unwrap_or_default())?;
                Ok((package, false))
            }
            (None, None) => Err(Error::violation(
                "content",
                "is needed unless the chart is in a repository already",
            )),
        }
    }

    async fn store(
        &self,
        context: &Context,
        upload: &PackageUpload,
        content: Bytes,
    ) -> Result<(Arc<DeploymentPackage>, bool)> {
        let chart = Chart::read(content).map_err(|flaw| flaw.at("content"))?;
        check_checksum(upload, &format!("sha256:{}", chart.digest))?;
        for (attribute, given, read) in [
            ("name", &upload.name, &chart.metadata.name),
            ("version", &upload.version, &chart.metadata.version),
        ] {
            if given.as_ref().is_some_and(|given| given != read) {
                return Err(Error::violation(
                    attribute,
                    format!("is '{}' in the chart", Excerpt(read)),
                ));
            }
        }
        self.repositories.store(context, &chart, upload).await
    }

    /// Deletes a package that no release, and no earlier revision of one, is made of.
    pub(super) async fn delete_package(&self, context: &Context, id: &PackageId) -> Result<Arc<DeploymentPackage>> {
        self.repositories.get(context, id).await?;
        if let Some(package) = PackageRef::parse(id.as_str()) {
            let users = self.releases.users(context, &package.label()).await?;
            if users > 0 {
                let message =
                    format!("deployment package '{id}' is used by {users} deployments or their earlier revisions");
                return Err(Error::conflict(message));
            }
        }
        self.repositories.delete(context, id).await
    }
}

fn check_checksum(upload: &PackageUpload, found: &str) -> Result<()> {
    match &upload.checksum {
        Some(given) if !given.eq_ignore_ascii_case(found) => {
            let reason = format!("is {}, but the chart has {found}", Excerpt(given));
            Err(Error::violation("checksum", reason))
        }
        _ => Ok(()),
    }
}
