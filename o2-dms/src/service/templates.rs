//! Deployment templates.

use std::sync::Arc;

use o2_core::federation::Listing;
use o2_core::http::IfMatch;
use o2_core::query::Query;
use o2_core::{Context, Result};

use super::operations::parameters;
use super::{DmsService, Started};
use crate::model::{DeploymentTemplate, InstantiateRequest, NewDeploymentTemplate, TemplateId};

impl DmsService {
    /// Lists the templates of the caller's tenant, and the shared ones.
    ///
    /// # Errors
    /// `InvalidInput` for a marker that is not of this query; the store's.
    pub async fn list_deployment_templates(
        &self,
        context: &Context,
        query: &Query,
    ) -> Result<Listing<DeploymentTemplate>> {
        self.templates.list(context, query).await
    }

    /// The template with this id.
    ///
    /// # Errors
    /// `NotFound`; the store's.
    pub async fn get_deployment_template(&self, context: &Context, id: &TemplateId) -> Result<Arc<DeploymentTemplate>> {
        self.templates.get(context, id).await
    }

    /// Creates a template for the caller's tenant.
    ///
    /// # Errors
    /// `InvalidInput` naming the field, also when there is no such package; `AlreadyExists` when the tenant has a
    /// template of this name and version.
    pub async fn create_deployment_template(
        &self,
        context: &Context,
        new: NewDeploymentTemplate,
    ) -> Result<Arc<DeploymentTemplate>> {
        new.validate()?;
        self.referred_package(context, "body.packageId", &new.package_id)
            .await?;
        self.templates.create(context, new).await
    }

    /// Changes a template: `change` turns what it is into what it shall be. Deployments made of it stay as they are.
    ///
    /// # Errors
    /// `NotFound`; `PermissionDenied` when the template is shared and the caller has a tenant; `PreconditionFailed`;
    /// `InvalidInput` naming the field; `AlreadyExists`; `change`'s.
    pub async fn update_deployment_template(
        &self,
        context: &Context,
        id: &TemplateId,
        condition: &IfMatch,
        change: impl FnOnce(&DeploymentTemplate) -> Result<NewDeploymentTemplate> + Send,
    ) -> Result<Arc<DeploymentTemplate>> {
        let row = self.templates.own(context, id, condition).await?;
        let new = change(&row.value)?;
        new.validate()?;
        if new.package_id != row.value.package_id {
            self.referred_package(context, "body.packageId", &new.package_id)
                .await?;
        }
        self.templates.replace(row, new).await
    }

    /// Deletes a template. Deployments made of it stay.
    ///
    /// # Errors
    /// `NotFound`; `PermissionDenied` when the template is shared and the caller has a tenant; `PreconditionFailed`.
    pub async fn delete_deployment_template(
        &self,
        context: &Context,
        id: &TemplateId,
        condition: &IfMatch,
    ) -> Result<()> {
        self.templates.delete(context, id, condition).await
    }

    /// Deploys a template; see [`DeploymentTemplate::instantiate`].
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` naming the parameter that is unknown, missing or out of bounds; as
    /// [`Self::create_deployment`].
    pub async fn instantiate_deployment_template(
        &self,
        context: &Context,
        id: &TemplateId,
        request: InstantiateRequest,
    ) -> Result<Started> {
        let template = self.templates.get(context, id).await?;
        let request = template.instantiate(request)?;
        let origin = parameters([("templateId", Some(id.as_str().into()))]);
        self.deploy(context, request, "template.packageId", origin).await
    }
}
