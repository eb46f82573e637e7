//! What tests of the family share: clients that can be in trouble, a played API server with
//! controllers, and the real one when it runs.

#[cfg(any(feature = "kubernetes", feature = "openshift"))]
mod cloud;
#[cfg(any(feature = "kubernetes", feature = "openshift"))]
mod clouds;
mod difference;
mod fast;
mod faulty;
mod life;
#[cfg(any(feature = "kubernetes", feature = "openshift"))]
mod machines;
mod peer;
mod played;
mod real;
mod remote;
mod server;
mod worlds;

#[cfg(any(feature = "kubernetes", feature = "openshift"))]
pub(crate) use clouds::{PlayedClouds, on_a_real_server};
pub(crate) use fast::FastClock;
pub(crate) use faulty::Faults;
pub(crate) use life::Life;
#[cfg(any(feature = "kubernetes", feature = "openshift"))]
pub(crate) use machines::{Flavour, kind};
pub(crate) use peer::{kubeconfig, peer};
pub(crate) use played::Played;
pub(crate) use real::{Real, Write, condition};
pub(crate) use server::Server;
pub(crate) use worlds::{Site, Worlds, conformance_on_a_real_server};
