//! The whole gateway from outside: requests through `Gateway::handle`, in-memory plugins below, virtual time.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test that cannot go on has failed"
)]

mod bad_input;
mod concurrency;
mod conditional;
mod events;
mod federation;
mod idempotency;
mod identity;
mod openapi;
mod reads;
mod replacing;
mod routes;
mod support;
