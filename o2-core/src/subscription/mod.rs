//! Subscriptions: who wants to hear of which changes. One kind for infrastructure and deployments.
//!
//! [`Subscriptions`] keeps them in the [`Store`](crate::store::Store); [`routes`] are the HTTP routes, mounted by every
//! API that offers them. An [`Interest`] says whether a change concerns one of them, a [`Matcher`] finds all that a change
//! concerns. Nothing is delivered from here.

mod callback;
mod callbacks;
mod filter;
mod headers;
mod interest;
mod matcher;
mod model;
mod new_subscription;
mod notifier;
pub mod op;
mod retry_profile;
mod routes;
mod secret;
mod service;
mod status;
mod stored;
#[cfg(test)]
mod testing;

pub use filter::{Criteria, FilterMode, SubscriptionFilter, Values};
pub use headers::Headers;
pub use interest::{Interest, Subjects};
pub use matcher::Matcher;
pub use model::{Subscription, SubscriptionId};
pub use new_subscription::NewSubscription;
pub use notifier::{Notifier, TestOutcome};
pub use retry_profile::RetryProfile;
pub use routes::{HasSubscriptions, routes};
pub use secret::{PreviousSecret, SecretChange};
pub use service::{Created, Subscriptions};
pub use status::SubscriptionStatus;
