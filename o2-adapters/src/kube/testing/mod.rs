//! What tests of the family share: clients that can be in trouble, a played API server with
//! controllers, and the real one when it runs.

#[cfg(any(feature = "kubernetes", feature = "openshift"))]
mod cloud;
#[cfg(any(feature = "kubernetes", feature = "openshift"))]
mod clouds;
mod difference;
mod fast;
mod faulty;
#[cfg(any(feature = "kubernetes", feature = "openshift"))]
mod machines;
mod peer;
mod played;
mod programs;
mod remote;
#[cfg(any(feature = "helm", feature = "kustomize"))]
mod rollouts;
mod server;
mod tell;
mod worlds;

#[cfg(any(feature = "kubernetes", feature = "openshift"))]
pub(crate) use clouds::{PlayedClouds, on_a_real_server};
pub(crate) use fast::FastClock;
pub(crate) use faulty::Faults;
#[cfg(any(feature = "kubernetes", feature = "openshift"))]
pub(crate) use machines::{Flavour, kind};
pub(crate) use peer::{kubeconfig, peer};
#[cfg(any(feature = "helm", feature = "kustomize"))]
pub(crate) use peer::{program, there_is};
pub(crate) use played::Played;
#[cfg(any(feature = "helm", feature = "kustomize"))]
pub(crate) use rollouts::{play_rollouts, sicken};
pub(crate) use server::Server;
pub(crate) use worlds::{Site, Worlds, conformance_on_real_servers};
