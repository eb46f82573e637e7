//! Metrics of plugin calls. Handles are made once per plugin and operation, so that counting a call is a few atomics.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

use super::Families;
use crate::layer::Outcome;
use crate::operation::Operation;
use crate::plugin::PluginInfo;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct PluginLabels {
    category: &'static str,
    plugin: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OperationLabels {
    category: &'static str,
    plugin: Arc<str>,
    operation: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct CallLabels {
    category: &'static str,
    plugin: Arc<str>,
    operation: &'static str,
    outcome: &'static str,
}

/// The metrics of one plugin. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PluginMetrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    families: Arc<Families>,
    labels: PluginLabels,
    /// One entry per operation called so far: few, and only ever added to.
    operations: ArcSwap<Vec<Arc<OperationMetrics>>>,
}

impl PluginMetrics {
    pub(super) fn new(families: Arc<Families>, plugin: &PluginInfo) -> Self {
        let labels = PluginLabels {
            category: plugin.category.as_str(),
            plugin: Arc::from(plugin.name.as_str()),
        };
        Self(Arc::new(Inner {
            families,
            labels,
            operations: ArcSwap::default(),
        }))
    }

    /// The metrics of one operation of the plugin.
    pub(crate) fn operation(&self, operation: &'static Operation) -> Arc<OperationMetrics> {
        let known = self.0.operations.load();
        match find(&known, operation) {
            Some(metrics) => Arc::clone(metrics),
            None => self.add(operation),
        }
    }

    /// Counts one repetition of a failed call.
    pub(crate) fn count_retry(&self, operation: &'static Operation) {
        self.0.families.retries.get_or_create(&self.labels_of(operation)).inc();
    }

    /// Shows the state of the circuit breaker: 0 closed, 1 half-open, 2 open.
    pub(crate) fn show_circuit(&self, state: u8) {
        let circuit = self.0.families.circuits.get_or_create(&self.0.labels);
        circuit.set(i64::from(state));
    }

    fn add(&self, operation: &'static Operation) -> Arc<OperationMetrics> {
        let added = Arc::new(OperationMetrics::new(
            &self.0.families,
            operation,
            self.labels_of(operation),
        ));
        self.0.operations.rcu(|known| {
            let mut all = Vec::clone(known);
            if find(&all, operation).is_none() {
                all.push(Arc::clone(&added));
            }
            all
        });
        added
    }

    fn labels_of(&self, operation: &'static Operation) -> OperationLabels {
        OperationLabels {
            category: self.0.labels.category,
            plugin: Arc::clone(&self.0.labels.plugin),
            operation: operation.name,
        }
    }
}

fn find<'k>(known: &'k [Arc<OperationMetrics>], operation: &'static Operation) -> Option<&'k Arc<OperationMetrics>> {
    known.iter().find(|metrics| metrics.operation == operation)
}

/// The metrics of one operation of one plugin.
#[derive(Debug)]
pub(crate) struct OperationMetrics {
    families: Arc<Families>,
    operation: &'static Operation,
    labels: OperationLabels,
    in_flight: Gauge,
    duration: Histogram,
    successes: Counter,
}

impl OperationMetrics {
    fn new(families: &Arc<Families>, operation: &'static Operation, labels: OperationLabels) -> Self {
        let plugin = PluginLabels {
            category: labels.category,
            plugin: Arc::clone(&labels.plugin),
        };
        let successes = call_labels(&labels, Outcome::Success);
        Self {
            in_flight: families.calls_in_flight.get_or_create_owned(&plugin),
            duration: families.call_durations.get_or_create_owned(&labels),
            successes: families.calls.get_or_create_owned(&successes),
            families: Arc::clone(families),
            operation,
            labels,
        }
    }

    /// A call begins; [`Self::end`] must follow.
    pub(crate) fn begin(&self) {
        self.in_flight.inc();
    }

    /// A call ended.
    pub(crate) fn end(&self, outcome: Outcome, duration: Duration) {
        self.in_flight.dec();
        self.duration.observe(duration.as_secs_f64());
        if outcome == Outcome::Success {
            self.successes.inc();
        } else {
            let labels = call_labels(&self.labels, outcome);
            self.families.calls.get_or_create(&labels).inc();
        }
    }
}

fn call_labels(labels: &OperationLabels, outcome: Outcome) -> CallLabels {
    CallLabels {
        category: labels.category,
        plugin: Arc::clone(&labels.plugin),
        operation: labels.operation,
        outcome: outcome.as_str(),
    }
}
