//! Collectors around a backend that does what the test wants, in virtual time: what they tell, what they keep, and what
//! readers see of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "clippy spares test functions, but not their helpers"
)]

mod backend;
mod clocks;
mod laws;
mod lists;
mod reads;
mod replicas;
mod restarts;
mod stores;
mod watches;
mod world;
