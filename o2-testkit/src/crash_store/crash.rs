//! [`Crash`]: when a process dies, and that it has died.

use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::channel::oneshot;
use futures::future::{BoxFuture, FutureExt, Shared};
use o2_core::{Error, ErrorKind, Result};

/// Where a process dies. Numbers are counted from 1; 0 is never reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CrashPoint {
    /// Before the commit of this number: nothing of it is written.
    BeforeCommit(u64),
    /// After the commit of this number: it is written, and the caller does not learn of it. One that is refused, because a
    /// condition does not hold, counts too.
    AfterCommit(u64),
    /// Before the operation of this number, whichever it is. Opening a stream of changes is none.
    BeforeOperation(u64),
}

/// What a process is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Commit,
    Other,
}

/// Whether the process dies once the operation is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Death {
    Afterwards,
    NotYet,
}

/// When a process dies, and that it has died.
pub(super) struct Crash {
    state: Mutex<State>,
    /// Ends when the process has died.
    happened: Shared<BoxFuture<'static, ()>>,
}

struct State {
    point: Option<CrashPoint>,
    commits: u64,
    operations: u64,
    /// Taken when the process dies.
    alive: Option<oneshot::Sender<()>>,
}

impl Crash {
    pub(super) fn new() -> Self {
        let (alive, end) = oneshot::channel();
        let state = State {
            point: None,
            commits: 0,
            operations: 0,
            alive: Some(alive),
        };
        // A handle that is dropped has not died; its streams end with the data.
        let happened = async {
            if end.await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        Self {
            state: Mutex::new(state),
            happened: happened.boxed().shared(),
        }
    }

    pub(super) fn plan(&self, point: CrashPoint) {
        let mut state = self.lock();
        state.point = Some(point);
        (state.commits, state.operations) = (0, 0);
    }

    pub(super) fn now(&self) {
        let alive = self.lock().alive.take();
        if let Some(alive) = alive {
            // Nobody reads changes when nobody receives this.
            let _ = alive.send(());
        }
    }

    pub(super) fn has_happened(&self) -> bool {
        self.lock().alive.is_none()
    }

    pub(super) fn wait(&self) -> Shared<BoxFuture<'static, ()>> {
        self.happened.clone()
    }

    /// Counts an operation that is about to begin.
    ///
    /// # Errors
    /// When the process has died, or dies here.
    pub(super) fn before(&self, moment: Moment) -> Result<Death> {
        let (dies, death) = self.lock().count(moment);
        if dies {
            self.now();
        }
        if self.has_happened() { Err(died()) } else { Ok(death) }
    }

    /// Ends an operation.
    ///
    /// # Errors
    /// When the process dies here, or has died meanwhile.
    pub(super) fn after(&self, death: Death) -> Result<()> {
        if death == Death::Afterwards {
            self.now();
        }
        if self.has_happened() { Err(died()) } else { Ok(()) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether the process dies before this operation, and whether after it.
    fn count(&mut self, moment: Moment) -> (bool, Death) {
        self.operations += 1;
        self.commits += u64::from(moment == Moment::Commit);
        let commit = (moment == Moment::Commit).then_some(self.commits);
        match self.point {
            Some(CrashPoint::BeforeCommit(number)) => (commit == Some(number), Death::NotYet),
            Some(CrashPoint::BeforeOperation(number)) => (self.operations == number, Death::NotYet),
            Some(CrashPoint::AfterCommit(number)) if commit == Some(number) => (false, Death::Afterwards),
            Some(CrashPoint::AfterCommit(_)) | None => (false, Death::NotYet),
        }
    }
}

fn died() -> Error {
    Error::new(ErrorKind::Unavailable, "the store is not there").with_detail("the process has died, as the test wanted")
}
