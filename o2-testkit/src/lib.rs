//! What tests of O2 code need: virtual time, and conformance suites that say whether an implementation keeps a contract.
//!
//! A dev-dependency of whoever writes an adapter, an engine or a port; nothing here belongs into a running gateway.

mod clock;
pub mod conformance;
pub mod fuzz;
pub mod http;
pub mod store_suite;

pub use clock::ManualClock;
