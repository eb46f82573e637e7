//! [`SubscriptionReceivers`]: subscriptions, as the delivery sees them.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue};
use o2_core::delivery::{Profile, Receiver, Receivers};
use o2_core::ports::Clock;
use o2_core::subscription::{Matcher, RetryProfile, Subscription, SubscriptionId, SubscriptionStatus, Subscriptions};
use o2_core::{Error, ErrorKind, Result};
use url::Url;

use super::signer::Signing;

/// Subscriptions, as the delivery sees them.
#[derive(Debug)]
pub(super) struct SubscriptionReceivers {
    pub(super) subscriptions: Subscriptions,
    pub(super) matcher: Arc<Matcher>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) signing: Signing,
    /// That of subscriptions that do not say.
    pub(super) profile: Profile,
}

impl SubscriptionReceivers {
    pub(super) fn of(&self, subscription: &Subscription) -> Result<Receiver> {
        let url = Url::parse(&subscription.callback);
        let url = url.map_err(|error| Error::internal("a stored callback is no URL").with_source(error))?;
        let mut receiver = Receiver::new(url);
        receiver.headers = headers(subscription)?;
        receiver.profile = match subscription.retry_profile {
            Some(RetryProfile::Seed) => Profile::Seed,
            Some(_) => Profile::Standard,
            None => self.profile,
        };
        receiver.batch_size = usize::from(subscription.batch_size);
        receiver.active = subscription.status == SubscriptionStatus::Active;
        receiver
            .consumer_subscription_id
            .clone_from(&subscription.consumer_subscription_id);
        receiver.tenant.clone_from(&subscription.tenant_id);
        receiver.expires_at = subscription.expires_at;
        receiver.signer = self.signing.signer(subscription, self.clock.now())?;
        Ok(receiver)
    }
}

impl Receivers for SubscriptionReceivers {
    fn receiver<'a>(&'a self, subscription: &'a SubscriptionId) -> BoxFuture<'a, Result<Option<Receiver>>> {
        async move {
            let found = self.subscriptions.find(subscription).await?;
            found.map(|subscription| self.of(&subscription)).transpose()
        }
        .boxed()
    }

    fn disable<'a>(&'a self, subscription: &'a SubscriptionId, reason: &'a str) -> BoxFuture<'a, Result<()>> {
        async move {
            match self.subscriptions.disable(subscription, reason).await {
                // Somebody ended it meanwhile.
                Err(error) if error.is(ErrorKind::NotFound) => Ok(()),
                result => result.map(drop),
            }
        }
        .boxed()
    }

    fn revision(&self) -> u64 {
        self.matcher.generation().map_or(0, |generation| generation.0)
    }
}

fn headers(subscription: &Subscription) -> Result<HeaderMap> {
    let headers = subscription.headers.expose().map(|(name, value)| {
        let name = HeaderName::try_from(name);
        let value = HeaderValue::try_from(value);
        // Neither is repeated: a value may be a credential.
        let (Ok(name), Ok(mut value)) = (name, value) else {
            return Err(Error::internal("a stored header is none"));
        };
        value.set_sensitive(true);
        Ok((name, value))
    });
    headers.collect()
}
