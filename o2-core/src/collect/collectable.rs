//! [`Collectable`]: how the objects of plugins of one category are listed and watched.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::BoxStream;

use super::Kind;
use crate::Result;
use crate::context::Context;
use crate::event::Subject;
use crate::federation::Advance;
use crate::model::{Change, Model};
use crate::operation::Operation;
use crate::page::Page;
use crate::query::ListQuery;

/// How many objects are asked for at a time.
const PAGE: u32 = 1000;

/// Changes as a plugin reports them.
pub type Changes = BoxStream<'static, Result<Change<Arc<dyn Subject>>>>;

/// How the objects of plugins of one category are listed and watched.
pub trait Collectable<P: ?Sized>: fmt::Debug + Send + Sync + 'static {
    /// The types of objects. A plugin need not have all of them.
    fn kinds(&self) -> &'static [Kind];

    /// The operation that watches them.
    fn watch_operation(&self) -> &'static Operation;

    /// All objects of a type.
    fn list<'a>(
        &'a self,
        plugin: &'a P,
        context: &'a Context,
        kind: &'static Kind,
    ) -> BoxFuture<'a, Result<Vec<Arc<dyn Subject>>>>;

    /// Changes of objects of all types, after the mark `resume` or from now on.
    fn watch<'a>(
        &'a self,
        plugin: &'a P,
        context: &'a Context,
        resume: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Changes>>;
}

/// All objects of a list, page by page; `most` is how many the plugin gives at a time.
///
/// # Errors
/// The plugin's; `Internal` when its pages go round in a circle.
pub async fn everything<'a, T: Model + fmt::Debug>(
    most: Option<u32>,
    mut page: impl FnMut(ListQuery) -> BoxFuture<'a, Result<Page<T>>> + Send,
) -> Result<Vec<Arc<dyn Subject>>> {
    let mut objects: Vec<Arc<dyn Subject>> = Vec::new();
    let mut advance = Advance::from(None);
    let mut query = ListQuery::new().with_limit(most.unwrap_or(PAGE).clamp(1, PAGE));
    loop {
        let found = page(query.clone()).await?;
        objects.extend(found.items.into_iter().map(|object| object as Arc<dyn Subject>));
        let Some(next) = found.next else { return Ok(objects) };
        advance.to(&next)?;
        query.marker = Some(next);
    }
}
