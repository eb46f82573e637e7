//! Lists over several plugins, compared with what a reader of the documentation would expect: the walk of all pages shows
//! every object once, in order; what is missing is named; nothing runs for ever.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "clippy spares test functions, but not their helpers"
)]

mod bounds;
mod duplicates;
mod failures;
mod laws;
mod markers;
mod narrowing;
mod objects;
mod plugin;
mod single;
mod strategies;
mod world;
