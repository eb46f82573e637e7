//! The room of the Kubernetes family: what backends share that talk to a Kubernetes API server.
//!
//! A plugin's configuration says where the server is ([`ClusterConfig`]); plugins that mean the same one share a connection,
//! and a program can give a client that it has made itself ([`Clusters`]). Calls and watches are made on that connection;
//! answers that are no success become errors by one table. Watches feed caches, one for each kind of object however many
//! plugins read it, and a plugin draws what it shows from them.
//!
//! Clients of the crate `kube` keep their connections on the tokio runtime in which they are used first. Nothing else runs in
//! the background: caches take in what has come while somebody reads a stream of changes.

#![cfg_attr(
    not(all(
        feature = "argocd",
        feature = "crossplane",
        feature = "flux",
        feature = "helm",
        feature = "kubernetes",
        feature = "kustomize",
        feature = "openshift"
    )),
    allow(
        dead_code,
        unused_imports,
        reason = "what one backend of the family does not use another one does"
    )
)]

mod cache;
mod caches;
mod calls;
mod changes;
mod cluster;
mod clusters;
mod config;
mod connect;
pub(crate) mod deployed;
mod failure;
mod health;
#[cfg(any(feature = "kubernetes", feature = "openshift"))]
pub(crate) mod inventory;
mod kind;
mod kinds;
mod kubeconfig;
mod lasting;
mod logs;
#[cfg(feature = "kit-yaml")]
mod manifest;
mod meta;
mod metadata;
mod names;
mod nulls;
mod open;
#[cfg(feature = "helm")]
mod pods;
mod quantity;
mod readiness;
mod restart;
pub(crate) mod revisions;
mod scope;
#[cfg(test)]
pub(crate) mod testing;

/// The crate whose clients a program gives, in the version that is used here.
pub use ::kube;
pub use clusters::Clusters;
pub use config::ClusterConfig;

pub(crate) use cache::{Alarm, Cache, Cached, Followed, Many, Source};
pub(crate) use caches::{Caches, all_cached, as_sources, caches, owned};
pub(crate) use calls::{At, Deletion};
pub(crate) use changes::{Changes, Drawing};
pub(crate) use cluster::Cluster;
pub(crate) use failure::is_forbidden;
pub(crate) use health::seen;
pub(crate) use kind::Kind;
pub(crate) use kinds::Kinds;
#[cfg(feature = "helm")]
pub(crate) use lasting::without_deadline;
pub(crate) use logs::{Workload, Workloads, logs};
#[cfg(feature = "kit-yaml")]
pub(crate) use manifest::{all_objects, objects};
pub(crate) use meta::Meta;
pub(crate) use names::{is_label, is_label_value};
pub(crate) use nulls::or_default;
pub(crate) use open::{Open, Shared};
#[cfg(feature = "helm")]
pub(crate) use pods::{PodTrouble, pod_in_trouble};
pub(crate) use quantity::Quantity;
pub(crate) use readiness::{Readiness, Replicas, State, readiness, replicas};
pub(crate) use restart::RESTARTED;
pub(crate) use scope::Scope;
