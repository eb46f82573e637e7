//! Metrics of collectors.

use std::collections::BTreeMap;
use std::sync::Arc;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use crate::id::PluginId;
use crate::operation::Category;
use crate::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CollectorLabels {
    category: &'static str,
    plugin: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ObjectLabels {
    category: &'static str,
    plugin: Arc<str>,
    object: &'static str,
}

/// What is counted of all collectors.
#[derive(Debug, Default, Clone)]
pub(super) struct CollectorFamilies {
    objects: Family<ObjectLabels, Gauge>,
    events: Family<CollectorLabels, Counter>,
    failures: Family<CollectorLabels, Counter>,
    successes: Family<CollectorLabels, Gauge>,
}

impl CollectorFamilies {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "collector_objects",
            "Objects that collectors know",
            self.objects.clone(),
        );
        registry.register("collector_events", "Change events told", self.events.clone());
        registry.register(
            "collector_failures",
            "Failures of lists, watches and of storing events",
            self.failures.clone(),
        );
        registry.register_with_unit(
            "collector_last_success_timestamp",
            "When everything was known to be right last",
            Unit::Seconds,
            self.successes.clone(),
        );
    }
}

/// The metrics of one collector.
#[derive(Debug, Clone)]
pub(crate) struct CollectorMetrics {
    families: CollectorFamilies,
    labels: CollectorLabels,
}

impl CollectorMetrics {
    pub(super) fn new(families: &CollectorFamilies, category: Category, plugin: &PluginId) -> Self {
        Self {
            families: families.clone(),
            labels: CollectorLabels {
                category: category.as_str(),
                plugin: Arc::from(plugin.as_str()),
            },
        }
    }

    pub(crate) fn success(&self, now: Timestamp) {
        let success = self.families.successes.get_or_create(&self.labels);
        success.set(now.unix_seconds());
    }

    pub(crate) fn failure(&self) {
        self.families.failures.get_or_create(&self.labels).inc();
    }

    pub(crate) fn told(&self, events: u64) {
        self.families.events.get_or_create(&self.labels).inc_by(events);
    }

    pub(crate) fn objects(&self, objects: &BTreeMap<&'static str, usize>) {
        for (object, count) in objects {
            let known = self.families.objects.get_or_create(&self.object(object));
            known.set(i64::try_from(*count).unwrap_or(i64::MAX));
        }
    }

    fn object(&self, object: &'static str) -> ObjectLabels {
        ObjectLabels {
            category: self.labels.category,
            plugin: Arc::clone(&self.labels.plugin),
            object,
        }
    }
}
