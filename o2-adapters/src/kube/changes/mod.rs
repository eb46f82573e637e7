//! [`Changes`]: a plugin's stream of changes, drawn from the caches of the kinds that it shows.
//!
//! Whenever a cache has changed, the plugin draws everything anew, keeping what is as it was, and the difference goes into a
//! journal that all streams of the plugin read. So an object that is made of several kinds is told as one, and only when what
//! it shows is different. Where that takes too much of the time, what comes meanwhile is told together.

mod budget;
mod stream;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Context as Task;
use std::time::Duration;

use futures::future::poll_fn;
use futures::stream::BoxStream;
use o2_core::model::Change;
use o2_core::ports::Clock;
use o2_core::{Context, Error, ErrorKind, Result, Timestamp};

use self::budget::Budget;
use super::cache::{Reader, Source, Status};
use crate::held::{Journal, Step};
use crate::kit::again;
use crate::kit::watch::{Event, Known, Watched};

/// How many changes are kept for streams that go on where an earlier one ended.
const HISTORY: usize = 10_000;
/// How long the server may be silent before streams fail, so that whoever reads them knows.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a plugin shows, drawn from caches.
pub(crate) trait Drawing<O>: Send + 'static {
    /// The caches, those without which there is nothing to show first.
    fn sources(&self) -> Vec<Arc<dyn Source>>;

    /// How many of the sources must be readable; the others are left out when they are not.
    fn needed(&self) -> usize;

    /// Everything that is shown now.
    fn draw(&mut self) -> Vec<O>;
}

/// The changes of what one plugin shows.
pub(crate) struct Changes<O: Watched> {
    clock: Arc<dyn Clock>,
    sources: Vec<Arc<dyn Source>>,
    needed: usize,
    state: Mutex<State<O>>,
}

/// One who reads all sources. When nobody does, they rest.
struct Readers {
    readers: Vec<Reader>,
    sources: Vec<Arc<dyn Source>>,
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.readers.clear();
        self.sources.iter().for_each(|source| source.rest());
    }
}

struct State<O: Watched> {
    drawing: Box<dyn Drawing<O>>,
    known: Known<O>,
    journal: Journal<O>,
    /// What the sources were at when everything was drawn.
    drawn: Option<Vec<u64>>,
    budget: Budget,
    closed: bool,
}

impl<O: Watched> State<O> {
    fn note(&mut self, event: Event<O>, time: Timestamp) {
        match event {
            Event::Created(object) => self.journal.created(object, time),
            Event::Updated(before, after) => self.journal.updated(before, after, time),
            Event::Deleted(object) => self.journal.deleted(object, time),
        }
    }
}

impl<O: Watched> Changes<O> {
    pub(crate) fn new(drawing: impl Drawing<O>, clock: Arc<dyn Clock>) -> Self {
        let state = State {
            known: Known::new(),
            journal: Journal::new(clock.now(), HISTORY),
            drawn: None,
            budget: Budget::new(),
            closed: false,
            drawing: Box::new(drawing),
        };
        Self {
            sources: state.drawing.sources(),
            needed: state.drawing.needed(),
            clock,
            state: Mutex::new(state),
        }
    }

    /// Changes after the one with the mark `resume`, or from now on, of objects that `sees` lets through.
    pub(crate) async fn watch(
        self: Arc<Self>,
        context: &Context,
        resume: Option<&str>,
        sees: fn(&Context, &O) -> bool,
    ) -> Result<BoxStream<'static, Result<Change<O>>>> {
        self.sources.iter().for_each(|source| source.freshen(resume.is_none()));
        let readers = self.readers();
        self.load(context, &readers).await?;
        let position = self.state().journal.position(resume)?;
        Ok(stream::follow(self, readers, position, context.clone(), sees))
    }

    /// Everything that is shown, if all of it was read after `since`.
    pub(crate) fn known(&self, since: Duration) -> Option<Vec<O>> {
        let is_read = self.sources.iter().all(|source| source.is_read_since(since));
        let state = self.state();
        (is_read && state.drawn.is_some()).then(|| state.known.objects())
    }

    /// Tells what no source shows, as it happens.
    pub(crate) fn tell(&self, event: Event<O>) {
        let time = self.clock.now();
        self.state().note(event, time);
        self.wake();
    }

    fn wake(&self) {
        for source in &self.sources {
            std::task::Wake::wake_by_ref(source.wakers());
        }
    }

    /// Ends all streams, and refuses new ones.
    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.wake();
    }

    fn state(&self) -> MutexGuard<'_, State<O>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn readers(&self) -> Readers {
        Readers {
            readers: self.sources.iter().map(|source| source.wakers().reader()).collect(),
            sources: self.sources.clone(),
        }
    }

    /// Waits until every source is known, and draws.
    async fn load(&self, context: &Context, readers: &Readers) -> Result<()> {
        let loaded = poll_fn(|task| {
            let rounds = self.poll(readers, task);
            match self.loaded() {
                Ok(true) => std::task::Poll::Ready(Ok(rounds)),
                Ok(false) => std::task::Poll::Pending,
                Err(error) => std::task::Poll::Ready(Err(error)),
            }
        });
        let rounds = match context.deadline() {
            Some(deadline) => self.clock.until(deadline, loaded).await.unwrap_or_else(|| Err(late())),
            None => loaded.await,
        }?;
        self.draw(rounds);
        Ok(())
    }

    fn poll(&self, readers: &Readers, task: &mut Task<'_>) -> Vec<u64> {
        // While there is time each change is drawn, so that nobody misses what an object was in between.
        let most = if self.wait().is_zero() { 1 } else { u64::MAX };
        let each = self.sources.iter().zip(&readers.readers);
        each.map(|(source, reader)| source.poll(reader, task, most)).collect()
    }

    fn loaded(&self) -> Result<bool> {
        if self.state().closed {
            return Err(Error::new(ErrorKind::Unavailable, "the plugin is closed"));
        }
        let mut all = true;
        for (number, source) in self.sources.iter().enumerate() {
            match source.status() {
                Status::Loading => all = false,
                Status::Denied(error) if number < self.needed => return Err(again(&error)),
                Status::Troubled(error, _) => return Err(again(&error)),
                Status::Current | Status::Absent | Status::Denied(_) => {}
            }
        }
        Ok(all)
    }

    /// Why nobody should wait any longer.
    fn trouble(&self) -> Option<Error> {
        let now = self.clock.monotonic();
        self.sources
            .iter()
            .enumerate()
            .find_map(|(number, source)| match source.status() {
                Status::Denied(error) if number < self.needed => Some(again(&error)),
                Status::Troubled(error, since) if now.saturating_sub(since) >= PATIENCE => Some(again(&error)),
                _ => None,
            })
    }

    /// Draws everything when the sources are at other `rounds` than when it was drawn, and writes down the difference.
    fn draw(&self, rounds: Vec<u64>) {
        let (now, time) = (self.clock.monotonic(), self.clock.now());
        let mut state = self.state();
        let state = &mut *state;
        if state.drawn.as_ref() == Some(&rounds) {
            return;
        }
        let first = state.drawn.is_none();
        state.drawn = Some(rounds);
        let differences = state.known.take(state.drawing.draw());
        let end = self.clock.monotonic();
        state.budget.spend(end.saturating_sub(now), end);
        for difference in differences.into_iter().filter(|_| !first) {
            state.note(difference, time);
        }
    }

    /// How long to wait before drawing again.
    fn wait(&self) -> Duration {
        self.state().budget.wait(self.clock.monotonic())
    }

    fn step(&self, position: &mut u64, sees: impl Fn(&O) -> bool) -> Step<Change<O>> {
        let state = self.state();
        if state.closed {
            return Step::End;
        }
        state.journal.step(position, sees)
    }

    /// Whether there is something at `position`, or nothing will ever come again.
    fn has_news(&self, position: u64) -> bool {
        let state = self.state();
        state.closed || state.journal.end() != position
    }

    fn is_drawn(&self, rounds: &[u64]) -> bool {
        self.state().drawn.as_deref() == Some(rounds)
    }
}

fn late() -> Error {
    Error::new(ErrorKind::Timeout, "the cluster could not be listed in time")
}

impl<O: Watched> fmt::Debug for Changes<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<_> = self.sources.iter().map(|source| source.resource()).collect();
        f.debug_struct("Changes").field("kinds", &kinds).finish_non_exhaustive()
    }
}
