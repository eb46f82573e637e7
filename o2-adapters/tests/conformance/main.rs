//! The in-memory backends pass the conformance suites.

mod ims;
