//! Metrics of HTTP requests.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::histogram::Histogram;

use super::Families;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RouteLabels {
    route: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RequestLabels {
    method: &'static str,
    route: Arc<str>,
    status: u16,
}

/// The metrics of one route. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RouteMetrics {
    families: Arc<Families>,
    route: Arc<str>,
    duration: Histogram,
}

impl RouteMetrics {
    pub(super) fn new(families: Arc<Families>, template: &str) -> Self {
        let route: Arc<str> = Arc::from(template);
        let labels = RouteLabels {
            route: Arc::clone(&route),
        };
        Self {
            duration: families.request_durations.get_or_create_owned(&labels),
            families,
            route,
        }
    }

    /// Counts one request that was answered with `status` after `duration`.
    pub fn record(&self, method: &Method, status: StatusCode, duration: Duration) {
        self.duration.observe(duration.as_secs_f64());
        let labels = RequestLabels {
            method: known(method),
            route: Arc::clone(&self.route),
            status: status.as_u16(),
        };
        self.families.requests.get_or_create(&labels).inc();
    }
}

/// The method's name; `other` for those that callers make up.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
