//! [`Notifier`]: sends tests, for those who want to know whether notifications arrive.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use url::Url;

use super::outcome::{Outcome, attempt};
use super::ports::Ports;
use super::{Attempt, Deliveries, Receiver, notification, request};
use crate::subscription::SubscriptionId;
use crate::{Error, ErrorKind, Result};

/// How long a callback may take to answer [`Notifier::check`].
const CHECK: Duration = Duration::from_secs(5);

/// Sends tests. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Notifier(Arc<Ports>);

/// What a test came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TestOutcome {
    /// Whether the receiver took it.
    pub delivered: bool,
    /// The status it answered; absent without an answer and on success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub latency_ms: u64,
    /// Why it was not delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Deliveries {
    /// Sends tests through the same client and with the same limits.
    #[must_use]
    pub fn notifier(&self) -> Notifier {
        Notifier(Arc::clone(&self.ports))
    }
}

impl Notifier {
    /// Sends one notification of type `TestNotification`. Nothing is stored, and nothing is tried again.
    pub async fn test(&self, subscription: &SubscriptionId, receiver: &Receiver) -> TestOutcome {
        let clock = &self.0.clock;
        let (start, now) = (clock.monotonic(), clock.now());
        let told = notification::test(subscription, receiver, now);
        let request = told.and_then(|told| request::post(subscription, receiver, told, now));
        let outcome = attempt(&self.0, request).await;
        let latency = clock.monotonic().saturating_sub(start);
        TestOutcome::of(outcome, latency)
    }

    /// Asks whether anybody answers at `url`: a `GET` has to be answered with 2xx within 5 s.
    ///
    /// # Errors
    /// `InvalidInput`, which says the same whatever went wrong: the caller is not to learn what else is at that address.
    pub async fn check(&self, url: &Url) -> Result<()> {
        let mut request = request::get(url)?;
        request.timeout = CHECK;
        let answer = self.0.clock.within(CHECK, self.0.http.send(request)).await;
        match answer {
            Ok(Ok(response)) if response.status().is_success() => Ok(()),
            _ => Err(Error::new(
                ErrorKind::InvalidInput,
                "the callback does not answer a GET with 2xx within 5 s",
            )),
        }
    }
}

impl TestOutcome {
    fn of(outcome: Outcome, latency: Duration) -> Self {
        let failed = match outcome {
            Outcome::Delivered | Outcome::Unknown => None,
            Outcome::Gone(attempt) => Some(attempt),
            Outcome::Failed(failure) => Some(failure.attempt),
        };
        Self {
            delivered: failed.is_none(),
            status: failed.as_ref().and_then(|attempt| attempt.status),
            latency_ms: u64::try_from(latency.as_millis()).unwrap_or(u64::MAX),
            reason: failed.map(|attempt| reason(&attempt)),
        }
    }
}

fn reason(attempt: &Attempt) -> String {
    match (attempt.status, attempt.error.as_deref()) {
        (Some(status), _) => format!("the receiver answered {status}"),
        (None, error) => format!("the receiver did not answer ({})", error.unwrap_or("unknown")),
    }
}
