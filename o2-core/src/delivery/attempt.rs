//! [`Attempt`]: one try to deliver that failed; and what is remembered of them between tries.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{Attribute, AttributeKind as Kind, AttributeValue as Value, Attributes};
use crate::time::Timestamp;

/// So many of the last attempts are kept.
const KEPT: usize = 5;

/// One try to deliver a notification that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Attempt {
    /// When it began.
    pub time: Timestamp,
    /// The status that was answered; absent without an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why there was no answer, as a kind of error: `timeout`, `unavailable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    pub latency_ms: u64,
}

impl Attributes for Attempt {
    const NAME: &'static str = "DeliveryAttempt";

    fn attributes() -> &'static [Attribute<Self>] {
        static TABLE: &[Attribute<Attempt>] = &[
            Attribute::required("time", Kind::DateTime, "When it began.", |a| Value::DateTime(a.time)),
            Attribute::optional("status", Kind::Integer, "The status that was answered.", |a| {
                a.status
                    .map_or(Value::Absent, |status| Value::Integer(i64::from(status)))
            }),
            Attribute::optional("error", Kind::String, "Why there was no answer.", |a| {
                Value::text(a.error.as_deref())
            }),
            Attribute::required("latencyMs", Kind::Integer, "How long it took, in milliseconds.", |a| {
                Value::Integer(i64::try_from(a.latency_ms).unwrap_or(i64::MAX))
            }),
        ];
        TABLE
    }
}

/// How delivering the first entries of a subscription went so far. Stored, so that it survives a restart.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tries {
    /// The sequence of the first entry this is about.
    pub(super) first: u64,
    /// The sequence of the last one that was sent together with it.
    pub(super) last: u64,
    /// How many attempts there were.
    pub(super) count: u32,
    /// When to try again.
    pub(super) due: Timestamp,
    /// How long that was from then, in milliseconds: nobody waits longer, wherever the clock jumps.
    pub(super) wait_ms: u64,
    /// The last attempts.
    pub(super) attempts: Vec<Attempt>,
}

impl Tries {
    pub(super) fn none(first: u64, last: u64, now: Timestamp) -> Self {
        Self {
            first,
            last,
            count: 0,
            due: now,
            wait_ms: 0,
            attempts: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, attempt: Attempt) {
        self.count = self.count.saturating_add(1);
        self.attempts.push(attempt);
        let surplus = self.attempts.len().saturating_sub(KEPT);
        self.attempts.drain(..surplus);
    }

    pub(super) fn wait(&mut self, now: Timestamp, wait: Duration) {
        self.due = now.plus(wait);
        self.wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    }

    /// How long to wait yet, when `now` is what a clock says that may have jumped.
    pub(super) fn left(&self, now: Timestamp) -> Duration {
        self.due.since(now).min(Duration::from_millis(self.wait_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_jumps_back_does_not_make_the_wait_longer() {
        let start = Timestamp::from_unix_seconds(1_000_000);
        let mut tries = Tries::none(1, 1, start);
        tries.wait(start, Duration::from_secs(30));
        for (now, left) in [(1_000_000, 30), (1_000_010, 20), (1_000_031, 0), (0, 30)] {
            assert_eq!(
                tries.left(Timestamp::from_unix_seconds(now)),
                Duration::from_secs(left),
                "{now}"
            );
        }
    }
}
