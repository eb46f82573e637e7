//! O2-IMS from the request to the backend and back: every route's success, and every mistake its documentation names.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy spares test functions, but not their helpers"
)]

mod batches;
mod failing;
mod federated;
mod lists;
mod plugin;
mod pool_changes;
mod pools;
mod resources;
mod routes;
mod tenancy;
mod versions;
mod world;
