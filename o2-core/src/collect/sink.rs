//! [`EventSink`]: where events go.

use std::fmt;

use futures::future::BoxFuture;

use crate::Result;
use crate::event::ChangeEvent;
use crate::store::{Batch, Revision};

/// Takes the events of collectors.
pub trait EventSink: fmt::Debug + Send + Sync + 'static {
    /// Makes the events last, and commits `position` in the same commit: both happen or neither. The revision is that of
    /// the commit.
    ///
    /// # Errors
    /// `PreconditionFailed` when a condition of `position` does not hold; the store's.
    fn publish(&self, events: Vec<ChangeEvent>, position: Batch) -> BoxFuture<'_, Result<Revision>>;
}
