//! [`Page`]: one page of a plugin's list.

use std::sync::Arc;

/// One page of a list, in the backend's own order, which is the same in every page of one walk.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The objects. Shared, so that a backend which keeps them in memory hands them out without copying.
    pub items: Vec<Arc<T>>,
    /// Where the next page starts, in the backend's own words, so that it means the same after a restart; `None` on the
    /// last page.
    pub next: Option<String>,
    /// How many objects match in all pages together, if the backend knows.
    pub total: Option<u64>,
}

impl<T> Page<T> {
    /// A page that is not the last one if `next` is given.
    #[must_use]
    pub fn new(items: Vec<Arc<T>>, next: Option<String>) -> Self {
        Self {
            items,
            next,
            total: None,
        }
    }

    /// The only page.
    #[must_use]
    pub fn complete(items: impl IntoIterator<Item = T>) -> Self {
        let items: Vec<_> = items.into_iter().map(Arc::new).collect();
        let total = Some(items.len() as u64);
        Self {
            items,
            next: None,
            total,
        }
    }

    /// Adds the number of matches in all pages.
    #[must_use]
    pub fn with_total(mut self, total: u64) -> Self {
        self.total = Some(total);
        self
    }
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self::new(Vec::new(), None)
    }
}
