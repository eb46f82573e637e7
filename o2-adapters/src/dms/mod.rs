//! Deployment backends: one folder and one feature each.

#[cfg(feature = "argocd")]
pub mod argocd;
#[cfg(feature = "crossplane")]
pub mod crossplane;
#[cfg(feature = "flux")]
pub mod flux;
#[cfg(feature = "helm")]
pub mod helm;
#[cfg(feature = "kustomize")]
pub mod kustomize;
#[cfg(feature = "memory")]
pub mod memory;

use o2_core::operation::Category;
use o2_core::plugin::{Backend, Catalog, KnownBackend};
use o2_dms::DMSPlugin;

/// Every kind that exists, compiled in or not.
const KNOWN: &[KnownBackend] = &[
    KnownBackend {
        kind: "memory",
        aliases: &["mock", "in-memory"],
        feature: "memory",
    },
    KnownBackend {
        kind: "helm",
        aliases: &["helm3"],
        feature: "helm",
    },
    KnownBackend {
        kind: "argocd",
        aliases: &["argo-cd", "argo"],
        feature: "argocd",
    },
    KnownBackend {
        kind: "flux",
        aliases: &["fluxcd"],
        feature: "flux",
    },
    KnownBackend {
        kind: "kustomize",
        aliases: &[],
        feature: "kustomize",
    },
    KnownBackend {
        kind: "crossplane",
        aliases: &[],
        feature: "crossplane",
    },
    KnownBackend {
        kind: "onap-lcm",
        aliases: &["onap-dms", "onaplcm"],
        feature: "onap-lcm",
    },
    KnownBackend {
        kind: "osm-lcm",
        aliases: &["osm-dms", "osmlcm"],
        feature: "osm-lcm",
    },
];

/// The deployment backends that are compiled in, and the names of those that are not.
#[must_use]
pub fn catalog() -> Catalog<dyn DMSPlugin> {
    let backends: &[&'static Backend<dyn DMSPlugin>] = &[
        #[cfg(feature = "memory")]
        &memory::BACKEND,
        #[cfg(feature = "helm")]
        &helm::BACKEND,
        #[cfg(feature = "argocd")]
        &argocd::BACKEND,
        #[cfg(feature = "flux")]
        &flux::BACKEND,
        #[cfg(feature = "kustomize")]
        &kustomize::BACKEND,
        #[cfg(feature = "crossplane")]
        &crossplane::BACKEND,
    ];
    Catalog::new(Category::Dms, backends, KNOWN)
}
