//! [`Subscription`]: who wants to hear of which changes.

use serde::{Deserialize, Serialize};

use super::{FilterMode, Headers, PreviousSecret, RetryProfile, SubscriptionFilter, SubscriptionStatus};
use crate::id::qualified::Qualifier;
use crate::model::{Attribute, AttributeKind as Kind, AttributeValue as Value, Attributes, Model};
use crate::ports::Secret;
use crate::{Id, TenantId, Timestamp};

/// The id of a [`Subscription`].
pub type SubscriptionId = Id<Subscription>;

/// Somebody wants to hear of changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Subscription {
    /// Its id.
    pub subscription_id: SubscriptionId,
    /// Where to send notifications.
    pub callback: String,
    /// What the subscriber calls it; every notification repeats it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer_subscription_id: Option<String>,
    /// What it is about; everything when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<SubscriptionFilter>,
    /// Whether matching changes are reported or suppressed.
    #[serde(default)]
    pub filter_mode: FilterMode,
    /// Whether it is told of anything.
    #[serde(default)]
    pub status: SubscriptionStatus,
    /// Why the gateway disabled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_reason: Option<String>,
    /// When it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// What its notifications are signed with. Nothing shows it.
    #[serde(skip)]
    pub secret: Option<Secret>,
    /// What they were signed with before. Nothing shows it.
    #[serde(skip)]
    pub previous_secret: Option<PreviousSecret>,
    /// Request headers that its notifications have besides the gateway's.
    #[serde(default, skip_serializing_if = "Headers::is_empty")]
    pub headers: Headers,
    /// How long the gateway tries to deliver; as the gateway likes when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_profile: Option<RetryProfile>,
    /// The most changes in one notification.
    #[serde(default = "one")]
    pub batch_size: u16,
    /// Whether the callback has to answer before the gateway believes it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub check_callback: bool,
    /// The tenant it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it changed last.
    pub updated_at: Timestamp,
}

/// The size of a batch unless the subscriber wants another.
pub(super) const fn one() -> u16 {
    1
}

impl Subscription {
    /// The secrets that are good at `now`, the newest first. Notifications are signed with all of them.
    pub fn secrets(&self, now: Timestamp) -> impl Iterator<Item = &Secret> {
        let previous = self.previous_secret.as_ref().filter(|previous| now < previous.until);
        self.secret.iter().chain(previous.map(|previous| &previous.secret))
    }

    /// Whether it has ended by itself at `now`.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

impl Attributes for Subscription {
    const NAME: &'static str = "Subscription";

    fn attributes() -> &'static [Attribute<Self>] {
        const MODE: Kind = Kind::Enum(&["select", "suppress"]);
        static TABLE: &[Attribute<Subscription>] = &[
            Attribute::required("subscriptionId", Kind::String, "Its id.", |s| {
                Value::String(s.subscription_id.as_str())
            }),
            Attribute::required("callback", Kind::String, "Where to send notifications.", |s| {
                Value::String(&s.callback)
            }),
            Attribute::optional(
                "consumerSubscriptionId",
                Kind::String,
                "What the subscriber calls it.",
                |s| Value::text(s.consumer_subscription_id.as_deref()),
            ),
            Attribute::optional(
                "filter",
                Kind::Any,
                "What it is about: an expression or an object.",
                |s| match &s.filter {
                    Some(SubscriptionFilter::Expression(text)) => Value::String(text),
                    // Criteria are shown, but not compared with anything.
                    Some(SubscriptionFilter::Criteria(_)) | None => Value::Absent,
                },
            ),
            Attribute::required(
                "filterMode",
                MODE,
                "Whether matching changes are reported or suppressed.",
                |s| Value::String(s.filter_mode.as_str()),
            ),
            Attribute::required(
                "status",
                Kind::Enum(SubscriptionStatus::WORDS),
                "Whether it is told of anything.",
                |s| Value::String(s.status.as_str()),
            ),
            Attribute::optional(
                "statusReason",
                Kind::String,
                "Why the gateway disabled it.",
                |s: &Subscription| Value::text(s.status_reason.as_deref()),
            )
            .observed(),
            Attribute::optional("expiresAt", Kind::DateTime, "When it ends by itself.", |s| {
                Value::time(s.expires_at)
            }),
            Attribute::optional(
                "headers",
                Kind::Map,
                "Request headers of its notifications; their values are not shown.",
                |s| Value::labels(s.headers.shown()),
            ),
            Attribute::optional(
                "retryProfile",
                Kind::Enum(RetryProfile::WORDS),
                "How long the gateway tries to deliver.",
                |s| Value::text(s.retry_profile.map(RetryProfile::as_str)),
            ),
            Attribute::required(
                "batchSize",
                Kind::Integer,
                "The most changes in one notification.",
                |s| Value::Integer(i64::from(s.batch_size)),
            ),
            Attribute::optional(
                "checkCallback",
                Kind::Boolean,
                "Whether the callback has to answer before the gateway believes it.",
                |s| {
                    if s.check_callback {
                        Value::Boolean(true)
                    } else {
                        Value::Absent
                    }
                },
            ),
            Attribute::optional("tenantId", Kind::String, "The tenant it belongs to.", |s| {
                Value::text(s.tenant_id.as_ref().map(Id::as_str))
            }),
            Attribute::required("createdAt", Kind::DateTime, "When it was created.", |s| {
                Value::DateTime(s.created_at)
            }),
            Attribute::required(
                "updatedAt",
                Kind::DateTime,
                "When it changed last.",
                |s: &Subscription| Value::DateTime(s.updated_at),
            )
            .observed(),
        ];
        TABLE
    }
}

impl Model for Subscription {
    const OBJECT: &'static str = "subscription";
    const IDS: &'static [&'static str] = &[];

    fn id(&self) -> &str {
        self.subscription_id.as_str()
    }

    fn tenant(&self) -> Option<&TenantId> {
        self.tenant_id.as_ref()
    }

    fn visit_ids(&self, _: &mut dyn FnMut(&str)) {}

    fn qualify(&mut self, _: Qualifier<'_>) {}
}
