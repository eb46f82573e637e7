//! A gateway over a backend that really runs, and a subscriber that is told what happens there; for the tests with such
//! backends.

mod subscriber;
mod world;

use std::time::Duration;

pub(crate) use subscriber::Subscriber;
pub(crate) use world::World;

/// No test waits longer for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
