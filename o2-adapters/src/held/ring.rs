//! [`Ring`]: the newest entries of an endless sequence.

use std::collections::VecDeque;

/// Entries numbered from 0 on, of which only the newest are kept.
#[derive(Debug)]
pub(crate) struct Ring<T> {
    entries: VecDeque<T>,
    capacity: usize,
    /// The number the next entry will have.
    end: u64,
}

impl<T> Ring<T> {
    /// Keeps the newest `capacity` entries, at least one.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            capacity: capacity.max(1),
            end: 0,
        }
    }

    pub(crate) fn push(&mut self, entry: T) {
        if self.entries.len() == self.capacity {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
        self.end += 1;
    }

    /// The number the next entry will have.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// The number of the oldest entry that is kept.
    pub(crate) fn start(&self) -> u64 {
        self.end - self.entries.len() as u64
    }

    /// Every entry that is kept, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.entries.iter()
    }

    /// The kept entries from number `position` on.
    pub(crate) fn from(&self, position: u64) -> impl Iterator<Item = &T> {
        let skip = position.saturating_sub(self.start());
        self.entries.iter().skip(usize::try_from(skip).unwrap_or(usize::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_entries_are_kept_and_numbered() {
        let mut ring = Ring::new(3);
        (0..5).for_each(|number| ring.push(number));
        assert_eq!((ring.start(), ring.end()), (2, 5));
        for (position, expected) in [(0, vec![2, 3, 4]), (3, vec![3, 4]), (5, vec![]), (u64::MAX, vec![])] {
            assert_eq!(ring.from(position).copied().collect::<Vec<_>>(), expected, "{position}");
        }
        assert_eq!(ring.iter().count(), 3);
    }
}
