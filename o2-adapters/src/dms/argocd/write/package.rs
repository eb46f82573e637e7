//! Packages are registered and forgotten.

use std::sync::Arc;

use o2_core::{Context, Error, ErrorKind, Fault, Result};
use o2_dms::{DeploymentPackage, PackageId, PackageUpload};

use super::Writing;
use crate::dms::argocd::packages::{CONFIG_MAPS, Origin, Registered, Upload, config_map, draw, name_of};
use crate::kube::deployed::nowhere;
use crate::kube::{At, Cached, Deletion};

const PACKAGE: &str = "deploymentPackage";

impl Writing<'_> {
    /// Registers a package for the tenant of `context`.
    pub(in super::super) async fn upload(
        &self,
        context: &Context,
        upload: &PackageUpload,
    ) -> Result<Arc<DeploymentPackage>> {
        let upload = Upload::check(upload)?;
        let (reading, config) = (self.reading, &self.reading.config);
        let object = config_map(context, &upload, &config.namespace, &config.tenant_label);
        let made = reading
            .cluster
            .create(context, &CONFIG_MAPS, Some(&config.namespace), &object, false);
        let object = match made.await {
            Err(error) if error.is(ErrorKind::AlreadyExists) => self.known(context, &upload).await?,
            made => made.map_err(|error| nowhere(error, &CONFIG_MAPS, &config.namespace))?,
        };
        let registered = <Registered as Cached>::read(&CONFIG_MAPS, object).ok_or_else(odd)?;
        if !registered.is(&upload) {
            let version = format!("{}:{}", upload.data.name, upload.data.version);
            return Err(Error::already_exists(PACKAGE, &version));
        }
        let package = draw(&config.tenant_label, vec![registered], Vec::new(), std::iter::empty())
            .into_values()
            .next();
        package.map(|package| package.shown).ok_or_else(odd)
    }

    /// The package that has this name and version already.
    async fn known(&self, context: &Context, upload: &Upload) -> Result<kube::api::DynamicObject> {
        let name = name_of(context, upload);
        let at = At::new(&CONFIG_MAPS, Some(&self.reading.config.namespace), &name);
        let found = self.reading.cluster.get(context, at).await?;
        found.ok_or_else(|| Error::conflict("the package was deleted just now; try again"))
    }

    /// Forgets a package that no deployment uses.
    pub(in super::super) async fn forget(&self, context: &Context, id: &PackageId) -> Result<()> {
        let unknown = || Error::not_found(PACKAGE, id.as_str());
        let found = self.reading.packages(context).await?.remove(id.as_str());
        let package = found.filter(|package| context.sees(package.shown.tenant_id.as_ref()));
        let package = package.ok_or_else(unknown)?;
        let meta = match &package.origin {
            Origin::Registered(registered) => &registered.meta,
            Origin::Repository(_) => {
                return Err(Error::conflict(
                    "the package is a repository that is registered with Argo CD, and with its credentials there",
                ));
            }
            Origin::Deployed(_) => return Err(Error::conflict("the package is there because a deployment uses it")),
        };
        let deployments = self.reading.all_deployments(context).await?;
        let users = deployments
            .values()
            .filter(|drawn| drawn.deployment.package_id == *id)
            .count();
        if users > 0 {
            return Err(Error::conflict(format!(
                "deployment package '{id}' is used by {users} deployments"
            )));
        }
        let deletion = Deletion {
            uid: Some(meta.uid.clone()),
            ..Deletion::default()
        };
        let at = At::new(&CONFIG_MAPS, meta.namespace.as_deref(), &meta.name);
        let deleted = self.reading.cluster.delete(context, at, &deletion).await;
        deleted.map_err(|error| {
            if error.is(ErrorKind::NotFound) {
                unknown()
            } else {
                error
            }
        })
    }
}

fn odd() -> Error {
    Error::new(
        ErrorKind::Internal,
        "the API server answers with a package that cannot be understood",
    )
    .with_fault(Fault::Backend)
}
