//! [`Kept`]: a list as it was known last, for what of it cannot be read now.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::kit::lenient::Items;

/// What a list has, as far as it is known.
#[derive(Debug)]
pub(super) struct Known<T> {
    pub(super) items: Arc<Vec<T>>,
    /// Whether there may be items of which nothing is known.
    pub(super) unknown: bool,
}

/// Remembers a list. What cannot be read is taken to be as it was: an answer that nobody understands changes nothing.
pub(super) struct Kept<T> {
    id: fn(&T) -> &str,
    last: Mutex<Last<T>>,
}

struct Last<T> {
    items: Arc<Vec<T>>,
    /// Whether it was ever read as a whole.
    whole: bool,
}

impl<T: Clone> Kept<T> {
    pub(super) fn new(id: fn(&T) -> &str) -> Self {
        let last = Last {
            items: Arc::default(),
            whole: false,
        };
        Self {
            id,
            last: Mutex::new(last),
        }
    }

    /// Takes in what was read, and adds what is known of the rest. Whether an item that is missing could not be read or is
    /// gone is not to be seen, so it is kept until a list can be read as a whole.
    pub(super) fn take(&self, read: Items<T>) -> Known<T> {
        let mut last = self.last();
        let mut items = read.items;
        if read.skipped == 0 {
            last.whole = true;
        } else {
            let rest: Vec<T> = {
                let seen: BTreeSet<&str> = items.iter().map(self.id).collect();
                let rest = last.items.iter().filter(|item| !seen.contains((self.id)(item)));
                rest.cloned().collect()
            };
            items.extend(rest);
        }
        last.items = Arc::new(items);
        last.known()
    }

    /// The list when it could not be read at all.
    pub(super) fn last_known(&self) -> Known<T> {
        self.last().known()
    }

    /// An item is gone; we have deleted it.
    pub(super) fn forget(&self, id: &str) {
        let mut last = self.last();
        let rest = last.items.iter().filter(|item| (self.id)(item) != id);
        last.items = Arc::new(rest.cloned().collect());
    }

    fn last(&self) -> MutexGuard<'_, Last<T>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Last<T> {
    fn known(&self) -> Known<T> {
        Known {
            items: Arc::clone(&self.items),
            unknown: !self.whole,
        }
    }
}
