//! [`Many`]: the caches of kinds that come and go, as one source.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context as Task, Wake, Waker};

use super::wakers::{Reader, Wakers};
use super::{Cache, Cached, Source, Status};
use crate::kube::cluster::Cluster;
use crate::kube::kind::Kind;
use crate::kube::scope::Scope;

/// Caches of a plugin that learns only while it watches which kinds there are to be watched.
pub(crate) struct Many<T: Cached> {
    cluster: Arc<Cluster>,
    inner: Mutex<Inner<T>>,
    wakers: Arc<Wakers>,
}

struct Inner<T: Cached> {
    open: BTreeMap<(Kind, Scope), Open<T>>,
    /// How often something changed.
    round: u64,
}

struct Open<T: Cached> {
    cache: Arc<Cache<T>>,
    /// While somebody reads.
    reader: Option<Reader>,
    /// What the cache was at when it was looked at last.
    round: Option<u64>,
}

impl<T: Cached> Many<T> {
    /// None, until some are wanted.
    pub(crate) fn new(cluster: Arc<Cluster>) -> Self {
        Self {
            cluster,
            inner: Mutex::new(Inner {
                open: BTreeMap::new(),
                round: 0,
            }),
            wakers: Arc::default(),
        }
    }

    /// Opens the caches of these kinds and scopes, and lets go of all others.
    pub(crate) fn want(&self, wanted: &BTreeSet<(Kind, Scope)>) {
        let mut inner = self.lock();
        let before = inner.open.len();
        inner.open.retain(|key, _| wanted.contains(key));
        let mut is_changed = inner.open.len() != before;
        for (kind, scope) in wanted {
            inner.open.entry((kind.clone(), scope.clone())).or_insert_with(|| {
                is_changed = true;
                let cache = self.cluster.cache(kind, scope);
                Open {
                    reader: None,
                    round: None,
                    cache,
                }
            });
        }
        drop(inner);
        if is_changed {
            // New caches are asked for the first time by whoever waits.
            self.wakers.wake_by_ref();
        }
    }

    /// Whether it is known what there is of a kind in a scope.
    pub(crate) fn is_known(&self, kind: &Kind, scope: &Scope) -> bool {
        let inner = self.lock();
        let open = inner.open.get(&(kind.clone(), scope.clone()));
        open.is_some_and(|open| !matches!(open.cache.status(), Status::Loading))
    }

    /// All objects of all kinds.
    pub(crate) fn all(&self) -> Vec<Arc<T>> {
        let inner = self.lock();
        let each = inner.open.values();
        each.flat_map(|open| open.cache.look(|objects| objects.values().cloned().collect::<Vec<_>>()))
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Cached> Source for Many<T> {
    fn poll(&self, reader: &Reader, task: &mut Task<'_>, most: u64) -> u64 {
        reader.register(&self.wakers, task.waker());
        let all = Waker::from(Arc::clone(&self.wakers));
        let mut shared = Task::from_waker(&all);
        let mut inner = self.lock();
        let mut changes = 0;
        for open in inner.open.values_mut() {
            if changes >= most {
                // Those that are left have their turn when this one has been dealt with.
                all.wake_by_ref();
                break;
            }
            let reader = open.reader.get_or_insert_with(|| open.cache.wakers().reader());
            let round = open.cache.poll(reader, &mut shared, most);
            if open.round.replace(round) != Some(round) {
                changes += 1;
            }
        }
        inner.round += changes;
        if changes > 0 {
            self.wakers.wake_others(reader);
        }
        inner.round
    }

    /// The worst status of them. What may not be seen is left out.
    fn status(&self) -> Status {
        let inner = self.lock();
        let mut status = Status::Current;
        for open in inner.open.values() {
            match open.cache.status() {
                trouble @ Status::Troubled(..) => return trouble,
                Status::Loading => status = Status::Loading,
                Status::Current | Status::Absent | Status::Denied(_) => {}
            }
        }
        status
    }

    fn resource(&self) -> String {
        let inner = self.lock();
        let resources: BTreeSet<_> = inner.open.keys().map(|(kind, _)| kind.resource()).collect();
        resources.into_iter().collect::<Vec<_>>().join(", ")
    }

    fn freshen(&self, current: bool) {
        self.lock().open.values().for_each(|open| open.cache.freshen(current));
    }

    fn rest(&self) {
        if !self.wakers.is_empty() {
            return;
        }
        for open in self.lock().open.values_mut() {
            open.reader = None;
            open.cache.rest();
        }
    }

    fn wakers(&self) -> &Arc<Wakers> {
        &self.wakers
    }
}

impl<T: Cached> std::fmt::Debug for Many<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Many")
            .field("kinds", &self.resource())
            .finish_non_exhaustive()
    }
}
