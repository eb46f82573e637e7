//! What delivery asks of those who keep subscriptions: where notifications go, in which form, and how they are signed.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use http::HeaderMap;
use url::Url;

use super::Profile;
use crate::subscription::SubscriptionId;
use crate::{Result, TenantId, Timestamp};

/// Knows the receiver of each subscription.
pub trait Receivers: fmt::Debug + Send + Sync + 'static {
    /// The receiver of a subscription; `None` when there is no such subscription any more, and what waits for it may be
    /// discarded.
    ///
    /// # Errors
    /// When it cannot be found out now; it is asked again.
    fn receiver<'a>(&'a self, subscription: &'a SubscriptionId) -> BoxFuture<'a, Result<Option<Receiver>>>;

    /// Delivers no more to a subscription until somebody wants it again.
    ///
    /// # Errors
    /// When that cannot be kept; the receiver is then tried again, as after any failure.
    fn disable<'a>(&'a self, subscription: &'a SubscriptionId, reason: &'a str) -> BoxFuture<'a, Result<()>>;

    /// A number that is another one after any change of a subscription. Receivers are asked for again then.
    fn revision(&self) -> u64;
}

/// Where the notifications of a subscription go, and in which form. `Debug` shows the names of headers only.
#[derive(Clone)]
#[non_exhaustive]
pub struct Receiver {
    /// Where to.
    pub url: Url,
    /// Headers of every request, such as `Authorization`.
    pub headers: HeaderMap,
    /// How patient delivery is.
    pub profile: Profile,
    /// What a notification looks like.
    pub shape: Shape,
    /// How many notifications one request may carry. With more than one, bodies are JSON arrays.
    pub batch_size: usize,
    /// Whether to deliver now. While it is not, what is for it waits.
    pub active: bool,
    /// What the subscriber calls the subscription.
    pub consumer_subscription_id: Option<String>,
    /// The tenant it belongs to.
    pub tenant: Option<TenantId>,
    /// When the subscription ends. What waits for it then is discarded.
    pub expires_at: Option<Timestamp>,
    /// Signs requests.
    pub signer: Option<Arc<dyn Signer>>,
}

impl Receiver {
    /// An active receiver of single notifications in the product's shape, with the standard profile and no signature.
    #[must_use]
    pub fn new(url: Url) -> Self {
        Self {
            url,
            headers: HeaderMap::new(),
            profile: Profile::default(),
            shape: Shape::default(),
            batch_size: 1,
            active: true,
            consumer_subscription_id: None,
            tenant: None,
            expires_at: None,
            signer: None,
        }
    }

    /// Whether the subscription has ended.
    pub(super) fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("host", &self.url.host_str())
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("profile", &self.profile)
            .field("shape", &self.shape)
            .field("batch_size", &self.batch_size)
            .field("active", &self.active)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// What a notification looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Shape {
    /// The official fields and the product's own.
    #[default]
    Product,
    /// The fields of an `InventoryChangeNotification` only (O-RAN.WG6.TS.O2IMS-INTERFACE), and `notificationId`.
    Official,
}

/// A request that is to be signed.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Message<'a> {
    /// The id of the notification, the same at every attempt.
    pub id: &'a str,
    /// The time of this attempt.
    pub timestamp: Timestamp,
    /// The body.
    pub body: &'a [u8],
    /// What happened, in one word: `ResourcePoolCreated`; of a batch, the word of the first.
    pub event_type: &'a str,
    /// The subscription.
    pub subscription_id: &'a str,
}

/// Signs requests of one receiver.
pub trait Signer: fmt::Debug + Send + Sync + 'static {
    /// The headers that sign this request.
    ///
    /// # Errors
    /// When it cannot be signed; the attempt counts as failed.
    fn sign(&self, message: &Message<'_>) -> Result<HeaderMap>;
}

/// Says where objects can be read.
pub trait Links: fmt::Debug + Send + Sync + 'static {
    /// The URL of the object with this name, `resourcePool`, and this id; `None` when it has none.
    fn link(&self, shape: Shape, object: &str, id: &str) -> Option<String>;
}

/// No object has a URL.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoLinks;

impl Links for NoLinks {
    fn link(&self, _: Shape, _: &str, _: &str) -> Option<String> {
        None
    }
}
