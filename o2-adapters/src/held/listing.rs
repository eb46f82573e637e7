//! [`Listing`]: pages of a map that is ordered by id.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use o2_core::query::{Fingerprint, ListQuery, Marker, Matcher};
use o2_core::{Context, Model, Page, Result};

/// One list request: its filter is bound once, then objects are only compared and shared, never copied.
///
/// A page starts behind the last id of the page before. So whatever is added or removed during a walk, an object that
/// stays appears exactly once.
#[derive(Debug)]
pub(crate) struct Listing<'q, T: Model> {
    context: &'q Context,
    query: &'q ListQuery,
    /// What else the list depends on, such as the pool it belongs to.
    scope: &'q str,
    matcher: Matcher<T>,
    after: Option<String>,
}

impl<'q, T: Model> Listing<'q, T> {
    /// # Errors
    /// `InvalidInput` for a filter that does not fit `T`, and for a marker that is not one of this list's.
    pub(crate) fn new(context: &'q Context, query: &'q ListQuery, scope: &'q str) -> Result<Self> {
        let mut listing = Self {
            context,
            query,
            scope,
            matcher: query.filter.bind()?,
            after: None,
        };
        if let Some(marker) = &query.marker {
            listing.after = Some(Marker::decode(marker, listing.binding())?);
        }
        Ok(listing)
    }

    /// What all pages of one walk have in common.
    fn binding(&self) -> u64 {
        Fingerprint::new()
            .text(T::NAME)
            .text(&self.query.filter.to_string())
            .text(self.context.tenant().map_or("", |tenant| tenant.as_str()))
            .text(self.scope)
            .value()
    }

    /// The page that was asked for; `object` finds the object in a value of the map.
    ///
    /// # Errors
    /// `Internal` when the marker of the next page cannot be made.
    pub(crate) fn page<'m, K, V>(&self, objects: &'m BTreeMap<K, V>, object: fn(&'m V) -> &'m Arc<T>) -> Result<Page<T>>
    where
        K: Borrow<str> + Ord,
    {
        let start = self.after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let mut matching = objects
            .range::<str, _>((start, Bound::Unbounded))
            .map(|(_, value)| object(value))
            .filter(|object| self.matcher.matches(object) && self.context.sees(object.tenant()));
        let limit = self.query.limit.map_or(usize::MAX, |limit| limit.max(1) as usize);
        let items: Vec<_> = matching.by_ref().take(limit).map(Arc::clone).collect();
        let last = if matching.next().is_some() { items.last() } else { None };
        let next = last
            .map(|last| Marker::encode(self.binding(), &last.id()))
            .transpose()?;
        let total = self.total(objects.len(), &items, next.is_some());
        let page = Page::new(items, next);
        Ok(match total {
            Some(total) => page.with_total(total),
            None => page,
        })
    }

    /// How many objects match in all pages, where that is known without looking at all of them.
    fn total(&self, all: usize, items: &[Arc<T>], more: bool) -> Option<u64> {
        if self.query.filter.is_empty() && self.context.tenant().is_none() {
            Some(all as u64)
        } else if self.after.is_none() && !more {
            Some(items.len() as u64)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests;
