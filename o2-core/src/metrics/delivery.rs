//! Metrics of notifications, from the outbox to the subscribers.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;

use super::Families;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct NotificationLabels {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ShardLabels {
    shard: u8,
}

/// The metrics of notifications. Cheap to clone.
#[derive(Debug, Clone)]
pub struct DeliveryMetrics {
    families: Arc<Families>,
    queued: Counter,
    delivered: Counter,
    failed: Counter,
    dead: Counter,
    discarded: Counter,
    dropped: Counter,
}

impl DeliveryMetrics {
    pub(super) fn new(families: Arc<Families>) -> Self {
        let counter = |outcome| {
            families
                .notifications
                .get_or_create_owned(&NotificationLabels { outcome })
        };
        Self {
            queued: counter("queued"),
            delivered: counter("delivered"),
            failed: counter("failed"),
            dead: counter("dead"),
            discarded: counter("discarded"),
            dropped: counter("dropped"),
            families,
        }
    }

    /// So many came into the outbox.
    pub(crate) fn queued(&self, count: usize) {
        self.queued.inc_by(count as u64);
    }

    /// So many were delivered.
    pub(crate) fn delivered(&self, count: usize) {
        self.delivered.inc_by(count as u64);
    }

    /// One attempt failed.
    pub(crate) fn failed(&self) {
        self.failed.inc();
    }

    /// So many became dead letters.
    pub(crate) fn dead(&self, count: usize) {
        self.dead.inc_by(count as u64);
    }

    /// So many were discarded, because nobody wants them any more.
    pub(crate) fn discarded(&self, count: usize) {
        self.discarded.inc_by(count as u64);
    }

    /// So many dead letters were removed, because there were too many or they were too old.
    pub(crate) fn dropped(&self, count: usize) {
        self.dropped.inc_by(count as u64);
    }

    /// Shows how many wait in a shard, and for how long the oldest has waited.
    pub(crate) fn show_waiting(&self, shard: u8, count: u64, oldest: Duration) {
        let labels = ShardLabels { shard };
        let waiting = self.families.notifications_waiting.get_or_create(&labels);
        waiting.set(i64::try_from(count).unwrap_or(i64::MAX));
        let age = self.families.oldest_notification.get_or_create(&labels);
        age.set(i64::try_from(oldest.as_secs()).unwrap_or(i64::MAX));
    }

    /// Shows a shard no longer, because another replica has it.
    pub(crate) fn forget(&self, shard: u8) {
        let labels = ShardLabels { shard };
        self.families.notifications_waiting.remove(&labels);
        self.families.oldest_notification.remove(&labels);
    }
}
