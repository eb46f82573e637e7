//! [`Gaps`]: which parts of a region are missing in the last reading, for health to tell.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Why a part is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
    /// We may not see it.
    Denied,
    /// So many of its items cannot be read.
    Unreadable(usize),
}

/// What is missing, by the name of the part.
#[derive(Debug, Default)]
pub(super) struct Gaps(Mutex<BTreeMap<&'static str, Gap>>);

impl Gaps {
    /// A part was read, but for so many items.
    pub(super) fn read(&self, what: &'static str, skipped: usize) {
        match skipped {
            0 => self.gaps().remove(what),
            some => self.gaps().insert(what, Gap::Unreadable(some)),
        };
    }

    /// We may not see a part.
    pub(super) fn deny(&self, what: &'static str) {
        let before = self.gaps().insert(what, Gap::Denied);
        if before != Some(Gap::Denied) {
            tracing::warn!(
                what,
                "the backend does not let us see something; it is left out or stays as it was"
            );
        }
    }

    /// What is missing, in one sentence.
    pub(super) fn told(&self) -> Option<String> {
        let gaps = self.gaps();
        let denied = gaps.iter().filter(|(_, gap)| **gap == Gap::Denied);
        let denied: Vec<&str> = denied.map(|(what, _)| *what).collect();
        let unreadable = gaps.iter().filter_map(|(what, gap)| match gap {
            Gap::Unreadable(count) => Some(format!("{count} of the {what}")),
            Gap::Denied => None,
        });
        let unreadable: Vec<String> = unreadable.collect();
        let mut told = Vec::new();
        if !denied.is_empty() {
            told.push(format!("the backend does not let us see: {}", denied.join(", ")));
        }
        if !unreadable.is_empty() {
            told.push(format!("cannot be read: {}", unreadable.join(", ")));
        }
        (!told.is_empty()).then(|| told.join("; "))
    }

    fn gaps(&self) -> MutexGuard<'_, BTreeMap<&'static str, Gap>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
