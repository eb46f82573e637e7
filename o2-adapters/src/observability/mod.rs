//! Sources of metrics, traces and logs: one folder and one feature each.

use o2_core::operation::Category;
use o2_core::plugin::{Backend, Catalog, KnownBackend, ObservabilityPlugin};

/// Every kind that exists, compiled in or not.
const KNOWN: &[KnownBackend] = &[
    KnownBackend {
        kind: "prometheus",
        aliases: &[],
        feature: "prometheus",
    },
    KnownBackend {
        kind: "jaeger",
        aliases: &[],
        feature: "jaeger",
    },
    KnownBackend {
        kind: "loki",
        aliases: &[],
        feature: "loki",
    },
];

/// The sources that are compiled in, and the names of those that are not.
#[must_use]
pub fn catalog() -> Catalog<dyn ObservabilityPlugin> {
    let backends: &[&'static Backend<dyn ObservabilityPlugin>] = &[];
    Catalog::new(Category::Observability, backends, KNOWN)
}
