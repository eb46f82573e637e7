//! Service models.

use std::sync::Arc;

use o2_core::federation::Listing;
use o2_core::query::Query;
use o2_core::{Context, Error, Fault, PluginId, Result};

use super::SmoService;
use crate::model::{ModelId, NewServiceModel, ServiceModel};
use crate::{op, validate};

impl SmoService {
    /// Lists the service models, of all plugins or of the one that is named.
    ///
    /// # Errors
    /// `NotFound` when there is no such plugin; as [`Federation::list`](o2_core::federation::Federation::list).
    pub async fn list_service_models(
        &self,
        context: &Context,
        plugin: Option<&PluginId>,
        query: &Query,
    ) -> Result<Listing<ServiceModel>> {
        let operation = &op::LIST_SERVICE_MODELS;
        let Some(plugin) = plugin else {
            return self
                .plugins
                .list(context, operation, query, |p, c, q| p.list_service_models(c, q))
                .await;
        };
        let plugin = self.chosen(context, operation, Some(plugin))?;
        self.plugins
            .list_from(context, &plugin, "", query, |p, c, q| p.list_service_models(c, q))
            .await
    }

    /// The service model with this id.
    ///
    /// # Errors
    /// `NotFound`, and the plugin's.
    pub async fn get_service_model(&self, context: &Context, id: &ModelId) -> Result<Arc<ServiceModel>> {
        let owner = self.plugins.owner(context, &op::GET_SERVICE_MODEL, id)?;
        let model = owner.plugin.plugin().get_service_model(context, &owner.native).await?;
        self.plugins.show(context, &owner.plugin, model)
    }

    /// Registers a service model at the plugin that it names, else at the default plugin.
    ///
    /// # Errors
    /// `InvalidInput` naming the field; `AlreadyExists`; the plugin's.
    pub async fn register_service_model(&self, context: &Context, new: NewServiceModel) -> Result<Arc<ServiceModel>> {
        validate::service_model(&new)?;
        let plugin = self.chosen_by_body(context, &op::REGISTER_SERVICE_MODEL, new.plugin_name.as_ref())?;
        let model = new.into_model(context.tenant().cloned());
        let model = plugin.plugin().register_service_model(context, &model).await?;
        if model.model_id.is_none() {
            return Err(Error::internal("the plugin registered a service model without id")
                .with_fault(Fault::Backend)
                .with_plugin(plugin.name()));
        }
        self.plugins.show(context, &plugin, model)
    }

    /// Removes a service model.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while it is in use; `Unsupported`; the plugin's.
    pub async fn delete_service_model(&self, context: &Context, id: &ModelId) -> Result<()> {
        let owner = self.plugins.owner(context, &op::DELETE_SERVICE_MODEL, id)?;
        owner.plugin.plugin().delete_service_model(context, &owner.native).await
    }
}
