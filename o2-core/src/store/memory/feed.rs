//! The newest commits, and those who read them as they come.

use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures::stream::Stream;

use super::Shared;
use crate::store::{Commit, Revision};
use crate::{Error, Result};

/// The newest commits, bounded by their number of changes, and the wakers of the readers that have seen them all.
pub(super) struct Feed {
    commits: VecDeque<Arc<Commit>>,
    /// Changes in `commits`.
    changes: usize,
    capacity: usize,
    /// The newest commit with changes that is no longer in `commits`.
    forgotten: Revision,
    waiting: BTreeMap<u64, Waker>,
    next_reader: u64,
    closed: bool,
}

impl Feed {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            commits: VecDeque::new(),
            changes: 0,
            capacity,
            forgotten: Revision::default(),
            waiting: BTreeMap::new(),
            next_reader: 0,
            closed: false,
        }
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Adds the newest commit; the readers are to be woken.
    pub(super) fn push(&mut self, commit: Commit) -> Vec<Waker> {
        if commit.changes.is_empty() {
            return Vec::new();
        }
        self.changes += commit.changes.len();
        self.commits.push_back(Arc::new(commit));
        while self.changes > self.capacity && self.commits.len() > 1 {
            self.forget_oldest();
        }
        self.take_waiting()
    }

    fn forget_oldest(&mut self) {
        if let Some(oldest) = self.commits.pop_front() {
            self.changes -= oldest.changes.len();
            self.forgotten = oldest.revision;
        }
    }

    /// Ends all readers once they have seen everything; they are to be woken.
    pub(super) fn close(&mut self) -> Vec<Waker> {
        self.closed = true;
        self.take_waiting()
    }

    fn take_waiting(&mut self) -> Vec<Waker> {
        std::mem::take(&mut self.waiting).into_values().collect()
    }

    /// The first commit after `after` that changed a key with this prefix, cut down to these changes.
    fn next(&self, after: Revision, prefix: &str) -> Option<Commit> {
        let start = self.commits.partition_point(|commit| commit.revision <= after);
        self.commits.range(start..).find_map(|commit| {
            let matching = commit.changes.iter().filter(|change| change.key.starts_with(prefix));
            let changes: Vec<_> = matching.cloned().collect();
            (!changes.is_empty()).then(|| Commit::new(commit.revision, changes))
        })
    }
}

/// One reader.
pub(super) struct Watch {
    shared: Arc<Shared>,
    id: u64,
    prefix: String,
    /// The newest commit this reader knows.
    after: Revision,
    ended: bool,
}

impl Watch {
    pub(super) fn new(shared: Arc<Shared>, prefix: &str, after: Revision) -> Self {
        let mut state = shared.lock();
        state.feed.next_reader += 1;
        let id = state.feed.next_reader;
        drop(state);
        Self {
            shared,
            id,
            prefix: prefix.to_owned(),
            after,
            ended: false,
        }
    }

    /// Goes on to the next commit, or leaves the waker.
    fn advance(&mut self, waker: &Waker) -> Step {
        let mut state = self.shared.lock();
        let newest = state.revision;
        let feed = &mut state.feed;
        if self.after < feed.forgotten || self.after > newest {
            return Step::Ended(Some(unknown(self.after, newest)));
        }
        if let Some(commit) = feed.next(self.after, &self.prefix) {
            self.after = commit.revision;
            return Step::Commit(commit);
        }
        self.after = newest;
        if feed.closed {
            return Step::Ended(None);
        }
        let replaced = feed.waiting.insert(self.id, waker.clone());
        drop(state);
        drop(replaced);
        Step::Waiting
    }
}

enum Step {
    Commit(Commit),
    Waiting,
    Ended(Option<Error>),
}

impl Stream for Watch {
    type Item = Result<Commit>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        match self.advance(context.waker()) {
            Step::Commit(commit) => Poll::Ready(Some(Ok(commit))),
            Step::Waiting => Poll::Pending,
            Step::Ended(error) => {
                self.ended = true;
                Poll::Ready(error.map(Err))
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let waker = self.shared.lock().feed.waiting.remove(&self.id);
        drop(waker);
    }
}

fn unknown(after: Revision, newest: Revision) -> Error {
    Error::conflict(format!(
        "the changes after revision {after} are not known; read everything again and follow from revision {newest}"
    ))
}
