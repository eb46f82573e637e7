//! What tests of the family share: clients that can be in trouble, a played API server with
//! controllers, and the real one when it runs.

#[cfg(any(feature = "kubernetes", feature = "openshift"))]
mod cloud;
#[cfg(any(feature = "kubernetes", feature = "openshift"))]
mod clouds;
mod faulty;
#[cfg(any(feature = "kubernetes", feature = "openshift"))]
mod machines;
mod peer;
mod played;

#[cfg(any(feature = "kubernetes", feature = "openshift"))]
pub(crate) use clouds::{PlayedClouds, on_a_real_server};
pub(crate) use faulty::Faults;
#[cfg(any(feature = "kubernetes", feature = "openshift"))]
pub(crate) use machines::{Flavour, definition, served};
pub(crate) use peer::peer;
pub(crate) use played::Played;
