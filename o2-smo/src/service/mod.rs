//! [`SmoService`]: the orchestrators of all plugins as one. This is the library API for hosts without HTTP; the routes
//! are a thin translation of it.
//!
//! Whoever starts something new may name the plugin it is for; otherwise the default plugin gets it. What exists is
//! found by its id, `plugin~native`.

mod events;
mod executions;
mod models;
mod partial;
mod plugins;
mod policies;
mod recipient;
mod source;
mod sync;
mod workflows;

use std::sync::Arc;

use o2_core::federation::Federation;
use o2_core::ports::Clock;
use o2_core::registry::{HealthChecks, Registered};
use o2_core::router::Facts;
use o2_core::store::Store;
use o2_core::{Context, Error, ErrorKind, Operation, PluginId, Result};

use executions::Executions;
pub use partial::Partial;
pub use recipient::Recipient;
pub use source::{DeploymentSource, InfrastructureSource};

use crate::SMOPlugin;

/// How many plugins, or workflows, are asked at the same time by one request.
const AT_THE_SAME_TIME: usize = 8;

type Entry = Arc<Registered<dyn SMOPlugin>>;

/// The orchestrators of all plugins as one.
#[derive(Debug)]
pub struct SmoService {
    plugins: Arc<Federation<dyn SMOPlugin>>,
    infrastructure: Arc<dyn InfrastructureSource>,
    deployments: Arc<dyn DeploymentSource>,
    executions: Executions,
    clock: Arc<dyn Clock>,
    checks: HealthChecks,
}

impl SmoService {
    /// The orchestrators of `plugins`. Inventories are read from `infrastructure` and `deployments`, which a
    /// federation of IMS or DMS plugins is; `store` keeps which workflows were started, and for whom.
    #[must_use]
    pub fn new(
        plugins: Arc<Federation<dyn SMOPlugin>>,
        infrastructure: Arc<impl InfrastructureSource>,
        deployments: Arc<impl DeploymentSource>,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            plugins,
            infrastructure,
            deployments,
            executions: Executions::new(store),
            clock,
            checks: HealthChecks::default(),
        }
    }

    /// Sets how [`check_health`](Self::check_health) checks the plugins.
    #[must_use]
    pub fn with_health_checks(mut self, checks: HealthChecks) -> Self {
        self.checks = checks;
        self
    }

    /// The plugins.
    #[must_use]
    pub fn plugins(&self) -> &Arc<Federation<dyn SMOPlugin>> {
        &self.plugins
    }

    /// The plugin for something new: the one that is named, else the default one. Routing rules for this category, if
    /// the operator wrote some, come before the default.
    fn chosen(&self, context: &Context, operation: &'static Operation, name: Option<&PluginId>) -> Result<Entry> {
        let Some(name) = name else {
            return self.plugins.place(&Facts::of(operation).with_tenant(context.tenant()));
        };
        let entry = self.plugins.router().named(name.as_str(), context.tenant())?;
        if entry.plugin().capabilities().supports(operation) {
            Ok(entry)
        } else {
            Err(Error::unsupported(operation).with_plugin(name))
        }
    }

    /// As [`Self::chosen`]; a name that no plugin has is a mistake in the body it came with.
    fn chosen_by_body(
        &self,
        context: &Context,
        operation: &'static Operation,
        name: Option<&PluginId>,
    ) -> Result<Entry> {
        self.chosen(context, operation, name).map_err(|error| {
            if error.is(ErrorKind::NotFound) {
                let known = self.visible(context);
                let known: Vec<_> = known.iter().map(|entry| entry.name().as_str()).collect();
                let reason = format!("{} (known: {})", error.message(), known.join(", "));
                Error::violation("body.pluginName", reason)
            } else {
                error
            }
        })
    }
}
