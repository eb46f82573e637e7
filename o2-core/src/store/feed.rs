//! [`Feed`]: the newest commits, and those who read them as they come. For engines that keep it in memory.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures::stream::{BoxStream, Stream, StreamExt};

use crate::store::{Commit, Revision};
use crate::{Error, Result};

/// The newest commits, bounded by their number of changes, and the wakers of the readers that have seen them all. Cheap to
/// clone; clones are the same feed.
#[derive(Clone)]
pub struct Feed(Arc<Mutex<Inner>>);

struct Inner {
    commits: VecDeque<Arc<Commit>>,
    /// Changes in `commits`.
    changes: usize,
    capacity: usize,
    /// The newest commit, with changes or without.
    newest: Revision,
    /// The newest commit with changes that is no longer in `commits`.
    forgotten: Revision,
    waiting: BTreeMap<u64, Waker>,
    next_reader: u64,
    closed: bool,
}

impl Feed {
    /// A feed that remembers `capacity` changes, and in any case the newest commit. It knows nothing of the commits up to
    /// `newest`.
    #[must_use]
    pub fn new(capacity: usize, newest: Revision) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            commits: VecDeque::new(),
            changes: 0,
            capacity,
            newest,
            forgotten: newest,
            waiting: BTreeMap::new(),
            next_reader: 0,
            closed: false,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the newest commit. The readers are to be woken, by whoever holds no lock.
    #[must_use]
    pub fn push(&self, commit: Commit) -> Vec<Waker> {
        self.lock().push(commit)
    }

    /// Ends all readers once they have seen everything. They are to be woken, by whoever holds no lock.
    #[must_use]
    pub fn close(&self) -> Vec<Waker> {
        let mut inner = self.lock();
        inner.closed = true;
        inner.take_waiting()
    }

    /// As [`Store::changes`](super::Store::changes).
    #[must_use]
    pub fn changes(&self, prefix: &str, after: Revision) -> BoxStream<'static, Result<Commit>> {
        Watch::new(self.clone(), prefix, after).boxed()
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = self.lock();
        f.debug_struct("Feed")
            .field("newest", &inner.newest.0)
            .field("changes", &inner.changes)
            .field("waiting_readers", &inner.waiting.len())
            .finish_non_exhaustive()
    }
}

impl Inner {
    fn push(&mut self, commit: Commit) -> Vec<Waker> {
        self.newest = commit.revision;
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
struct Watch {
    feed: Feed,
    id: u64,
    prefix: String,
    /// The newest commit this reader knows.
    after: Revision,
    ended: bool,
}

impl Watch {
    fn new(feed: Feed, prefix: &str, after: Revision) -> Self {
        let mut inner = feed.lock();
        inner.next_reader += 1;
        let id = inner.next_reader;
        drop(inner);
        Self {
            feed,
            id,
            prefix: prefix.to_owned(),
            after,
            ended: false,
        }
    }

    /// Goes on to the next commit, or leaves the waker.
    fn advance(&mut self, waker: &Waker) -> Step {
        let mut feed = self.feed.lock();
        let newest = feed.newest;
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
        drop(feed);
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
        let waker = self.feed.lock().waiting.remove(&self.id);
        drop(waker);
    }
}

fn unknown(after: Revision, newest: Revision) -> Error {
    Error::conflict(format!(
        "the changes after revision {after} are not known; read everything again and follow from revision {newest}"
    ))
}
