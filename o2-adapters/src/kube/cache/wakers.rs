//! [`Wakers`]: everybody who waits for news of one cache.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// Everybody who waits for news. Waking it wakes them all.
#[derive(Debug, Default)]
pub(crate) struct Wakers {
    waiting: Mutex<BTreeMap<u64, Waker>>,
    numbers: AtomicU64,
    readers: AtomicUsize,
}

/// One who waits for news of a cache. Forgotten when dropped.
#[derive(Debug)]
pub(crate) struct Reader {
    number: u64,
    wakers: Arc<Wakers>,
}

impl Wakers {
    pub(crate) fn reader(self: &Arc<Self>) -> Reader {
        self.readers.fetch_add(1, Ordering::AcqRel);
        Reader {
            number: self.numbers.fetch_add(1, Ordering::Relaxed),
            wakers: Arc::clone(self),
        }
    }

    /// Whether nobody reads.
    pub(super) fn is_empty(&self) -> bool {
        self.readers.load(Ordering::Acquire) == 0
    }

    pub(super) fn wake_others(&self, reader: &Reader) {
        let others: Vec<_> = {
            let mut waiting = self.lock();
            let own = waiting.remove(&reader.number);
            let others = std::mem::take(&mut *waiting);
            waiting.extend(own.map(|own| (reader.number, own)));
            others.into_values().collect()
        };
        others.into_iter().for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Waker>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Wakers {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let all = std::mem::take(&mut *self.lock());
        all.into_values().for_each(Waker::wake);
    }
}

impl Reader {
    /// Asks to be woken. A reader belongs to one cache.
    pub(super) fn register(&self, wakers: &Wakers, waker: &Waker) {
        debug_assert!(std::ptr::eq(wakers, &*self.wakers), "a reader of another cache");
        self.wakers.lock().insert(self.number, waker.clone());
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.wakers.lock().remove(&self.number);
        self.wakers.readers.fetch_sub(1, Ordering::AcqRel);
    }
}
