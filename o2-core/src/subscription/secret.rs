//! Signing secrets of subscriptions: what a request does to one, and the one before.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Subscription;
use crate::ports::Secret;
use crate::webhook::signature::SigningSecret;
use crate::{Error, Result, Timestamp};

/// What is shown in place of a secret value.
pub(super) const MASK: &str = "***";

/// How long the secret before stays good.
const OVERLAP: Duration = Duration::from_secs(24 * 3600);

/// What a request does to the secret of a subscription. On the wire: absent or `***`, `null`, or the secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SecretChange {
    /// It stays as it is, if there is one.
    #[default]
    Keep,
    /// There is none any more: notifications are not signed, unless the gateway has a key of its own.
    Remove,
    /// It becomes this one. The one before stays good for a day.
    Set(Secret),
}

impl SecretChange {
    pub(super) fn is_keep(&self) -> bool {
        *self == Self::Keep
    }

    /// The secret and the one before that `current` has after this.
    pub(super) fn apply(&self, current: &Subscription, now: Timestamp) -> (Option<Secret>, Option<PreviousSecret>) {
        let (secret, previous) = (&current.secret, &current.previous_secret);
        match self {
            Self::Remove => (None, None),
            Self::Set(new) if secret.as_ref() != Some(new) => {
                let replaced = secret.clone().map(|secret| PreviousSecret {
                    secret,
                    until: now.plus(OVERLAP),
                });
                (Some(new.clone()), replaced)
            }
            Self::Keep | Self::Set(_) => (secret.clone(), previous.clone()),
        }
    }

    pub(super) fn validate(&self) -> Result<()> {
        let Self::Set(secret) = self else { return Ok(()) };
        let read = SigningSecret::parse(secret.expose());
        read.map(drop)
            .map_err(|error| Error::violation("body.secret", error.message()))
    }
}

impl Serialize for SecretChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Remove => serializer.serialize_none(),
            Self::Keep | Self::Set(_) => serializer.serialize_str(MASK),
        }
    }
}

/// Not derived, so that no error quotes what was sent.
impl<'de> Deserialize<'de> for SecretChange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::Null => Ok(Self::Remove),
            serde_json::Value::String(text) if text == MASK => Ok(Self::Keep),
            serde_json::Value::String(text) => Ok(Self::Set(Secret::new(text))),
            _ => Err(serde::de::Error::custom("must be a string or null")),
        }
    }
}

/// The secret before the present one. Notifications are signed with both until all of the subscriber knows the new one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PreviousSecret {
    /// The secret.
    pub secret: Secret,
    /// When it ends.
    pub until: Timestamp,
}
