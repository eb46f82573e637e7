//! [`Poke`]: wakes the one who waits.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use futures::task::AtomicWaker;

/// Wakes the one who waits; when nobody does, the next one who comes.
#[derive(Debug, Default)]
pub(crate) struct Poke {
    poked: AtomicBool,
    waker: AtomicWaker,
}

impl Poke {
    pub(crate) fn poke(&self) {
        self.poked.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// Ends at the next poke, at once when there was one since the last wait.
    pub(crate) async fn wait(&self) {
        poll_fn(|context| {
            self.waker.register(context.waker());
            if self.poked.swap(false, Ordering::AcqRel) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}
