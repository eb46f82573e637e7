//! [`Templates`]: keeps deployment templates. It asks no plugin and deploys nothing.

use std::sync::Arc;

use futures::TryStreamExt;
use o2_core::federation::{self, Listing};
use o2_core::http::{ETag, IfMatch};
use o2_core::ports::Clock;
use o2_core::query::{PageLimits, Query};
use o2_core::store::{Row, Store, Table};
use o2_core::{Context, Error, ErrorKind, Model, Result};

use crate::model::{DeploymentTemplate, NewDeploymentTemplate, TemplateId};

/// Keeps deployment templates.
#[derive(Debug)]
pub(crate) struct Templates {
    table: Table<DeploymentTemplate>,
    clock: Arc<dyn Clock>,
    limits: PageLimits,
}

impl Templates {
    pub(crate) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, limits: PageLimits) -> Self {
        Self {
            table: Table::new(store, DeploymentTemplate::OBJECT).with_unique(identity),
            clock,
            limits,
        }
    }

    pub(crate) async fn list(&self, context: &Context, query: &Query) -> Result<Listing<DeploymentTemplate>> {
        let rows = self.table.all().try_filter_map(|row| {
            let visible = context.sees(row.value.tenant());
            std::future::ready(Ok(visible.then(|| Arc::new(row.value))))
        });
        federation::list_of(rows, context, query, self.limits).await
    }

    pub(crate) async fn get(&self, context: &Context, id: &TemplateId) -> Result<Arc<DeploymentTemplate>> {
        self.row(context, id).await.map(|row| Arc::new(row.value))
    }

    async fn row(&self, context: &Context, id: &TemplateId) -> Result<Row<DeploymentTemplate>> {
        let row = self.table.get(id.as_str()).await?;
        row.filter(|row| context.sees(row.value.tenant()))
            .ok_or_else(|| Error::not_found(DeploymentTemplate::OBJECT, id.as_str()))
    }

    /// The row, if the caller may change it and it is what `condition` says.
    pub(crate) async fn own(
        &self,
        context: &Context,
        id: &TemplateId,
        condition: &IfMatch,
    ) -> Result<Row<DeploymentTemplate>> {
        let row = self.row(context, id).await?;
        if context.tenant().is_some() && row.value.tenant().is_none() {
            return Err(Error::new(
                ErrorKind::PermissionDenied,
                "the template is shared by all tenants, and none of them may change it",
            ));
        }
        condition.check_tag(&ETag::of(&row.value)?)?;
        Ok(row)
    }

    pub(crate) async fn create(
        &self,
        context: &Context,
        new: NewDeploymentTemplate,
    ) -> Result<Arc<DeploymentTemplate>> {
        let id = TemplateId::from(uuid::Uuid::new_v4().to_string());
        let template = new.into_template(id, context.tenant().cloned(), self.clock.now());
        let row = self.table.insert(template.id(), template.clone()).await;
        let row = row.map_err(|error| taken(error, &template))?;
        Ok(Arc::new(row.value))
    }

    /// Gives a template a new state, if nobody else did since `row` was read.
    pub(crate) async fn replace(
        &self,
        row: Row<DeploymentTemplate>,
        new: NewDeploymentTemplate,
    ) -> Result<Arc<DeploymentTemplate>> {
        let mut template = new.into_template(row.value.template_id, row.value.tenant_id, self.clock.now());
        template.created_at = row.value.created_at;
        let replaced = self.table.replace(&row.id, template.clone(), Some(row.revision)).await;
        let row = replaced.map_err(|error| taken(error, &template))?;
        Ok(Arc::new(row.value))
    }

    pub(crate) async fn delete(&self, context: &Context, id: &TemplateId, condition: &IfMatch) -> Result<()> {
        let row = self.own(context, id, condition).await?;
        self.table.remove(&row.id, Some(row.revision)).await
    }
}

/// Name and version are unique for a tenant.
fn identity(template: &DeploymentTemplate) -> String {
    let tenant = template.tenant().map_or("", |tenant| tenant.as_str());
    // JSON keeps the parts apart whatever they contain.
    serde_json::json!([tenant, template.name, template.version]).to_string()
}

/// The caller does not know the other template's id, but its name and version.
fn taken(error: Error, template: &DeploymentTemplate) -> Error {
    if error.is(ErrorKind::AlreadyExists) {
        let name = format!("{} {}", template.name, template.version);
        Error::already_exists(DeploymentTemplate::OBJECT, &name)
    } else {
        error
    }
}
