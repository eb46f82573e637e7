//! [`TestCalls`]: asks callbacks for those who subscribe, and tells them no more than they may know.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use o2_core::Result;
use o2_core::delivery;
use o2_core::subscription::{Notifier, Subscription, TestOutcome};

use super::receivers::SubscriptionReceivers;

/// Whatever went wrong before there was an answer: nobody is to learn which addresses and names there are inside.
const NO_ANSWER: &str = "the callback cannot be reached";

/// Asks callbacks.
#[derive(Debug)]
pub(super) struct TestCalls {
    pub(super) notifier: delivery::Notifier,
    pub(super) receivers: Arc<SubscriptionReceivers>,
}

impl Notifier for TestCalls {
    fn test<'a>(&'a self, subscription: &'a Subscription) -> BoxFuture<'a, Result<TestOutcome>> {
        async move {
            let receiver = self.receivers.of(subscription)?;
            let outcome = self.notifier.test(&subscription.subscription_id, &receiver).await;
            Ok(match (outcome.delivered, outcome.status) {
                (true, status) => TestOutcome::delivered(status.unwrap_or(204), outcome.latency_ms),
                (false, Some(status)) => {
                    let reason = format!("the callback answered {status}");
                    TestOutcome::failed(Some(status), outcome.latency_ms, reason)
                }
                (false, None) => TestOutcome::failed(None, outcome.latency_ms, NO_ANSWER),
            })
        }
        .boxed()
    }

    fn check<'a>(&'a self, subscription: &'a Subscription) -> BoxFuture<'a, Result<()>> {
        async move {
            let receiver = self.receivers.of(subscription)?;
            self.notifier.check(&receiver.url).await
        }
        .boxed()
    }
}
