//! [`Programs`]: programs that really run, beside controllers that are played.
//!
//! A program goes on for a while after it has written its objects, on a busy machine for a long one. Controllers would have done
//! everything by then, and nobody would see that work is in motion. So what they do waits until no program runs.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use o2_core::Result;
use o2_core::ports::{Clock, ProcessOutput, ProcessRequest, ProcessRunner};
use tokio::task::JoinSet;

/// Whether programs run.
#[derive(Debug, Clone)]
pub(crate) struct Programs {
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    running: u32,
    /// When the last one ended.
    ended: Option<Duration>,
}

impl Programs {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            state: Arc::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The same runner of programs; what it runs is noticed.
    pub(crate) fn around(&self, runner: impl ProcessRunner + 'static) -> Arc<dyn ProcessRunner> {
        Arc::new(Noticed {
            runner: Arc::new(runner),
            programs: self.clone(),
        })
    }

    /// Whether none runs, nor has for so many seconds.
    pub(super) fn rest_since(&self, seconds: u64) -> bool {
        let state = self.state();
        let since = state.ended.map(|ended| self.clock.monotonic().saturating_sub(ended));
        state.running == 0 && since.is_none_or(|since| since >= Duration::from_secs(seconds))
    }
}

/// Runs programs, which are noticed.
#[derive(Debug)]
struct Noticed<R> {
    runner: Arc<R>,
    programs: Programs,
}

impl<R: ProcessRunner + 'static> ProcessRunner for Noticed<R> {
    fn run(&self, request: ProcessRequest) -> BoxFuture<'_, Result<ProcessOutput>> {
        async move {
            let (runner, running) = (Arc::clone(&self.runner), Running::new(&self.programs));
            // That it has ended is noticed even while nobody waits for it.
            let mut task = JoinSet::new();
            task.spawn(async move {
                let _running = running;
                runner.run(request).await
            });
            task.join_next().await.unwrap().unwrap()
        }
        .boxed()
    }
}

/// A program that runs, until this is dropped.
struct Running(Programs);

impl Running {
    fn new(programs: &Programs) -> Self {
        programs.state().running += 1;
        Self(programs.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let ended = self.0.clock.monotonic();
        let mut state = self.0.state();
        state.running -= 1;
        state.ended = Some(ended);
    }
}
