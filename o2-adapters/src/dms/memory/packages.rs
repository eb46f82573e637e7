//! Storing and removing packages.

use std::sync::Arc;

use o2_core::{Context, Error, Model, Result};
use o2_dms::{DeploymentObject, DeploymentPackage, PackageId};

use super::state::State;
use super::upload::Upload;
use crate::memory::Moment;

impl State {
    /// Stores a package. Name and version together are unique for each owner; the same content again is the same package.
    pub(super) fn store(&mut self, context: &Context, upload: Upload, now: Moment) -> Result<Arc<DeploymentPackage>> {
        let known = self.packages.values().find(|package| {
            package.name == upload.name
                && package.version == upload.version
                && package.tenant_id.as_ref() == context.tenant()
        });
        if let Some(known) = known {
            return if is_same(known, &upload) {
                Ok(Arc::clone(known))
            } else {
                let version = format!("{}:{}", upload.name, upload.version);
                Err(Error::already_exists(DeploymentPackage::OBJECT, &version))
            };
        }
        let id = self.ids.next("pkg", |_| false);
        let mut package = DeploymentPackage::new(id, upload.name, upload.version, upload.package_type);
        package.description = upload.description;
        package.package_url = upload.url;
        package.checksum = upload.checksum;
        package.extensions = upload.extensions;
        package.uploaded_at = Some(now.time);
        package.tenant_id = context.tenant().cloned();
        let package = Arc::new(package);
        self.packages.insert(package.package_id.clone(), Arc::clone(&package));
        self.journal
            .created(DeploymentObject::Package(Arc::clone(&package)), now.time);
        Ok(package)
    }

    /// Removes a package that no revision of a deployment needs.
    pub(super) fn remove_package(&mut self, context: &Context, id: &PackageId, now: Moment) -> Result<()> {
        let package = Arc::clone(self.package(context, id)?);
        let users = self
            .deployments
            .values()
            .filter(|record| record.revisions.iter().any(|revision| revision.entry.package_id == *id))
            .count();
        if users > 0 {
            return Err(Error::conflict(format!(
                "deployment package '{id}' is used by {users} deployments or their earlier revisions"
            )));
        }
        self.packages.remove(id);
        self.journal.deleted(DeploymentObject::Package(package), now.time);
        Ok(())
    }
}

/// Whether the upload has the content of the package: the same digest, or the same address where digests are not known.
fn is_same(package: &DeploymentPackage, upload: &Upload) -> bool {
    let same_content = match (&package.checksum, &upload.checksum) {
        (Some(known), Some(new)) => known == new,
        _ => package.package_url.is_some() && package.package_url == upload.url,
    };
    same_content && package.package_type == upload.package_type
}
