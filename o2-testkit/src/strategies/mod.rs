//! Generated input for property tests (`proptest`): models of every type, what callers send, ids, filters and queries.
//!
//! [`model`] makes any model from its attribute table, so a new attribute is generated without a line here; [`inputs`] has
//! what is no model; [`query`] has filters, orders, selectors and whole queries that are valid for a type. All of them
//! draw from one small vocabulary, so that generated filters hit generated objects, and from awkward words: blanks,
//! quotes, `~`, `/`, `%`, letters beyond ASCII.
//!
//! ```
//! use o2_ims::ResourcePool;
//! use o2_testkit::strategies::{models, query};
//! use proptest::prelude::*;
//!
//! proptest! {
//!     # #![proptest_config(ProptestConfig::with_cases(16))]
//!     fn a_filter_and_its_two_parts_agree(pools in models::<ResourcePool>(0..5), filter in query::filter::<ResourcePool>()) {
//!         let (pushed, rest) = filter.clone().partition(|clause| clause.path.first() == Some("name"));
//!         let [all, pushed, rest] = [filter, pushed, rest].map(|filter| filter.bind::<ResourcePool>().unwrap());
//!         for pool in &pools {
//!             prop_assert_eq!(all.matches(pool), pushed.matches(pool) && rest.matches(pool));
//!         }
//!     }
//! }
//! # a_filter_and_its_two_parts_agree();
//! ```

#![allow(
    clippy::panic,
    reason = "a strategy that makes what is not valid is a defect of this crate"
)]

mod field;
mod id;
pub mod inputs;
mod json;
mod models;
pub mod query;
#[cfg(test)]
mod tests;
mod text;

pub use id::{chosen_id, id, native_id, tenant};
pub use json::{extensions, labels, value};
pub use models::{model, models};
pub use text::{description, dns_label, name, time, url};
