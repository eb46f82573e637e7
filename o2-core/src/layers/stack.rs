//! Puts the layers in order, and lets a host drop, replace and add some.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::{
    AuditLayer, CapabilityLayer, CircuitBreakerLayer, CircuitPolicy, ConcurrencyLayer, ConcurrencyPolicy,
    ErrorContextLayer, MetricsLayer, QuotaLayer, QuotaSource, RetryLayer, RetryPolicy, Tenancy, TenancyLayer,
    TimeoutLayer, Timeouts, TraceLayer,
};
use crate::layer::Layer;
use crate::metrics::Metrics;
use crate::plugin::PluginInfo;
use crate::ports::{AuditSink, Clock};

/// The places of the stack, outermost first, and why each layer is where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Position {
    /// Outermost: whatever happens below happens inside the span.
    Trace,
    /// Below trace, above everything that may refuse or repeat: counts calls as the caller sees them, and measures
    /// waiting and repetition too.
    Metrics,
    /// Above every layer that makes errors, so that all of them name plugin and operation.
    ErrorContext,
    /// Above every layer that refuses, so that refusals are recorded; below error context, as it needs none.
    Audit,
    /// The first to refuse: to a foreign tenant nothing below exists, not even what the plugin lacks.
    Tenancy,
    /// Costs nothing, so it comes before whatever keeps count: a call that cannot work uses no quota.
    Capability,
    /// Above the circuit breaker and retry: one call takes one object from the quota, however often it is attempted.
    Quota,
    /// Above retry: one failure is a call that failed for good, and an open circuit is not knocked at repeatedly.
    CircuitBreaker,
    /// Above concurrency: no place is held while waiting for the next attempt.
    Retry,
    /// Above timeout: waiting for a place does not use up the backend's time.
    Concurrency,
    /// Innermost: limits each attempt, so that a silent backend becomes an error that the layers above can treat.
    Timeout,
}

impl Position {
    /// Every position, outermost first.
    pub const ALL: [Self; 11] = [
        Self::Trace,
        Self::Metrics,
        Self::ErrorContext,
        Self::Audit,
        Self::Tenancy,
        Self::Capability,
        Self::Quota,
        Self::CircuitBreaker,
        Self::Retry,
        Self::Concurrency,
        Self::Timeout,
    ];
}

/// Makes the layers of each plugin. A value to be cloned and changed: plugins with settings of their own get a stack of
/// their own.
///
/// ```
/// # use std::sync::Arc;
/// # use std::time::Duration;
/// use o2_core::layers::{ErrorContextLayer, LayerStack, Position, RetryPolicy};
/// # use o2_core::ports::Clock;
/// # use o2_core::plugin::PluginInfo;
/// # use o2_core::{Category, Result};
/// # fn wrap(clock: Arc<dyn Clock>) -> Result<()> {
/// let stack = LayerStack::new(clock)
///     .with_retry(RetryPolicy::new(5, Duration::from_millis(50), Duration::from_secs(2)))
///     .without(Position::Concurrency)
///     .insert_before(Position::Timeout, |_| Arc::new(ErrorContextLayer));
/// let plugin = PluginInfo::new(Category::Ims, "memory", "lab", "1.0.0")?;
/// let layers = stack.build(&plugin).layers;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct LayerStack {
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    audit: Option<Audit>,
    tenancy: Tenancy,
    quotas: Option<Arc<dyn QuotaSource>>,
    circuit: CircuitPolicy,
    retry: RetryPolicy,
    concurrency: ConcurrencyPolicy,
    timeouts: Timeouts,
    changes: BTreeMap<Position, Change>,
}

#[derive(Debug, Clone)]
struct Audit {
    sink: Arc<dyn AuditSink>,
    reads: bool,
}

/// What the host wants differently at one position.
#[derive(Debug, Clone, Default)]
struct Change {
    before: Vec<Make>,
    instead: Option<Vec<Make>>,
    after: Vec<Make>,
}

/// Makes one layer for one plugin.
#[derive(Clone)]
struct Make(Arc<MakeLayer>);

type MakeLayer = dyn Fn(&PluginInfo) -> Arc<dyn Layer> + Send + Sync;

impl fmt::Debug for Make {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Make")
    }
}

/// The layers of one plugin.
#[derive(Debug)]
#[non_exhaustive]
pub struct PluginLayers {
    /// Outermost first, as [`Layered::new`](crate::layer::Layered::new) takes them.
    pub layers: Vec<Arc<dyn Layer>>,
    /// The circuit breaker among them, whose state others may ask for. `None` when the host dropped or replaced it.
    pub circuit: Option<Arc<CircuitBreakerLayer>>,
}

impl LayerStack {
    /// The standard stack with default settings: metrics of its own, no audit trail, no quotas, every tenant.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            metrics: Metrics::new(),
            audit: None,
            tenancy: Tenancy::open(),
            quotas: None,
            circuit: CircuitPolicy::default(),
            retry: RetryPolicy::default(),
            concurrency: ConcurrencyPolicy::default(),
            timeouts: Timeouts::default(),
            changes: BTreeMap::new(),
        }
    }

    /// Counts into these metrics.
    #[must_use]
    pub fn with_metrics(mut self, metrics: Metrics) -> Self {
        self.metrics = metrics;
        self
    }

    /// Records what is changed, and with `reads` also what is read.
    #[must_use]
    pub fn with_audit(mut self, sink: Arc<dyn AuditSink>, reads: bool) -> Self {
        self.audit = Some(Audit { sink, reads });
        self
    }

    /// Admits these tenants only.
    #[must_use]
    pub fn with_tenancy(mut self, tenancy: Tenancy) -> Self {
        self.tenancy = tenancy;
        self
    }

    /// Enforces these quotas.
    #[must_use]
    pub fn with_quotas(mut self, quotas: Arc<dyn QuotaSource>) -> Self {
        self.quotas = Some(quotas);
        self
    }

    /// Opens and closes circuits like this.
    #[must_use]
    pub fn with_circuit(mut self, policy: CircuitPolicy) -> Self {
        self.circuit = policy;
        self
    }

    /// Repeats failed calls like this.
    #[must_use]
    pub fn with_retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Limits parallel calls like this.
    #[must_use]
    pub fn with_concurrency(mut self, policy: ConcurrencyPolicy) -> Self {
        self.concurrency = policy;
        self
    }

    /// Limits the time of an attempt like this.
    #[must_use]
    pub fn with_timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Drops the layer at `position`.
    #[must_use]
    pub fn without(mut self, position: Position) -> Self {
        self.change(position).instead = Some(Vec::new());
        self
    }

    /// Puts the host's own layer in the place of the one at `position`.
    #[must_use]
    pub fn replace(
        mut self,
        position: Position,
        make: impl Fn(&PluginInfo) -> Arc<dyn Layer> + Send + Sync + 'static,
    ) -> Self {
        self.change(position).instead = Some(vec![Make(Arc::new(make))]);
        self
    }

    /// Adds the host's own layer just outside `position`, below those added there before.
    #[must_use]
    pub fn insert_before(
        mut self,
        position: Position,
        make: impl Fn(&PluginInfo) -> Arc<dyn Layer> + Send + Sync + 'static,
    ) -> Self {
        self.change(position).before.push(Make(Arc::new(make)));
        self
    }

    /// Adds the host's own layer just inside `position`, below those added there before.
    #[must_use]
    pub fn insert_after(
        mut self,
        position: Position,
        make: impl Fn(&PluginInfo) -> Arc<dyn Layer> + Send + Sync + 'static,
    ) -> Self {
        self.change(position).after.push(Make(Arc::new(make)));
        self
    }

    fn change(&mut self, position: Position) -> &mut Change {
        self.changes.entry(position).or_default()
    }

    /// The layers of `plugin`. What they count and limit is counted and limited for this plugin alone.
    #[must_use]
    pub fn build(&self, plugin: &PluginInfo) -> PluginLayers {
        let mut built = PluginLayers {
            layers: Vec::new(),
            circuit: None,
        };
        let make = |makes: &[Make]| -> Vec<Arc<dyn Layer>> { makes.iter().map(|make| (make.0)(plugin)).collect() };
        for position in Position::ALL {
            let change = self.changes.get(&position).cloned().unwrap_or_default();
            built.layers.extend(make(&change.before));
            match &change.instead {
                Some(instead) => built.layers.extend(make(instead)),
                None => self.add_standard(position, plugin, &mut built),
            }
            built.layers.extend(make(&change.after));
        }
        built
    }

    fn add_standard(&self, position: Position, plugin: &PluginInfo, built: &mut PluginLayers) {
        let clock = Arc::clone(&self.clock);
        let metrics = self.metrics.plugin(plugin);
        let layer: Option<Arc<dyn Layer>> = match position {
            Position::Trace => Some(Arc::new(TraceLayer)),
            Position::Metrics => Some(Arc::new(MetricsLayer::new(metrics, clock))),
            Position::ErrorContext => Some(Arc::new(ErrorContextLayer)),
            Position::Audit => self.audit.as_ref().map(|audit| audit.layer(clock)),
            Position::Tenancy => Some(Arc::new(TenancyLayer::new(self.tenancy.clone()))),
            Position::Capability => Some(Arc::new(CapabilityLayer)),
            Position::Quota => self.quotas.clone().map(|quotas| Arc::new(QuotaLayer::new(quotas)) as _),
            Position::CircuitBreaker => {
                let breaker = Arc::new(CircuitBreakerLayer::new(self.circuit, clock, metrics));
                built.circuit = Some(Arc::clone(&breaker));
                Some(breaker)
            }
            Position::Retry => Some(Arc::new(RetryLayer::new(self.retry, clock, metrics))),
            Position::Concurrency => Some(Arc::new(ConcurrencyLayer::new(self.concurrency, clock))),
            Position::Timeout => Some(Arc::new(TimeoutLayer::new(self.timeouts, clock))),
        };
        built.layers.extend(layer);
    }
}

impl Audit {
    fn layer(&self, clock: Arc<dyn Clock>) -> Arc<dyn Layer> {
        let layer = AuditLayer::new(Arc::clone(&self.sink), clock);
        Arc::new(if self.reads { layer.with_reads() } else { layer })
    }
}
