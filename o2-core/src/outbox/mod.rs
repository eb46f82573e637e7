//! The outbox: what has happened and has not been told yet. A [`Publisher`] writes an event for every subscription that it
//! concerns, in the same commit as the position of whoever saw it; [`delivery`](crate::delivery) tells the subscribers and
//! removes the entries.
//!
//! Entries lie under `outbox/{shard}/{subscription}/{sequence}`. A subscription is always in the same shard, and what is
//! delivered in order lies in order.

pub(crate) mod key;
mod level;
mod limits;
mod matching;
mod publisher;

pub use key::SHARDS;
pub use limits::OutboxLimits;
pub use matching::{GENERATION, Matched, Matching};
pub use publisher::{Published, Publisher};
