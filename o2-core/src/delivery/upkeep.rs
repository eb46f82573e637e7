//! [`Upkeep`]: which shards this replica has. Replicas announce themselves in the store; each takes its share of the shards
//! by leases, renews them, and is told to give some back when others have come.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;

use super::ports::Ports;
use super::shard::lease_name;
use crate::outbox::SHARDS;
use crate::store::{Batch, Condition, Lease, Revision};
use crate::{ErrorKind, Result};

/// The prefix of the replicas' announcements.
const REPLICAS: &str = "delivery%replica/";
/// The most replicas that are looked at.
const MOST_REPLICAS: usize = 256;
/// An announcement that has not changed for so many lease times is removed.
const FORGOTTEN: u32 = 10;

/// The replicas that were seen: the revision of the announcement, and since when it is the same. Each replica judges by its
/// own monotonic clock, so their wall clocks need not agree.
pub(super) type Replicas = HashMap<String, (Revision, Duration)>;

/// One round.
#[derive(Debug)]
pub(super) struct Upkeep {
    pub(super) ports: Arc<Ports>,
    pub(super) holder: Arc<str>,
    pub(super) round: u64,
    pub(super) held: Vec<Lease>,
    pub(super) replicas: Replicas,
    /// Whether nothing new is to be taken.
    pub(super) is_stopping: bool,
}

/// What a round came to.
#[derive(Debug)]
pub(super) struct Upkept {
    pub(super) replicas: Replicas,
    /// Leases that are held, each with the moment until which that is sure.
    pub(super) kept: Vec<(Lease, Duration)>,
    /// Leases that others may have.
    pub(super) lost: Vec<Lease>,
    /// Shards that were taken.
    pub(super) taken: Vec<(u8, Lease, Duration)>,
    /// How many shards this replica should have.
    pub(super) share: usize,
}

impl Upkeep {
    /// Renews what is held and takes what is free, up to the fair share.
    pub(super) async fn run(mut self) -> Upkept {
        if let Err(error) = self.announce().await {
            tracing::warn!(error = error.message(), "delivery cannot announce itself");
        }
        if let Err(error) = self.look_around().await {
            tracing::warn!(error = error.message(), "delivery does not see the other replicas");
        }
        let (kept, lost) = self.renew().await;
        let (rank, share) = self.share();
        let free = if self.is_stopping {
            0
        } else {
            share.saturating_sub(self.held.len() - lost.len())
        };
        let taken = self.take(free, rank).await;
        Upkept {
            replicas: self.replicas,
            kept,
            lost,
            taken,
            share,
        }
    }

    async fn announce(&self) -> Result<()> {
        let key = announcement(&self.holder);
        let batch = Batch::new().put(key, self.round.to_string());
        self.ports.bounded(self.ports.store.commit(batch)).await.map(|_| ())
    }

    async fn look_around(&mut self) -> Result<()> {
        let seen = self
            .ports
            .bounded(self.ports.store.scan(REPLICAS, None, MOST_REPLICAS))
            .await?;
        let now = self.ports.clock.monotonic();
        let known = std::mem::take(&mut self.replicas);
        for entry in seen {
            let since = known
                .get(&entry.key)
                .filter(|(revision, _)| *revision == entry.revision);
            let since = since.map_or(now, |(_, since)| *since);
            if now.saturating_sub(since) > self.ports.settings.lease.saturating_mul(FORGOTTEN) {
                self.forget(&entry.key, entry.revision).await;
            } else {
                self.replicas.insert(entry.key, (entry.revision, since));
            }
        }
        Ok(())
    }

    async fn forget(&self, key: &str, revision: Revision) {
        let unchanged = Condition::Unchanged(key.to_owned(), revision);
        let batch = Batch::new().when(unchanged).delete(key);
        match self.ports.bounded(self.ports.store.commit(batch)).await {
            Ok(_) => tracing::info!(replica = key, "delivery forgets a replica that is gone"),
            // It lives, or somebody else has forgotten it.
            Err(error) if error.is(ErrorKind::PreconditionFailed) => {}
            Err(error) => tracing::warn!(error = error.message(), "delivery cannot forget a replica that is gone"),
        }
    }

    /// The place of this replica among those that live, and how many shards it should have.
    fn share(&self) -> (usize, usize) {
        let (now, lease) = (self.ports.clock.monotonic(), self.ports.settings.lease);
        let own = announcement(&self.holder);
        let lives =
            |(key, (_, since)): &(&String, &(Revision, Duration))| **key != own && now.saturating_sub(*since) < lease;
        let others: Vec<_> = self.replicas.iter().filter(lives).map(|(key, _)| key).collect();
        let rank = others.iter().filter(|key| ***key < own).count();
        let replicas = others.len() + 1;
        (
            rank * usize::from(SHARDS) / replicas,
            usize::from(SHARDS).div_ceil(replicas),
        )
    }

    async fn renew(&self) -> (Vec<(Lease, Duration)>, Vec<Lease>) {
        let renewals = self.held.iter().map(|lease| async move {
            let renewed = self.acquire(&lease.name).await;
            (lease, renewed)
        });
        let (mut kept, mut lost) = (Vec::new(), Vec::new());
        for (lease, renewed) in join_all(renewals).await {
            match renewed {
                Ok(Some((renewed, until))) if renewed == *lease => kept.push((renewed, until)),
                Ok(other) => {
                    lost.push(lease.clone());
                    if let Some((anew, _)) = other {
                        // It had ended meanwhile, or was given back: others may have it now.
                        self.release(&anew).await;
                    }
                }
                Err(error) => tracing::warn!(
                    lease = lease.name,
                    error = error.message(),
                    "delivery cannot renew a lease"
                ),
            }
        }
        (kept, lost)
    }

    async fn release(&self, lease: &Lease) {
        if let Err(error) = self.ports.bounded(self.ports.store.release(lease)).await {
            tracing::warn!(
                error = error.message(),
                "delivery cannot give back a lease; it will end"
            );
        }
    }

    async fn take(&self, count: usize, first: usize) -> Vec<(u8, Lease, Duration)> {
        let mut taken = Vec::new();
        for offset in 0..usize::from(SHARDS) {
            if taken.len() == count {
                break;
            }
            let shard = ((first + offset) % usize::from(SHARDS)) as u8;
            let name = lease_name(shard);
            if self.held.iter().any(|lease| lease.name == name) {
                continue;
            }
            match self.acquire(&name).await {
                Ok(Some((lease, until))) => taken.push((shard, lease, until)),
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(error = error.message(), "delivery cannot take a lease");
                    break;
                }
            }
        }
        taken
    }

    /// The lease, and until when it is sure to be held: time runs from before the call.
    async fn acquire(&self, name: &str) -> Result<Option<(Lease, Duration)>> {
        let ttl = self.ports.settings.lease;
        let until = self.ports.clock.monotonic().saturating_add(ttl - ttl / 10);
        let call = self.ports.store.acquire(name, &self.holder, ttl);
        let lease = self.ports.bounded(call).await?;
        Ok(lease.map(|lease| (lease, until)))
    }
}

/// The key of a replica's announcement.
pub(super) fn announcement(holder: &str) -> String {
    format!("{REPLICAS}{holder}")
}
