//! [`Alarm`]: a source that has news when a time has come, for what is drawn otherwise by the passing of time alone.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context as Task, Waker};
use std::time::Duration;
use std::{fmt, mem};

use futures::future::BoxFuture;
use o2_core::Timestamp;
use o2_core::ports::Clock;

use super::wakers::Wakers;
use super::{Reader, Source, Status};

/// The least time until an alarm: when it goes off, the time that it waited for must have come.
const LEAST: Duration = Duration::from_millis(10);

/// Goes off once, when the time comes that it was set to last.
pub(crate) struct Alarm {
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
    wakers: Arc<Wakers>,
}

#[derive(Default)]
struct Inner {
    sleep: Option<BoxFuture<'static, ()>>,
    due: Option<Timestamp>,
    round: u64,
}

impl Alarm {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            inner: Mutex::default(),
            wakers: Arc::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes off at `due`, and not at the time that it was set to before.
    pub(crate) fn set(&self, due: Option<Timestamp>) {
        let mut inner = self.lock();
        if mem::replace(&mut inner.due, due) != due {
            inner.sleep = self.sleep_until(due);
        }
    }

    fn sleep_until(&self, due: Option<Timestamp>) -> Option<BoxFuture<'static, ()>> {
        due.map(|due| self.clock.sleep(due.since(self.clock.now()).max(LEAST)))
    }
}

impl Source for Alarm {
    fn poll(&self, reader: &Reader, task: &mut Task<'_>, _: u64) -> u64 {
        reader.register(&self.wakers, task.waker());
        let mut inner = self.lock();
        let inner = &mut *inner;
        if inner.sleep.is_none() {
            inner.sleep = self.sleep_until(inner.due);
        }
        let all = Waker::from(Arc::clone(&self.wakers));
        let over = inner.sleep.as_mut().is_some_and(|sleep| {
            let mut shared = Task::from_waker(&all);
            sleep.as_mut().poll(&mut shared).is_ready()
        });
        if over {
            inner.sleep = None;
            inner.due = None;
            inner.round += 1;
            self.wakers.wake_others(reader);
        }
        inner.round
    }

    fn status(&self) -> Status {
        Status::Current
    }

    fn resource(&self) -> String {
        "time".to_owned()
    }

    fn freshen(&self, _: bool) {}

    fn rest(&self) {
        if self.wakers.is_empty() {
            self.lock().sleep = None;
        }
    }

    fn wakers(&self) -> &Arc<Wakers> {
        &self.wakers
    }
}

impl fmt::Debug for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alarm")
            .field("due", &self.lock().due)
            .finish_non_exhaustive()
    }
}
