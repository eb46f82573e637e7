//! What is done now and then: subscriptions that changed, entries that are too old, what is shown to others.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::jobs::Done;
use super::{Engine, Timer};
use crate::Timestamp;
use crate::delivery::queue::{Queue, Step};
use crate::delivery::{DeadLetters, DeadReason, DeliveryStatus};
use crate::layers::CircuitState;
use crate::query::PageLimits;
use crate::subscription::SubscriptionId;

/// The shard whose replica removes dead letters.
const TRIMMER: u8 = 0;

impl Engine {
    /// Looks for changes of subscriptions, and goes on with what waits for one.
    pub(super) fn refresh(&mut self, now: Duration) {
        let revision = self.ports.receivers.revision();
        if revision == self.revision {
            self.go_on(|_| false);
        } else {
            self.revision = revision;
            // Those that wait for their time may have ended.
            self.go_on(|step| matches!(step, Step::Waiting));
        }
        self.at(now.saturating_add(self.ports.settings.refresh), Timer::Refresh);
    }

    /// Removes the dead letters that are too many.
    pub(super) fn trim(&mut self, now: Duration) {
        if self.shards.contains_key(&TRIMMER) {
            let ports = Arc::clone(&self.ports);
            let limits = ports.settings.dead_letters;
            self.begin(async move {
                let (store, clock) = (Arc::clone(&ports.store), Arc::clone(&ports.clock));
                let letters = DeadLetters::new(store, clock, PageLimits::default());
                match ports.clock.within(limits.every, letters.trim(&limits)).await {
                    Ok(Ok(count)) => Done::Trimmed(count),
                    Ok(Err(error)) => {
                        tracing::warn!(error = error.message(), "old dead letters cannot be removed");
                        Done::Nothing
                    }
                    Err(_) => Done::Nothing,
                }
            });
        }
        self.at(now.saturating_add(self.ports.settings.dead_letters.every), Timer::Trim);
    }

    /// Gives up what is too old, forgets what is over, and shows the rest.
    pub(super) fn survey(&mut self, now: Duration) {
        self.bury_old();
        self.queues.retain(|_, queue| !queue.is_over());
        let settings = &self.ports.settings;
        self.origins.retain(|_, origin| !origin.is_idle(now, settings));
        let wall = self.ports.clock.now();
        let mut shards: BTreeMap<u8, (u64, Duration)> =
            self.shards.keys().map(|shard| (*shard, (0, Duration::ZERO))).collect();
        for queue in self.queues.values() {
            let age = queue.front().map_or(Duration::ZERO, |front| wall.since(front.time));
            if let Some((count, oldest)) = shards.get_mut(&queue.shard) {
                *count += queue.len();
                *oldest = (*oldest).max(age);
            }
        }
        for (shard, (count, oldest)) in shards {
            self.ports.metrics.show_waiting(shard, count, oldest);
        }
        let waiting = self.queues.iter().filter(|(_, queue)| queue.len() > 0);
        let status = waiting.map(|(id, queue)| self.status_of(id, queue, now)).collect();
        self.status.store(Arc::new(status));
    }

    /// The wall clock as it would be if nobody had set it since delivery began: a jump makes nothing old.
    fn steady_wall(&self) -> Timestamp {
        let (monotonic, wall) = self.began;
        wall.plus(self.ports.clock.monotonic().saturating_sub(monotonic))
    }

    /// Gives up what has waited for too long, of those that do not get through. What has not been tried yet is tried first.
    fn bury_old(&mut self) {
        let (wall, retention) = (self.steady_wall(), self.ports.settings.outbox.retention);
        let is_old = |queue: &Queue| {
            let waits = matches!(queue.step, Step::Waiting | Step::Held);
            waits && queue.front().is_some_and(|front| wall.since(front.time) > retention)
        };
        let mut old: Vec<_> = self
            .queues
            .iter()
            .filter(|(_, queue)| is_old(queue))
            .map(|(id, _)| id.clone())
            .collect();
        while let Some(subscription) = old.pop() {
            self.settle(&subscription, 1, Some(DeadReason::TooOld));
            if self.queues.get(&subscription).is_some_and(is_old) {
                old.push(subscription);
            } else {
                self.set_step(&subscription, Step::Idle);
                self.advance(&subscription);
            }
        }
    }

    fn status_of(&self, subscription: &SubscriptionId, queue: &Queue, now: Duration) -> DeliveryStatus {
        let waits = matches!(queue.step, Step::Waiting);
        let origin = queue
            .target
            .as_ref()
            .and_then(|target| self.origins.get(&target.origin));
        let circuit = origin.map_or(CircuitState::Closed, |origin| origin.circuit(now));
        DeliveryStatus {
            subscription_id: subscription.clone(),
            queued: queue.len(),
            oldest: queue.front().map(|front| front.time),
            attempts: queue.tries.as_ref().map_or(0, |tries| tries.count),
            next: waits.then(|| self.ports.clock.now().plus(queue.due.saturating_sub(now))),
            circuit: circuit.as_str(),
        }
    }
}
