//! Routes, exchanges, replies and the OpenAPI document, as a gateway and its callers use them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy spares test functions, but not their helpers"
)]

mod batches;
mod bodies;
mod document;
mod exchange;
mod paths;
mod replies;
mod toy;
