//! [`Shard`]: a part of the subscriptions that this replica has, and what it has yet to write about them.

use std::collections::VecDeque;
use std::time::Duration;

use futures::future::AbortHandle;

use super::attempt::Tries;
use crate::outbox::key;
use crate::store::{Batch, Condition, Lease, Write};
use crate::subscription::SubscriptionId;
use crate::{Error, Result};

/// The prefix of what is stored about failed attempts.
const TRIES: &str = "delivery/";
/// Writes of one commit.
const BATCH: usize = 512;
/// With so many writes to do nothing more is sent: they have to be remembered until the store takes them.
const MOST_UNWRITTEN: usize = 4096;
const SHORTEST_BACKOFF: Duration = Duration::from_millis(100);
const LONGEST_BACKOFF: Duration = Duration::from_secs(5);

/// How far a shard has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Its entries are being read.
    Loading,
    /// Its entries are being delivered.
    Serving,
    /// Its feed has a gap. Once it is quiet its entries are read again.
    Stale,
    /// Once it is quiet it is given back.
    Leaving,
}

/// A shard that this replica holds.
#[derive(Debug)]
pub(super) struct Shard {
    pub(super) lease: Lease,
    /// Nothing is sent from this moment on, unless the lease is renewed.
    pub(super) until: Duration,
    /// Which time of holding it this is. What was begun in another one is of no interest any more.
    pub(super) epoch: u64,
    pub(super) phase: Phase,
    /// How many of its requests are under way.
    pub(super) sending: usize,
    /// Reads its feed.
    pub(super) feed: Option<AbortHandle>,
    /// What there is to write; what stands together goes into one commit.
    unwritten: VecDeque<Vec<Write>>,
    /// How many of these a commit is writing just now.
    writing: usize,
    /// How long it waited last before it tried again.
    backoff: Duration,
    /// Whether it waits just now.
    waits: bool,
}

impl Shard {
    pub(super) fn new(lease: Lease, until: Duration, epoch: u64) -> Self {
        Self {
            lease,
            until,
            epoch,
            phase: Phase::Loading,
            sending: 0,
            feed: None,
            unwritten: VecDeque::new(),
            writing: 0,
            backoff: Duration::ZERO,
            waits: false,
        }
    }

    /// Whether something may be sent now.
    pub(super) fn may_send(&self, now: Duration) -> bool {
        self.phase == Phase::Serving && now < self.until && self.unwritten.len() < MOST_UNWRITTEN
    }

    /// Writes these together, later.
    pub(super) fn write(&mut self, together: Vec<Write>) {
        self.unwritten.push_back(together);
    }

    /// Whether nothing is under way and everything is written.
    pub(super) fn is_quiet(&self) -> bool {
        self.sending == 0 && self.unwritten.is_empty()
    }

    /// The next writes, all at once, if there are any and no others are under way.
    pub(super) fn next_batch(&mut self) -> Option<Batch> {
        if self.writing > 0 || self.unwritten.is_empty() || self.waits {
            return None;
        }
        let mut batch = Batch::new().when(Condition::Holding(self.lease.clone()));
        for together in &self.unwritten {
            if batch.writes.len() >= BATCH {
                break;
            }
            batch.writes.extend_from_slice(together);
            self.writing += 1;
        }
        Some(batch)
    }

    pub(super) fn written(&mut self) {
        self.unwritten.drain(..self.writing);
        self.writing = 0;
        self.backoff = Duration::ZERO;
    }

    /// The commit failed and has to be repeated after some time. Whether it happened does not matter: it does the same again.
    pub(super) fn not_written(&mut self) -> Duration {
        self.writing = 0;
        self.wait()
    }

    /// Something failed and has to be repeated after this time.
    pub(super) fn wait(&mut self) -> Duration {
        self.waits = true;
        self.backoff = (self.backoff * 2).clamp(SHORTEST_BACKOFF, LONGEST_BACKOFF);
        self.backoff
    }

    /// The wait is over; `false` when there was none, because the timer is from before the shard was read again.
    pub(super) fn resume(&mut self) -> bool {
        std::mem::take(&mut self.waits)
    }
}

impl Drop for Shard {
    fn drop(&mut self) {
        if let Some(feed) = &self.feed {
            feed.abort();
        }
    }
}

/// The name of a shard's lease.
pub(super) fn lease_name(shard: u8) -> String {
    format!("delivery/{shard:02x}")
}

/// The prefix of what is stored about failed attempts in a shard.
pub(super) fn tries_of(shard: u8) -> String {
    format!("{TRIES}{shard:02x}/")
}

/// The key of what is stored about failed attempts of a subscription.
pub(super) fn tries_key(shard: u8, subscription: &SubscriptionId) -> String {
    format!("{}{subscription}", tries_of(shard))
}

pub(super) fn put_tries(shard: u8, subscription: &SubscriptionId, tries: &Tries) -> Result<Write> {
    let json = serde_json::to_vec(tries).map_err(|error| Error::internal(error.to_string()))?;
    Ok(Write::Put(tries_key(shard, subscription), json.into()))
}

pub(super) fn delete_entry(subscription: &SubscriptionId, sequence: u64) -> Write {
    Write::Delete(key::entry(subscription, sequence))
}
