//! The metrics of routes, found without building labels for every request. A route has none until it is used.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use o2_core::http::Mount;
use o2_core::metrics::{Metrics, RouteMetrics};

/// Counters and histograms by route.
#[derive(Debug)]
pub(crate) struct RouteMetricsTable {
    metrics: Metrics,
    by_template: HashMap<String, OnceLock<RouteMetrics>>,
    unmatched: RouteMetrics,
}

impl RouteMetricsTable {
    pub(crate) fn new(metrics: &Metrics, mounts: &[Arc<dyn Mount>]) -> Self {
        let templates = mounts
            .iter()
            .flat_map(|mount| mount.routes())
            .map(|mounted| mounted.path);
        let by_template = templates.map(|template| (template, OnceLock::new())).collect();
        Self {
            metrics: metrics.clone(),
            by_template,
            unmatched: metrics.route("unmatched"),
        }
    }

    /// The metrics of the route with this template.
    pub(crate) fn of(&self, template: &str) -> RouteMetrics {
        let Some(slot) = self.by_template.get(template) else {
            return self.unmatched();
        };
        slot.get_or_init(|| self.metrics.route(template)).clone()
    }

    /// The metrics of requests that no route serves.
    pub(crate) fn unmatched(&self) -> RouteMetrics {
        self.unmatched.clone()
    }
}
