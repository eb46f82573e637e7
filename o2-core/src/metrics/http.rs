//! Metrics of HTTP requests.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use http::{Method, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
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
pub struct RouteMetrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    families: Arc<Families>,
    route: Arc<str>,
    duration: Histogram,
    /// One entry per method and status answered so far: few, and only ever added to.
    requests: ArcSwap<Vec<Answered>>,
}

/// The requests of one method that were answered with one status.
type Answered = (&'static str, StatusCode, Counter);

impl RouteMetrics {
    pub(super) fn new(families: Arc<Families>, template: &str) -> Self {
        let route: Arc<str> = Arc::from(template);
        let labels = RouteLabels {
            route: Arc::clone(&route),
        };
        Self(Arc::new(Inner {
            duration: families.request_durations.get_or_create_owned(&labels),
            families,
            route,
            requests: ArcSwap::default(),
        }))
    }

    /// Counts one request that was answered with `status` after `duration`.
    pub fn record(&self, method: &Method, status: StatusCode, duration: Duration) {
        self.0.duration.observe(duration.as_secs_f64());
        let method = known(method);
        let counters = self.0.requests.load();
        match find(&counters, method, status) {
            Some(counter) => counter.inc(),
            None => self.0.add(method, status).inc(),
        };
    }
}

impl Inner {
    fn add(&self, method: &'static str, status: StatusCode) -> Counter {
        let labels = RequestLabels {
            method,
            route: Arc::clone(&self.route),
            status: status.as_u16(),
        };
        let counter = self.families.requests.get_or_create_owned(&labels);
        self.requests.rcu(|known| {
            let mut all = Vec::clone(known);
            if find(&all, method, status).is_none() {
                all.push((method, status, counter.clone()));
            }
            all
        });
        counter
    }
}

fn find<'k>(known: &'k [Answered], method: &str, status: StatusCode) -> Option<&'k Counter> {
    let found = known.iter().find(|(name, code, _)| (*name, *code) == (method, status));
    found.map(|(_, _, counter)| counter)
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
