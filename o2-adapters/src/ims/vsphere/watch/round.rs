//! One question for changes: what it brings is taken in for all streams.

use std::sync::Arc;

use futures::future::{FutureExt, WeakShared};
use o2_core::ports::Clock;
use o2_core::{Context, Error, ErrorKind, Fault, Result};

use super::super::draw::{Settings, Site, draw};
use super::super::vim::{Called, Collector, Failure, Read, Round};
use super::{Flight, State, Tracker, complete};
use crate::kit::again;

/// A first answer in more parts than this is none.
const MOST_PARTS: usize = 10_000;

impl Tracker {
    /// The question that is under way, or a new one.
    pub(super) fn flight(self: &Arc<Self>) -> Flight {
        self.flight_in(&mut self.state())
    }

    /// What tells everything first, unless the vCenter has told it before.
    pub(super) fn opening(self: &Arc<Self>) -> Option<Flight> {
        let mut state = self.state();
        state.collector.is_none().then(|| self.flight_in(&mut state))
    }

    pub(super) async fn opened(&self, context: &Context, opening: Flight) -> Result<()> {
        let outcome = match context.deadline() {
            Some(deadline) => self.clock.until(deadline, opening).await.unwrap_or_else(|| Err(late())),
            None => opening.await,
        };
        outcome.map_err(|error| again(&error))
    }

    fn flight_in(self: &Arc<Self>, state: &mut State) -> Flight {
        if let Some(flight) = state.flight.as_ref().and_then(WeakShared::upgrade) {
            return flight;
        }
        let tracker = Arc::clone(self);
        let flight = async move {
            let outcome = tracker.round().await;
            tracker.state().flight = None;
            outcome.map_err(Arc::new)
        };
        let flight = flight.boxed().shared();
        state.flight = flight.downgrade();
        flight
    }

    async fn round(&self) -> Result<()> {
        self.check_open()?;
        let context = Context::new("watch");
        let (collector, taken) = {
            let state = self.state();
            (state.collector.clone(), state.taken)
        };
        let Some(mut collector) = collector else {
            return self.begin(&context).await;
        };
        match self.vim.round(&context, &mut collector, self.seconds).await {
            Ok(round) => self.hear(&context, round, collector, taken).await,
            Err(Failure::Lost) => self.begin(&context).await,
            // The vCenter has forgotten what it told last, or the collector.
            Err(Failure::Gone(_)) => {
                self.vim.give_back(&context, &collector).await;
                self.begin(&context).await
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// Opens a collector. It tells everything first, so nothing is missed that happened while there was none.
    async fn begin(&self, context: &Context) -> Result<()> {
        self.state().collector = None;
        let begun = self.begun();
        let (collector, read) = match self.everything(context).await {
            Err(Failure::Lost) => self.everything(context).await?,
            outcome => outcome?,
        };
        let about = self.vim.about(context).await?;
        let news = {
            let mut state = self.state();
            state.collector = Some(collector);
            if state.takes(begun) {
                state.about = about;
                state.kept = state.supplement(read);
            }
            state.redraw(&self.settings, &*self.clock)
        };
        self.tell(news);
        Ok(())
    }

    async fn everything(&self, context: &Context) -> Called<(Collector, Read)> {
        let mut collector = self.vim.collector(context).await?;
        let mut read = Read::default();
        for _ in 0..MOST_PARTS {
            let round = self.vim.round(context, &mut collector, 0).await?;
            let more = round.truncated;
            round.add_to(&mut read);
            if !more {
                return Ok((collector, read));
            }
        }
        let error = Error::internal("what the vCenter tells does not end").with_fault(Fault::Backend);
        Err(Failure::Other(error))
    }

    /// Takes changes in. When somebody else has read everything meanwhile, they may be older than what is known, and
    /// everything is read again.
    async fn hear(&self, context: &Context, round: Round, collector: Collector, taken: u64) -> Result<()> {
        if round.is_empty() {
            return Ok(());
        }
        let more = round.truncated;
        let current = {
            let mut state = self.state();
            let current = state.taken == taken && round.apply(&mut state.kept);
            if current {
                state.collector = Some(collector.clone());
            }
            current
        };
        if !current {
            // Only then is it heard: whoever is dropped here is told the same again.
            self.read(context).await?;
            self.state().collector = Some(collector);
        } else if !more {
            let news = self.state().redraw(&self.settings, &*self.clock);
            self.tell(news);
        }
        Ok(())
    }

    /// Wakes those who watch, if there is something to tell.
    pub(super) fn tell(&self, news: bool) {
        if news {
            self.bell.ring();
        }
    }
}

impl State {
    /// Draws what is known now, and writes the difference down. Says whether it is news.
    fn redraw(&mut self, settings: &Settings, clock: &dyn Clock) -> bool {
        complete(&mut self.hardware, &mut self.kept);
        let drawn = draw(Site {
            settings,
            about: &self.about,
            kept: &self.kept,
        });
        self.note(drawn.objects(), clock)
    }
}

fn late() -> Arc<Error> {
    Arc::new(Error::new(
        ErrorKind::Timeout,
        "the vCenter did not tell everything in time",
    ))
}
