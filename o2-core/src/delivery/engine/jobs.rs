//! What takes time: the jobs of the engine, and what each comes to.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::{AbortHandle, Abortable};
use futures::stream::{BoxStream, StreamExt};

use super::Engine;
use crate::delivery::Attempt;
use crate::delivery::attempt::Tries;
use crate::delivery::outcome::Outcome;
use crate::delivery::ports::Ports;
use crate::delivery::queue::Queue;
use crate::delivery::receiver::Receiver;
use crate::delivery::shard::tries_of;
use crate::delivery::upkeep::Upkept;
use crate::event::EventRecord;
use crate::outbox::key;
use crate::store::{Commit, Entry, Revision};
use crate::subscription::SubscriptionId;
use crate::{Error, Result};

/// Entries that are read at a time.
const PAGE: usize = 256;
/// Commits of the feed that are taken in together.
const COMMITS: usize = 64;

pub(super) type Feed = BoxStream<'static, Vec<Result<Commit>>>;

/// What a job came to. Those of a shard carry the epoch in which they were begun.
pub(super) enum Done {
    /// A request has ended.
    Sent {
        subscription: SubscriptionId,
        shard: u8,
        epoch: u64,
        origin: Arc<str>,
        outcome: Outcome,
    },
    /// The receivers have said where notifications go.
    Asked {
        subscription: SubscriptionId,
        epoch: u64,
        revision: u64,
        receiver: Result<Option<Arc<Receiver>>>,
    },
    /// A subscription was disabled because its receiver is gone, which this attempt has shown.
    Disabled {
        subscription: SubscriptionId,
        epoch: u64,
        count: usize,
        attempt: Attempt,
        result: Result<()>,
    },
    /// More entries of a subscription were read.
    Loaded {
        subscription: SubscriptionId,
        epoch: u64,
        asked: usize,
        records: Result<Vec<Entry>>,
    },
    /// The entries of a shard were read.
    Opened {
        shard: u8,
        epoch: u64,
        contents: Result<Box<Contents>>,
    },
    /// The feed of a shard tells something; nothing when it has ended.
    Fed {
        shard: u8,
        epoch: u64,
        commits: Option<Vec<Result<Commit>>>,
        feed: Feed,
    },
    /// A commit of a shard has ended.
    Written {
        shard: u8,
        epoch: u64,
        result: Result<Revision>,
    },
    /// A round of upkeep has ended.
    Upkept(Box<Upkept>),
    /// So many dead letters were removed.
    Trimmed(usize),
    /// Nothing has to follow.
    Nothing,
}

/// What a shard has when it is taken.
pub(super) struct Contents {
    pub(super) queues: BTreeMap<SubscriptionId, Queue>,
    /// Entries that cannot be read.
    pub(super) broken: Vec<String>,
    pub(super) feed: Feed,
}

impl Engine {
    pub(super) fn begin(&self, job: impl Future<Output = Done> + Send + 'static) {
        self.jobs.push(job.boxed());
    }

    /// Waits for news of a shard; ends when the handle is aborted.
    pub(super) fn follow(&self, shard: u8, epoch: u64, mut feed: Feed) -> AbortHandle {
        let (handle, registration) = AbortHandle::new_pair();
        let next = async move {
            let commits = feed.next().await;
            Done::Fed {
                shard,
                epoch,
                commits,
                feed,
            }
        };
        let next = Abortable::new(next, registration);
        self.begin(async move { next.await.unwrap_or(Done::Nothing) });
        handle
    }

    pub(super) fn take_in(&mut self, done: Done) {
        match done {
            Done::Sent {
                subscription,
                shard,
                epoch,
                origin,
                outcome,
            } => self.sent(&subscription, (shard, epoch), &origin, outcome),
            Done::Asked {
                subscription,
                epoch,
                revision,
                receiver,
            } => self.asked(&subscription, epoch, revision, receiver),
            Done::Disabled {
                subscription,
                epoch,
                count,
                attempt,
                result,
            } => self.disabled(&subscription, epoch, count, attempt, result),
            Done::Loaded {
                subscription,
                epoch,
                asked,
                records,
            } => self.loaded(&subscription, epoch, asked, records),
            Done::Opened { shard, epoch, contents } => self.opened(shard, epoch, contents),
            Done::Fed {
                shard,
                epoch,
                commits,
                feed,
            } => self.fed(shard, epoch, commits, feed),
            Done::Written { shard, epoch, result } => self.written(shard, epoch, result),
            Done::Upkept(upkept) => self.upkept(*upkept),
            Done::Trimmed(count) => self.ports.metrics.dropped(count),
            Done::Nothing => {}
        }
    }
}

/// Reads a shard: how its failed attempts went, its entries, and its feed from then on.
pub(super) async fn open(ports: &Ports, shard: u8) -> Result<Box<Contents>> {
    let revision = ports.bounded(ports.store.revision()).await?;
    let prefix = key::shard(shard);
    let feed = ports.store.changes(&prefix, revision).ready_chunks(COMMITS).boxed();
    let mut contents = Contents {
        queues: BTreeMap::new(),
        broken: Vec::new(),
        feed,
    };
    let mut after = None::<String>;
    loop {
        let scan = ports.store.scan(&prefix, after.as_deref(), PAGE);
        let entries = ports.bounded(scan).await?;
        let Some(last) = entries.last() else { break };
        after = Some(last.key.clone());
        for entry in entries {
            contents.add(shard, &prefix, entry, ports.settings.in_memory);
        }
    }
    contents.add_tries(ports, shard).await?;
    Ok(Box::new(contents))
}

impl Contents {
    fn add(&mut self, shard: u8, prefix: &str, entry: Entry, capacity: usize) {
        let (Some((subscription, _)), Ok(record)) = (key::parse(&entry.key, prefix), read(&entry.key, &entry.value))
        else {
            self.broken.push(entry.key);
            return;
        };
        let queue = self.queues.entry(SubscriptionId::new(subscription));
        queue.or_insert_with(|| Queue::new(shard)).found(record, capacity);
    }

    async fn add_tries(&mut self, ports: &Ports, shard: u8) -> Result<()> {
        let prefix = tries_of(shard);
        let (now, wall) = (ports.clock.monotonic(), ports.clock.now());
        let mut after = None::<String>;
        loop {
            let scan = ports.store.scan(&prefix, after.as_deref(), PAGE);
            let entries = ports.bounded(scan).await?;
            let Some(last) = entries.last() else { return Ok(()) };
            after = Some(last.key.clone());
            for entry in entries {
                let subscription = entry.key.strip_prefix(&prefix).unwrap_or(&entry.key);
                let queue = self.queues.get_mut(subscription);
                // What cannot be read begins anew.
                let tries: Option<Tries> = serde_json::from_slice(&entry.value).ok();
                if let (Some(queue), Some(tries)) = (queue, tries) {
                    queue.due = now.saturating_add(tries.left(wall));
                    queue.tries = Some(tries);
                }
            }
        }
    }
}

/// Reads the value of an entry.
pub(super) fn read(key: &str, value: &[u8]) -> Result<Arc<EventRecord>> {
    let record = serde_json::from_slice(value).map_err(|error| {
        Error::internal(format!("the value stored under '{key}' cannot be read: {error}")).with_source(error)
    })?;
    Ok(Arc::new(record))
}
