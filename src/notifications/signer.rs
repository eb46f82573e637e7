//! [`Signing`]: what notifications are signed with.

use std::sync::Arc;

use http::HeaderMap;
use o2_core::config::SigningConfig;
use o2_core::delivery::{Message, Signer};
use o2_core::ports::Secret;
use o2_core::subscription::Subscription;
use o2_core::webhook::signature::{BodySignature, SigningKeys, SigningSecret, sign};
use o2_core::{Error, Result, Timestamp};

/// How the gateway signs.
#[derive(Debug)]
pub(super) struct Signing {
    /// For subscriptions without a secret of their own.
    default: Option<SigningSecret>,
    compatible: bool,
}

/// Signs the notifications of one subscription.
#[derive(Debug)]
struct Keys {
    keys: SigningKeys,
    /// Whether the headers of the predecessor are there too.
    compatible: bool,
}

impl Signing {
    /// # Errors
    /// `Config` when the secret is none.
    pub(super) fn new(config: &SigningConfig) -> Result<Self> {
        let default = config
            .secret
            .as_ref()
            .map(|secret| SigningSecret::parse(secret.expose()));
        let default = default
            .transpose()
            .map_err(|error| Error::config(format!("notifications.signing.secret: {}", error.message())))?;
        Ok(Self {
            default,
            compatible: config.compatible,
        })
    }

    /// What signs for a subscription, as its secrets are now; `None` when there is none.
    pub(super) fn signer(&self, subscription: &Subscription, now: Timestamp) -> Result<Option<Arc<dyn Signer>>> {
        let own = subscription.secret.as_ref().map(parse).transpose()?;
        let Some(current) = own.or_else(|| self.default.clone()) else {
            return Ok(None);
        };
        let mut keys = SigningKeys::new(current);
        if let Some(previous) = subscription
            .previous_secret
            .as_ref()
            .filter(|previous| now < previous.until)
        {
            keys.previous = Some((parse(&previous.secret)?, previous.until));
        }
        Ok(Some(Arc::new(Keys {
            keys,
            compatible: self.compatible,
        })))
    }
}

fn parse(secret: &Secret) -> Result<SigningSecret> {
    SigningSecret::parse(secret.expose()).map_err(|error| Error::internal("a stored secret is none").with_source(error))
}

impl Signer for Keys {
    fn sign(&self, message: &Message<'_>) -> Result<HeaderMap> {
        let mut headers = sign(&self.keys, message.id, message.timestamp, message.body)?;
        if self.compatible {
            let body = BodySignature {
                event_type: message.event_type,
                notification_id: message.id,
                subscription_id: message.subscription_id,
            };
            headers.extend(body.sign(&self.keys.current, message.body)?);
        }
        Ok(headers)
    }
}
