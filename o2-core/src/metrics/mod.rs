//! What the gateway counts and measures about itself, for Prometheus. Names and labels are listed in `docs/metrics.md`.
//!
//! A [`Metrics`] is a value, not a global: two gateways in one process count apart. Labels hold names from the
//! configuration and from the code, never ids, tenants or other text of callers, so the number of series is bounded.
//! Metrics of backends are another matter; see [`ObservabilityPlugin`](crate::plugin::ObservabilityPlugin).

mod collector;
mod delivery;
mod http;
mod plugin;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

pub use delivery::DeliveryMetrics;
pub use http::RouteMetrics;
pub use plugin::PluginMetrics;

pub(crate) use collector::CollectorMetrics;
pub(crate) use plugin::OperationMetrics;

use crate::id::PluginId;
use crate::operation::Category;
use crate::plugin::PluginInfo;
use crate::{Error, Result};
use collector::CollectorFamilies;
use delivery::{NotificationLabels, ShardLabels};
use http::{RequestLabels, RouteLabels};
use plugin::{CallLabels, OperationLabels, PluginLabels};

/// All metrics of one gateway. Cheap to clone; clones count together.
///
/// ```
/// use std::time::Duration;
/// use o2_core::metrics::Metrics;
///
/// let metrics = Metrics::new();
/// let route = metrics.route("/o2ims/v1/resourcePools");
/// route.record(&http::Method::GET, http::StatusCode::OK, Duration::from_millis(2));
/// let text = metrics.render()?;
/// assert!(text.contains(r#"o2_http_requests_total{method="GET",route="/o2ims/v1/resourcePools",status="200"} 1"#));
/// # Ok::<(), o2_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Metrics {
    families: Arc<Families>,
    registry: Arc<Registry>,
}

type Durations<L> = Family<L, Histogram, fn() -> Histogram>;

#[derive(Debug)]
struct Families {
    calls: Family<CallLabels, Counter>,
    call_durations: Durations<OperationLabels>,
    calls_in_flight: Family<PluginLabels, Gauge>,
    retries: Family<OperationLabels, Counter>,
    circuits: Family<PluginLabels, Gauge>,
    requests: Family<RequestLabels, Counter>,
    request_durations: Durations<RouteLabels>,
    notifications: Family<NotificationLabels, Counter>,
    notifications_waiting: Family<ShardLabels, Gauge>,
    oldest_notification: Family<ShardLabels, Gauge>,
    collectors: CollectorFamilies,
}

impl Metrics {
    /// The media type of [`Self::render`]; Prometheus needs it to read the text right.
    pub const CONTENT_TYPE: &'static str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// Metrics at zero.
    #[must_use]
    pub fn new() -> Self {
        let families = Families {
            calls: Family::default(),
            call_durations: Family::new_with_constructor(histogram),
            calls_in_flight: Family::default(),
            retries: Family::default(),
            circuits: Family::default(),
            requests: Family::default(),
            request_durations: Family::new_with_constructor(histogram),
            notifications: Family::default(),
            notifications_waiting: Family::default(),
            oldest_notification: Family::default(),
            collectors: CollectorFamilies::default(),
        };
        Self {
            registry: Arc::new(register(&families)),
            families: Arc::new(families),
        }
    }

    /// The metrics of one plugin; layers take them.
    #[must_use]
    pub fn plugin(&self, plugin: &PluginInfo) -> PluginMetrics {
        PluginMetrics::new(Arc::clone(&self.families), plugin)
    }

    /// The metrics of one route, named by its path template, never by a path that was asked for.
    #[must_use]
    pub fn route(&self, template: &str) -> RouteMetrics {
        RouteMetrics::new(Arc::clone(&self.families), template)
    }

    /// The metrics of notifications; the outbox and the deliveries take them.
    #[must_use]
    pub fn delivery(&self) -> DeliveryMetrics {
        DeliveryMetrics::new(Arc::clone(&self.families))
    }

    /// The metrics of the collector of one plugin.
    pub(crate) fn collector(&self, category: Category, plugin: &PluginId) -> CollectorMetrics {
        CollectorMetrics::new(&self.families.collectors, category, plugin)
    }

    /// Everything in the OpenMetrics text format; serve it as [`Self::CONTENT_TYPE`].
    ///
    /// # Errors
    /// `Internal` when a value cannot be written as text.
    pub fn render(&self) -> Result<String> {
        let mut text = String::new();
        encode(&mut text, &self.registry)
            .map_err(|source| Error::internal("metrics cannot be rendered").with_source(source))?;
        Ok(text)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

fn register(families: &Families) -> Registry {
    let mut registry = Registry::with_prefix("o2");
    registry.register("plugin_calls", "Calls of plugins that ended", families.calls.clone());
    registry.register_with_unit(
        "plugin_call_duration",
        "How long calls of plugins took, with retries and waiting",
        Unit::Seconds,
        families.call_durations.clone(),
    );
    registry.register(
        "plugin_calls_in_flight",
        "Calls of plugins that run now",
        families.calls_in_flight.clone(),
    );
    registry.register(
        "retries",
        "Repetitions of failed calls of plugins",
        families.retries.clone(),
    );
    registry.register(
        "circuit_state",
        "Circuit breakers: 0 closed, 1 half-open, 2 open",
        families.circuits.clone(),
    );
    registry.register("http_requests", "HTTP requests answered", families.requests.clone());
    registry.register_with_unit(
        "http_request_duration",
        "How long answering HTTP requests took",
        Unit::Seconds,
        families.request_durations.clone(),
    );
    registry.register(
        "notifications",
        "What became of notifications",
        families.notifications.clone(),
    );
    registry.register(
        "notifications_waiting",
        "Notifications that wait in the outbox",
        families.notifications_waiting.clone(),
    );
    registry.register_with_unit(
        "oldest_notification_age",
        "How long the oldest notification in the outbox has waited",
        Unit::Seconds,
        families.oldest_notification.clone(),
    );
    families.collectors.register(&mut registry);
    registry
}

/// From answers out of memory (0.1 ms) to installations that take a minute.
fn histogram() -> Histogram {
    Histogram::new([
        0.000_1, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
    ])
}
