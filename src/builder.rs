//! [`GatewayBuilder`]: from configuration and ports to a [`Gateway`].

use std::sync::Arc;
use std::time::Duration;

use o2_core::admin::{self, AdminService};
use o2_core::capability::Word;
use o2_core::config::{Config, LimitsConfig, PluginConfig};
use o2_core::federation::Federation;
use o2_core::http::{Api, ApiVersion, Idempotency, Mount};
use o2_core::identity::IdentitySource;
use o2_core::layer::Layered;
use o2_core::layers::{
    CircuitPolicy, ConcurrencyPolicy, LayerStack, Position, RetryPolicy, StaticQuotas, Tenancy, Timeouts,
};
use o2_core::metrics::Metrics;
use o2_core::plugin::{Catalog, ObservabilityPlugin, PluginInfo, observability_op};
use o2_core::ports::{AuditSink, Clock, HttpClient, Ports, ProcessRunner, SecretSource};
use o2_core::query::PageLimits;
use o2_core::registry::{RegisterOptions, Registry, Statistics, StatisticsLayer};
use o2_core::router::Router;
use o2_core::store::Store;
use o2_core::subscription::Subscriptions;
use o2_core::{Category, Error, Plugin, Result};
use o2_dms::{DMSPlugin, DmsService};
use o2_ims::{IMSPlugin, ImsService, OCloudInfo};
use o2_smo::{SMOPlugin, SmoService};

use crate::gateway::{Gateway, Inner};
use crate::meta::{self, MetaService};
use crate::rate_limit::RateLimit;
use crate::request_id::RequestIds;
use crate::route_metrics::RouteMetricsTable;
use crate::routing;

/// How many plugins one list asks at the same time.
const FAN_OUT: usize = 16;
/// How long a health check may take.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(5);
/// How long answers are kept for those who repeat a request.
const IDEMPOTENCY_KEPT: Duration = Duration::from_secs(24 * 3600);

/// Builds a [`Gateway`]. Everything has a default: the memory plugins, everybody may do everything, nothing lasts.
#[derive(Debug)]
pub struct GatewayBuilder {
    config: Config,
    ims: Catalog<dyn IMSPlugin>,
    dms: Catalog<dyn DMSPlugin>,
    smo: Catalog<dyn SMOPlugin>,
    observability: Catalog<dyn ObservabilityPlugin>,
    ims_plugins: Vec<Arc<dyn IMSPlugin>>,
    dms_plugins: Vec<Arc<dyn DMSPlugin>>,
    smo_plugins: Vec<Arc<dyn SMOPlugin>>,
    clock: Option<Arc<dyn Clock>>,
    http: Option<Arc<dyn HttpClient>>,
    process: Option<Arc<dyn ProcessRunner>>,
    secrets: Option<Arc<dyn SecretSource>>,
    store: Option<Arc<dyn Store>>,
    audit: Option<Arc<dyn AuditSink>>,
    identity: Option<Arc<dyn IdentitySource>>,
    layers: Option<fn(LayerStack) -> LayerStack>,
}

/// What all categories are built with.
struct Common {
    ports: Ports,
    stack: LayerStack,
    limits: PageLimits,
    config: Config,
}

/// The plugins of all categories.
struct Categories {
    ims: Arc<Federation<dyn IMSPlugin>>,
    dms: Arc<Federation<dyn DMSPlugin>>,
    smo: Arc<Federation<dyn SMOPlugin>>,
    observability: Arc<Federation<dyn ObservabilityPlugin>>,
}

/// What tells one category from another.
struct Kind<P: ?Sized + 'static> {
    category: Category,
    catalog: Catalog<P>,
    given: Vec<Arc<P>>,
    vocabulary: &'static [Word],
    wrap: fn(Layered<P>) -> Arc<P>,
}

impl GatewayBuilder {
    pub(crate) fn new() -> Self {
        Self {
            config: Config::default(),
            ims: o2_adapters::ims::catalog(),
            dms: o2_adapters::dms::catalog(),
            smo: o2_adapters::smo::catalog(),
            observability: o2_adapters::observability::catalog(),
            ims_plugins: Vec::new(),
            dms_plugins: Vec::new(),
            smo_plugins: Vec::new(),
            clock: None,
            http: None,
            process: None,
            secrets: None,
            store: None,
            audit: None,
            identity: None,
            layers: None,
        }
    }

    /// Uses this configuration instead of the memory plugins.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Knows these IMS backends.
    #[must_use]
    pub fn ims_catalog(mut self, catalog: Catalog<dyn IMSPlugin>) -> Self {
        self.ims = catalog;
        self
    }

    /// Knows these DMS backends.
    #[must_use]
    pub fn dms_catalog(mut self, catalog: Catalog<dyn DMSPlugin>) -> Self {
        self.dms = catalog;
        self
    }

    /// Knows these SMO backends.
    #[must_use]
    pub fn smo_catalog(mut self, catalog: Catalog<dyn SMOPlugin>) -> Self {
        self.smo = catalog;
        self
    }

    /// Knows these observability backends.
    #[must_use]
    pub fn observability_catalog(mut self, catalog: Catalog<dyn ObservabilityPlugin>) -> Self {
        self.observability = catalog;
        self
    }

    /// Adds a plugin that is built already, after those of the configuration. The first plugin of a category is its
    /// default unless the configuration says otherwise.
    #[must_use]
    pub fn ims_plugin(mut self, plugin: Arc<dyn IMSPlugin>) -> Self {
        self.ims_plugins.push(plugin);
        self
    }

    /// As [`Self::ims_plugin`].
    #[must_use]
    pub fn dms_plugin(mut self, plugin: Arc<dyn DMSPlugin>) -> Self {
        self.dms_plugins.push(plugin);
        self
    }

    /// As [`Self::ims_plugin`].
    #[must_use]
    pub fn smo_plugin(mut self, plugin: Arc<dyn SMOPlugin>) -> Self {
        self.smo_plugins.push(plugin);
        self
    }

    /// Provides time. The default is tokio's timer, with the feature `rt-tokio`.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Provides outbound HTTP.
    #[must_use]
    pub fn http(mut self, http: Arc<dyn HttpClient>) -> Self {
        self.http = Some(http);
        self
    }

    /// Provides external programs.
    #[must_use]
    pub fn process(mut self, process: Arc<dyn ProcessRunner>) -> Self {
        self.process = Some(process);
        self
    }

    /// Provides secrets.
    #[must_use]
    pub fn secrets(mut self, secrets: Arc<dyn SecretSource>) -> Self {
        self.secrets = Some(secrets);
        self
    }

    /// Provides the store. The default keeps everything in memory.
    #[must_use]
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = Some(store);
        self
    }

    /// Keeps an audit trail of what plugins are asked to change.
    #[must_use]
    pub fn audit(mut self, audit: Arc<dyn AuditSink>) -> Self {
        self.audit = Some(audit);
        self
    }

    /// Finds out who asks, instead of what the configuration says.
    #[must_use]
    pub fn identity(mut self, identity: Arc<dyn IdentitySource>) -> Self {
        self.identity = Some(identity);
        self
    }

    /// Changes the layers around every plugin.
    #[must_use]
    pub fn layers(mut self, change: fn(LayerStack) -> LayerStack) -> Self {
        self.layers = Some(change);
        self
    }

    /// Builds the gateway. Does no I/O.
    ///
    /// # Errors
    /// `Config` saying what is wrong with the configuration or which port is missing.
    pub fn build(mut self) -> Result<Gateway> {
        let mut config = std::mem::take(&mut self.config);
        self.leave_out_what_is_given(&mut config);
        config.validate()?;
        let clock = self.take_clock()?;
        let metrics = Metrics::new();
        let common = Common {
            ports: self.take_ports(Arc::clone(&clock)),
            stack: self.take_stack(&config, &clock, &metrics),
            limits: page_limits(&config)?,
            config,
        };
        let ims = common.category(Kind {
            category: Category::Ims,
            catalog: self.ims,
            given: self.ims_plugins,
            vocabulary: o2_ims::op::VOCABULARY,
            wrap: |plugin| Arc::new(plugin),
        })?;
        let dms = common.category(Kind {
            category: Category::Dms,
            catalog: self.dms,
            given: self.dms_plugins,
            vocabulary: o2_dms::op::VOCABULARY,
            wrap: |plugin| Arc::new(plugin),
        })?;
        let smo = common.category(Kind {
            category: Category::Smo,
            catalog: self.smo,
            given: self.smo_plugins,
            vocabulary: o2_smo::op::VOCABULARY,
            wrap: |plugin| Arc::new(plugin),
        })?;
        let observability = common.category(Kind {
            category: Category::Observability,
            catalog: self.observability,
            given: Vec::new(),
            vocabulary: observability_op::VOCABULARY,
            wrap: |plugin| Arc::new(plugin),
        })?;
        let identity = match self.identity {
            Some(identity) => identity,
            None => common.config.identity.build()?,
        };
        Ok(common.gateway(
            Categories {
                ims,
                dms,
                smo,
                observability,
            },
            identity,
            metrics,
        ))
    }

    /// The default configuration has a memory plugin in every category; plugins the host gives replace it.
    fn leave_out_what_is_given(&self, config: &mut Config) {
        if *config == Config::default() {
            let given = [
                (!self.ims_plugins.is_empty(), &mut config.plugins.ims),
                (!self.dms_plugins.is_empty(), &mut config.plugins.dms),
                (!self.smo_plugins.is_empty(), &mut config.plugins.smo),
            ];
            for (_, plugins) in given.into_iter().filter(|(given, _)| *given) {
                plugins.clear();
            }
        }
    }

    fn take_clock(&mut self) -> Result<Arc<dyn Clock>> {
        match self.clock.take() {
            Some(clock) => Ok(clock),
            #[cfg(feature = "rt-tokio")]
            None => Ok(Arc::new(o2_adapters::rt::TokioClock::new())),
            #[cfg(not(feature = "rt-tokio"))]
            None => Err(Error::config(
                "the clock port is not provided; give GatewayBuilder one, or enable 'rt-tokio'",
            )),
        }
    }

    fn take_ports(&mut self, clock: Arc<dyn Clock>) -> Ports {
        let mut ports = Ports::new(clock);
        if let Some(http) = self.http.take() {
            ports = ports.with_http(http);
        }
        if let Some(process) = self.process.take() {
            ports = ports.with_process(process);
        }
        if let Some(secrets) = self.secrets.take() {
            ports = ports.with_secrets(secrets);
        }
        if let Some(store) = self.store.take() {
            ports = ports.with_store(store);
        }
        ports
    }

    fn take_stack(&mut self, config: &Config, clock: &Arc<dyn Clock>, metrics: &Metrics) -> LayerStack {
        let mut stack = LayerStack::new(Arc::clone(clock)).with_metrics(metrics.clone());
        if let Some(quotas) = quotas(&config.limits) {
            stack = stack.with_quotas(Arc::new(quotas));
        }
        if let Some(audit) = self.audit.take() {
            stack = stack.with_audit(audit, false);
        }
        match self.layers {
            Some(change) => change(stack),
            None => stack,
        }
    }
}

impl Common {
    /// Builds, wraps and registers the plugins of one category.
    fn category<P: ?Sized + Plugin>(&self, kind: Kind<P>) -> Result<Arc<Federation<P>>> {
        let registry = Registry::new();
        for config in self.config.plugins.of(kind.category) {
            let build = || {
                kind.catalog
                    .build(&config.kind, config.name.as_str(), &config.config, &self.ports)
            };
            let plugin = build().map_err(|error| named(kind.category, config, &error))?;
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
            None => o2_core::router::RoutingTable::new(),
        };
        Ok(Arc::new(Federation::new(
            Router::new(Arc::new(registry), table),
            self.limits,
            FAN_OUT,
        )))
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

    fn layers(
        &self,
        info: &PluginInfo,
        config: &PluginConfig,
        statistics: &Arc<Statistics>,
    ) -> Vec<Arc<dyn o2_core::layer::Layer>> {
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

    fn gateway(self, categories: Categories, identity: Arc<dyn IdentitySource>, metrics: Metrics) -> Gateway {
        let Self {
            ports, limits, config, ..
        } = self;
        let Categories {
            ims,
            dms,
            smo,
            observability,
        } = categories;
        let (clock, store) = (&ports.clock, &ports.store);
        let settings = &config.gateway;
        let subscriptions = Subscriptions::new(Arc::clone(store), Arc::clone(clock), limits);
        let ims_service = ImsService::new(Arc::clone(&ims), o_cloud(&config), subscriptions.clone())
            .with_resource_writes(settings.resource_writes);
        let ims_service = Arc::new(ims_service);
        let dms_service = Arc::new(DmsService::new(
            Arc::clone(&dms),
            Arc::clone(store),
            Arc::clone(clock),
            subscriptions,
        ));
        let smo_service = Arc::new(SmoService::new(
            Arc::clone(&smo),
            Arc::clone(&ims),
            Arc::clone(&dms),
            Arc::clone(store),
            Arc::clone(clock),
        ));
        let directories = vec![
            ims.directory(
                Category::Ims,
                o2_ims::op::ALL,
                o2_ims::op::VOCABULARY,
                Arc::clone(clock),
            ),
            dms.directory(
                Category::Dms,
                o2_dms::op::ALL,
                o2_dms::op::VOCABULARY,
                Arc::clone(clock),
            ),
            smo.directory(
                Category::Smo,
                o2_smo::op::ALL,
                o2_smo::op::VOCABULARY,
                Arc::clone(clock),
            ),
            observability.directory(
                Category::Observability,
                observability_op::ALL,
                observability_op::VOCABULARY,
                Arc::clone(clock),
            ),
        ];
        let admin = Arc::new(AdminService::new(directories.clone(), HEALTH_TIMEOUT));
        let meta = Arc::new(MetaService::new(Arc::clone(&admin), metrics.clone(), settings));
        let served = settings.api_versions;
        let versions = [(served.ims_v1, ApiVersion::V1), (served.ims_v2, ApiVersion::V2)];
        let versions: Vec<_> = versions
            .into_iter()
            .filter(|(on, _)| *on)
            .map(|(_, version)| version)
            .collect();
        let mut mounts: Vec<Arc<dyn Mount>> =
            vec![Arc::new(o2_ims::api::versions(Arc::clone(&ims_service), &versions))];
        if served.dms_v1 {
            mounts.push(Arc::new(o2_dms::api::api(Arc::clone(&dms_service))));
        }
        if served.smo_v1 {
            mounts.push(Arc::new(o2_smo::api::api(Arc::clone(&smo_service))));
        }
        if served.admin_v1 {
            mounts.push(Arc::new(Api::new(
                admin,
                "/admin",
                &[ApiVersion::V1],
                admin::routes(),
                &[],
            )));
        }
        mounts.push(Arc::new(Api::unversioned(Arc::clone(&meta), "", meta::routes())));
        meta.describe(&mounts);
        let idempotency = Idempotency::new(
            Arc::clone(store),
            Arc::clone(clock),
            IDEMPOTENCY_KEPT,
            settings.request_timeout.get(),
        );
        Gateway(Arc::new(Inner {
            route_metrics: RouteMetricsTable::new(&metrics, &mounts),
            mounts,
            directories,
            ims: ims_service,
            dms: dms_service,
            smo: smo_service,
            observability,
            identity,
            rate_limit: RateLimit::new(config.limits.clone()),
            idempotency,
            request_ids: RequestIds::new(&format!("{:08x}", clock.now().unix_nanos() & 0xffff_ffff)),
            clock: Arc::clone(clock),
            metrics,
            page_limits: limits,
            max_body: settings.max_body_bytes,
            request_timeout: settings.request_timeout.get(),
        }))
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

fn o_cloud(config: &Config) -> OCloudInfo {
    let settings = &config.gateway;
    let global = settings.global_cloud_id.as_deref().unwrap_or(&settings.o_cloud_id);
    let mut info = OCloudInfo::new(&settings.o_cloud_id, global, &settings.name);
    info.description.clone_from(&settings.description);
    info.service_uri = settings
        .base_url
        .as_ref()
        .map_or_else(|| "/".to_owned(), ToString::to_string);
    info
}

fn page_limits(config: &Config) -> Result<PageLimits> {
    let size = |name: &str, size: usize| {
        u32::try_from(size).map_err(|_| Error::config(format!("gateway.{name}: must be at most {}", u32::MAX)))
    };
    Ok(PageLimits {
        default: size("defaultPageSize", config.gateway.page_size())?,
        max: size("maxPageSize", config.gateway.max_page_size)?,
    })
}

/// The quotas on what plugins create.
fn quotas(limits: &LimitsConfig) -> Option<StaticQuotas> {
    let of = |quotas: &o2_core::config::Quotas| {
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
