//! The stream that one reader of [`Changes`] gets.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures::FutureExt;
use futures::future::poll_fn;
use futures::stream::{self, BoxStream, StreamExt};
use o2_core::model::Change;
use o2_core::{Context, Error, Result};

use super::{Changes, Readers};
use crate::held::Step;
use crate::kit::watch::Watched;

struct Follower<O: Watched> {
    changes: Arc<Changes<O>>,
    readers: Readers,
    position: u64,
    context: Context,
    sees: fn(&Context, &O) -> bool,
    ready: VecDeque<Change<O>>,
}

pub(super) fn follow<O: Watched>(
    changes: Arc<Changes<O>>,
    readers: Readers,
    position: u64,
    context: Context,
    sees: fn(&Context, &O) -> bool,
) -> BoxStream<'static, Result<Change<O>>> {
    let follower = Follower {
        changes,
        readers,
        position,
        context,
        sees,
        ready: VecDeque::new(),
    };
    stream::try_unfold(follower, Follower::next).boxed()
}

/// What woke a follower.
enum News {
    /// The sources are at these rounds, and everything has to be drawn anew.
    Rounds(Vec<u64>),
    /// Somebody else has drawn.
    Drawn,
}

impl<O: Watched> Follower<O> {
    async fn next(mut self) -> Result<Option<(Change<O>, Self)>> {
        loop {
            if let Some(change) = self.ready.pop_front() {
                return Ok(Some((change, self)));
            }
            let (context, sees) = (&self.context, self.sees);
            match self.changes.step(&mut self.position, |object| sees(context, object)) {
                Step::Items(changes) => self.ready.extend(changes),
                Step::Wait => self.wait().await?,
                Step::End => return Ok(None),
                Step::Failed(error) => return Err(error),
            }
        }
    }

    /// Waits until there may be something new.
    async fn wait(&self) -> Result<()> {
        let News::Rounds(rounds) = self.news().await? else {
            return Ok(());
        };
        let pause = self.changes.wait();
        if pause.is_zero() {
            self.changes.draw(rounds);
        } else {
            self.gather(pause).await;
        }
        Ok(())
    }

    /// Takes in what comes within `pause`, to be told together. A connection has the next piece only after the one before was
    /// taken; so it is not enough to look when the time is over.
    async fn gather(&self, pause: Duration) {
        let mut pause = self.changes.clock.sleep(pause);
        poll_fn(|task| {
            self.changes.poll(&self.readers, task);
            pause.poll_unpin(task)
        })
        .await;
    }

    async fn news(&self) -> Result<News, Error> {
        poll_fn(|task| {
            let rounds = self.changes.poll(&self.readers, task);
            if let Some(error) = self.changes.trouble() {
                return Poll::Ready(Err(error));
            }
            if !self.changes.is_drawn(&rounds) {
                Poll::Ready(Ok(News::Rounds(rounds)))
            } else if self.changes.has_news(self.position) {
                Poll::Ready(Ok(News::Drawn))
            } else {
                Poll::Pending
            }
        })
        .await
    }
}
