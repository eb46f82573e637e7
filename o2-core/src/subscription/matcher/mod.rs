//! [`Matcher`]: finds the subscriptions that an event concerns.

mod follow;
mod index;
mod matching;
mod places;
mod rest;
#[cfg(test)]
mod tests;
mod values;

use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::task::{Poll, Waker};
use std::time::Duration;

use self::index::Index;
use super::Subjects;
use super::stored::{self, Stored};
use crate::event::ChangeEvent;
use crate::outbox::Matched;
use crate::ports::Clock;
use crate::store::{Revision, Store, Table};
use crate::{Error, ErrorKind, Result};

/// Finds the subscriptions that an event concerns, among all that are in the store.
///
/// It knows the store as of some commit, and says which: [`Matched::generation`]. Whoever commits what it found does so on
/// the condition that [`GENERATION`](crate::outbox::GENERATION) is still that; the commit then fails when a subscription has
/// come, gone or changed meanwhile, and [`Self::caught_up`] waits until the matcher knows of it. So an event reaches exactly
/// the subscriptions that there are when it is committed.
pub struct Matcher {
    store: Arc<dyn Store>,
    table: Table<Stored>,
    clock: Arc<dyn Clock>,
    subjects: Subjects,
    known: RwLock<Known>,
    /// Those who wait until something else is known.
    waiting: Mutex<Vec<Waker>>,
}

/// What is known of the store.
#[derive(Debug, Default)]
struct Known {
    index: Index,
    /// The commit that last wrote a subscription.
    generation: Option<Revision>,
    /// The commit after which to follow the store; `None` before anything has been read.
    position: Option<Revision>,
}

impl Matcher {
    /// One that knows no subscriptions yet.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, subjects: Subjects) -> Self {
        Self {
            table: stored::table(Arc::clone(&store)),
            store,
            clock,
            subjects,
            known: RwLock::default(),
            waiting: Mutex::default(),
        }
    }

    /// The subscriptions that an event concerns, as far as is known.
    #[must_use]
    pub fn matching(&self, event: &ChangeEvent) -> Matched {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        Matched {
            subscriptions: known.index.matching(event),
            generation: known.generation,
        }
    }

    /// Waits until another generation is known than `since`, at most for `limit`. Somebody has to [`follow`](Self::follow)
    /// the store meanwhile.
    ///
    /// # Errors
    /// `Timeout`.
    pub async fn caught_up(&self, since: Option<Revision>, limit: Duration) -> Result<()> {
        let changed = poll_fn(|context| {
            if self.generation() != since {
                return Poll::Ready(());
            }
            self.remember(context.waker());
            // It may have changed before the waker was there to be woken.
            if self.generation() == since {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        });
        self.clock.within(limit, changed).await.map_err(|limit| {
            let message = format!("no change of subscriptions was heard of within {limit:?}");
            Error::new(ErrorKind::Timeout, message).with_fault(crate::Fault::Gateway)
        })
    }

    /// The commit that last wrote a subscription, as far as is known; `None` when none ever had.
    #[must_use]
    pub fn generation(&self) -> Option<Revision> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).generation
    }

    fn position(&self) -> Option<Revision> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).position
    }

    fn remember(&self, waker: &Waker) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if !waiting.iter().any(|known| known.will_wake(waker)) {
            waiting.push(waker.clone());
        }
    }

    /// Changes what is known, and wakes those who wait for that.
    fn learn<T>(&self, change: impl FnOnce(&mut Known) -> T) -> T {
        let result = change(&mut self.known.write().unwrap_or_else(PoisonError::into_inner));
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        waiting.into_iter().for_each(Waker::wake);
        result
    }
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        f.debug_struct("Matcher")
            .field("subscriptions", &known.index.len())
            .field("generation", &known.generation)
            .finish_non_exhaustive()
    }
}
