//! The outbox, deliveries and dead letters, in virtual time.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy spares test functions, but not their helpers"
)]

mod batches;
mod circuits;
mod crashes;
mod dead_letters;
mod order;
mod publisher;
mod receivers;
mod retries;
mod shapes;
mod shutdown;
mod speed;
mod takeover;
mod trouble;
mod world;
