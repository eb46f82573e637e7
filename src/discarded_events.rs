//! [`DiscardedEvents`]: stands in for the outbox until there is one. Events are dropped; what collectors have told is kept.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use o2_core::Result;
use o2_core::collect::EventSink;
use o2_core::event::ChangeEvent;
use o2_core::store::{Batch, Store};

/// Drops events.
#[derive(Debug)]
pub(crate) struct DiscardedEvents(pub(crate) Arc<dyn Store>);

impl EventSink for DiscardedEvents {
    fn publish(&self, _events: Vec<ChangeEvent>, position: Batch) -> BoxFuture<'_, Result<()>> {
        self.0.commit(position).map(|committed| committed.map(drop)).boxed()
    }
}
