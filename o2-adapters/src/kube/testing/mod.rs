//! What tests of the family share: clients that can be in trouble, and the real API server when it runs.

mod faulty;
mod peer;

pub(crate) use faulty::Faults;
pub(crate) use peer::{kubeconfig, peer};
