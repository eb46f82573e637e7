//! What tests of the family share: clients that can be in trouble, a played API server with
//! controllers, and the real one when it runs.

mod faulty;
mod life;
mod peer;
mod played;
mod real;

pub(crate) use faulty::Faults;
pub(crate) use life::Life;
pub(crate) use peer::{kubeconfig, peer};
pub(crate) use played::Played;
pub(crate) use real::{Real, Write};
