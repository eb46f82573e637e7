//! The layers, alone and together, around a plugin that does what a script says, in virtual time.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy spares test functions, but not their helpers"
)]

mod fake;
mod forward;
mod guard;
mod limits;
mod observe;
mod resilience;
mod stack;
