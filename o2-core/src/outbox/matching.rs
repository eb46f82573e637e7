//! [`Matching`]: which subscriptions an event concerns.

use std::fmt;
use std::time::Duration;

use futures::future::BoxFuture;

use crate::Result;
use crate::event::ChangeEvent;
use crate::store::Revision;
use crate::subscription::SubscriptionId;

/// The key that every change of a subscription writes. Its revision is the generation of the subscriptions.
pub const GENERATION: &str = "subscription%generation";

/// Says which subscriptions an event concerns. It knows the subscriptions of one generation and follows as they change.
pub trait Matching: fmt::Debug + Send + Sync + 'static {
    /// The subscriptions that want to hear of `event`.
    fn matching(&self, event: &ChangeEvent) -> Matched;

    /// Waits until it knows a generation later than `beyond`.
    ///
    /// # Errors
    /// `Timeout` when it does not within `limit`.
    fn caught_up<'a>(&'a self, beyond: Option<Revision>, limit: Duration) -> BoxFuture<'a, Result<()>>;
}

/// The subscriptions an event concerns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matched {
    /// The subscriptions.
    pub subscriptions: Vec<SubscriptionId>,
    /// The revision of [`GENERATION`] this is true for; `None` when the key has never been written.
    pub generation: Option<Revision>,
}
