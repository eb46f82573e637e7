//! What plugins answer alike whose deployments are objects of an API server.

/// Makes a type a plugin of deployments. It has an `info`, `capabilities` and a `clock`, is `open`, and tells `about` itself. It
/// reads by its `reading`, writes by its `writing`, and makes the `change` that a request asks for; `packages`, a `report`,
/// `logs` and `changes` it has in its own way. The other type is the request that updates a deployment.
macro_rules! serve_deployments {
    ($plugin:ty, $update:ident) => {
        const _: () = {
            use std::sync::Arc;

            use futures::stream::BoxStream;
            use o2_core::plugin::{Health, Plugin, PluginInfo};
            use o2_core::query::ListQuery;
            use o2_core::{Capabilities, Context, Page, Result, async_trait};
            use o2_dms::{
                DMSPlugin, Deployment, DeploymentChange, DeploymentId, DeploymentPackage, DeploymentRequest,
                DeploymentRevision, DeploymentUpdate, HealRequest, LogLine, LogOptions, PackageId, PackageUpload,
                RollbackRequest, ScaleRequest, StatusReport, UpgradeRequest,
            };
            use $crate::held::{Listing, find};
            use $crate::kube::deployed::{Found, Present, Rollback, Scale};

            #[async_trait]
            impl Plugin for $plugin {
                fn info(&self) -> &PluginInfo {
                    &self.info
                }

                fn capabilities(&self) -> &Capabilities {
                    &self.capabilities
                }

                async fn health(&self, context: &Context) -> Health {
                    match self.about(context).await {
                        Ok(health) => health,
                        Err(error) => Health::unhealthy(self.clock.now(), error.message()),
                    }
                }

                async fn close(&self) -> Result<()> {
                    self.open.close();
                    Ok(())
                }
            }

            #[async_trait]
            impl DMSPlugin for $plugin {
                async fn list_deployment_packages(
                    &self,
                    context: &Context,
                    query: &ListQuery,
                ) -> Result<Page<DeploymentPackage>> {
                    let listing = Listing::new(context, query, "")?;
                    listing.page(&self.packages(context).await?, |package| package)
                }

                async fn get_deployment_package(
                    &self,
                    context: &Context,
                    id: &PackageId,
                ) -> Result<Arc<DeploymentPackage>> {
                    find(context, &self.packages(context).await?, id.as_str())
                }

                async fn upload_deployment_package(
                    &self,
                    context: &Context,
                    upload: &PackageUpload,
                ) -> Result<Arc<DeploymentPackage>> {
                    self.writing()?.upload(context, upload).await
                }

                async fn delete_deployment_package(&self, context: &Context, id: &PackageId) -> Result<()> {
                    self.writing()?.forget(context, id).await
                }

                async fn list_deployments(&self, context: &Context, query: &ListQuery) -> Result<Page<Deployment>> {
                    let listing = Listing::new(context, query, "")?;
                    listing.page(&self.reading()?.deployments(context).await?, Found::deployment)
                }

                async fn get_deployment(&self, context: &Context, id: &DeploymentId) -> Result<Arc<Deployment>> {
                    Ok(self.reading()?.find(context, id).await?.deployment)
                }

                async fn create_deployment(
                    &self,
                    context: &Context,
                    request: &DeploymentRequest,
                ) -> Result<Arc<Deployment>> {
                    self.writing()?.create(context, request).await
                }

                async fn update_deployment(
                    &self,
                    context: &Context,
                    id: &DeploymentId,
                    update: &DeploymentUpdate,
                ) -> Result<Arc<Deployment>> {
                    let by = self.writing()?;
                    self.change(context, id, &$update { by, update }).await
                }

                async fn delete_deployment(&self, context: &Context, id: &DeploymentId) -> Result<()> {
                    self.writing()?.delete(context, id).await
                }

                async fn scale_deployment(
                    &self,
                    context: &Context,
                    id: &DeploymentId,
                    request: &ScaleRequest,
                ) -> Result<Arc<Deployment>> {
                    let by = self.writing()?;
                    self.change(context, id, &Scale { by, request }).await
                }

                async fn rollback_deployment(
                    &self,
                    context: &Context,
                    id: &DeploymentId,
                    request: &RollbackRequest,
                ) -> Result<Arc<Deployment>> {
                    let by = self.writing()?;
                    self.change(context, id, &Rollback { by, request }).await
                }

                async fn upgrade_deployment(
                    &self,
                    context: &Context,
                    id: &DeploymentId,
                    request: &UpgradeRequest,
                ) -> Result<Arc<Deployment>> {
                    let by = self.writing()?;
                    self.change(context, id, &Upgrade { by, request }).await
                }

                async fn heal_deployment(
                    &self,
                    context: &Context,
                    id: &DeploymentId,
                    request: &HealRequest,
                ) -> Result<Arc<Deployment>> {
                    let by = self.writing()?;
                    self.change(context, id, &Heal { by, request }).await
                }

                async fn get_deployment_status(&self, context: &Context, id: &DeploymentId) -> Result<StatusReport> {
                    self.report(context, id).await
                }

                async fn get_deployment_logs(
                    &self,
                    context: &Context,
                    id: &DeploymentId,
                    options: &LogOptions,
                ) -> Result<BoxStream<'static, Result<LogLine>>> {
                    self.logs(context, id, options).await
                }

                async fn list_deployment_revisions(
                    &self,
                    context: &Context,
                    id: &DeploymentId,
                ) -> Result<Vec<DeploymentRevision>> {
                    let reading = self.reading()?;
                    reading.history(context, &reading.find(context, id).await?).await
                }

                async fn watch_deployments(
                    &self,
                    context: &Context,
                    resume: Option<&str>,
                ) -> Result<BoxStream<'static, Result<DeploymentChange>>> {
                    let changes = self.changes(context).await?;
                    changes
                        .watch(context, resume, |context, object| context.sees(object.tenant()))
                        .await
                }
            }
        };
    };
}

pub(crate) use serve_deployments;
