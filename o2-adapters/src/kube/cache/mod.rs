//! [`Cache`]: the objects of one kind, kept current by one watch however many read them.
//!
//! Nothing runs in the background: whoever waits for news takes in what has come, for everybody.

mod alarm;
mod feed;
mod followed;
mod many;
mod pause;
mod state;
mod wakers;

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context as Task, Poll, Waker};
use std::time::Duration;

use futures::stream::{Stream, StreamExt};
use kube::api::DynamicObject;

use super::cluster::Cluster;
use super::kind::Kind;
use super::meta::Meta;
use super::scope::Scope;
pub(crate) use alarm::Alarm;
use feed::{Event, feed};
pub(crate) use followed::Followed;
pub(crate) use many::Many;
use pause::Pause;
use state::State;
pub(crate) use state::Status;
pub(crate) use wakers::Reader;
use wakers::Wakers;

/// What a cache holds: the part of an object that an adapter looks at. What differs only in other parts is the same, and no
/// change: heartbeats, for instance.
pub(crate) trait Cached: PartialEq + Send + Sync + Sized + 'static {
    /// Reads an object. `None` for one that cannot be understood.
    fn read(kind: &Kind, object: DynamicObject) -> Option<Self>;

    fn meta(&self) -> &Meta;
}

/// A watch that nobody reads for so long is begun anew, because it may have missed what happened lately.
const IDLE: Duration = Duration::from_secs(2);
/// How many events are taken in at once, so that others get their turn.
const BATCH: usize = 2_000;

/// The objects of one kind, in one scope.
pub(crate) struct Cache<T: Cached> {
    cluster: Arc<Cluster>,
    kind: Kind,
    scope: Scope,
    inner: Mutex<Inner<T>>,
    wakers: Arc<Wakers>,
}

struct Inner<T: Cached> {
    feed: Pin<Box<dyn Stream<Item = Event<T>> + Send>>,
    state: State<T>,
    /// When somebody last took in what had come.
    polled: Option<Duration>,
    /// Until when the server is left alone.
    pause: Pause,
}

/// A cache, whatever it holds.
pub(crate) trait Source: Send + Sync {
    /// Takes in what has come, up to so many changes, and wakes `reader` when more comes. How often something changed until
    /// now.
    fn poll(&self, reader: &Reader, task: &mut Task<'_>, most: u64) -> u64;

    /// How it is.
    fn status(&self) -> Status;

    /// Whether everything that can be seen was listed after that moment of the clock, as far as that is known.
    fn is_read_since(&self, _since: Duration) -> bool {
        false
    }

    /// The kind it is about, as RBAC calls it.
    fn resource(&self) -> String;

    /// Does not wait any longer before asking a server that did not answer. Lists everything anew if it shall be `current` and
    /// nobody has been reading until now.
    fn freshen(&self, current: bool);

    /// Waits for nothing any more when nobody reads; whoever reads next waits for what is left.
    fn rest(&self);

    /// Where `reader`s are registered.
    fn wakers(&self) -> &Arc<Wakers>;
}

impl<T: Cached> Cache<T> {
    fn new(cluster: Arc<Cluster>, kind: Kind, scope: Scope) -> Self {
        let inner = Inner {
            feed: feed(Arc::clone(&cluster), kind.clone(), scope.clone()),
            state: State::default(),
            polled: None,
            pause: Pause::default(),
        };
        Self {
            cluster,
            kind,
            scope,
            inner: Mutex::new(inner),
            wakers: Arc::default(),
        }
    }

    /// Looks at the objects, by their ids.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&BTreeMap<String, Arc<T>>) -> R) -> R {
        look(self.lock().state.objects())
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Cached> Source for Cache<T> {
    fn poll(&self, reader: &Reader, task: &mut Task<'_>, most: u64) -> u64 {
        reader.register(&self.wakers, task.waker());
        let mut inner = self.lock();
        let inner = &mut *inner;
        let now = self.cluster.clock().monotonic();
        inner.polled = Some(now);
        let before = inner.state.round();
        // Whoever polls last is woken alone; so it is always the same one, who wakes all.
        let all = Waker::from(Arc::clone(&self.wakers));
        let mut shared = Task::from_waker(&all);
        let mut events = 0;
        while events < BATCH && inner.state.round() - before < most {
            let clock = self.cluster.clock();
            let next = match inner.pause.poll(clock, &mut shared) {
                Poll::Ready(()) => inner.feed.poll_next_unpin(&mut shared),
                Poll::Pending => Poll::Pending,
            };
            match next {
                Poll::Ready(Some(Event::Pause(wait))) => inner.pause.begin(clock, wait),
                Poll::Ready(Some(event)) => inner.state.take(event, now),
                Poll::Ready(None) | Poll::Pending => {
                    if inner.state.round() != before {
                        self.wakers.wake_others(reader);
                    }
                    return inner.state.round();
                }
            }
            events += 1;
        }
        // There may be more, which nobody would be woken for.
        all.wake_by_ref();
        inner.state.round()
    }

    fn status(&self) -> Status {
        self.lock().state.status()
    }

    fn is_read_since(&self, since: Duration) -> bool {
        self.lock().state.is_read_since(since)
    }

    fn resource(&self) -> String {
        self.kind.resource()
    }

    fn freshen(&self, current: bool) {
        let mut inner = self.lock();
        let now = self.cluster.clock().monotonic();
        let read_lately = inner.polled.is_none_or(|polled| now.saturating_sub(polled) < IDLE);
        let troubled = matches!(inner.state.status(), Status::Troubled(..));
        if troubled || (current && !read_lately) {
            inner.feed = feed(Arc::clone(&self.cluster), self.kind.clone(), self.scope.clone());
            inner.pause = Pause::default();
            inner.state.reload();
        }
    }

    fn rest(&self) {
        if self.wakers.is_empty() {
            self.lock().pause.leave();
        }
    }

    fn wakers(&self) -> &Arc<Wakers> {
        &self.wakers
    }
}

impl<T: Cached> fmt::Debug for Cache<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("kind", &self.kind.resource())
            .field("scope", &self.scope)
            .field("objects", &self.look(BTreeMap::len))
            .finish_non_exhaustive()
    }
}

type Key = (Kind, Scope, TypeId);

/// The caches of one cluster. They live as long as somebody reads them.
#[derive(Default)]
pub(super) struct Caches {
    open: Mutex<Vec<(Key, Weak<dyn Any + Send + Sync>)>>,
}

impl Cluster {
    /// The cache of a kind, shared with whoever else reads it.
    pub(crate) fn cache<T: Cached>(self: &Arc<Self>, kind: &Kind, scope: &Scope) -> Arc<Cache<T>> {
        let key = (kind.clone(), scope.clone(), TypeId::of::<T>());
        let mut open = self.caches().open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(_, cache)| cache.strong_count() > 0);
        let known = open.iter().find(|(known, _)| *known == key);
        if let Some(cache) = known.and_then(|(_, cache)| cache.upgrade())
            && let Ok(cache) = cache.downcast()
        {
            return cache;
        }
        let cache = Arc::new(Cache::<T>::new(Arc::clone(self), kind.clone(), scope.clone()));
        let unnamed: Arc<dyn Any + Send + Sync> = Arc::clone(&cache) as _;
        open.push((key, Arc::downgrade(&unnamed)));
        cache
    }
}
