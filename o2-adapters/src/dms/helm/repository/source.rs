//! [`Source`]: a place that charts come from, whatever it speaks.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt, TryStreamExt};
use o2_core::{Context, Error, ErrorKind, Result, async_trait};

use super::Found;
use crate::dms::helm::chart::Chart;

/// How many packages are asked about at the same time.
const PARALLEL: usize = 8;

/// A chart in one of its versions.
pub(crate) type Named = (String, String);

/// Some packages of a source, in the order of their names and versions.
#[derive(Debug, Default)]
pub(crate) struct SourcePage {
    pub(crate) found: Vec<Found>,
    /// The last one that was looked at, when there may be more behind it.
    pub(crate) next: Option<Named>,
}

/// A place that charts come from.
#[async_trait]
pub(crate) trait Source: fmt::Debug + Send + Sync {
    /// The packages after `after`, about `limit` of them.
    async fn page(&self, context: &Context, after: Option<&Named>, limit: usize) -> Result<SourcePage>;

    /// A chart in one of its versions; `None` when there is none.
    async fn find(&self, context: &Context, chart: &str, version: &str) -> Result<Option<Found>>;

    /// The archive of a package. Whether it is the right one is for the caller to check.
    async fn fetch(&self, context: &Context, package: &Found) -> Result<Bytes>;

    /// Whether packages can be stored and deleted here.
    fn is_writable(&self) -> bool;

    /// Stores a chart whose version is not there yet.
    async fn store(&self, context: &Context, chart: &Chart, description: &str) -> Result<()>;

    /// Deletes a package.
    async fn delete(&self, context: &Context, package: &Found) -> Result<()>;
}

/// A source whose refusals are told as what they are to a caller: not that nobody knows who asks, but that the gateway may not
/// have what it asks for.
#[derive(Debug)]
pub(super) struct Checked(pub(super) Arc<dyn Source>);

fn told(error: Error) -> Error {
    if !error.is(ErrorKind::Unauthenticated) {
        return error;
    }
    let told = Error::new(ErrorKind::PermissionDenied, error.message()).with_fault(error.fault());
    match error.detail() {
        Some(detail) => told.with_detail(detail),
        None => told,
    }
}

#[async_trait]
impl Source for Checked {
    async fn page(&self, context: &Context, after: Option<&Named>, limit: usize) -> Result<SourcePage> {
        self.0.page(context, after, limit).await.map_err(told)
    }

    async fn find(&self, context: &Context, chart: &str, version: &str) -> Result<Option<Found>> {
        self.0.find(context, chart, version).await.map_err(told)
    }

    async fn fetch(&self, context: &Context, package: &Found) -> Result<Bytes> {
        self.0.fetch(context, package).await.map_err(told)
    }

    fn is_writable(&self) -> bool {
        self.0.is_writable()
    }

    async fn store(&self, context: &Context, chart: &Chart, description: &str) -> Result<()> {
        self.0.store(context, chart, description).await.map_err(told)
    }

    async fn delete(&self, context: &Context, package: &Found) -> Result<()> {
        self.0.delete(context, package).await.map_err(told)
    }
}

/// Asks about each of `names`, a few at a time, and keeps their order. Those that are gone meanwhile, or are no charts, are
/// left out.
pub(super) async fn find_each<'s>(
    names: &[Named],
    find: impl Fn(Named) -> BoxFuture<'s, Result<Option<Found>>>,
) -> Result<Vec<Found>> {
    let each = stream::iter(names.iter().cloned()).map(find).buffered(PARALLEL);
    each.try_filter_map(|found| async move { Ok(found) })
        .try_collect()
        .await
}
