//! What tests of O2 code need: virtual time, fakes of what is outside, and conformance suites that say whether an
//! implementation keeps a contract.
//!
//! A dev-dependency of whoever writes an adapter, an engine or a port; nothing here belongs into a running gateway.

pub mod cassette;
mod clock;
pub mod conformance;
pub mod crash_store;
pub mod exchange;
pub mod fault;
pub mod fixtures;
pub mod fuzz;
pub mod http;
pub mod kubernetes;
pub mod scripted_http;
#[cfg(feature = "proptest")]
pub mod strategies;
pub mod webhook;

pub use clock::ManualClock;
