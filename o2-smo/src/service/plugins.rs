//! The SMO plugins themselves.

use std::sync::Arc;

use futures::stream;
use o2_core::federation::{Listing, list_of};
use o2_core::query::Query;
use o2_core::{Context, Error, Model, Result};

use super::{Entry, SmoService};
use crate::model::{PluginOverview, SmoHealth};

impl SmoService {
    /// Lists the plugins that are there for the caller.
    ///
    /// # Errors
    /// `InvalidInput` for a marker that is not of this query.
    pub async fn list_plugins(&self, context: &Context, query: &Query) -> Result<Listing<PluginOverview>> {
        let plugins = self.overviews(context).into_iter().map(|plugin| Ok(Arc::new(plugin)));
        list_of(stream::iter(plugins), context, query, self.plugins.page_limits()).await
    }

    /// The plugin of this name.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn get_plugin(&self, context: &Context, name: &str) -> Result<PluginOverview> {
        let entry = self.plugins.registry().get(name);
        let visible = entry.filter(|entry| entry.is_visible_to(context.tenant()));
        let entry = visible.ok_or_else(|| Error::not_found(PluginOverview::OBJECT, name))?;
        Ok(PluginOverview::of(&entry, context))
    }

    /// Checks the plugins now, and says how they are.
    pub async fn check_health(&self, context: &Context) -> SmoHealth {
        let registry = self.plugins.registry();
        registry.check_health(context, &*self.clock, &self.checks).await;
        SmoHealth::of(self.overviews(context), self.clock.now())
    }

    /// The plugins that are there for the caller, by name.
    pub(super) fn visible(&self, context: &Context) -> Vec<Entry> {
        let mut plugins = self.plugins.registry().all();
        plugins.retain(|entry| entry.is_visible_to(context.tenant()));
        plugins
    }

    fn overviews(&self, context: &Context) -> Vec<PluginOverview> {
        let plugins = self.visible(context);
        plugins.iter().map(|entry| PluginOverview::of(entry, context)).collect()
    }
}
