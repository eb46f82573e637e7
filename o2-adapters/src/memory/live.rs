//! [`Live`]: state that many share and that moves with the clock.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures::future::{Either, select};
use o2_core::ports::Clock;
use o2_core::{Error, ErrorKind, Result};

use super::Moment;
use super::signal::Signal;

/// State in which things happen by themselves as time passes.
pub(crate) trait Timed: Send + Sync + 'static {
    /// When something is to happen next, on the monotonic scale.
    fn due(&self) -> Option<Duration>;

    /// Lets everything happen that is due at `now`.
    fn settle(&mut self, now: Moment);
}

/// State behind a lock that is never held across an await. Whoever looks sees everything that was due.
pub(crate) struct Live<S> {
    clock: Arc<dyn Clock>,
    state: RwLock<S>,
    changed: Signal,
    closed: AtomicBool,
}

impl<S: Timed> Live<S> {
    pub(crate) fn new(clock: Arc<dyn Clock>, state: S) -> Arc<Self> {
        Arc::new(Self {
            clock,
            state: RwLock::new(state),
            changed: Signal::default(),
            closed: AtomicBool::new(false),
        })
    }

    pub(crate) fn now(&self) -> Moment {
        Moment::now(&*self.clock)
    }

    /// Looks at the state.
    ///
    /// # Errors
    /// `Unavailable` after [`close`](Self::close).
    pub(crate) fn read<R>(&self, look: impl FnOnce(&S, Moment) -> R) -> Result<R> {
        self.check_open()?;
        let now = self.now();
        {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            if state.due().is_none_or(|due| due > now.monotonic) {
                return Ok(look(&state, now));
            }
        }
        let seen = {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            state.settle(now);
            look(&state, now)
        };
        self.changed.raise();
        Ok(seen)
    }

    /// Changes the state.
    ///
    /// # Errors
    /// What `change` fails with; `Unavailable` after [`close`](Self::close).
    pub(crate) fn write<R>(&self, change: impl FnOnce(&mut S, Moment) -> Result<R>) -> Result<R> {
        self.check_open()?;
        let result = {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            let now = self.now();
            state.settle(now);
            change(&mut state, now)
        };
        self.changed.raise();
        result
    }

    /// The current round of changes, for [`wait`](Self::wait).
    pub(crate) fn round(&self) -> u64 {
        self.changed.round()
    }

    /// Ends when the state may have changed since round `seen`, or when `pause` has passed.
    pub(crate) async fn wait(&self, seen: u64, pause: Option<Duration>) {
        let changed = self.changed.after(seen);
        match pause {
            Some(pause) => match select(changed, self.clock.sleep(pause)).await {
                Either::Left(_) | Either::Right(_) => (),
            },
            None => changed.await,
        }
    }

    /// Ends everything: whoever comes later, or waits, is told that the plugin is closed.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.changed.raise();
    }

    /// Fails when the plugin is closed.
    pub(crate) fn check_open(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::Unavailable, "the plugin is closed"));
        }
        Ok(())
    }
}

impl<S> fmt::Debug for Live<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live")
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}
