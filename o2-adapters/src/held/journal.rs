//! [`Journal`]: the changes of the recent past, numbered, so that a watch can go on where an earlier one ended.

use o2_core::error::Excerpt;
use o2_core::model::{Change, Version};
use o2_core::{Error, Result, Timestamp};

use super::Ring;

/// How many changes a watcher takes at once.
const BATCH: usize = 256;

/// What somebody who follows found when looking.
#[derive(Debug)]
pub(crate) enum Step<T> {
    /// These items, possibly with more behind them.
    Items(Vec<T>),
    /// Nothing new.
    Wait,
    /// Nothing will ever come again.
    End,
    /// The follower cannot go on.
    Failed(Error),
}

/// Changes of objects `O`. Their marks begin with the time at which the journal began, so that a mark of an earlier life
/// of the plugin is not taken for one of this life.
#[derive(Debug)]
pub(crate) struct Journal<O> {
    life: String,
    changes: Ring<Change<O>>,
}

impl<O: Clone> Journal<O> {
    /// Keeps the newest `capacity` changes.
    pub(crate) fn new(began: Timestamp, capacity: usize) -> Self {
        Self {
            life: format!("{:x}", began.unix_nanos()),
            changes: Ring::new(capacity),
        }
    }

    pub(crate) fn created(&mut self, after: O, time: Timestamp) {
        self.changes.push(Change::created(after, time, self.next_mark()));
    }

    pub(crate) fn updated(&mut self, before: O, after: O, time: Timestamp) {
        self.changes
            .push(Change::updated(before, after, time, self.next_mark()));
    }

    pub(crate) fn deleted(&mut self, before: O, time: Timestamp) {
        self.changes.push(Change::deleted(before, time, self.next_mark()));
    }

    /// The version of an object whose change is recorded next. Versions grow and are never used twice.
    pub(crate) fn next_version(&self) -> Version {
        Version::new((self.changes.end() + 1).to_string())
    }

    /// The position behind the newest change.
    #[cfg(feature = "kit-kube")]
    pub(crate) fn end(&self) -> u64 {
        self.changes.end()
    }

    fn next_mark(&self) -> String {
        format!("{}-{}", self.life, self.changes.end())
    }

    /// Where a watch after the change marked `resume` begins; at the next change when there is no mark.
    ///
    /// # Errors
    /// `Conflict` when the changes after the mark are not known, or the mark itself is not.
    pub(crate) fn position(&self, resume: Option<&str>) -> Result<u64> {
        let Some(mark) = resume else {
            return Ok(self.changes.end());
        };
        let number = mark.split_once('-').filter(|(life, _)| *life == self.life);
        let position = number
            .and_then(|(_, number)| number.parse::<u64>().ok())
            .filter(|number| *number < self.changes.end())
            .map(|number| number + 1);
        match position {
            Some(position) if position >= self.changes.start() => Ok(position),
            Some(_) => Err(expired(mark, "are too old and no longer kept")),
            None => Err(expired(mark, "are not known here")),
        }
    }

    /// The next changes from `position` on of objects that `sees` lets through; moves `position` behind them.
    pub(crate) fn step(&self, position: &mut u64, sees: impl Fn(&O) -> bool) -> Step<Change<O>> {
        if *position < self.changes.start() {
            let mark = format!("{}-{}", self.life, position.saturating_sub(1));
            return Step::Failed(expired(&mark, "came faster than they were read"));
        }
        let mut items = Vec::new();
        for change in self.changes.from(*position) {
            if items.len() == BATCH {
                break;
            }
            *position += 1;
            if change.object().is_some_and(&sees) {
                items.push(change.clone());
            }
        }
        if items.is_empty() {
            Step::Wait
        } else {
            Step::Items(items)
        }
    }
}

fn expired(mark: &str, reason: &str) -> Error {
    Error::conflict(format!(
        "the changes after '{}' {reason}; read everything and watch from now on",
        Excerpt(mark)
    ))
}

#[cfg(test)]
mod tests {
    use o2_core::ErrorKind;

    use super::*;

    const BEGAN: Timestamp = Timestamp::UNIX_EPOCH;

    fn journal(changes: u32) -> Journal<u32> {
        let mut journal = Journal::new(BEGAN, 3);
        (0..changes).for_each(|number| journal.created(number, BEGAN));
        journal
    }

    #[test]
    fn a_mark_leads_to_the_change_behind_it() {
        let journal = journal(5);
        for (resume, expected) in [(None, 5), (Some("0-1"), 2), (Some("0-2"), 3), (Some("0-4"), 5)] {
            assert_eq!(journal.position(resume).unwrap(), expected, "{resume:?}");
        }
        for (resume, reason) in [
            ("0-0", "too old"),
            ("0-5", "not known"),
            ("1-4", "not known"),
            ("0-x", "not known"),
            ("", "not known"),
        ] {
            let error = journal.position(Some(resume)).unwrap_err();
            assert!(
                error.is(ErrorKind::Conflict) && error.message().contains(reason),
                "{resume}: {error}"
            );
        }
    }

    #[test]
    fn steps_hand_out_what_the_watcher_may_see() {
        let journal = journal(3);
        let mut position = 0;
        let Step::Items(items) = journal.step(&mut position, |number| number % 2 == 0) else {
            panic!("no items");
        };
        assert_eq!(
            items.iter().filter_map(|change| change.after).collect::<Vec<_>>(),
            [0, 2]
        );
        assert_eq!(position, 3);
        assert!(matches!(journal.step(&mut position, |_| true), Step::Wait));
    }

    #[test]
    fn a_watcher_that_is_too_slow_is_told() {
        let journal = journal(5);
        let Step::Failed(error) = journal.step(&mut 1, |_| true) else {
            panic!("no error");
        };
        assert!(error.is(ErrorKind::Conflict), "{error}");
    }

    #[test]
    fn versions_grow() {
        assert_eq!(
            (journal(0).next_version().as_str(), journal(2).next_version().as_str()),
            ("1", "3")
        );
    }
}
