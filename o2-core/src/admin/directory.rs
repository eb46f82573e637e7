//! [`Directory`]: the plugins of one category, whatever their trait.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::Value;

use super::{PluginHealth, PluginView};
use crate::capability::Word;
use crate::context::Context;
use crate::federation::Federation;
use crate::id::TenantId;
use crate::model::Labels;
use crate::model::extensions::JsonMap;
use crate::operation::{Category, Operation};
use crate::plugin::Plugin;
use crate::ports::Clock;
use crate::registry::HealthChecks;
use crate::router::Facts;
use crate::{Error, Result};

/// The plugins of one category.
pub trait Directory: fmt::Debug + Send + Sync + 'static {
    /// The category.
    fn category(&self) -> Category;

    /// Every plugin, in the order of registration.
    fn plugins(&self) -> Vec<PluginView>;

    /// One plugin.
    ///
    /// # Errors
    /// `NotFound`.
    fn plugin(&self, name: &str) -> Result<PluginView>;

    /// Routes calls to a plugin, or no longer.
    ///
    /// # Errors
    /// `NotFound`.
    fn set_enabled(&self, name: &str, enabled: bool) -> Result<PluginView>;

    /// Checks the health of every enabled plugin now.
    fn check_health<'a>(&'a self, context: &'a Context, timeout: Duration) -> BoxFuture<'a, Vec<PluginHealth>>;

    /// Checks the health of one plugin now.
    fn check_health_of<'a>(
        &'a self,
        context: &'a Context,
        name: &'a str,
        timeout: Duration,
    ) -> BoxFuture<'a, Result<PluginHealth>>;

    /// Checks health again and again until the shutdown future ends.
    fn run_health<'a>(&'a self, checks: HealthChecks, shutdown: BoxFuture<'a, ()>) -> BoxFuture<'a, ()>;

    /// Closes every plugin.
    fn close<'a>(&'a self, timeout: Duration) -> BoxFuture<'a, Vec<(crate::PluginId, Result<()>)>>;

    /// Where a call would go, and why not elsewhere.
    ///
    /// # Errors
    /// `InvalidInput` when the request names an operation the category does not have.
    fn explain(&self, request: &ExplainRequest) -> Result<Value>;
}

/// The facts of an imagined call.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ExplainRequest {
    /// The object, `resourcePool`.
    pub object: String,
    /// The operation, `create_resource_pool`.
    pub operation: Option<String>,
    /// The type of package.
    pub package_type: Option<String>,
    /// Labels.
    pub labels: Labels,
    /// Where.
    pub location: Option<String>,
    /// Extensions.
    pub extensions: JsonMap,
    /// For which tenant.
    pub tenant: Option<TenantId>,
}

/// The plugins of a [`Federation`].
#[derive(Debug)]
pub(super) struct FederationDirectory<P: ?Sized + Plugin> {
    plugins: Arc<Federation<P>>,
    category: Category,
    operations: &'static [&'static Operation],
    vocabulary: &'static [Word],
    clock: Arc<dyn Clock>,
}

impl<P: ?Sized + Plugin> Federation<P> {
    /// These plugins for administration: their category, the operations they may have and the words for them.
    #[must_use]
    pub fn directory(
        self: &Arc<Self>,
        category: Category,
        operations: &'static [&'static Operation],
        vocabulary: &'static [Word],
        clock: Arc<dyn Clock>,
    ) -> Arc<dyn Directory> {
        Arc::new(FederationDirectory {
            plugins: Arc::clone(self),
            category,
            operations,
            vocabulary,
            clock,
        })
    }
}

impl<P: ?Sized + Plugin> Directory for FederationDirectory<P> {
    fn category(&self) -> Category {
        self.category
    }

    fn plugins(&self) -> Vec<PluginView> {
        self.plugins
            .registry()
            .all()
            .iter()
            .map(|entry| PluginView::of(entry, self.vocabulary))
            .collect()
    }

    fn plugin(&self, name: &str) -> Result<PluginView> {
        let entry = self
            .plugins
            .registry()
            .get(name)
            .ok_or_else(|| Error::not_found("plugin", name))?;
        Ok(PluginView::of(&entry, self.vocabulary))
    }

    fn set_enabled(&self, name: &str, enabled: bool) -> Result<PluginView> {
        let registry = self.plugins.registry();
        if enabled {
            registry.enable(name)?;
        } else {
            registry.disable(name)?;
        }
        self.plugin(name)
    }

    fn check_health<'a>(&'a self, context: &'a Context, timeout: Duration) -> BoxFuture<'a, Vec<PluginHealth>> {
        Box::pin(async move {
            let checks = HealthChecks::new().with_timeout(timeout);
            let found = self
                .plugins
                .registry()
                .check_health(context, &*self.clock, &checks)
                .await;
            found
                .into_iter()
                .map(|(name, health)| PluginHealth::new(self.category, name, health))
                .collect()
        })
    }

    fn check_health_of<'a>(
        &'a self,
        context: &'a Context,
        name: &'a str,
        timeout: Duration,
    ) -> BoxFuture<'a, Result<PluginHealth>> {
        Box::pin(async move {
            let health = self
                .plugins
                .registry()
                .check_health_of(name, context, &*self.clock, timeout)
                .await?;
            Ok(PluginHealth::new(self.category, name.into(), health))
        })
    }

    fn run_health<'a>(&'a self, checks: HealthChecks, shutdown: BoxFuture<'a, ()>) -> BoxFuture<'a, ()> {
        Box::pin(self.plugins.registry().run_health(&*self.clock, checks, shutdown))
    }

    fn close<'a>(&'a self, timeout: Duration) -> BoxFuture<'a, Vec<(crate::PluginId, Result<()>)>> {
        const AT_THE_SAME_TIME: usize = 8;
        Box::pin(
            self.plugins
                .registry()
                .close_all(&*self.clock, timeout, AT_THE_SAME_TIME),
        )
    }

    fn explain(&self, request: &ExplainRequest) -> Result<Value> {
        let operation = request
            .operation
            .as_deref()
            .map(|name| self.operation(name))
            .transpose()?;
        let mut facts = Facts::new(self.category, &request.object)
            .with_tenant(request.tenant.as_ref())
            .with_labels(&request.labels)
            .with_extensions(&request.extensions);
        facts.operation = operation;
        facts.package_type = request.package_type.as_deref();
        facts.location = request.location.as_deref();
        let explanation = self.plugins.router().explain(&facts);
        serde_json::to_value(explanation).map_err(|error| Error::internal(error.to_string()))
    }
}

impl<P: ?Sized + Plugin> FederationDirectory<P> {
    fn operation(&self, name: &str) -> Result<&'static Operation> {
        let found = self.operations.iter().find(|operation| operation.name == name).copied();
        found.ok_or_else(|| {
            let known: Vec<_> = self.operations.iter().map(|operation| operation.name).collect();
            Error::violation(
                "operation",
                format!(
                    "{} plugins have no such operation (known: {})",
                    self.category,
                    known.join(", ")
                ),
            )
        })
    }
}
