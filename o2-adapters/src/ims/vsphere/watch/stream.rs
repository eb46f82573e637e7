//! The stream that one watcher gets.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::future::{Either, FutureExt, select};
use futures::stream::{self, BoxStream, StreamExt};
use o2_core::{Context, Result};
use o2_ims::InventoryChange;

use super::{Flight, Tracker};
use crate::held::Step;
use crate::kit::again;

struct Follower {
    tracker: Arc<Tracker>,
    position: u64,
    context: Context,
    ready: VecDeque<InventoryChange>,
    /// It is kept while it is under way: a question that nobody holds is given up.
    flight: Option<Flight>,
}

pub(super) fn follow(
    tracker: Arc<Tracker>,
    position: u64,
    context: &Context,
) -> BoxStream<'static, Result<InventoryChange>> {
    let follower = Follower {
        tracker,
        position,
        context: context.clone(),
        ready: VecDeque::new(),
        flight: None,
    };
    stream::try_unfold(follower, Follower::next).boxed()
}

impl Follower {
    async fn next(mut self) -> Result<Option<(InventoryChange, Self)>> {
        loop {
            if let Some(change) = self.ready.pop_front() {
                return Ok(Some((change, self)));
            }
            let heard = self.tracker.bell.rung();
            match self.step() {
                Step::Items(changes) => self.ready.extend(changes),
                Step::Wait => self.wait(heard).await?,
                Step::End => return Ok(None),
                Step::Failed(error) => return Err(error),
            }
        }
    }

    fn step(&mut self) -> Step<InventoryChange> {
        let state = self.tracker.state();
        if state.closed {
            return Step::End;
        }
        let context = &self.context;
        state
            .journal
            .step(&mut self.position, |object| context.sees(object.tenant()))
    }

    /// Waits until there may be something new.
    async fn wait(&mut self, heard: u64) -> Result<()> {
        let flight = self.flight.take().unwrap_or_else(|| self.tracker.flight());
        let rung = self.tracker.bell.after(heard).boxed();
        match select(flight, rung).await {
            Either::Left((outcome, _)) => outcome.map_err(|error| again(&error)),
            Either::Right(((), flight)) => {
                self.flight = Some(flight);
                Ok(())
            }
        }
    }
}
