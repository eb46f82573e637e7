//! [`GatewayBuilder`]: from configuration and ports to a [`Gateway`].

use std::sync::Arc;

#[cfg(not(feature = "rt-tokio"))]
use o2_core::Error;
use o2_core::config::{Config, PluginConfig};
use o2_core::identity::IdentitySource;
use o2_core::layers::LayerStack;
use o2_core::metrics::Metrics;
use o2_core::plugin::{Catalog, ObservabilityPlugin, observability_op};
use o2_core::ports::{AuditSink, Clock, HttpClient, Ports, ProcessRunner, SecretSource, Shared};
use o2_core::store::Store;
use o2_core::{Category, Plugin, Result};
use o2_dms::DMSPlugin;
use o2_ims::IMSPlugin;
use o2_smo::SMOPlugin;

use crate::Gateway;
use crate::assembly::{Categories, page_limits};
use crate::plugins::{Kind, Setup, quotas};

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
    shared: Shared,
    audit: Option<Arc<dyn AuditSink>>,
    identity: Option<Arc<dyn IdentitySource>>,
    layers: Option<fn(LayerStack) -> LayerStack>,
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
            shared: Shared::default(),
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

    /// Provides outbound HTTP. The default is reqwest with the root certificates of the machine, with the feature
    /// `http-reqwest`.
    #[must_use]
    pub fn http(mut self, http: Arc<dyn HttpClient>) -> Self {
        self.http = Some(http);
        self
    }

    /// Provides external programs. The default runs them as children of this process, on tokio, with the feature `rt-tokio`;
    /// those given by name are looked for where `PATH` says.
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

    /// Provides what plugins have in common: clients that the program has made ready, or what another gateway uses.
    #[must_use]
    pub fn shared(mut self, shared: Shared) -> Self {
        self.shared = shared;
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
        self.with_given(&config).validate()?;
        let clock = self.take_clock()?;
        let metrics = Metrics::new();
        let setup = Setup {
            ports: self.take_ports(Arc::clone(&clock)),
            stack: self.take_stack(&config, &clock, &metrics),
            limits: page_limits(&config)?,
            config,
        };
        let ims = setup.category(Kind {
            category: Category::Ims,
            catalog: self.ims,
            given: self.ims_plugins,
            vocabulary: o2_ims::op::VOCABULARY,
            wrap: |plugin| Arc::new(plugin),
        })?;
        let dms = setup.category(Kind {
            category: Category::Dms,
            catalog: self.dms,
            given: self.dms_plugins,
            vocabulary: o2_dms::op::VOCABULARY,
            wrap: |plugin| Arc::new(plugin),
        })?;
        let smo = setup.category(Kind {
            category: Category::Smo,
            catalog: self.smo,
            given: self.smo_plugins,
            vocabulary: o2_smo::op::VOCABULARY,
            wrap: |plugin| Arc::new(plugin),
        })?;
        let observability = setup.category(Kind {
            category: Category::Observability,
            catalog: self.observability,
            given: Vec::new(),
            vocabulary: observability_op::VOCABULARY,
            wrap: |plugin| Arc::new(plugin),
        })?;
        let identity = match self.identity {
            Some(identity) => identity,
            None => setup.config.identity.build()?,
        };
        setup.gateway(
            Categories {
                ims,
                dms,
                smo,
                observability,
            },
            identity,
            metrics,
        )
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

    /// The configuration as if it named the plugins the host gives, so that routing may speak of them.
    fn with_given(&self, config: &Config) -> Config {
        fn add<P: ?Sized + Plugin>(plugins: &mut Vec<PluginConfig>, given: &[Arc<P>]) {
            let infos = given.iter().map(|plugin| plugin.info());
            plugins.extend(infos.map(|info| PluginConfig::new(info.name.clone(), info.kind)));
        }
        let mut config = config.clone();
        add(&mut config.plugins.ims, &self.ims_plugins);
        add(&mut config.plugins.dms, &self.dms_plugins);
        add(&mut config.plugins.smo, &self.smo_plugins);
        config
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
        let mut ports = Ports::new(clock).with_shared(self.shared.clone());
        if let Some(http) = self.http.take().or_else(default_http) {
            ports = ports.with_http(http);
        }
        if let Some(process) = self.process.take().or_else(default_process) {
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

#[cfg(feature = "rt-tokio")]
fn default_process() -> Option<Arc<dyn ProcessRunner>> {
    Some(Arc::new(o2_adapters::rt::TokioProcesses::new()))
}

#[cfg(not(feature = "rt-tokio"))]
fn default_process() -> Option<Arc<dyn ProcessRunner>> {
    None
}

#[cfg(feature = "http-reqwest")]
fn default_http() -> Option<Arc<dyn HttpClient>> {
    match o2_adapters::http::ReqwestClient::new(&o2_adapters::http::HttpOptions::default()) {
        Ok(client) => Some(Arc::new(client)),
        Err(error) => {
            tracing::warn!(%error, detail = error.detail(), "there is no outbound HTTP; give GatewayBuilder a client");
            None
        }
    }
}

#[cfg(not(feature = "http-reqwest"))]
fn default_http() -> Option<Arc<dyn HttpClient>> {
    None
}

#[cfg(test)]
#[cfg(feature = "rt-tokio")]
#[cfg(unix)]
mod tests {
    use futures::future::{BoxFuture, FutureExt, ready};
    use o2_core::Error;
    use o2_core::ports::{ProcessOutput, ProcessRequest};
    use o2_testkit::ManualClock;

    use super::*;

    #[derive(Debug)]
    struct Refusing;

    impl ProcessRunner for Refusing {
        fn run(&self, _: ProcessRequest) -> BoxFuture<'_, Result<ProcessOutput>> {
            ready(Err(Error::config("the host runs no programs"))).boxed()
        }
    }

    async fn echo(mut builder: GatewayBuilder) -> Result<ProcessOutput> {
        let ports = builder.take_ports(ManualClock::new());
        ports.process.run(ProcessRequest::new("echo", ["hello"])).await
    }

    #[tokio::test]
    async fn programs_are_run_on_tokio_unless_the_host_has_its_own_way() {
        let output = echo(GatewayBuilder::new()).await.unwrap();
        assert_eq!((output.code, &output.stdout[..]), (Some(0), &b"hello\n"[..]));
        let error = echo(GatewayBuilder::new().process(Arc::new(Refusing)))
            .await
            .unwrap_err();
        assert_eq!(error.message(), "the host runs no programs");
    }
}
