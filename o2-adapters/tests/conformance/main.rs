//! The in-memory backends pass the conformance suites.

mod dms;
mod ims;
