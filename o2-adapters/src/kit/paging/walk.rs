//! Walking a list page by page, with an end in any case.

use std::collections::HashSet;

use futures::stream::{self, Stream, TryStreamExt};
use o2_core::{Error, ErrorKind, Fault, Page, Result};

/// How far a walk goes at most. A list that is longer is an error, since half a list is worse than none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bounds {
    /// Pages.
    pub pages: usize,
    /// Items of all pages together.
    pub items: usize,
}

impl Bounds {
    /// At most so many pages and items.
    #[must_use]
    pub const fn new(pages: usize, items: usize) -> Self {
        Self { pages, items }
    }
}

impl Default for Bounds {
    /// 1000 pages, 100 000 items.
    fn default() -> Self {
        Self::new(1_000, 100_000)
    }
}

/// A page that knows where the next one is.
pub trait Step {
    /// Where the next page starts; `None` on the last one.
    fn next(&self) -> Option<&str>;

    /// How many items of the backend's it holds.
    fn len(&self) -> usize;

    /// Whether it holds none. Pages in the middle of a list may be empty.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> Step for Page<T> {
    fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    fn len(&self) -> usize {
        self.items.len()
    }
}

struct Walk<F> {
    fetch: F,
    marker: Option<String>,
    seen: HashSet<String>,
    left: Bounds,
    done: bool,
}

/// The pages of a list, each fetched with the marker of the one before. The stream ends after the last page or an error.
///
/// # Errors
/// `Internal` with the backend's fault when a marker comes twice or the list is longer than `bounds`; those of `fetch`.
pub fn walk<P, F, Fut>(bounds: Bounds, fetch: F) -> impl Stream<Item = Result<P>>
where
    P: Step,
    F: FnMut(Option<String>) -> Fut,
    Fut: Future<Output = Result<P>>,
{
    let walk = Walk {
        fetch,
        marker: None,
        seen: HashSet::new(),
        left: bounds,
        done: false,
    };
    stream::try_unfold(walk, |mut walk| async move {
        if walk.done {
            return Ok(None);
        }
        walk.left.pages = walk.left.pages.checked_sub(1).ok_or_else(too_long)?;
        let page = (walk.fetch)(walk.marker.take()).await?;
        walk.left.items = walk.left.items.checked_sub(page.len()).ok_or_else(too_long)?;
        match page.next() {
            Some(next) if !walk.seen.insert(next.to_owned()) => return Err(circle()),
            Some(next) => walk.marker = Some(next.to_owned()),
            None => walk.done = true,
        }
        Ok(Some((page, walk)))
    })
}

/// All objects of a list that comes as [`Page`]s.
///
/// # Errors
/// Those of [`walk`].
pub async fn collect<T, F, Fut>(bounds: Bounds, fetch: F) -> Result<Vec<std::sync::Arc<T>>>
where
    F: FnMut(Option<String>) -> Fut,
    Fut: Future<Output = Result<Page<T>>>,
{
    let mut all = Vec::new();
    let mut pages = std::pin::pin!(walk(bounds, fetch));
    while let Some(page) = pages.try_next().await? {
        all.extend(page.items);
    }
    Ok(all)
}

fn too_long() -> Error {
    Error::new(
        ErrorKind::Internal,
        "a list of the backend is longer than the adapter reads",
    )
    .with_fault(Fault::Backend)
}

fn circle() -> Error {
    Error::new(ErrorKind::Internal, "a list of the backend goes round in circles").with_fault(Fault::Backend)
}
