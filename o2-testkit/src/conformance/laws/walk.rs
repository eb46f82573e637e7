//! Walking through all pages of a list.

use std::collections::BTreeSet;
use std::sync::Arc;

use o2_core::query::ListQuery;
use o2_core::{Context, Model, Plugin};

use super::{Collection, Trial};
use crate::conformance::{Broken, Verdict};

/// More pages than any world has objects.
const MOST_PAGES: usize = 100_000;

impl<P: ?Sized, T: Model> Collection<P, T> {
    /// The objects of all pages of `query`, from its marker on.
    ///
    /// # Errors
    /// Broken when a page fails, or when there is no end.
    pub async fn everything(&self, plugin: &P, context: &Context, query: &ListQuery) -> Verdict<Vec<Arc<T>>> {
        let mut query = query.clone();
        let (mut objects, mut markers) = (Vec::new(), BTreeSet::new());
        for _ in 0..MOST_PAGES {
            let page = (self.list)(plugin, context, &query).await?;
            objects.extend(page.items);
            let Some(next) = page.next else {
                return Ok(objects);
            };
            if !markers.insert(next.clone()) {
                return Err(Broken::new("the markers of a walk", "never the same one twice", next).into());
            }
            query.marker = Some(next);
        }
        Err(Broken::new("a walk", "an end", format!("more than {MOST_PAGES} pages")).into())
    }
}

impl<P: ?Sized + Plugin, T: Model> Trial<'_, P, T> {
    /// The objects of all pages of `query`, from its marker on.
    pub(super) async fn everything(&self, query: &ListQuery) -> Verdict<Vec<Arc<T>>> {
        self.collection.everything(&self.plugin, &self.context, query).await
    }
}
