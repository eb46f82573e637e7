//! [`Signal`]: tells those who wait that something changed.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Counts rounds; waiting ends when a round begins that the waiter has not seen.
#[derive(Debug, Default)]
pub(crate) struct Signal(Mutex<Rounds>);

#[derive(Debug, Default)]
struct Rounds {
    round: u64,
    waiting: BTreeMap<u64, Waker>,
    next: u64,
}

impl Signal {
    fn lock(&self) -> MutexGuard<'_, Rounds> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The current round. Take it before looking at what may change.
    pub(crate) fn round(&self) -> u64 {
        self.lock().round
    }

    /// Begins a round: wakes everybody who waits.
    pub(crate) fn raise(&self) {
        let woken = {
            let mut rounds = self.lock();
            rounds.round += 1;
            std::mem::take(&mut rounds.waiting)
        };
        woken.into_values().for_each(Waker::wake);
    }

    /// Ends when a round after `seen` begins.
    pub(crate) fn after(&self, seen: u64) -> After<'_> {
        After {
            signal: self,
            seen,
            key: None,
        }
    }
}

/// Waits for a round.
#[derive(Debug)]
pub(crate) struct After<'a> {
    signal: &'a Signal,
    seen: u64,
    key: Option<u64>,
}

impl Future for After<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut rounds = self.signal.lock();
        if rounds.round > self.seen {
            return Poll::Ready(());
        }
        let key = self.key.unwrap_or(rounds.next);
        if self.key.is_none() {
            rounds.next += 1;
        }
        let replaced = rounds.waiting.insert(key, context.waker().clone());
        drop(rounds);
        drop(replaced);
        self.key = Some(key);
        Poll::Pending
    }
}

impl Drop for After<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            let waker = self.signal.lock().waiting.remove(&key);
            drop(waker);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn waiting_ends_with_the_next_round() {
        let signal = Signal::default();
        let mut wait = signal.after(signal.round());
        assert!((&mut wait).now_or_never().is_none());
        signal.raise();
        assert!((&mut wait).now_or_never().is_some());
    }

    #[test]
    fn a_round_between_looking_and_waiting_is_not_missed() {
        let signal = Signal::default();
        let seen = signal.round();
        signal.raise();
        assert!(signal.after(seen).now_or_never().is_some());
    }

    #[test]
    fn who_gives_up_leaves_nothing_behind() {
        let signal = Signal::default();
        let mut wait = signal.after(0);
        assert!((&mut wait).now_or_never().is_none());
        drop(wait);
        assert!(signal.lock().waiting.is_empty());
    }
}
