//! Backends of the O2 library, one feature each, and ready-made ports.
//!
//! | feature | what it compiles in | more dependencies |
//! |---|---|---|
//! | `memory` (default) | in-memory backend in [`ims::memory`]: the reference semantics | sha2 |
//! | `rt-tokio` | [`rt::TokioClock`], the clock port on tokio's timer | tokio |
//!
//! Each category has a `catalog()` that lists the backends which are compiled in and knows the names of the others, so
//! that a configuration which asks for one of these is told which feature to enable. An embedder who wants a backend
//! without configuration calls its constructor.

pub mod ims;
#[cfg(feature = "memory")]
mod kit;
#[cfg(feature = "memory")]
mod memory;
pub mod observability;
#[cfg(feature = "rt-tokio")]
pub mod rt;
