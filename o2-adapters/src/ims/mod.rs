//! Infrastructure backends: one folder and one feature each.

#[cfg(feature = "aws")]
pub mod aws;
#[cfg(feature = "kubernetes")]
pub mod kubernetes;
#[cfg(feature = "memory")]
pub mod memory;
#[cfg(feature = "openshift")]
pub mod openshift;
#[cfg(feature = "openstack")]
pub mod openstack;
#[cfg(all(test, any(feature = "aws", feature = "openstack", feature = "vsphere")))]
mod poll;
#[cfg(feature = "vsphere")]
pub mod vsphere;

use o2_core::operation::Category;
use o2_core::plugin::{Backend, Catalog, KnownBackend};
use o2_ims::IMSPlugin;

/// Every kind that exists, compiled in or not.
const KNOWN: &[KnownBackend] = &[
    KnownBackend {
        kind: "memory",
        aliases: &["mock", "in-memory"],
        feature: "memory",
    },
    KnownBackend {
        kind: "kubernetes",
        aliases: &["k8s"],
        feature: "kubernetes",
    },
    KnownBackend {
        kind: "openshift",
        aliases: &[],
        feature: "openshift",
    },
    KnownBackend {
        kind: "openstack",
        aliases: &[],
        feature: "openstack",
    },
    KnownBackend {
        kind: "dtias",
        aliases: &["dell"],
        feature: "dtias",
    },
    KnownBackend {
        kind: "vsphere",
        aliases: &["vmware"],
        feature: "vsphere",
    },
    KnownBackend {
        kind: "aws",
        aliases: &[],
        feature: "aws",
    },
    KnownBackend {
        kind: "azure",
        aliases: &[],
        feature: "azure",
    },
    KnownBackend {
        kind: "gcp",
        aliases: &["gke"],
        feature: "gcp",
    },
    KnownBackend {
        kind: "equinix",
        aliases: &[],
        feature: "equinix",
    },
];

/// The infrastructure backends that are compiled in, and the names of those that are not.
#[must_use]
pub fn catalog() -> Catalog<dyn IMSPlugin> {
    let backends: &[&'static Backend<dyn IMSPlugin>] = &[
        #[cfg(feature = "memory")]
        &memory::BACKEND,
        #[cfg(feature = "kubernetes")]
        &kubernetes::BACKEND,
        #[cfg(feature = "openshift")]
        &openshift::BACKEND,
        #[cfg(feature = "aws")]
        &aws::BACKEND,
        #[cfg(feature = "vsphere")]
        &vsphere::BACKEND,
        #[cfg(feature = "openstack")]
        &openstack::BACKEND,
    ];
    Catalog::new(Category::Ims, backends, KNOWN)
}
