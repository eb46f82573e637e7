//! [`Upkeep`]: which shards this replica has. Replicas announce themselves in the store; each takes its share of the shards
//! by leases, renews them, and is told to give some back when others have come.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;

use super::ports::Ports;
use super::shard::lease_name;
use crate::outbox::SHARDS;
use crate::store::{Batch, Condition, Entry, Lease};
use crate::{Error, ErrorKind, Result};

/// The prefix of the replicas' announcements. Each is a lease that the replica holds as long as it lives.
const REPLICAS: &str = "delivery%replica/";
/// The most replicas that are looked at.
const MOST_REPLICAS: usize = 256;

/// One round.
#[derive(Debug)]
pub(super) struct Upkeep {
    pub(super) ports: Arc<Ports>,
    pub(super) holder: Arc<str>,
    pub(super) held: Vec<Lease>,
    /// Whether nothing new is to be taken.
    pub(super) is_stopping: bool,
}

/// What a round came to.
#[derive(Debug)]
pub(super) struct Upkept {
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
    pub(super) async fn run(self) -> Upkept {
        if let Err(error) = self.announce().await {
            tracing::warn!(error = error.message(), "delivery cannot announce itself");
        }
        let others = self.look_around().await.unwrap_or_else(|error| {
            tracing::warn!(error = error.message(), "delivery does not see the other replicas");
            Vec::new()
        });
        let (kept, lost) = self.renew().await;
        let (rank, share) = self.share(&others);
        let free = if self.is_stopping {
            0
        } else {
            share.saturating_sub(self.held.len() - lost.len())
        };
        let taken = self.take(free, rank).await;
        Upkept {
            kept,
            lost,
            taken,
            share,
        }
    }

    /// Holds a lease of its own, and writes down which.
    async fn announce(&self) -> Result<()> {
        let key = announcement(&self.holder);
        let Some((lease, _)) = self.acquire(&key).await? else {
            return Err(Error::conflict(format!("somebody else is called '{}'", self.holder)));
        };
        let known = self.ports.bounded(self.ports.store.get(&key)).await?;
        let token = lease.token.to_string();
        if known.is_some_and(|known| known.value == token.as_bytes()) {
            return Ok(());
        }
        let batch = Batch::new().when(Condition::Holding(lease)).put(key, token);
        self.ports.bounded(self.ports.store.commit(batch)).await.map(drop)
    }

    /// The announcements of the others that live; those of the others are removed.
    async fn look_around(&self) -> Result<Vec<String>> {
        let own = announcement(&self.holder);
        let seen = self.ports.store.scan(REPLICAS, None, MOST_REPLICAS);
        let seen = self.ports.bounded(seen).await?;
        let others = seen.into_iter().filter(|entry| entry.key != own);
        let looks = others.map(|entry| async move { self.lives(&entry).await.then_some(entry.key) });
        Ok(join_all(looks).await.into_iter().flatten().collect())
    }

    /// Whether the replica of an announcement still holds its lease. When nobody knows, it does.
    async fn lives(&self, announced: &Entry) -> bool {
        let holder = announced.key.strip_prefix(REPLICAS).unwrap_or_default();
        let token = std::str::from_utf8(&announced.value).ok();
        let token = token.and_then(|token| token.parse().ok()).unwrap_or_default();
        let lease = Lease::new(announced.key.as_str(), holder, token);
        let holds = self.ports.store.commit(Batch::new().when(Condition::Holding(lease)));
        match self.ports.bounded(holds).await {
            Err(error) if error.is(ErrorKind::PreconditionFailed) => {
                self.forget(announced).await;
                false
            }
            _ => true,
        }
    }

    async fn forget(&self, announced: &Entry) {
        let unchanged = Condition::Unchanged(announced.key.clone(), announced.revision);
        let batch = Batch::new().when(unchanged).delete(announced.key.as_str());
        match self.ports.bounded(self.ports.store.commit(batch)).await {
            Ok(_) => tracing::info!(replica = announced.key, "delivery forgets a replica that is gone"),
            // It lives, or somebody else has forgotten it.
            Err(error) if error.is(ErrorKind::PreconditionFailed) => {}
            Err(error) => tracing::warn!(error = error.message(), "delivery cannot forget a replica that is gone"),
        }
    }

    /// The place of this replica among those that live, and how many shards it should have.
    fn share(&self, others: &[String]) -> (usize, usize) {
        let own = announcement(&self.holder);
        let rank = others.iter().filter(|key| **key < own).count();
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

    /// The lease, and until when it is sure to be held: time runs from before the call. It lasts for less than the time
    /// within which others take over, so that they have time to notice.
    async fn acquire(&self, name: &str) -> Result<Option<(Lease, Duration)>> {
        let ttl = self.ports.settings.lease * 3 / 4;
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
