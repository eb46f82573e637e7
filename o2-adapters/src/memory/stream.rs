//! [`follow`]: a stream of what happens in a [`Live`] state.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt};
use o2_core::Result;

use super::{Live, Step, Timed};

struct Follower<S, T, F> {
    live: Arc<Live<S>>,
    look: F,
    ready: VecDeque<T>,
}

impl<S: Timed, T, F: FnMut(&S) -> Step<T>> Follower<S, T, F> {
    async fn next(mut self) -> Result<Option<(T, Self)>> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Ok(Some((item, self)));
            }
            let round = self.live.round();
            let look = &mut self.look;
            let (step, pause) = self.live.read(|state, now| {
                let pause = state.due().map(|due| due.saturating_sub(now.monotonic));
                (look(state), pause)
            })?;
            match step {
                Step::Items(items) => self.ready.extend(items),
                Step::Wait => self.live.wait(round, pause).await,
                Step::End => return Ok(None),
                Step::Failed(error) => return Err(error),
            }
        }
    }
}

/// Everything `look` finds, from now until it says so, the plugin is closed, or the stream is dropped. It is asked again
/// whenever the state may have changed.
pub(crate) fn follow<S: Timed, T: Send + 'static>(
    live: Arc<Live<S>>,
    look: impl FnMut(&S) -> Step<T> + Send + 'static,
) -> BoxStream<'static, Result<T>> {
    let follower = Follower {
        live,
        look,
        ready: VecDeque::new(),
    };
    stream::try_unfold(follower, Follower::next).boxed()
}
