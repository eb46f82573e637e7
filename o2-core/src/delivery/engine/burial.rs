//! Entries that are done with: delivered, given up as dead letters, or wanted by nobody any more.

use std::sync::Arc;
use std::time::Duration;

use super::Engine;
use super::flow::warn;
use crate::delivery::attempt::Tries;
use crate::delivery::dead_letter::key;
use crate::delivery::queue::{Fate, Step};
use crate::delivery::shard::{delete_entry, tries_key};
use crate::delivery::{DeadLetter, DeadReason};
use crate::event::EventRecord;
use crate::store::Write;
use crate::subscription::SubscriptionId;

impl Engine {
    /// The first entries are done with: they leave the outbox, and with them what is known of failed attempts. With a reason
    /// they become dead letters. Says how many there were.
    pub(super) fn settle(&mut self, subscription: &SubscriptionId, count: usize, reason: Option<DeadReason>) -> usize {
        let Some(queue) = self.queues.get_mut(subscription) else {
            return 0;
        };
        let (shard, taken, tries) = (queue.shard, queue.take(count), queue.tries.take());
        queue.due = Duration::ZERO;
        if tries.is_some() {
            self.write(shard, vec![Write::Delete(tries_key(shard, subscription))]);
        }
        let count = taken.len();
        self.close(shard, subscription, taken, reason, tries.as_ref());
        count
    }

    /// Discards what is in memory of a subscription that has ended.
    pub(super) fn discard(&mut self, subscription: &SubscriptionId) {
        let count = self.settle(subscription, usize::MAX, None);
        tracing::info!(%subscription, count, "notifications of a subscription that has ended are discarded");
        self.ports.metrics.discarded(count);
    }

    /// Gives up what is in memory of a subscription.
    pub(super) fn bury_all(&mut self, subscription: &SubscriptionId) {
        if let Some(queue) = self.queues.get(subscription)
            && let Fate::Die(reason) = queue.fate
        {
            self.settle(subscription, usize::MAX, Some(reason));
        }
    }

    /// Makes dead letters of the oldest entries of more than a subscription may have, as far as they are in memory.
    pub(super) fn bury_surplus(&mut self, subscription: &SubscriptionId) {
        let most = self.ports.settings.outbox.per_subscription;
        let Some(queue) = self.queues.get_mut(subscription) else {
            return;
        };
        if queue.len() > most {
            let (shard, taken) = (queue.shard, queue.take_surplus(most));
            if queue.in_memory() == 0 && matches!(queue.step, Step::Held) {
                // The others have to be read before they can go.
                queue.step = Step::Idle;
            }
            self.close(shard, subscription, taken, Some(DeadReason::QueueFull), None);
        }
    }

    /// Removes entries from the outbox; with a reason each becomes a dead letter in the same commit.
    fn close(
        &mut self,
        shard: u8,
        subscription: &SubscriptionId,
        records: Vec<Arc<EventRecord>>,
        reason: Option<DeadReason>,
        tries: Option<&Tries>,
    ) {
        if reason.is_some() {
            self.ports.metrics.dead(records.len());
        }
        for record in records {
            let mut writes = vec![delete_entry(subscription, record.sequence)];
            writes.extend(reason.and_then(|reason| self.letter(subscription, record, reason, tries)));
            self.write(shard, writes);
        }
    }

    fn letter(
        &self,
        subscription: &SubscriptionId,
        record: Arc<EventRecord>,
        reason: DeadReason,
        tries: Option<&Tries>,
    ) -> Option<Write> {
        let sequence = record.sequence;
        let own = tries.filter(|tries| (tries.first..=tries.last).contains(&sequence));
        let letter = DeadLetter::of(subscription, record, reason, self.ports.clock.now(), own);
        let json = letter
            .to_json()
            .inspect_err(|error| warn(subscription, error, "a dead letter cannot be kept"));
        Some(Write::Put(key(subscription, sequence), json.ok()?.into()))
    }

    /// Removes entries that nobody can read; the keys are logged.
    pub(super) fn remove_broken(&mut self, shard: u8, keys: Vec<String>) {
        self.ports.metrics.discarded(keys.len());
        for key in keys {
            tracing::error!(key, "an entry of the outbox cannot be read and is removed");
            self.write(shard, vec![Write::Delete(key)]);
        }
    }

    pub(super) fn write(&mut self, shard: u8, together: Vec<Write>) {
        if let Some(shard) = self.shards.get_mut(&shard) {
            shard.write(together);
        }
    }
}
