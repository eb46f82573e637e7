//! [`DeadLetter`]: a notification that could not be delivered.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::delivery::Attempt;
use crate::delivery::attempt::Tries;
use crate::event::EventRecord;
use crate::id::qualified::Qualifier;
use crate::model::{Attribute, AttributeKind as Kind, AttributeValue as Value, Attributes, Model};
use crate::subscription::SubscriptionId;
use crate::{Id, Result, TenantId, Timestamp};

/// A notification that could not be delivered.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeadLetter {
    /// Its id: subscription and sequence.
    pub dead_letter_id: String,
    /// The subscription it is for.
    pub subscription_id: SubscriptionId,
    /// The place of the event among all events.
    pub sequence: u64,
    /// What happened, in one word: `ResourcePoolCreated`.
    pub event_type: String,
    /// The object it happened to, `resourcePool`.
    pub object_type: String,
    /// The id of that object.
    pub object_id: String,
    /// When it happened.
    pub event_time: Timestamp,
    /// The tenant whose object it is; shared when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// Why it was given up.
    pub reason: DeadReason,
    /// Since when it is a dead letter.
    pub since: Timestamp,
    /// How many attempts there were.
    pub attempt_count: u32,
    /// The last of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<Attempt>,
    /// The event.
    pub event: Arc<EventRecord>,
}

/// Why a notification was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum DeadReason {
    /// Every attempt of its profile failed.
    Undeliverable,
    /// The receiver said that it is gone for good.
    Gone,
    /// There were too many newer ones.
    QueueFull,
    /// It had waited for too long.
    TooOld,
}

impl DeadReason {
    /// The word of the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Undeliverable => "undeliverable",
            Self::Gone => "gone",
            Self::QueueFull => "queueFull",
            Self::TooOld => "tooOld",
        }
    }
}

impl DeadLetter {
    pub(in crate::delivery) fn of(
        subscription: &SubscriptionId,
        event: Arc<EventRecord>,
        reason: DeadReason,
        since: Timestamp,
        tries: Option<&Tries>,
    ) -> Self {
        Self {
            dead_letter_id: format!("{subscription}.{}", event.sequence),
            subscription_id: subscription.clone(),
            sequence: event.sequence,
            event_type: event.word(),
            object_type: event.object.clone(),
            object_id: event.object_id.clone(),
            event_time: event.time,
            tenant_id: event.tenant.clone(),
            reason,
            since,
            attempt_count: tries.map_or(0, |tries| tries.count),
            attempts: tries.map(|tries| tries.attempts.clone()).unwrap_or_default(),
            event,
        }
    }

    pub(in crate::delivery) fn to_json(&self) -> Result<Vec<u8>> {
        let json = serde_json::to_vec(self);
        json.map_err(|error| crate::Error::internal("a dead letter has no JSON form").with_source(error))
    }
}

fn number(number: u64) -> Value<'static> {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

impl Attributes for DeadLetter {
    const NAME: &'static str = "DeadLetter";

    fn attributes() -> &'static [Attribute<Self>] {
        const REASON: Kind = Kind::Enum(&["undeliverable", "gone", "queueFull", "tooOld"]);
        const ATTEMPT: Kind = Kind::Object(crate::model::attribute::Shape::of::<Attempt>());
        static TABLE: &[Attribute<DeadLetter>] = &[
            Attribute::required("deadLetterId", Kind::String, "Its id.", |d| {
                Value::String(&d.dead_letter_id)
            }),
            Attribute::required("subscriptionId", Kind::String, "The subscription it is for.", |d| {
                Value::String(d.subscription_id.as_str())
            }),
            Attribute::required(
                "sequence",
                Kind::Integer,
                "The place of the event among all events.",
                |d| number(d.sequence),
            ),
            Attribute::required("eventType", Kind::String, "What happened.", |d| {
                Value::String(&d.event_type)
            }),
            Attribute::required("objectType", Kind::String, "The object it happened to.", |d| {
                Value::String(&d.object_type)
            }),
            Attribute::required("objectId", Kind::String, "The id of that object.", |d| {
                Value::String(&d.object_id)
            }),
            Attribute::required("eventTime", Kind::DateTime, "When it happened.", |d| {
                Value::DateTime(d.event_time)
            }),
            Attribute::optional("tenantId", Kind::String, "The tenant whose object it is.", |d| {
                Value::text(d.tenant_id.as_ref().map(Id::as_str))
            }),
            Attribute::required("reason", REASON, "Why it was given up.", |d| {
                Value::String(d.reason.as_str())
            }),
            Attribute::required("since", Kind::DateTime, "Since when it is a dead letter.", |d| {
                Value::DateTime(d.since)
            }),
            Attribute::required("attemptCount", Kind::Integer, "How many attempts there were.", |d| {
                Value::Integer(i64::from(d.attempt_count))
            }),
            Attribute::optional("attempts", Kind::Array(&ATTEMPT), "The last of them.", |d| {
                Value::array(&d.attempts)
            }),
            // The event is shown, but not compared with anything.
            Attribute::required("event", Kind::Any, "The event.", |_| Value::Absent),
        ];
        TABLE
    }
}

impl Model for DeadLetter {
    const OBJECT: &'static str = "deadLetter";
    const IDS: &'static [&'static str] = &[];

    fn id(&self) -> &str {
        &self.dead_letter_id
    }

    fn tenant(&self) -> Option<&TenantId> {
        self.tenant_id.as_ref()
    }

    fn visit_ids(&self, _: &mut dyn FnMut(&str)) {}

    fn qualify(&mut self, _: Qualifier<'_>) {}
}
