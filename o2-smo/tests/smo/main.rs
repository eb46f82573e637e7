//! The service and the routes of O2-SMO, with orchestrators that follow a script and small infrastructure and
//! deployment backends.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy spares test functions, but not their helpers"
)]

mod backends;
mod batch;
mod documents;
mod events;
mod full_disk;
mod models;
mod orchestrator;
mod plugins;
mod policies;
mod sync;
mod workflows;
mod world;
