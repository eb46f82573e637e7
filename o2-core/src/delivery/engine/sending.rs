//! Sending: whose turn it is, and what became of a request.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{AbortHandle, Abortable};

use super::flow::warn;
use super::jobs::Done;
use super::{Engine, Timer};
use crate::Result;
use crate::delivery::attempt::Tries;
use crate::delivery::origin::Gate;
use crate::delivery::outcome::{Failure, Outcome, attempt};
use crate::delivery::queue::{Fate, Queue, Step};
use crate::delivery::shard::put_tries;
use crate::delivery::{Attempt, DeadReason, notification, request};
use crate::event::EventRecord;
use crate::store::Write;
use crate::subscription::SubscriptionId;

impl Engine {
    /// Lets an origin take part in the turns, when it has something to send.
    pub(super) fn give_turn(&mut self, name: &Arc<str>) {
        if let Some(origin) = self.origins.get_mut(name)
            && !origin.ready.is_empty()
            && !origin.in_turn
            && !origin.is_waiting
        {
            origin.in_turn = true;
            self.turns.push_back(Arc::clone(name));
        }
    }

    pub(super) fn retry_origin(&mut self, name: &Arc<str>) {
        if let Some(origin) = self.origins.get_mut(name) {
            origin.is_waiting = false;
            self.give_turn(name);
        }
    }

    /// Sends as much as may be sent, one request per origin and turn.
    pub(super) fn dispatch(&mut self) {
        let now = self.now();
        while !self.is_stopping && self.in_flight < self.ports.settings.concurrency {
            let Some(name) = self.turns.pop_front() else { return };
            let Some(origin) = self.origins.get_mut(&name) else {
                continue;
            };
            origin.in_turn = false;
            match origin.gate(now, &self.ports.settings) {
                Gate::Open => {}
                Gate::Full => continue,
                Gate::Blocked(until) => {
                    origin.is_waiting = true;
                    self.at(until, Timer::Origin(name));
                    continue;
                }
            }
            if let Some(subscription) = origin.ready.pop_front() {
                self.send(&subscription, now);
            }
            self.give_turn(&name);
        }
    }

    fn send(&mut self, subscription: &SubscriptionId, now: Duration) {
        let revision = self.ports.receivers.revision();
        let Some(queue) = self.queues.get_mut(subscription) else {
            return;
        };
        if !matches!(queue.step, Step::Ready) {
            return;
        }
        let shard = self.shards.get_mut(&queue.shard).filter(|shard| shard.may_send(now));
        let target = queue.target.clone().filter(|target| target.revision == revision);
        let receiver = target.as_ref().and_then(|target| target.receiver.clone());
        let (Some(shard), Some(target), Some(receiver)) = (shard, target, receiver) else {
            queue.step = Step::Idle;
            return self.advance(subscription);
        };
        let records: Vec<Arc<EventRecord>> = queue.next(receiver.batch_size).cloned().collect();
        let (handle, registration) = AbortHandle::new_pair();
        queue.step = Step::Sending(records.len(), handle);
        shard.sending += 1;
        self.in_flight += 1;
        if let Some(origin) = self.origins.get_mut(&target.origin) {
            origin.begin();
        }
        let (ports, subscription) = (Arc::clone(&self.ports), subscription.clone());
        let (shard, epoch, origin) = (queue.shard, shard.epoch, target.origin);
        self.begin(async move {
            let records = records.iter().map(|record| &**record);
            let told = notification::tell(&subscription, &receiver, records, &*ports.settings.links);
            let request = told.and_then(|told| request::post(&subscription, &receiver, told, ports.clock.now()));
            let outcome = Abortable::new(attempt(&ports, request), registration).await;
            Done::Sent {
                subscription,
                shard,
                epoch,
                origin,
                outcome: outcome.unwrap_or(Outcome::Unknown),
            }
        });
    }

    pub(super) fn sent(
        &mut self,
        subscription: &SubscriptionId,
        (shard, epoch): (u8, u64),
        origin: &Arc<str>,
        outcome: Outcome,
    ) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.judge_origin(origin, &outcome);
        let held = self.shards.get_mut(&shard).filter(|shard| shard.epoch == epoch);
        let Some(shard) = held else { return };
        shard.sending = shard.sending.saturating_sub(1);
        let Some(queue) = self.queues.get_mut(subscription) else {
            return;
        };
        let Step::Sending(count, _) = std::mem::replace(&mut queue.step, Step::Idle) else {
            return;
        };
        tracing::debug!(%subscription, epoch, count, ?outcome, "a request has ended");
        match outcome {
            Outcome::Delivered => {
                self.settle(subscription, count, None);
                self.ports.metrics.delivered(count);
            }
            Outcome::Gone(attempt) => return self.disable(subscription, count, attempt),
            Outcome::Failed(failure) => self.failed(subscription, count, failure),
            Outcome::Unknown => {}
        }
        self.advance(subscription);
    }

    fn judge_origin(&mut self, name: &Arc<str>, outcome: &Outcome) {
        let now = self.now();
        let settings = &self.ports.settings;
        let Some(origin) = self.origins.get_mut(name) else {
            return;
        };
        match outcome {
            Outcome::Failed(failure) if failure.is_down => origin.failed(now, settings),
            Outcome::Delivered | Outcome::Gone(_) | Outcome::Failed(_) => origin.answered(),
            Outcome::Unknown => origin.end(),
        }
        if let Outcome::Failed(failure) = outcome
            && let Some(wait) = failure.retry_after
        {
            origin.block(now.saturating_add(wait.min(settings.retry_after_longest)));
        }
        self.give_turn(name);
    }

    fn failed(&mut self, subscription: &SubscriptionId, count: usize, failure: Failure) {
        self.ports.metrics.failed();
        let (now, wall) = (self.now(), self.ports.clock.now());
        let Some(queue) = self.queues.get_mut(subscription) else {
            return;
        };
        let profile = queue.target.as_ref().and_then(|target| target.receiver.as_ref());
        let profile = profile.map(|receiver| receiver.profile).unwrap_or_default();
        let settings = &self.ports.settings;
        let asked = failure
            .retry_after
            .unwrap_or_default()
            .min(settings.retry_after_longest);
        let shard = queue.shard;
        let tries = tries(queue, count, wall);
        tries.add(failure.attempt);
        let Some(wait) = settings.waits.after(profile, tries.count, &self.random) else {
            self.settle(subscription, count, Some(DeadReason::Undeliverable));
            return;
        };
        let wait = wait.max(asked);
        tries.wait(wall, wait);
        let write = put_tries(shard, subscription, tries);
        queue.due = now.saturating_add(wait);
        self.write_or_warn(shard, subscription, write);
    }

    fn write_or_warn(&mut self, shard: u8, subscription: &SubscriptionId, write: Result<Write>) {
        match write {
            Ok(write) => self.write(shard, vec![write]),
            Err(error) => warn(subscription, &error, "delivery cannot remember a failed attempt"),
        }
    }

    /// The receiver has said that it is gone: delivers no more to it.
    fn disable(&mut self, subscription: &SubscriptionId, count: usize, attempt: Attempt) {
        let Some(queue) = self.queues.get_mut(subscription) else {
            return;
        };
        queue.step = Step::Asking;
        let shard = queue.shard;
        let epoch = self.epoch_of(shard);
        let (ports, subscription) = (Arc::clone(&self.ports), subscription.clone());
        self.begin(async move {
            let reason = "the receiver answered 410 Gone";
            let result = ports.bounded(ports.receivers.disable(&subscription, reason)).await;
            Done::Disabled {
                subscription,
                epoch,
                count,
                attempt,
                result,
            }
        });
    }

    pub(super) fn disabled(
        &mut self,
        subscription: &SubscriptionId,
        epoch: u64,
        count: usize,
        attempt: Attempt,
        result: Result<()>,
    ) {
        let wall = self.ports.clock.now();
        let Some(queue) = self.queue_of(subscription, epoch) else {
            return;
        };
        queue.step = Step::Idle;
        match result {
            Ok(()) => {
                tries(queue, count, wall).add(attempt);
                queue.fate = Fate::Die(DeadReason::Gone);
                tracing::info!(%subscription, "delivery to a subscription ends: its receiver is gone");
            }
            Err(error) => {
                warn(subscription, &error, "a subscription cannot be disabled");
                let failure = Failure {
                    attempt,
                    retry_after: None,
                    is_down: false,
                };
                self.failed(subscription, count, failure);
            }
        }
        self.advance(subscription);
    }
}

/// What is known of the attempts to deliver the first entries.
fn tries(queue: &mut Queue, count: usize, now: crate::Timestamp) -> &mut Tries {
    let first = queue.front().map_or(0, |record| record.sequence);
    let last = queue.next(count).last().map_or(first, |record| record.sequence);
    if queue.tries.as_ref().is_some_and(|tries| tries.first != first) {
        queue.tries = None;
    }
    queue.tries.get_or_insert_with(|| Tries::none(first, last, now))
}
