//! Conformance: what the documentation of a plugin trait promises, as cases that a plugin passes or fails.
//!
//! A *suite* is a list of [`Case`]s for one trait; each quotes the sentence of the contract that it checks. A *harness*
//! makes *worlds*: a plugin on a backend with known contents, and what the suite needs to move that backend from outside.
//! Running a suite gives a [`Report`]. Which cases run depends on the plugin's capabilities, in both directions: what is
//! declared must work, what is not declared must answer `Unsupported`.
//!
//! [`ims`], [`smo`], [`observability`] and [`store`] run a suite on a harness; `live` (feature `libtest`) makes a test
//! binary of suites, for backends that really run; [`matrix`] makes a table of reports.
//!
//! Nothing here needs a runtime: the suites run on whatever executor awaits them.

mod case;
mod check;
mod dms;
mod honesty;
mod ims;
pub mod laws;
#[cfg(feature = "libtest")]
pub mod live;
mod matrix;
mod observability;
mod operations;
mod patience;
mod report;
mod run;
mod smo;
mod store;
mod subject;
mod world;

pub use case::{Broken, Case, Stop, Verdict};
pub use check::{fails, holds, same, skip};
pub use dms::{DmsDisturbance, DmsWorld, Look, Running, dms, dms_suite};
pub use honesty::Invocation;
pub use ims::{Disturbance, ImsWorld, ims, ims_suite};
pub use matrix::matrix;
pub use observability::{ObservabilityWorld, ReferenceObservability, observability, observability_suite};
pub use report::{CaseReport, Outcome, Report};
pub use run::Suite;
pub use smo::{Known, SmoWorld, smo, smo_suite};
pub use store::{StoreWorld, store, store_suite};
pub use subject::Subject;
pub use world::{Harness, Trouble, World};
