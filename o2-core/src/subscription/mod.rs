//! Subscriptions: who wants to hear of which changes. One kind for infrastructure and deployments.
//!
//! [`Subscriptions`] keeps them in the [`Store`](crate::store::Store); [`routes`] are the HTTP routes, mounted by every
//! API that offers them. Nothing is delivered from here.

mod filter;
mod model;
pub mod op;
mod routes;
mod service;

pub use filter::{Criteria, FilterMode, SubscriptionFilter, Values};
pub use model::{NewSubscription, Subscription, SubscriptionId};
pub use routes::{HasSubscriptions, routes};
pub use service::{Created, Subscriptions};
