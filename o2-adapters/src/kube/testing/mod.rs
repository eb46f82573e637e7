//! What tests of the family share: clients that can be in trouble, a played API server with
//! controllers, and the real one when it runs.

mod faulty;
mod peer;
mod played;

pub(crate) use faulty::Faults;
pub(crate) use peer::peer;
pub(crate) use played::Played;
