//! HTTP at the boundary, without a server: requests come as `http::Request<Bytes>` and go as `http::Response<Bytes>`.
//!
//! [`Route`]s are data: method, path, operation, handler and documentation. [`Api`] finds the route of a request,
//! refuses what it does not take, and hands an [`Exchange`] to the handler; the [`openapi`] document is made from the
//! same routes. [`problem`] turns every error into a problem document.

mod api;
pub mod batch;
mod body;
mod conditional;
mod deprecation;
mod exchange;
mod freshness;
mod idempotency;
pub mod openapi;
pub mod path;
pub mod problem;
mod reply;
mod route;

pub use api::{Api, Located, Mount, Mounted};
pub use body::{BodyKind, merge_patch, patched};
pub(crate) use conditional::fnv1a;
pub use conditional::{ETag, IfMatch};
pub use deprecation::Deprecation;
pub use exchange::{ApiVersion, Exchange};
pub use freshness::consistency;
pub use idempotency::{Claim, Idempotency, Start};
pub use path::PathParams;
pub use problem::ProblemDetails;
pub use reply::{Listed, PARTIAL, Reply};
pub use route::{Answer, Handler, Parameter, QueryDoc, Route, RouteInfo};
