//! What plugins of clusters' inventories answer alike.

/// Makes a type a plugin of infrastructure. It has a `front`, a `reading` and `settings`; it draws its `inventory`, and changes
/// pools by its `writing`. The other type is the drawing that is watched.
macro_rules! serve_inventory {
    ($plugin:ty, $watching:ty) => {
        const _: () = {
            use std::sync::Arc;

            use futures::stream::BoxStream;
            use o2_core::query::ListQuery;
            use o2_core::{Context, Page, Result, async_trait};
            use o2_ims::{
                Alarm, DeleteOptions, DeploymentManager, DeploymentManagerId, IMSPlugin, InventoryChange,
                NewResourcePool, Resource, ResourceId, ResourcePool, ResourcePoolId, ResourcePoolUpdate, ResourceType,
                ResourceTypeId,
            };

            #[async_trait]
            impl IMSPlugin for $plugin {
                async fn list_deployment_managers(
                    &self,
                    context: &Context,
                    query: &ListQuery,
                ) -> Result<Page<DeploymentManager>> {
                    self.front.page(context, query, self.inventory(context)).await
                }

                async fn get_deployment_manager(
                    &self,
                    context: &Context,
                    id: &DeploymentManagerId,
                ) -> Result<Arc<DeploymentManager>> {
                    self.inventory(context).await?.find(context, id.as_str())
                }

                async fn list_resource_pools(
                    &self,
                    context: &Context,
                    query: &ListQuery,
                ) -> Result<Page<ResourcePool>> {
                    self.front.page(context, query, self.inventory(context)).await
                }

                async fn get_resource_pool(&self, context: &Context, id: &ResourcePoolId) -> Result<Arc<ResourcePool>> {
                    self.inventory(context).await?.find(context, id.as_str())
                }

                async fn create_resource_pool(
                    &self,
                    context: &Context,
                    new: &NewResourcePool,
                ) -> Result<Arc<ResourcePool>> {
                    self.writing()?.create(context, new).await
                }

                async fn update_resource_pool(
                    &self,
                    context: &Context,
                    id: &ResourcePoolId,
                    update: &ResourcePoolUpdate,
                ) -> Result<Arc<ResourcePool>> {
                    self.writing()?.update(context, id, update).await
                }

                async fn delete_resource_pool(
                    &self,
                    context: &Context,
                    id: &ResourcePoolId,
                    options: &DeleteOptions,
                ) -> Result<()> {
                    self.writing()?.delete(context, id, options).await
                }

                async fn list_resources(&self, context: &Context, query: &ListQuery) -> Result<Page<Resource>> {
                    self.front.page(context, query, self.inventory(context)).await
                }

                async fn get_resource(&self, context: &Context, id: &ResourceId) -> Result<Arc<Resource>> {
                    self.inventory(context).await?.find(context, id.as_str())
                }

                async fn delete_resource(
                    &self,
                    context: &Context,
                    id: &ResourceId,
                    options: &DeleteOptions,
                ) -> Result<()> {
                    self.writing()?.delete_machine(context, id, options).await
                }

                async fn list_resource_types(
                    &self,
                    context: &Context,
                    query: &ListQuery,
                ) -> Result<Page<ResourceType>> {
                    self.front.page(context, query, self.inventory(context)).await
                }

                async fn get_resource_type(&self, context: &Context, id: &ResourceTypeId) -> Result<Arc<ResourceType>> {
                    self.inventory(context).await?.find(context, id.as_str())
                }

                async fn list_alarms(&self, context: &Context, query: &ListQuery) -> Result<Page<Alarm>> {
                    self.front.page(context, query, self.inventory(context)).await
                }

                async fn watch_inventory(
                    &self,
                    context: &Context,
                    resume: Option<&str>,
                ) -> Result<BoxStream<'static, Result<InventoryChange>>> {
                    self.front.check_open()?;
                    let opening = <$watching>::open(&self.reading, context, self.settings.clone());
                    let changes = self.front.changes(context, opening).await?;
                    changes
                        .watch(context, resume, |context, object| context.sees(object.tenant()))
                        .await
                }
            }
        };
    };
}

pub(crate) use serve_inventory;
