//! Delivery: tells subscribers what is in the outbox, and keeps as a dead letter what cannot be told.
//!
//! [`Deliveries::run`] is one future that the host drives; several replicas on one store share the work. Each holds some
//! shards of the subscriptions by leases, and every write of a shard is bound to its lease, so one that has lost a shard
//! without knowing changes nothing.
//!
//! Delivery is at least once, in the order of the sequences for each subscription, and with the same notification id each
//! time. What comes twice comes because nobody knows whether the first time succeeded.

mod attempt;
mod dead_letter;
mod engine;
mod notification;
mod notifier;
mod origin;
mod outcome;
mod ports;
mod profile;
mod queue;
mod receiver;
mod request;
mod routes;
mod settings;
mod shard;
mod status;
mod upkeep;

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;

pub use attempt::Attempt;
pub use dead_letter::{DeadLetter, DeadLetterLimits, DeadLetters, DeadReason, HasDeadLetters, Which};
pub use notifier::{Notifier, TestOutcome};
pub use profile::{Profile, RetryWaits};
pub use receiver::{Links, Message, NoLinks, Receiver, Receivers, Shape, Signer};
pub use routes::{HasDeliveries, routes};
pub use settings::DeliverySettings;
pub use status::DeliveryStatus;

use self::engine::Engine;
use self::ports::Ports;
use crate::metrics::DeliveryMetrics;
use crate::ports::{Clock, HttpClient};
use crate::store::Store;

/// Delivers what is in the outbox of a store.
pub struct Deliveries {
    ports: Arc<Ports>,
    status: Arc<ArcSwap<Vec<DeliveryStatus>>>,
}

impl Deliveries {
    /// Delivers from `store` to `receivers` through `http`. Nothing happens before [`Self::run`].
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        http: Arc<dyn HttpClient>,
        receivers: Arc<dyn Receivers>,
        settings: DeliverySettings,
        metrics: DeliveryMetrics,
    ) -> Self {
        let ports = Ports {
            store,
            clock,
            http,
            receivers,
            settings,
            metrics,
        };
        Self {
            ports: Arc::new(ports),
            status: Arc::default(),
        }
    }

    /// Delivers until `shutdown` ends; then finishes the requests under way, within a limit, and gives the shards back. What
    /// has not been delivered stays in the outbox.
    ///
    /// The future may be dropped at any time. What it held is then taken over when its leases end, and requests that were
    /// under way are repeated.
    pub async fn run(&self, shutdown: impl Future<Output = ()> + Send) {
        Engine::new(Arc::clone(&self.ports), Arc::clone(&self.status))
            .run(shutdown)
            .await;
    }

    /// What waits in the shards of this replica, as it was some seconds ago: one line per subscription.
    #[must_use]
    pub fn status(&self) -> Arc<Vec<DeliveryStatus>> {
        self.status.load_full()
    }
}

impl fmt::Debug for Deliveries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deliveries").finish_non_exhaustive()
    }
}
