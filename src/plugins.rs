//! Builds, wraps and registers the plugins of one category.

use std::sync::Arc;

use o2_core::capability::Word;
use o2_core::config::{Config, LimitsConfig, PluginConfig, Quotas};
use o2_core::federation::Federation;
use o2_core::layer::{Layer, Layered};
use o2_core::layers::{
    CircuitPolicy, ConcurrencyPolicy, LayerStack, Position, RetryPolicy, StaticQuotas, Tenancy, Timeouts,
};
use o2_core::plugin::{Catalog, PluginInfo};
use o2_core::ports::Ports;
use o2_core::query::PageLimits;
use o2_core::registry::{RegisterOptions, Registry, Statistics, StatisticsLayer};
use o2_core::router::{Router, RoutingTable};
use o2_core::snapshot::Snapshots;
use o2_core::{Category, Error, Plugin, Result};

use crate::routing;

/// How many plugins one list asks at the same time.
const FAN_OUT: usize = 16;

/// What all categories are built with.
pub(crate) struct Setup {
    pub(crate) ports: Ports,
    pub(crate) stack: LayerStack,
    pub(crate) limits: PageLimits,
    pub(crate) config: Config,
}

/// What tells one category from another.
pub(crate) struct Kind<P: ?Sized + 'static> {
    pub(crate) category: Category,
    pub(crate) catalog: Catalog<P>,
    pub(crate) given: Vec<Arc<P>>,
    pub(crate) vocabulary: &'static [Word],
    pub(crate) wrap: fn(Layered<P>) -> Arc<P>,
}

impl Setup {
    /// Builds, wraps and registers the plugins of one category.
    pub(crate) fn category<P: ?Sized + Plugin>(&self, kind: Kind<P>) -> Result<Arc<Federation<P>>> {
        let registry = Registry::new();
        for config in self.config.plugins.of(kind.category) {
            let built = kind.catalog.build_configured(config, &self.ports);
            let plugin = built.map_err(|error| named(kind.category, config, &error))?;
            self.register(&registry, &kind, plugin, config)?;
        }
        for plugin in &kind.given {
            let config = PluginConfig::new(plugin.info().name.clone(), plugin.info().kind);
            self.register(&registry, &kind, Arc::clone(plugin), &config)?;
        }
        let default = self.config.default_plugin(kind.category).cloned();
        let default = default.or_else(|| kind.given.first().map(|plugin| plugin.info().name.clone()));
        if let Some(default) = default {
            registry.set_default(default.as_str())?;
        }
        let table = match self.config.routing.of(kind.category) {
            Some(routing) => routing::table(routing, kind.vocabulary)?,
            None => RoutingTable::new(),
        };
        let federation = Federation::new(Router::new(Arc::new(registry), table), self.limits, FAN_OUT);
        let snapshots = Snapshots::new(Arc::clone(&self.ports.clock));
        Ok(Arc::new(federation.with_snapshots(Arc::new(snapshots))))
    }

    fn register<P: ?Sized + Plugin>(
        &self,
        registry: &Registry<P>,
        kind: &Kind<P>,
        plugin: Arc<P>,
        config: &PluginConfig,
    ) -> Result<()> {
        let statistics = Arc::new(Statistics::default());
        let layers = self.layers(plugin.info(), config, &statistics);
        let mut options = RegisterOptions::new().with_statistics(statistics);
        if !config.enabled {
            options = options.disabled();
        }
        if !config.tenants.is_empty() {
            options = options.for_tenants(config.tenants.iter().cloned());
        }
        registry.register((kind.wrap)(Layered::new(plugin, layers)), options)
    }

    fn layers(&self, info: &PluginInfo, config: &PluginConfig, statistics: &Arc<Statistics>) -> Vec<Arc<dyn Layer>> {
        const WAITING: usize = 1024;
        let resilience = self.config.resilience.of(config);
        let timeout = resilience.timeout.get();
        let (retry, circuit) = (&resilience.retry, &resilience.circuit_breaker);
        let mut tenancy = Tenancy::open();
        if !config.tenants.is_empty() {
            tenancy = tenancy.only(config.tenants.iter().cloned());
        }
        let (counted, clock) = (Arc::clone(statistics), Arc::clone(&self.ports.clock));
        let stack = self
            .stack
            .clone()
            .with_tenancy(tenancy)
            .with_timeouts(Timeouts::new(timeout, timeout, timeout))
            .with_retry(RetryPolicy::new(
                retry.attempts,
                retry.initial_backoff.get(),
                retry.max_backoff.get(),
            ))
            .with_circuit(CircuitPolicy::new(circuit.failures, circuit.open_for.get()))
            .with_concurrency(ConcurrencyPolicy::new(resilience.max_concurrency, WAITING, timeout))
            .insert_before(Position::Metrics, move |_| {
                Arc::new(StatisticsLayer::new(Arc::clone(&counted), Arc::clone(&clock)))
            });
        stack.build(info).layers
    }
}

fn named(category: Category, config: &PluginConfig, error: &Error) -> Error {
    let message = format!(
        "plugins.{category}: plugin '{}' of type '{}': {}",
        config.name,
        config.kind,
        error.message()
    );
    error
        .violations()
        .iter()
        .cloned()
        .fold(Error::config(message), Error::with_violation)
}

/// The quotas on what plugins create.
pub(crate) fn quotas(limits: &LimitsConfig) -> Option<StaticQuotas> {
    let of = |quotas: &Quotas| {
        [
            ("resourcePools", quotas.max_resource_pools),
            ("resources", quotas.max_resources),
            ("deployments", quotas.max_deployments),
        ]
    };
    let mut any = false;
    let mut all = StaticQuotas::new();
    for (collection, limit) in of(&limits.default)
        .into_iter()
        .filter_map(|(name, limit)| Some((name, limit?)))
    {
        any = true;
        all = all.with_limit(collection, limit);
    }
    for (tenant, quotas) in &limits.tenants {
        for (collection, limit) in of(quotas).into_iter().filter_map(|(name, limit)| Some((name, limit?))) {
            any = true;
            all = all.with_tenant_limit(tenant.clone(), collection, limit);
        }
    }
    any.then_some(all)
}
