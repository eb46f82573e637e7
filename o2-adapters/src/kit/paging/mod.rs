//! Lists of a backend, as pages and as a whole.
//!
//! [`Listing`] is a list as a value: endpoint, way of paging, where the items are. [`RestClient::page`] reads one page of
//! it, for a plugin's own pages; [`RestClient::pages`] and [`RestClient::all`] read everything. Where a list is asked for
//! in another way, [`walk`] and [`collect`] do the same with any function that fetches a page.

mod link;
mod style;
#[cfg(test)]
mod tests;
mod walk;

use std::sync::Arc;

use futures::stream::{BoxStream, StreamExt, TryStreamExt};
use o2_core::{Context, Page, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::client::RestClient;
use super::endpoint::Endpoint;
use super::lenient::{Items, Lenient, take_list};
use style::Came;
pub use style::Paging;
pub use walk::{Bounds, Step, collect, walk};

/// A list of a backend as a value.
///
/// ```
/// use o2_adapters::kit::endpoint::Endpoint;
/// use o2_adapters::kit::lenient::Lenient;
/// use o2_adapters::kit::paging::{Listing, Paging};
///
/// // {"devices": […], "meta": {"total": 1234, …}}
/// let paging = Paging::page_number("page").with_size("per_page", 1000).with_total_at("/meta/total");
/// let devices = Listing::new(Endpoint::get("/devices"), paging, "/devices", Lenient::new("device"));
/// ```
#[derive(Debug)]
pub struct Listing {
    endpoint: Endpoint,
    paging: Paging,
    items_at: &'static str,
    may_be_absent: bool,
    lenient: Lenient,
    bounds: Bounds,
}

impl Listing {
    /// The list that `endpoint` gives, whose items are at this JSON pointer of an answer and are read by `lenient`.
    #[must_use]
    pub fn new(endpoint: Endpoint, paging: Paging, items_at: &'static str, lenient: Lenient) -> Self {
        Self {
            endpoint,
            paging,
            items_at,
            may_be_absent: false,
            lenient,
            bounds: Bounds::default(),
        }
    }

    /// Takes an answer without the list for one with an empty list, as some backends write it.
    #[must_use]
    pub fn absent_is_empty(mut self) -> Self {
        self.may_be_absent = true;
        self
    }

    /// Reads no more than this when everything is read.
    #[must_use]
    pub fn with_bounds(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    fn list(&self, answer: &mut Value) -> Result<Vec<Value>> {
        let absent = answer.pointer(self.items_at).is_none_or(Value::is_null);
        if absent && self.may_be_absent && answer.is_object() {
            return Ok(Vec::new());
        }
        take_list(answer, self.items_at)
    }
}

/// One page of a backend's list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListPage<T> {
    /// What of it could be read.
    pub items: Vec<T>,
    /// How many items could not.
    pub skipped: usize,
    /// Where the next page starts; `None` on the last one.
    pub next: Option<String>,
    /// How many items all pages have, if the backend says so.
    pub total: Option<u64>,
}

impl<T> ListPage<T> {
    /// The page of models that a plugin returns.
    #[must_use]
    pub fn map<M>(self, map: impl FnMut(T) -> M) -> Page<M> {
        let items = self.items.into_iter().map(map).map(Arc::new).collect();
        let page = Page::new(items, self.next);
        match self.total {
            Some(total) if self.skipped == 0 => page.with_total(total),
            _ => page,
        }
    }
}

impl<T> Step for ListPage<T> {
    fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    fn len(&self) -> usize {
        self.items.len() + self.skipped
    }
}

impl RestClient {
    /// The page at `marker` with at most `limit` items, or as many as the backend gives at once.
    ///
    /// # Errors
    /// Those of [`send`](Self::send); `InvalidInput` for a marker that is not one of this list; `Internal` with the backend's
    /// fault when there is no list in the answer or a link to the next page leads elsewhere.
    pub async fn page<T: DeserializeOwned>(
        &self,
        context: &Context,
        listing: &Listing,
        marker: Option<&str>,
        limit: Option<u32>,
    ) -> Result<ListPage<T>> {
        let limit = listing.paging.limit(limit);
        let endpoint = listing.paging.request(&listing.endpoint, marker, limit)?;
        let response = self.send(context, &endpoint).await?;
        let mut answer: Value = self.read(&endpoint, response.body())?;
        let list = listing.list(&mut answer)?;
        let next = listing.paging.next(
            self.base(),
            &Came {
                uri: &endpoint.uri(self.base())?,
                marker,
                limit,
                headers: response.headers(),
                answer: &answer,
                list: &list,
            },
        )?;
        let Items { items, skipped } = listing.lenient.read(list);
        Ok(ListPage {
            items,
            skipped,
            next,
            total: listing.paging.total(&answer),
        })
    }

    /// All pages, fetched one after the other while the stream is read.
    ///
    /// # Errors
    /// Those of [`page`](Self::page), and `Internal` with the backend's fault when the list is longer than its bounds or
    /// goes round in circles. The stream ends with the first error.
    pub fn pages<'a, T>(&'a self, context: &'a Context, listing: &'a Listing) -> BoxStream<'a, Result<ListPage<T>>>
    where
        T: DeserializeOwned + Send + 'a,
    {
        let fetch =
            move |marker: Option<String>| async move { self.page(context, listing, marker.as_deref(), None).await };
        walk(listing.bounds, fetch).boxed()
    }

    /// The whole list.
    ///
    /// # Errors
    /// Those of [`pages`](Self::pages).
    pub async fn all<T>(&self, context: &Context, listing: &Listing) -> Result<Items<T>>
    where
        T: DeserializeOwned + Send,
    {
        let mut all = Items::default();
        let mut pages = self.pages(context, listing);
        while let Some(page) = pages.try_next().await? {
            all.items.extend(page.items);
            all.skipped += page.skipped;
        }
        Ok(all)
    }
}
