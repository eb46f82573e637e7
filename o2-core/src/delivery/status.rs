//! [`DeliveryStatus`]: how delivery to a subscription is doing.

use serde::Serialize;

use crate::model::{Attribute, AttributeKind as Kind, AttributeValue as Value, Attributes};
use crate::subscription::SubscriptionId;
use crate::time::Timestamp;

/// How delivery to a subscription is doing, as long as something waits for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeliveryStatus {
    /// The subscription.
    pub subscription_id: SubscriptionId,
    /// How many notifications wait.
    pub queued: u64,
    /// When the oldest of them happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest: Option<Timestamp>,
    /// How many attempts to deliver the oldest have failed.
    pub attempts: u32,
    /// When it is tried again, if it waits for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Timestamp>,
    /// Whether its origin is left alone because it failed too often: `closed` (it is not), `open` or `half-open`.
    pub circuit: &'static str,
}

impl Attributes for DeliveryStatus {
    const NAME: &'static str = "DeliveryStatus";

    fn attributes() -> &'static [Attribute<Self>] {
        const CIRCUIT: Kind = Kind::Enum(&["closed", "half-open", "open"]);
        static TABLE: &[Attribute<DeliveryStatus>] = &[
            Attribute::required("subscriptionId", Kind::String, "The subscription.", |s| {
                Value::String(s.subscription_id.as_str())
            }),
            Attribute::required("queued", Kind::Integer, "How many notifications wait.", |s| {
                Value::Integer(i64::try_from(s.queued).unwrap_or(i64::MAX))
            }),
            Attribute::optional("oldest", Kind::DateTime, "When the oldest of them happened.", |s| {
                Value::time(s.oldest)
            }),
            Attribute::required("attempts", Kind::Integer, "How many attempts have failed.", |s| {
                Value::Integer(i64::from(s.attempts))
            }),
            Attribute::optional("next", Kind::DateTime, "When it is tried again.", |s| {
                Value::time(s.next)
            }),
            Attribute::required("circuit", CIRCUIT, "Whether its origin is left alone.", |s| {
                Value::String(s.circuit)
            }),
        ];
        TABLE
    }
}
