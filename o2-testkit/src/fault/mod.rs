//! Faults on purpose: a [`FaultPlan`] says which calls go wrong and how, [`FaultyHttp`] does it to an `HttpClient`, and
//! [`FaultLayer`] to the calls of a plugin. The same plan does the same to the same calls, so a failing test can be
//! repeated: print the plan, or what it did ([`FaultyHttp::injected`]), and read it back.
//!
//! ```
//! use o2_core::{Context, ErrorKind};
//! use o2_core::layer::{Layer, Layered};
//! use o2_core::query::ListQuery;
//! use o2_ims::{IMSPlugin, op};
//! use o2_testkit::ManualClock;
//! use o2_testkit::fault::{CallFault, FaultLayer, FaultPlan};
//! use std::sync::Arc;
//!
//! # async fn example(plugin: Arc<dyn IMSPlugin>) {
//! let plan = FaultPlan::seeded(7).in_one_of(3, op::LIST_RESOURCE_POOLS.name, CallFault::FailsBefore(ErrorKind::Unavailable));
//! let faults: Arc<dyn Layer> = FaultLayer::new(ManualClock::auto(), plan);
//! // Innermost, so that the layers above it have something to treat: `[stack of a gateway …, faults]`.
//! let plugin: Layered<dyn IMSPlugin> = Layered::new(plugin, [faults]);
//! let answer = plugin.list_resource_pools(&Context::new("test"), &ListQuery::new()).await;
//! # drop(answer);
//! # }
//! ```

mod http;
mod layer;
mod plan;
#[cfg(test)]
mod tests;

pub use http::{FaultyHttp, HttpFault};
pub use layer::{CallFault, FaultLayer};
pub use plan::{FaultPlan, Injected};
