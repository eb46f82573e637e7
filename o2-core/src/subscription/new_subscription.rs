//! [`NewSubscription`]: what is asked to create a subscription, or to replace one.

use serde::{Deserialize, Serialize};

use super::model::one;
use super::{
    FilterMode, Headers, RetryProfile, SecretChange, Subscription, SubscriptionFilter, SubscriptionId,
    SubscriptionStatus, callback,
};
use crate::{Error, Result, TenantId, Timestamp};

const LARGEST_BATCH: u16 = 100;

/// A subscription to create, or the complete new state of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct NewSubscription {
    /// Where to send notifications: an absolute `http` or `https` URL.
    pub callback: String,
    /// What the subscriber calls it, at most 255 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer_subscription_id: Option<String>,
    /// What it is about; everything when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<SubscriptionFilter>,
    /// Whether matching changes are reported or suppressed.
    #[serde(default)]
    pub filter_mode: FilterMode,
    /// Active or paused; as it is when absent, and active at first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<SubscriptionStatus>,
    /// When it shall end by itself; not in the past.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// What happens to the secret that notifications are signed with.
    #[serde(default, skip_serializing_if = "SecretChange::is_keep")]
    pub secret: SecretChange,
    /// Request headers that notifications shall have; a value `***` is the one that is there already.
    #[serde(default, skip_serializing_if = "Headers::is_empty")]
    pub headers: Headers,
    /// How long the gateway shall try to deliver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_profile: Option<RetryProfile>,
    /// The most changes in one notification, 1 to 100.
    #[serde(default = "one")]
    pub batch_size: u16,
    /// Whether the callback has to answer a `GET` before the gateway believes it.
    #[serde(default)]
    pub check_callback: bool,
    /// Ignored: the gateway makes the id (O2IMS-INTERFACE clause 3.2.6).
    #[serde(default, skip_serializing)]
    pub subscription_id: Option<serde_json::Value>,
}

impl NewSubscription {
    /// A subscription to everything.
    pub fn to(callback: impl Into<String>) -> Self {
        Self {
            callback: callback.into(),
            consumer_subscription_id: None,
            filter: None,
            filter_mode: FilterMode::default(),
            status: None,
            expires_at: None,
            secret: SecretChange::Keep,
            headers: Headers::default(),
            retry_profile: None,
            batch_size: one(),
            check_callback: false,
            subscription_id: None,
        }
    }

    /// Checks what can be checked without asking the callback.
    ///
    /// # Errors
    /// `InvalidInput` naming the field.
    pub fn validate(&self) -> Result<()> {
        const LONGEST: usize = 255;
        callback::check(&self.callback)?;
        let consumer = self.consumer_subscription_id.as_ref();
        if consumer.is_some_and(|id| id.chars().count() > LONGEST) {
            return Err(Error::violation(
                "body.consumerSubscriptionId",
                format!("has more than {LONGEST} characters"),
            ));
        }
        if !(1..=LARGEST_BATCH).contains(&self.batch_size) {
            let reason = format!("must be from 1 to {LARGEST_BATCH}");
            return Err(Error::violation("body.batchSize", reason));
        }
        self.secret.validate()?;
        self.headers.validate()?;
        let filter = self.filter.as_ref().map_or(Ok(()), SubscriptionFilter::validate);
        filter.map_err(in_body)
    }

    /// What `current` would be asked to be to stay as it is.
    #[must_use]
    pub fn of(current: &Subscription) -> Self {
        Self {
            callback: current.callback.clone(),
            consumer_subscription_id: current.consumer_subscription_id.clone(),
            filter: current.filter.clone(),
            filter_mode: current.filter_mode,
            status: Some(current.status),
            expires_at: current.expires_at,
            secret: SecretChange::Keep,
            headers: current.headers.clone(),
            retry_profile: current.retry_profile,
            batch_size: current.batch_size,
            check_callback: current.check_callback,
            subscription_id: None,
        }
    }

    /// The subscription it becomes.
    #[must_use]
    pub fn into_subscription(self, id: SubscriptionId, tenant: Option<TenantId>, now: Timestamp) -> Subscription {
        Subscription {
            subscription_id: id,
            callback: self.callback,
            consumer_subscription_id: self.consumer_subscription_id,
            filter: self.filter,
            filter_mode: self.filter_mode,
            status: self.status.unwrap_or_default(),
            status_reason: None,
            expires_at: self.expires_at,
            secret: match self.secret {
                SecretChange::Set(secret) => Some(secret),
                SecretChange::Keep | SecretChange::Remove => None,
            },
            previous_secret: None,
            headers: self.headers,
            retry_profile: self.retry_profile,
            batch_size: self.batch_size,
            check_callback: self.check_callback,
            tenant_id: tenant,
            created_at: now,
            updated_at: now,
        }
    }

    /// What `current` becomes.
    ///
    /// # Errors
    /// `InvalidInput` when it wants something only the gateway does, or a header keeps a value that is not there.
    pub(super) fn replacing(mut self, current: &Subscription, now: Timestamp) -> Result<Subscription> {
        let status = self.status.unwrap_or(current.status);
        if status != current.status {
            expect_settable(status)?;
        }
        let (secret, previous_secret) = self.secret.apply(current, now);
        self.headers = self.headers.over(&current.headers)?;
        let id = current.subscription_id.clone();
        let changed = self.into_subscription(id, current.tenant_id.clone(), now);
        let status_reason = current.status_reason.clone().filter(|_| status == current.status);
        Ok(Subscription {
            status,
            status_reason,
            secret,
            previous_secret,
            created_at: current.created_at,
            ..changed
        })
    }
}

/// Checks a status that a caller wants.
pub(super) fn expect_settable(status: SubscriptionStatus) -> Result<()> {
    match status {
        SubscriptionStatus::Active | SubscriptionStatus::Paused => Ok(()),
        SubscriptionStatus::Disabled => Err(Error::violation("body.status", "must be active or paused")),
    }
}

/// The same error, of a place in a filter, as one of a place in the body.
pub(super) fn in_body(error: Error) -> Error {
    match error.violations().first() {
        Some(violation) => Error::violation(format!("body.{}", violation.at), violation.reason.clone()),
        None => error,
    }
}
