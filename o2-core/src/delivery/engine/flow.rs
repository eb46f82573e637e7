//! What comes next for a subscription.

use std::sync::Arc;
use std::time::Duration;

use super::jobs::{Done, read};
use super::{Engine, Timer};
use crate::delivery::Receiver;
use crate::delivery::queue::{Fate, Queue, Step, Target};
use crate::store::Entry;
use crate::subscription::SubscriptionId;
use crate::{Error, Result};

/// What comes next for a subscription.
enum Need {
    Nothing,
    /// Entries have to be read.
    Entries,
    /// The receivers have to be asked.
    Receiver,
    /// Nobody wants the entries any more.
    Discard,
    /// The entries are given up.
    Bury,
    /// Something has to change first.
    Change,
    /// Time has to pass.
    Time(Duration),
    /// A turn at this origin.
    Turn(Arc<str>),
}

impl Engine {
    /// Goes on with a subscription that is not busy.
    pub(super) fn advance(&mut self, subscription: &SubscriptionId) {
        loop {
            let Some(queue) = self.queues.get(subscription) else {
                return;
            };
            if !matches!(queue.step, Step::Idle) {
                return;
            }
            let step = match self.need(queue) {
                Need::Nothing => return self.rest(subscription),
                Need::Discard => {
                    self.discard(subscription);
                    continue;
                }
                Need::Bury => {
                    self.bury_all(subscription);
                    continue;
                }
                Need::Entries => self.load(subscription, queue),
                Need::Receiver => self.ask(subscription, queue),
                Need::Change => Step::Held,
                Need::Time(due) => {
                    self.set_alarm(subscription, due);
                    Step::Waiting
                }
                Need::Turn(origin) => {
                    let known = self.origins.entry(Arc::clone(&origin)).or_default();
                    known.ready.push_back(subscription.clone());
                    self.give_turn(&origin);
                    Step::Ready
                }
            };
            return self.set_step(subscription, step);
        }
    }

    fn need(&self, queue: &Queue) -> Need {
        let now = self.now();
        if queue.len() == 0 {
            return Need::Nothing;
        }
        let may_send = |shard: &crate::delivery::shard::Shard| shard.may_send(now);
        if self.is_stopping || !self.shards.get(&queue.shard).is_some_and(may_send) {
            return Need::Change;
        }
        if queue.in_memory() == 0 {
            return Need::Entries;
        }
        if queue.fate != Fate::Deliver {
            return Need::Bury;
        }
        let revision = self.ports.receivers.revision();
        let Some(target) = queue.target.as_ref().filter(|target| target.revision == revision) else {
            return Need::Receiver;
        };
        match &target.receiver {
            None => Need::Discard,
            Some(receiver) if receiver.has_expired(self.ports.clock.now()) => Need::Discard,
            Some(receiver) if !receiver.active => Need::Change,
            Some(_) if queue.due > now => Need::Time(queue.due),
            Some(_) => Need::Turn(Arc::clone(&target.origin)),
        }
    }

    /// Nothing waits: what was true of the entries is over.
    fn rest(&mut self, subscription: &SubscriptionId) {
        if let Some(queue) = self.queues.get_mut(subscription)
            && queue.fate != Fate::Deliver
        {
            queue.fate = Fate::Deliver;
            queue.target = None;
        }
    }

    fn set_alarm(&mut self, subscription: &SubscriptionId, due: Duration) {
        if let Some(queue) = self.queues.get_mut(subscription)
            && queue.alarm != Some(due)
        {
            queue.alarm = Some(due);
            self.at(due, Timer::Queue(subscription.clone()));
        }
    }

    pub(super) fn set_step(&mut self, subscription: &SubscriptionId, step: Step) {
        if let Some(queue) = self.queues.get_mut(subscription) {
            queue.step = step;
        }
    }

    fn load(&self, subscription: &SubscriptionId, queue: &Queue) -> Step {
        let (ports, subscription) = (Arc::clone(&self.ports), subscription.clone());
        let (epoch, asked) = (self.epoch_of(queue.shard), self.ports.settings.in_memory.max(1));
        let prefix = crate::outbox::key::queue(&subscription);
        let after = format!("{prefix}{}", crate::outbox::key::number(queue.last()));
        self.begin(async move {
            let scan = ports.store.scan(&prefix, Some(&after), asked + 1);
            let records = ports.bounded(scan).await;
            Done::Loaded {
                subscription,
                epoch,
                asked,
                records,
            }
        });
        Step::Asking
    }

    pub(super) fn loaded(
        &mut self,
        subscription: &SubscriptionId,
        epoch: u64,
        asked: usize,
        entries: Result<Vec<Entry>>,
    ) {
        let Some(queue) = self.queue_of(subscription, epoch) else {
            return;
        };
        match entries {
            Ok(entries) => {
                queue.step = Step::Idle;
                let (mut records, mut broken) = (Vec::new(), Vec::new());
                let count = entries.len();
                for entry in entries {
                    match read(&entry.key, &entry.value) {
                        Ok(record) => records.push(record),
                        Err(_) => broken.push(entry.key),
                    }
                }
                queue.loaded(records, count, asked);
                let shard = queue.shard;
                self.remove_broken(shard, broken);
                self.bury_surplus(subscription);
                self.advance(subscription);
            }
            Err(error) => {
                tracing::warn!(error = error.message(), "delivery cannot read the outbox");
                queue.step = Step::Held;
            }
        }
    }

    fn ask(&self, subscription: &SubscriptionId, queue: &Queue) -> Step {
        let (ports, subscription) = (Arc::clone(&self.ports), subscription.clone());
        let epoch = self.epoch_of(queue.shard);
        self.begin(async move {
            // Asked for before: what changes meanwhile is asked for again.
            let revision = ports.receivers.revision();
            let receiver = ports.bounded(ports.receivers.receiver(&subscription)).await;
            Done::Asked {
                subscription,
                epoch,
                revision,
                receiver: receiver.map(|found| found.map(Arc::new)),
            }
        });
        Step::Asking
    }

    pub(super) fn asked(
        &mut self,
        subscription: &SubscriptionId,
        epoch: u64,
        revision: u64,
        receiver: Result<Option<Arc<Receiver>>>,
    ) {
        let Some(queue) = self.queue_of(subscription, epoch) else {
            return;
        };
        match receiver {
            Ok(receiver) => {
                let origin = receiver.as_ref().map(|it| it.url.origin().ascii_serialization());
                queue.target = Some(Target {
                    receiver,
                    origin: origin.unwrap_or_default().into(),
                    revision,
                });
                queue.step = Step::Idle;
                self.advance(subscription);
            }
            Err(error) => {
                warn(subscription, &error, "delivery cannot find out where notifications go");
                queue.step = Step::Held;
            }
        }
    }

    /// The queue, if the shard is still held since this epoch.
    pub(super) fn queue_of(&mut self, subscription: &SubscriptionId, epoch: u64) -> Option<&mut Queue> {
        let queue = self.queues.get_mut(subscription)?;
        let shard = self.shards.get(&queue.shard)?;
        (shard.epoch == epoch).then_some(queue)
    }

    pub(super) fn epoch_of(&self, shard: u8) -> u64 {
        self.shards.get(&shard).map_or(0, |shard| shard.epoch)
    }

    /// The wait of a subscription may be over.
    pub(super) fn wake_queue(&mut self, subscription: &SubscriptionId, now: Duration) {
        if let Some(queue) = self.queues.get_mut(subscription)
            && matches!(queue.step, Step::Waiting)
            && queue.due <= now
        {
            queue.alarm = None;
            queue.step = Step::Idle;
            self.advance(subscription);
        }
    }
}

pub(super) fn warn(subscription: &SubscriptionId, error: &Error, what: &str) {
    tracing::warn!(%subscription, error = error.message(), "{what}");
}
