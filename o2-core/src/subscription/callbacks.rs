//! [`Callbacks`]: asks callbacks, as long as there is somebody who can.

use std::sync::Arc;
use std::time::Duration;

use super::{Notifier, Subscription, TestOutcome, op};
use crate::ports::Clock;
use crate::{Error, Result};

/// How long a callback has to answer a check (ETSI GS NFV-SOL 003 tests callbacks so).
const CHECK: Duration = Duration::from_secs(5);
/// How long a test notification may take.
const TEST: Duration = Duration::from_secs(30);

/// Asks callbacks.
#[derive(Debug, Clone)]
pub(super) struct Callbacks {
    notifier: Option<Arc<dyn Notifier>>,
    clock: Arc<dyn Clock>,
    always: bool,
}

impl Callbacks {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            notifier: None,
            clock,
            always: false,
        }
    }

    pub(super) fn with_notifier(mut self, notifier: Arc<dyn Notifier>) -> Self {
        self.notifier = Some(notifier);
        self
    }

    /// Checks all callbacks, whether the subscriber wants it or not.
    pub(super) fn checked(mut self) -> Self {
        self.always = true;
        self
    }

    /// Checks the callback, when that is wanted.
    ///
    /// # Errors
    /// `InvalidInput`, the same whatever is wrong: nobody learns about other people's networks.
    pub(super) async fn check(&self, subscription: &Subscription) -> Result<()> {
        if !self.always && !subscription.check_callback {
            return Ok(());
        }
        let notifier = self.notifier()?;
        match self.clock.within(CHECK, notifier.check(subscription)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Error::violation(
                "body.callback",
                "callback could not be verified: a GET of it must answer 2xx within 5 seconds",
            )),
        }
    }

    /// Sends a test notification.
    ///
    /// # Errors
    /// `Unsupported` when nobody can; those of the notifier.
    pub(super) async fn test(&self, subscription: &Subscription) -> Result<TestOutcome> {
        let notifier = self.notifier()?;
        let sent = self.clock.within(TEST, notifier.test(subscription)).await;
        sent.unwrap_or_else(|limit| {
            let latency = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
            Ok(TestOutcome::failed(None, latency, "no answer in time"))
        })
    }

    fn notifier(&self) -> Result<&dyn Notifier> {
        self.notifier
            .as_deref()
            .ok_or_else(|| Error::unsupported(&op::TEST_SUBSCRIPTION))
    }
}
