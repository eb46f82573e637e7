//! The in-memory engine.
use super::{Batch, Change, Entry, Lease, Revision, Store};
use crate::Result;
use crate::ports::Clock;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use std::sync::Arc;
use std::time::Duration;

/// Keeps everything in memory.
#[derive(Debug)]
pub struct MemoryStore {
    _clock: Arc<dyn Clock>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { _clock: clock }
    }
}

impl Store for MemoryStore {
    fn get<'a>(&'a self, _key: &'a str) -> BoxFuture<'a, Result<Option<Entry>>> {
        todo!()
    }
    fn scan<'a>(&'a self, _: &'a str, _: Option<&'a str>, _: usize) -> BoxFuture<'a, Result<Vec<Entry>>> {
        todo!()
    }
    fn commit(&self, _: Batch) -> BoxFuture<'_, Result<Revision>> {
        todo!()
    }
    fn revision(&self) -> BoxFuture<'_, Result<Revision>> {
        todo!()
    }
    fn changes(&self, _: &str, _: Revision) -> BoxStream<'static, Result<Change>> {
        todo!()
    }
    fn acquire<'a>(&'a self, _: &'a str, _: &'a str, _: Duration) -> BoxFuture<'a, Result<Option<Lease>>> {
        todo!()
    }
    fn release<'a>(&'a self, _: &'a Lease) -> BoxFuture<'a, Result<()>> {
        todo!()
    }
}
