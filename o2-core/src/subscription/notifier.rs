//! [`Notifier`]: what subscriptions need of the delivery.

use std::fmt;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::Subscription;
use crate::Result;
use crate::model::{Attribute, AttributeKind as Kind, AttributeValue as Value, Attributes};

/// Asks a callback right now, outside the order of notifications.
pub trait Notifier: fmt::Debug + Send + Sync + 'static {
    /// Sends one test notification, without retries. What the subscriber answers, or that it does not, is an outcome.
    ///
    /// # Errors
    /// When nothing could be sent for reasons of the gateway's own.
    fn test<'a>(&'a self, subscription: &'a Subscription) -> BoxFuture<'a, Result<TestOutcome>>;

    /// Whether a `GET` of the callback answers 2xx.
    ///
    /// # Errors
    /// When it does not, whatever the reason; callers are not told which.
    fn check<'a>(&'a self, subscription: &'a Subscription) -> BoxFuture<'a, Result<()>>;
}

/// What became of a test notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TestOutcome {
    /// Whether the subscriber took it.
    pub delivered: bool,
    /// The HTTP status of its answer; none when there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How long that took, in milliseconds.
    pub latency_ms: u64,
    /// Why it was not delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl TestOutcome {
    /// The subscriber took it.
    #[must_use]
    pub fn delivered(status: u16, latency_ms: u64) -> Self {
        Self {
            delivered: true,
            status: Some(status),
            latency_ms,
            reason: None,
        }
    }

    /// It did not, or could not be asked.
    pub fn failed(status: Option<u16>, latency_ms: u64, reason: impl Into<String>) -> Self {
        Self {
            delivered: false,
            status,
            latency_ms,
            reason: Some(reason.into()),
        }
    }
}

impl Attributes for TestOutcome {
    const NAME: &'static str = "SubscriptionTest";

    fn attributes() -> &'static [Attribute<Self>] {
        static TABLE: &[Attribute<TestOutcome>] = &[
            Attribute::required("delivered", Kind::Boolean, "Whether the subscriber took it.", |t| {
                Value::Boolean(t.delivered)
            }),
            Attribute::optional("status", Kind::Integer, "The HTTP status of its answer.", |t| {
                t.status
                    .map_or(Value::Absent, |status| Value::Integer(i64::from(status)))
            }),
            Attribute::required(
                "latencyMs",
                Kind::Integer,
                "How long that took, in milliseconds.",
                |t: &TestOutcome| Value::Integer(i64::try_from(t.latency_ms).unwrap_or(i64::MAX)),
            ),
            Attribute::optional("reason", Kind::String, "Why it was not delivered.", |t| {
                Value::text(t.reason.as_deref())
            }),
        ];
        TABLE
    }
}
