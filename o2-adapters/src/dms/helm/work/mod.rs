//! [`Works`]: what the program is doing, one thing for each release at a time.
//!
//! A caller waits only until Helm has written down what it is doing. The rest is not lost with the caller: whoever uses the
//! plugin next, or watches it, goes on with it. Nothing runs in the background; the program itself needs nobody to look at it.
//! Work whose caller is gone before that moment is brought to it by whoever comes next, so that what was asked for shows.

mod flow;
mod lock;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context as Task, Poll};
use std::time::Duration;

use futures::channel::oneshot;
use futures::future::{BoxFuture, Either, FutureExt, Shared, join_all, poll_fn, select};
use o2_core::ports::Clock;
use o2_core::{Error, Result};

use super::program::Target;
pub(super) use flow::{Flow, Mark, Step};

type Running = Shared<BoxFuture<'static, ()>>;

/// The longest that somebody waits for work of another that is at a moment in which it does not stay for long.
const MOMENT: Duration = Duration::from_secs(30);

/// What is being done to releases.
#[derive(Default)]
pub(super) struct Works {
    all: Mutex<BTreeMap<Target, Slot>>,
}

enum Slot {
    /// Somebody decides what to do.
    Claimed,
    /// The program is at work.
    Running(Running, Arc<Phase>),
}

/// How far work has come.
#[derive(Debug, Default)]
struct Phase {
    /// Whether the caller is gone.
    left: AtomicBool,
    /// Whether the caller was told that it was accepted, or why not.
    said: AtomicBool,
    /// Whether the program has ended, and what is left to do is done soon.
    ends: AtomicBool,
}

impl Phase {
    /// Whether it does not stay as it is for long, and nobody else sees to that.
    fn is_passing(&self) -> bool {
        let is = |flag: &AtomicBool| flag.load(Ordering::SeqCst);
        is(&self.ends) || is(&self.left) && !is(&self.said)
    }
}

/// Says that the caller is gone when it is.
struct Caller(Arc<Phase>);

impl Drop for Caller {
    fn drop(&mut self) {
        self.0.left.store(true, Ordering::SeqCst);
    }
}

/// The right to change a release, until it is dropped.
#[derive(Debug)]
pub(super) struct Claim {
    works: Weak<Works>,
    target: Target,
}

impl Works {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Target, Slot>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for work on a release that no longer shows it: the program has written down how it ended, and is about to exit.
    pub(super) async fn exited(&self, target: &Target, clock: &dyn Clock) {
        let running = match self.lock().get(target) {
            Some(Slot::Running(running, phase)) if phase.said.load(Ordering::SeqCst) => running.clone(),
            _ => return,
        };
        // While it takes longer it is in the way of the change.
        let _ = clock.within(MOMENT, running).await;
    }

    /// The right to change a release.
    ///
    /// # Errors
    /// `Conflict` while somebody else has it.
    pub(super) async fn claim(self: &Arc<Self>, target: &Target, clock: &dyn Clock) -> Result<Claim> {
        self.catch_up(clock).await;
        let mut all = self.lock();
        if all.contains_key(target) {
            return Err(Error::conflict(
                "the deployment is being changed; wait until that has ended",
            ));
        }
        all.insert(target.clone(), Slot::Claimed);
        Ok(Claim {
            works: Arc::downgrade(self),
            target: target.clone(),
        })
    }

    /// Begins `work` and waits until it says that it was accepted, or has failed before it was. It goes on until it has ended,
    /// also when nobody waits.
    pub(super) async fn begin<T: Send + 'static>(
        self: &Arc<Self>,
        claim: Claim,
        work: impl FnOnce(Acceptance<T>) -> BoxFuture<'static, ()>,
    ) -> Result<T> {
        let (sender, receiver) = oneshot::channel();
        let phase = Arc::new(Phase::default());
        let work = work(Acceptance {
            sender: Some(sender),
            phase: Arc::clone(&phase),
        });
        let _caller = Caller(Arc::clone(&phase));
        let target = claim.target.clone();
        let running: Running = async move {
            work.await;
            drop(claim);
        }
        .boxed()
        .shared();
        self.lock().insert(target, Slot::Running(running.clone(), phase));
        let lost = || Error::internal("work has ended without saying how");
        match select(receiver, running).await {
            Either::Left((accepted, _)) => accepted.unwrap_or_else(|_| Err(lost())),
            Either::Right(((), receiver)) => receiver.await.unwrap_or_else(|_| Err(lost())),
        }
    }

    fn running(&self) -> Vec<Running> {
        let all = self.lock();
        let running = all.values().filter_map(|slot| match slot {
            Slot::Claimed => None,
            Slot::Running(running, _) => Some(running.clone()),
        });
        running.collect()
    }

    /// Goes on with everything, and waits for what somebody has left behind until it shows.
    pub(super) async fn catch_up(&self, clock: &dyn Clock) {
        self.drive();
        let passing: Vec<_> = {
            let all = self.lock();
            let passing = all.values().filter_map(|slot| match slot {
                Slot::Running(running, phase) if phase.is_passing() => Some((running.clone(), Arc::clone(phase))),
                _ => None,
            });
            passing.collect()
        };
        let each = passing.into_iter().map(|(mut running, phase)| {
            poll_fn(move |task| match running.poll_unpin(task) {
                Poll::Pending if phase.is_passing() => Poll::Pending,
                _ => Poll::Ready(()),
            })
        });
        // What takes longer than a moment is in the way of a change, and of nothing else.
        let _ = clock.within(MOMENT, join_all(each)).await;
    }

    /// Goes on with everything, without waiting for any of it.
    pub(super) fn drive(&self) {
        for running in self.running() {
            let _ = running.now_or_never();
        }
    }

    /// Goes on with everything until all of it has ended.
    pub(super) async fn finish(&self) {
        join_all(self.running()).await;
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(works) = self.works.upgrade() {
            let slot = works.lock().remove(&self.target);
            // Not under the lock: what is dropped with it may come back here.
            drop(slot);
        }
    }
}

/// Says once that work was accepted, or why it was not.
pub(super) struct Acceptance<T> {
    sender: Option<oneshot::Sender<Result<T>>>,
    phase: Arc<Phase>,
}

impl<T> Acceptance<T> {
    /// Whether nothing was said yet.
    pub(super) fn is_open(&self) -> bool {
        self.sender.is_some()
    }

    /// Says that the program has ended.
    pub(super) fn ends(&self) {
        self.phase.ends.store(true, Ordering::SeqCst);
    }

    /// Says it; what comes later is not heard.
    pub(super) fn say(&mut self, outcome: Result<T>) {
        self.phase.said.store(true, Ordering::SeqCst);
        if let Some(sender) = self.sender.take() {
            // Nobody may be waiting any more.
            let _ = sender.send(outcome);
        }
    }
}

/// Goes on with work whenever the task is polled that reads changes.
#[derive(Default)]
pub(super) struct Driver {
    held: Vec<Running>,
}

impl Driver {
    /// Goes on, and has the task woken when there is more to be done.
    pub(super) fn poll(&mut self, works: &Works, task: &mut Task<'_>) {
        for running in works.running() {
            if !self.held.iter().any(|held| held.ptr_eq(&running)) {
                self.held.push(running);
            }
        }
        self.held
            .retain_mut(|held| matches!(held.poll_unpin(task), Poll::Pending));
    }
}

impl fmt::Debug for Works {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Works")
            .field("releases", &self.lock().keys().collect::<Vec<_>>())
            .finish()
    }
}
