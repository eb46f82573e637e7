//! [`Bell`]: wakes everybody who waits for it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use futures::future::poll_fn;

/// Rung when streams should look again.
#[derive(Debug, Default)]
pub(super) struct Bell(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    rung: u64,
    waiting: Vec<Waker>,
}

impl Bell {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often it was rung.
    pub(super) fn rung(&self) -> u64 {
        self.state().rung
    }

    pub(super) fn ring(&self) {
        let waiting = {
            let mut state = self.state();
            state.rung += 1;
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Ends when it was rung more often than `heard` times.
    pub(super) async fn after(&self, heard: u64) {
        poll_fn(|task| {
            let mut state = self.state();
            if state.rung > heard {
                return Poll::Ready(());
            }
            if !state.waiting.iter().any(|waker| waker.will_wake(task.waker())) {
                state.waiting.push(task.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }
}
