//! [`Ports`]: what delivery works with.

use std::sync::Arc;

use super::{DeliverySettings, Receivers};
use crate::metrics::DeliveryMetrics;
use crate::ports::{Clock, HttpClient};
use crate::store::Store;
use crate::{Error, ErrorKind, Result};

/// What delivery works with.
#[derive(Debug)]
pub(super) struct Ports {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) http: Arc<dyn HttpClient>,
    pub(super) receivers: Arc<dyn Receivers>,
    pub(super) settings: DeliverySettings,
    pub(super) metrics: DeliveryMetrics,
}

impl Ports {
    /// A call of the store or of the receivers, which has to end in time.
    ///
    /// # Errors
    /// The call's; `Timeout`.
    pub(super) async fn bounded<T>(&self, call: impl Future<Output = Result<T>> + Send) -> Result<T> {
        let limit = self.settings.store_timeout;
        let ended = self.clock.within(limit, call).await;
        ended.unwrap_or_else(|limit| Err(Error::new(ErrorKind::Timeout, format!("no answer within {limit:?}"))))
    }
}
