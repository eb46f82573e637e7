//! Orchestrators: one folder and one feature each.

#[cfg(feature = "memory")]
pub mod memory;

use o2_core::operation::Category;
use o2_core::plugin::{Backend, Catalog, KnownBackend};
use o2_smo::SMOPlugin;

/// Every kind that exists, compiled in or not.
const KNOWN: &[KnownBackend] = &[
    KnownBackend {
        kind: "memory",
        aliases: &["mock", "in-memory"],
        feature: "memory",
    },
    KnownBackend {
        kind: "onap",
        aliases: &["onap-smo"],
        feature: "onap",
    },
    KnownBackend {
        kind: "osm",
        aliases: &["osm-smo"],
        feature: "osm",
    },
    KnownBackend {
        kind: "custom",
        aliases: &["custom-smo"],
        feature: "custom",
    },
    KnownBackend {
        kind: "cloudify",
        aliases: &[],
        feature: "cloudify",
    },
    KnownBackend {
        kind: "camunda",
        aliases: &[],
        feature: "camunda",
    },
];

/// The orchestrators that are compiled in, and the names of those that are not.
#[must_use]
pub fn catalog() -> Catalog<dyn SMOPlugin> {
    let backends: &[&'static Backend<dyn SMOPlugin>] = &[
        #[cfg(feature = "memory")]
        &memory::BACKEND,
    ];
    Catalog::new(Category::Smo, backends, KNOWN)
}
