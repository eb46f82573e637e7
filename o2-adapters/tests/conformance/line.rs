//! [`Line`]: what is between an adapter and its backend, and what may happen to it.

use std::sync::{Mutex, PoisonError};
use std::task::Poll;

use futures::future::{pending, poll_fn};
use o2_core::{Error, ErrorKind, Fault, Result};
use o2_testkit::conformance::Trouble;

/// A line that works until trouble comes.
#[derive(Debug, Default)]
pub(crate) struct Line(Mutex<Option<Trouble>>);

impl Line {
    /// Brings or ends trouble; `false` for what cannot happen to a line.
    pub(crate) fn bring(&self, trouble: Option<Trouble>) -> bool {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
        !matches!(trouble, Some(Trouble::Forgetful))
    }

    /// What the trouble is.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reaches the backend, which takes a moment.
    pub(crate) async fn reach(&self) -> Result<()> {
        moment().await;
        match self.trouble() {
            Some(Trouble::Down) => Err(down()),
            Some(Trouble::Denied) => {
                let error = Error::new(ErrorKind::PermissionDenied, "the backend refuses our credentials");
                Err(error.with_fault(Fault::Backend))
            }
            Some(Trouble::Hanging) => pending().await,
            _ => Ok(()),
        }
    }
}

/// The error of a backend that is not there.
pub(crate) fn down() -> Error {
    Error::new(ErrorKind::Unavailable, "the backend is not there").with_fault(Fault::Backend)
}

/// Lets others run once.
async fn moment() {
    let mut passed = false;
    poll_fn(|context| {
        if std::mem::replace(&mut passed, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
