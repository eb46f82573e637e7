//! The subscriptions of the test, and which changes each of them is about.

use serde_json::{Value, json};

use crate::flow::log::{Entry, What};

/// How many there are.
pub(crate) const COUNT: usize = 6;

/// What is posted to subscribe the receiver with this number.
pub(crate) fn body(receiver: usize, callback: &str) -> Value {
    let mut body = match receiver {
        0 => json!({}),
        1 => json!({"filter": {"resourcePoolId": ["pool-1", "pool-2"]}}),
        2 => json!({"filter": {"eventTypes": ["ResourcePoolCreated", "ResourcePoolDeleted"]}}),
        3 => json!({"filter": "(eq,labels/parity,odd)"}),
        4 => json!({"filter": {"resourcePoolId": "pool-1"}, "filterMode": "suppress"}),
        _ => json!({"batchSize": 10}),
    };
    body["callback"] = callback.into();
    body["consumerSubscriptionId"] = format!("receiver-{receiver}").into();
    body
}

/// Whether it has to be told.
pub(crate) fn concerns(receiver: usize, entry: &Entry) -> bool {
    match receiver {
        1 => matches!(entry.pool, 1 | 2),
        2 => entry.what != What::Updated,
        3 => entry.pool % 2 == 1,
        4 => entry.pool != 1,
        _ => true,
    }
}
