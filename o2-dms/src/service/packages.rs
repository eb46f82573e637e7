//! Packages.

use std::sync::Arc;

use o2_core::federation::{Listing, Owned};
use o2_core::query::Query;
use o2_core::router::Facts;
use o2_core::{Context, Error, ErrorKind, Model, PluginId, Result};

use super::DmsService;
use crate::model::{DeploymentPackage, PackageId, PackageUpload};
use crate::{DMSPlugin, op, validate};

impl DmsService {
    /// Lists the packages.
    ///
    /// # Errors
    /// As [`Federation::list`](o2_core::federation::Federation::list).
    pub async fn list_deployment_packages(
        &self,
        context: &Context,
        query: &Query,
    ) -> Result<Listing<DeploymentPackage>> {
        self.plugins
            .list(context, &op::LIST_DEPLOYMENT_PACKAGES, query, |p, c, q| {
                p.list_deployment_packages(c, q)
            })
            .await
    }

    /// The package with this id.
    ///
    /// # Errors
    /// `NotFound`, and the plugin's.
    pub async fn get_deployment_package(&self, context: &Context, id: &PackageId) -> Result<Arc<DeploymentPackage>> {
        self.plugins
            .get(context, &op::GET_DEPLOYMENT_PACKAGE, id, |p, c, id| {
                p.get_deployment_package(c, id)
            })
            .await
    }

    /// Stores a package at `plugin`, or where the routing rules say for its type and extensions.
    ///
    /// # Errors
    /// `InvalidInput` naming the field, or when there is no such plugin; `AlreadyExists`; routing's and the plugin's.
    pub async fn upload_deployment_package(
        &self,
        context: &Context,
        mut upload: PackageUpload,
        plugin: Option<&PluginId>,
    ) -> Result<Arc<DeploymentPackage>> {
        validate::upload(&mut upload)?;
        let facts = Facts::of(&op::UPLOAD_DEPLOYMENT_PACKAGE)
            .with_tenant(context.tenant())
            .with_package_type(&upload.package_type)
            .with_extensions(&upload.extensions);
        let plugin = match plugin {
            Some(name) => self.plugins.router().named(name.as_str(), context.tenant())?,
            None => self.plugins.place(&facts)?,
        };
        let mut writing = self.plugins.make::<DeploymentPackage>(&plugin);
        let package = plugin.plugin().upload_deployment_package(context, &upload).await?;
        writing.made(package.id());
        self.plugins.show(context, &plugin, package)
    }

    /// Removes a package.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while a deployment uses it; the plugin's.
    pub async fn delete_deployment_package(&self, context: &Context, id: &PackageId) -> Result<()> {
        let owner = self.plugins.owner(context, &op::DELETE_DEPLOYMENT_PACKAGE, id)?;
        let _writing = self.plugins.write(&owner);
        owner
            .plugin
            .plugin()
            .delete_deployment_package(context, &owner.native)
            .await
    }

    /// The package that a request refers to, and the plugin that has it. A plugin that knows no packages of its own, a
    /// GitOps controller for example, is asked only when it deploys.
    ///
    /// # Errors
    /// `InvalidInput` at `at` when the caller knows no such package.
    pub(super) async fn referred_package(
        &self,
        context: &Context,
        at: &str,
        id: &PackageId,
    ) -> Result<Owned<dyn DMSPlugin, DeploymentPackage>> {
        let find = async {
            let owner = self.plugins.owner(context, &op::GET_DEPLOYMENT_PACKAGE, id)?;
            let plugin = owner.plugin.plugin();
            if plugin.capabilities().supports(&op::GET_DEPLOYMENT_PACKAGE) {
                let package = plugin.get_deployment_package(context, &owner.native).await?;
                self.plugins.show(context, &owner.plugin, package)?;
            }
            Ok(owner)
        };
        find.await.map_err(|error: Error| {
            if error.is(ErrorKind::NotFound) {
                let missing = Error::not_found(DeploymentPackage::OBJECT, id.as_str());
                Error::violation(at, missing.message())
            } else {
                error
            }
        })
    }
}
