//! [`Engine`]: the one future that delivers. It owns all state; everything that takes time is a job that ends with a
//! [`Done`], and what follows from that is decided here, one after the other.

mod burial;
mod flow;
mod jobs;
mod sending;
mod shards;
mod survey;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, VecDeque};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use arc_swap::ArcSwap;
use futures::future::{BoxFuture, FutureExt, join_all};
use futures::stream::{FuturesUnordered, StreamExt};

use self::jobs::Done;
use super::DeliveryStatus;
use super::origin::Origin;
use super::ports::Ports;
use super::queue::Queue;
use super::shard::Shard;
use super::upkeep::announcement;
use crate::Timestamp;
use crate::layers::Jitter;
use crate::store::Batch;
use crate::subscription::SubscriptionId;

/// Jobs that are dealt with before anything new is begun, so that what they leave to write goes into one commit.
const AT_ONCE: usize = 256;

/// What happens at some moment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    /// Leases are renewed.
    Upkeep,
    /// Changes of subscriptions are looked for.
    Refresh,
    /// Dead letters that are too many are removed.
    Trim,
    /// A lease may have ended.
    Lease(u8),
    /// A shard tries again what the store refused.
    Shard(u8),
    /// An origin may be tried again.
    Origin(Arc<str>),
    /// A notification is tried again.
    Queue(SubscriptionId),
}

/// Everything that delivery knows.
pub(super) struct Engine {
    ports: Arc<Ports>,
    status: Arc<ArcSwap<Vec<DeliveryStatus>>>,
    random: Jitter,
    holder: Arc<str>,
    shards: BTreeMap<u8, Shard>,
    queues: HashMap<SubscriptionId, Queue>,
    origins: HashMap<Arc<str>, Origin>,
    /// Origins with something to send, in turn.
    turns: VecDeque<Arc<str>>,
    in_flight: usize,
    jobs: FuturesUnordered<BoxFuture<'static, Done>>,
    timers: BinaryHeap<Reverse<(Duration, Timer)>>,
    sleep: Option<(Duration, BoxFuture<'static, ()>)>,
    /// When it began, on both clocks.
    began: (Duration, Timestamp),
    /// Counts the times a shard was taken.
    epoch: u64,
    /// The revision of the receivers that was seen last.
    revision: u64,
    is_stopping: bool,
}

/// Why the engine wakes up.
enum Wake {
    Done(Box<Done>),
    Time,
    Shutdown,
}

impl Engine {
    pub(super) fn new(ports: Arc<Ports>, status: Arc<ArcSwap<Vec<DeliveryStatus>>>) -> Self {
        let holder = uuid::Uuid::new_v4();
        Self {
            status,
            random: Jitter::new(holder.as_u64_pair().0),
            holder: holder.to_string().into(),
            shards: BTreeMap::new(),
            queues: HashMap::new(),
            origins: HashMap::new(),
            turns: VecDeque::new(),
            in_flight: 0,
            jobs: FuturesUnordered::new(),
            timers: BinaryHeap::new(),
            sleep: None,
            began: (ports.clock.monotonic(), ports.clock.now()),
            epoch: 0,
            revision: ports.receivers.revision(),
            is_stopping: false,
            ports,
        }
    }

    /// Delivers until `shutdown` ends, and a while longer.
    pub(super) async fn run(mut self, shutdown: impl Future<Output = ()> + Send) {
        let mut shutdown = std::pin::pin!(shutdown);
        let now = self.now();
        self.at(now, Timer::Upkeep);
        self.at(now + self.ports.settings.refresh, Timer::Refresh);
        self.at(now + self.ports.settings.dead_letters.every, Timer::Trim);
        while self.turn(shutdown.as_mut()).await {}
        self.is_stopping = true;
        let drain = self.ports.settings.drain;
        let clock = Arc::clone(&self.ports.clock);
        if clock.within(drain, self.drain()).await.is_err() {
            tracing::warn!("delivery ends before its last requests have ended");
        }
        self.leave().await;
    }

    /// Does what is to be done now and then waits for something to happen; `false` when it is the shutdown.
    async fn turn(&mut self, shutdown: Pin<&mut (impl Future<Output = ()> + Send)>) -> bool {
        self.fire();
        self.dispatch();
        self.flush();
        match self.wake(shutdown).await {
            Wake::Shutdown => return false,
            Wake::Time => {}
            Wake::Done(done) => {
                self.take_in(*done);
                for _ in 1..AT_ONCE {
                    let Some(Some(done)) = self.jobs.next().now_or_never() else {
                        break;
                    };
                    self.take_in(done);
                }
            }
        }
        true
    }

    /// Waits for the requests under way, and writes down what became of them.
    async fn drain(&mut self) {
        let mut never = std::pin::pin!(std::future::pending());
        while !self.shards.values().all(Shard::is_quiet) {
            self.turn(never.as_mut()).await;
        }
    }

    /// Gives everything back.
    async fn leave(&mut self) {
        self.jobs.clear();
        let ports = &self.ports;
        let released = self.shards.values().map(|shard| async {
            if let Err(error) = ports.bounded(ports.store.release(&shard.lease)).await {
                tracing::warn!(
                    error = error.message(),
                    "delivery cannot give back a lease; it will end"
                );
            }
        });
        join_all(released).await;
        // Its lease ends by itself; without the announcement nobody asks for it.
        let gone = ports.store.commit(Batch::new().delete(announcement(&self.holder)));
        if let Err(error) = ports.bounded(gone).await {
            tracing::warn!(error = error.message(), "delivery cannot take back its announcement");
        }
    }

    async fn wake(&mut self, mut shutdown: Pin<&mut (impl Future<Output = ()> + Send)>) -> Wake {
        self.set_sleep();
        poll_fn(|context| {
            if shutdown.as_mut().poll(context).is_ready() {
                return Poll::Ready(Wake::Shutdown);
            }
            if let Poll::Ready(Some(done)) = self.jobs.poll_next_unpin(context) {
                return Poll::Ready(Wake::Done(Box::new(done)));
            }
            match &mut self.sleep {
                Some((_, sleep)) => sleep.as_mut().poll(context).map(|()| Wake::Time),
                None => Poll::Pending,
            }
        })
        .await
    }

    /// Sleeps until the first timer.
    fn set_sleep(&mut self) {
        let due = self.timers.peek().map(|Reverse((due, _))| *due);
        if self.sleep.as_ref().map(|(due, _)| *due) != due {
            let clock = &self.ports.clock;
            self.sleep = due.map(|due| (due, clock.sleep(due.saturating_sub(clock.monotonic()))));
        }
    }

    fn at(&mut self, due: Duration, timer: Timer) {
        self.timers.push(Reverse((due, timer)));
    }

    /// Does what is due.
    fn fire(&mut self) {
        let now = self.now();
        while let Some(timer) = self.next_due(now) {
            // The sleep has ended and must not be waited for again.
            self.sleep = None;
            match timer {
                Timer::Upkeep => self.upkeep(),
                Timer::Refresh => self.refresh(now),
                Timer::Trim => self.trim(now),
                Timer::Lease(shard) => self.check_lease(shard, now),
                Timer::Shard(shard) => self.resume(shard),
                Timer::Origin(origin) => self.retry_origin(&origin),
                Timer::Queue(subscription) => self.wake_queue(&subscription, now),
            }
        }
    }

    /// Takes the first timer that is due.
    fn next_due(&mut self, now: Duration) -> Option<Timer> {
        let Reverse((due, _)) = self.timers.peek()?;
        if *due > now {
            return None;
        }
        self.timers.pop().map(|Reverse((_, timer))| timer)
    }

    fn now(&self) -> Duration {
        self.ports.clock.monotonic()
    }
}
