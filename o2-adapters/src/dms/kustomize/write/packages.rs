//! Storing and removing packages.

use std::sync::Arc;

use o2_core::{Context, Error, Result};
use o2_dms::{DeploymentPackage, PackageId, PackageUpload};

use crate::dms::kustomize::package::Uploading;
use crate::dms::kustomize::site::Site;
use crate::dms::kustomize::work::everybody;

/// How often a package is looked at again that somebody has asked for meanwhile.
const ATTEMPTS: u32 = 5;

pub(in super::super) async fn upload(
    site: &Site,
    context: &Context,
    upload: &PackageUpload,
) -> Result<Arc<DeploymentPackage>> {
    let uploading = Uploading {
        packages: &site.packages,
        builder: &site.builder,
        clock: &*site.clock,
        largest: site.config.max_package_size,
    };
    uploading.upload(context, upload).await
}

/// Removes a package that no deployment has, and no earlier revision of one.
pub(in super::super) async fn delete_package(site: &Site, context: &Context, id: &PackageId) -> Result<()> {
    for _ in 0..ATTEMPTS {
        let (stored, seen) = site.packages.get(context, id).await?;
        // Whoever uses it, be it somebody whom the caller may not see.
        let all = site.all(&everybody(context)).await?;
        let users = all.iter().filter(|parent| parent.state.uses(&stored.package)).count();
        if users > 0 {
            return Err(Error::conflict(format!(
                "deployment package '{id}' is used by {users} deployments or their earlier revisions"
            )));
        }
        if site.packages.remove(context, &stored, seen).await? {
            return Ok(());
        }
    }
    Err(Error::conflict(format!(
        "deployment package '{id}' is asked for all the time; try again"
    )))
}
