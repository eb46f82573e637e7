//! [`Followed`]: something that is not in the API server but is shown beside what is, as a source.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context as Task, Poll, Waker};
use std::time::Duration;

use futures::stream::{BoxStream, StreamExt};
use o2_core::ports::Clock;
use o2_core::{Error, Result};

use super::pause::Pause;
use super::wakers::{Reader, Wakers};
use super::{IDLE, Source, Status};

/// How long something is left alone that could not be told.
const PAUSE: Duration = Duration::from_secs(2);

/// Opens a stream that tells what something is, now and whenever it has changed, without end. After an error, it tries again.
pub(crate) type Opening<T> = Box<dyn Fn() -> BoxStream<'static, Result<T>> + Send + Sync>;

/// What a stream tells, kept.
pub(crate) struct Followed<T> {
    name: &'static str,
    open: Opening<T>,
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner<T>>,
    wakers: Arc<Wakers>,
}

struct Inner<T> {
    stream: BoxStream<'static, Result<T>>,
    value: Option<T>,
    status: Status,
    round: u64,
    polled: Option<Duration>,
    pause: Pause,
}

impl<T: Clone + PartialEq + Send + 'static> Followed<T> {
    /// What is called `name` in messages.
    pub(crate) fn new(name: &'static str, clock: Arc<dyn Clock>, open: Opening<T>) -> Self {
        let inner = Inner {
            stream: open(),
            value: None,
            status: Status::Loading,
            round: 0,
            polled: None,
            pause: Pause::default(),
        };
        Self {
            name,
            open,
            clock,
            inner: Mutex::new(inner),
            wakers: Arc::default(),
        }
    }

    /// What it is, if that is known.
    pub(crate) fn value(&self) -> Option<T> {
        self.lock().value.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: PartialEq> Inner<T> {
    fn take(&mut self, told: Result<T>, now: Duration) {
        match told {
            Ok(value) => {
                let same = self.value.as_ref() == Some(&value) && matches!(self.status, Status::Current);
                self.round += u64::from(!same);
                self.value = Some(value);
                self.status = Status::Current;
            }
            Err(error) => self.fail(error, now),
        }
    }

    fn fail(&mut self, error: Error, now: Duration) {
        let since = match self.status {
            Status::Troubled(_, since) => since,
            _ => now,
        };
        self.round += 1;
        self.status = Status::Troubled(Arc::new(error), since);
    }
}

impl<T: Clone + PartialEq + Send + 'static> Source for Followed<T> {
    fn poll(&self, reader: &Reader, task: &mut Task<'_>, most: u64) -> u64 {
        reader.register(&self.wakers, task.waker());
        let now = self.clock.monotonic();
        let all = Waker::from(Arc::clone(&self.wakers));
        let mut shared = Task::from_waker(&all);
        let mut inner = self.lock();
        inner.polled = Some(now);
        let before = inner.round;
        while inner.round - before < most {
            let next = match inner.pause.poll(&self.clock, &mut shared) {
                Poll::Ready(()) => inner.stream.poll_next_unpin(&mut shared),
                Poll::Pending => Poll::Pending,
            };
            match next {
                Poll::Ready(Some(told)) => {
                    if told.is_err() {
                        inner.pause.begin(&self.clock, PAUSE);
                    }
                    inner.take(told, now);
                }
                Poll::Ready(None) | Poll::Pending => {
                    if inner.round != before {
                        self.wakers.wake_others(reader);
                    }
                    return inner.round;
                }
            }
        }
        all.wake_by_ref();
        inner.round
    }

    fn status(&self) -> Status {
        self.lock().status.clone()
    }

    fn resource(&self) -> String {
        self.name.to_owned()
    }

    fn freshen(&self, current: bool) {
        let mut inner = self.lock();
        let now = self.clock.monotonic();
        let read_lately = inner.polled.is_none_or(|polled| now.saturating_sub(polled) < IDLE);
        let troubled = matches!(inner.status, Status::Troubled(..));
        if troubled || (current && !read_lately) {
            inner.stream = (self.open)();
            inner.pause = Pause::default();
            inner.status = Status::Loading;
        }
    }

    fn rest(&self) {
        if self.wakers.is_empty() {
            self.lock().pause.leave();
        }
    }

    fn wakers(&self) -> &Arc<Wakers> {
        &self.wakers
    }
}

impl<T> std::fmt::Debug for Followed<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Followed")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
