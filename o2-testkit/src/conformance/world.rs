//! [`Harness`] and [`World`]: what a suite needs to know about the plugin under test and can do to its backend.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::ports::Clock;
use o2_core::{Result, TenantId};

/// Makes worlds. Every case gets one of its own.
pub trait Harness<W: ?Sized>: Send + Sync {
    /// The name of the plugin under test, for the report.
    fn name(&self) -> &str;

    /// A new world, independent of all others: a backend in its initial state with a plugin on it.
    ///
    /// # Errors
    /// Whatever keeps it from being made; the case fails then.
    fn world(&self) -> BoxFuture<'_, Result<Arc<W>>>;
}

/// A plugin on a backend of which the suite may make use as it likes.
///
/// The suite learns what is there by listing. What cannot be done in a world is left out by leaving the default body, and
/// the cases that need it are reported as skipped.
pub trait World<P: ?Sized + Send + Sync + 'static>: Send + Sync {
    /// The plugin.
    fn plugin(&self) -> Arc<P>;

    /// The clock by which the plugin lives: an automatic [`ManualClock`](crate::ManualClock) where the backend can
    /// follow it, the real one for a live backend.
    fn clock(&self) -> Arc<dyn Clock>;

    /// Another plugin on the same backend, as after a restart of the process. `None` when the backend lives in the plugin.
    fn reopen(&self) -> BoxFuture<'_, Result<Option<Arc<P>>>> {
        ready(Ok(None)).boxed()
    }

    /// Waits until the backend has done what it has accepted.
    fn settle(&self) -> BoxFuture<'_, ()> {
        ready(()).boxed()
    }

    /// Two tenants who both may use the backend.
    fn tenants(&self) -> Option<[TenantId; 2]> {
        None
    }

    /// Brings trouble upon the backend, or ends it. `false` when that cannot be done here.
    fn trouble(&self, trouble: Option<Trouble>) -> BoxFuture<'_, bool> {
        let _ = trouble;
        ready(false).boxed()
    }

    /// Whether the plugin holds something that it gives back when it is closed, so that it cannot answer afterwards.
    fn closes(&self) -> bool {
        false
    }

    /// What must not appear in `Debug` output and errors: passwords and tokens of the configuration.
    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }
}

/// What may be wrong with a backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// It cannot be reached.
    Down,
    /// It refuses the plugin's credentials.
    Denied,
    /// It takes requests and never answers.
    Hanging,
    /// One object of each list has a shape that nobody knows.
    OddObject,
    /// It has forgotten the changes before now, so that watches cannot be resumed.
    Forgetful,
}
