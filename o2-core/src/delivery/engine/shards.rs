//! The shards of this replica: taking, reading, following, writing, giving back.

use std::sync::Arc;
use std::time::Duration;

use super::jobs::{Contents, Done, Feed, open, read};
use super::{Engine, Timer};
use crate::delivery::queue::{Queue, Step};
use crate::delivery::shard::{Phase, Shard};
use crate::delivery::upkeep::{Upkeep, Upkept};
use crate::outbox::key;
use crate::store::{Change, Commit, Lease, Revision};
use crate::subscription::SubscriptionId;
use crate::{ErrorKind, Result};

impl Engine {
    /// Begins a round of upkeep.
    pub(super) fn upkeep(&mut self) {
        let upkeep = Upkeep {
            ports: Arc::clone(&self.ports),
            holder: Arc::clone(&self.holder),
            held: self.shards.values().map(|shard| shard.lease.clone()).collect(),
            is_stopping: self.is_stopping,
        };
        self.begin(async move { Done::Upkept(Box::new(upkeep.run().await)) });
    }

    pub(super) fn upkept(&mut self, upkept: Upkept) {
        for (lease, until) in upkept.kept {
            if let Some((shard, held)) = self.shards.iter_mut().find(|(_, held)| held.lease == lease) {
                held.until = until;
                let timer = Timer::Lease(*shard);
                self.at(until, timer);
            }
        }
        for lease in upkept.lost {
            let shard = self.shards.iter().find(|(_, held)| held.lease == lease);
            if let Some(shard) = shard.map(|(shard, _)| *shard) {
                tracing::warn!(shard, "another replica has taken over a shard");
                self.lose(shard);
            }
        }
        for (shard, lease, until) in upkept.taken {
            self.take(shard, lease, until);
        }
        let serving: Vec<u8> = self
            .shards
            .iter()
            .filter(|(_, it)| it.phase != Phase::Leaving)
            .map(|(it, _)| *it)
            .collect();
        for shard in serving.iter().skip(upkept.share) {
            self.set_phase(*shard, Phase::Leaving);
        }
        let now = self.now();
        self.survey(now);
        self.at(now.saturating_add(self.ports.settings.lease / 6), Timer::Upkeep);
    }

    fn take(&mut self, shard: u8, lease: Lease, until: Duration) {
        self.lose(shard);
        self.epoch += 1;
        tracing::debug!(shard, epoch = self.epoch, token = lease.token, "delivery takes a shard");
        self.shards.insert(shard, Shard::new(lease, until, self.epoch));
        self.at(until, Timer::Lease(shard));
        self.read_shard(shard);
    }

    /// Reads the entries of a shard and follows it from then on.
    fn read_shard(&mut self, shard: u8) {
        let (ports, epoch) = (Arc::clone(&self.ports), self.epoch_of(shard));
        self.begin(async move {
            let contents = open(&ports, shard).await;
            Done::Opened { shard, epoch, contents }
        });
    }

    pub(super) fn opened(&mut self, shard: u8, epoch: u64, contents: Result<Box<Contents>>) {
        let Some(held) = self.shards.get_mut(&shard).filter(|held| held.epoch == epoch) else {
            return;
        };
        match contents {
            Ok(contents) => {
                if held.phase == Phase::Loading {
                    held.phase = Phase::Serving;
                }
                let feed = self.follow(shard, epoch, contents.feed);
                if let Some(held) = self.shards.get_mut(&shard) {
                    held.feed = Some(feed);
                }
                for (subscription, queue) in &contents.queues {
                    let front = queue.front().map_or(0, |front| front.sequence);
                    tracing::debug!(%subscription, epoch, waiting = queue.len(), front, "delivery has read what waits");
                }
                self.remove_broken(shard, contents.broken);
                let subscriptions: Vec<_> = contents.queues.keys().cloned().collect();
                self.queues.extend(contents.queues);
                for subscription in subscriptions {
                    self.bury_surplus(&subscription);
                    self.advance(&subscription);
                }
            }
            Err(error) => {
                tracing::warn!(
                    shard,
                    error = error.message(),
                    "delivery cannot read a shard of the outbox"
                );
                let wait = held.wait();
                let due = self.now().saturating_add(wait);
                self.at(due, Timer::Shard(shard));
            }
        }
    }

    pub(super) fn fed(&mut self, shard: u8, epoch: u64, commits: Option<Vec<Result<Commit>>>, feed: Feed) {
        if self.epoch_of(shard) != epoch {
            return;
        }
        let commits: Result<Vec<Commit>> = commits.into_iter().flatten().collect();
        match commits {
            Ok(commits) if !commits.is_empty() => {
                let prefix = key::shard(shard);
                for change in commits.into_iter().flat_map(|commit| commit.changes) {
                    self.changed(shard, &prefix, change);
                }
                let feed = self.follow(shard, epoch, feed);
                if let Some(held) = self.shards.get_mut(&shard) {
                    held.feed = Some(feed);
                }
            }
            ended => {
                let error = ended.err();
                let error = error.as_ref().map_or("it ended", |error| error.message());
                tracing::warn!(shard, error, "delivery has lost the feed of a shard and reads it again");
                self.set_phase(shard, Phase::Stale);
            }
        }
    }

    fn changed(&mut self, shard: u8, prefix: &str, change: Change) {
        let Some((subscription, sequence)) = key::parse(&change.key, prefix) else {
            return;
        };
        let Some(value) = change.after else {
            if let Some(queue) = self.queues.get_mut(subscription) {
                queue.removed(sequence);
            }
            return;
        };
        let Ok(record) = read(&change.key, &value) else {
            return self.remove_broken(shard, vec![change.key]);
        };
        let subscription = SubscriptionId::new(subscription);
        let queue = self.queues.entry(subscription.clone());
        let queue = queue.or_insert_with(|| Queue::new(shard));
        queue.announced(record, self.ports.settings.in_memory);
        self.bury_surplus(&subscription);
        self.advance(&subscription);
    }

    /// Begins to write what is to be written, and goes on with shards that have become quiet.
    pub(super) fn flush(&mut self) {
        let mut quiet = Vec::new();
        for (shard, held) in &mut self.shards {
            if let Some(batch) = held.next_batch() {
                let (ports, shard, epoch) = (Arc::clone(&self.ports), *shard, held.epoch);
                let job = async move {
                    let result = ports.bounded(ports.store.commit(batch)).await;
                    Done::Written { shard, epoch, result }
                };
                self.jobs.push(Box::pin(job));
            } else if held.is_quiet() && matches!(held.phase, Phase::Stale | Phase::Leaving) {
                quiet.push((*shard, held.phase));
            }
        }
        for (shard, phase) in quiet {
            match phase {
                Phase::Stale => self.read_again(shard),
                _ => self.give_back(shard),
            }
        }
    }

    pub(super) fn written(&mut self, shard: u8, epoch: u64, result: Result<Revision>) {
        let Some(held) = self.shards.get_mut(&shard).filter(|held| held.epoch == epoch) else {
            return;
        };
        match result {
            Ok(_) => held.written(),
            Err(error) if error.is(ErrorKind::PreconditionFailed) => {
                tracing::warn!(shard, "another replica has taken over a shard");
                self.lose(shard);
            }
            Err(error) => {
                tracing::warn!(shard, error = error.message(), "delivery cannot write what it has done");
                let wait = held.not_written();
                let due = self.now().saturating_add(wait);
                self.at(due, Timer::Shard(shard));
            }
        }
    }

    /// Tries again what the store refused.
    pub(super) fn resume(&mut self, shard: u8) {
        if let Some(held) = self.shards.get_mut(&shard)
            && held.resume()
            && held.phase == Phase::Loading
        {
            self.read_shard(shard);
        }
    }

    pub(super) fn check_lease(&mut self, shard: u8, now: Duration) {
        if self.shards.get(&shard).is_some_and(|held| held.until <= now) {
            tracing::warn!(shard, "delivery could not renew a lease in time");
            self.lose(shard);
        }
    }

    fn set_phase(&mut self, shard: u8, phase: Phase) {
        if let Some(held) = self.shards.get_mut(&shard).filter(|held| held.phase != Phase::Leaving) {
            held.phase = phase;
        }
    }

    fn read_again(&mut self, shard: u8) {
        let lost = self.shards.get(&shard).map(|held| (held.lease.clone(), held.until));
        if let Some((lease, until)) = lost {
            self.take(shard, lease, until);
        }
    }

    fn give_back(&mut self, shard: u8) {
        let Some(lease) = self.shards.get(&shard).map(|held| held.lease.clone()) else {
            return;
        };
        self.lose(shard);
        let ports = Arc::clone(&self.ports);
        self.begin(async move {
            if let Err(error) = ports.bounded(ports.store.release(&lease)).await {
                tracing::warn!(
                    error = error.message(),
                    "delivery cannot give back a lease; it will end"
                );
            }
            Done::Nothing
        });
    }

    /// Forgets a shard; its requests are given up.
    fn lose(&mut self, shard: u8) {
        if self.shards.remove(&shard).is_some() {
            self.queues.retain(|_, queue| queue.shard != shard);
            self.ports.metrics.forget(shard);
        }
    }

    /// Goes on with subscriptions that wait for a change.
    pub(super) fn go_on(&mut self, also: fn(&Step) -> bool) {
        let waiting = |(_, queue): &(&SubscriptionId, &Queue)| matches!(queue.step, Step::Held) || also(&queue.step);
        let waiting: Vec<_> = self.queues.iter().filter(waiting).map(|(id, _)| id.clone()).collect();
        for subscription in waiting {
            self.set_step(&subscription, Step::Idle);
            self.advance(&subscription);
        }
    }
}
