//! [`Delivery`]: a request that reached a subscriber, and what became of it.

use std::fmt;

use o2_core::Timestamp;
use serde_json::Value;

use crate::exchange::{Body, SeenRequest};

/// A request that reached a subscriber, and what became of it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Delivery {
    /// When it came.
    pub time: Timestamp,
    /// The request.
    pub request: SeenRequest,
    /// What became of it.
    pub outcome: Outcome,
}

/// What becomes of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It was answered with 204.
    Accepted,
    /// It was refused.
    Refused(Refusal),
}

/// How a subscriber refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// With a status.
    Status {
        /// The status.
        status: u16,
        /// The seconds of the header `Retry-After`, if there is one.
        retry_after: Option<u32>,
    },
    /// It gets the request and never answers; the sender waits until its timeout.
    Silence,
    /// There is no connection, and nothing is sent. The attempt is counted all the same.
    Unreachable,
}

impl Delivery {
    pub(super) fn new(time: Timestamp, request: SeenRequest, outcome: Outcome) -> Self {
        Self { time, request, outcome }
    }

    /// The body as JSON; `null` when it is something else.
    #[must_use]
    pub fn json(&self) -> Value {
        match self.request.content() {
            Body::Json(value) => value,
            _ => Value::Null,
        }
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {:?}", self.time, self.request, self.outcome)
    }
}
