//! [`Stored`]: a subscription as the store has it, with what nothing else shows.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Headers, PreviousSecret, Subscription};
use crate::Timestamp;
use crate::ports::Secret;
use crate::store::{Store, Table};

/// The table of subscriptions.
pub(super) fn table(store: Arc<dyn Store>) -> Table<Stored> {
    Table::new(store, "subscription").with_generation()
}

/// A subscription with its secrets.
#[derive(Serialize, Deserialize)]
pub(super) struct Stored {
    #[serde(flatten)]
    shown: Subscription,
    #[serde(default, skip_serializing_if = "Sealed::is_empty")]
    sealed: Sealed,
}

/// What the store has, and nobody else.
#[derive(Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Sealed {
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<(String, Timestamp)>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
}

impl Sealed {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Stored {
    /// The subscription; its secrets are not in it.
    pub(super) fn shown(&self) -> &Subscription {
        &self.shown
    }
}

impl From<Subscription> for Stored {
    fn from(shown: Subscription) -> Self {
        let text = |secret: &Secret| secret.expose().to_owned();
        let previous = shown.previous_secret.as_ref();
        let headers = shown.headers.expose();
        let sealed = Sealed {
            secret: shown.secret.as_ref().map(text),
            previous: previous.map(|previous| (text(&previous.secret), previous.until)),
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        };
        Self { shown, sealed }
    }
}

impl From<Stored> for Subscription {
    fn from(stored: Stored) -> Self {
        let Stored { shown, sealed } = stored;
        Self {
            secret: sealed.secret.map(Secret::new),
            previous_secret: sealed.previous.map(|(secret, until)| PreviousSecret {
                secret: Secret::new(secret),
                until,
            }),
            headers: Headers::new(sealed.headers),
            ..shown
        }
    }
}
