//! [`Writes`]: what the gateway's own callers have just written, so that they read their own writes: until the collector
//! has heard of it, reads go to the backend.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// For how long a write that the collector does not hear of sends reads to the backend.
const LONGEST: Duration = Duration::from_secs(60);
/// How many objects of one type are remembered. Beyond that, every object of the type counts as written.
const MOST: usize = 1024;

/// What has been written and not been heard of, by type and native id. An id that is not known is `None`.
#[derive(Debug, Default)]
pub(crate) struct Writes(Mutex<HashMap<&'static str, Objects>>);

/// The objects of one type, and when the last write of each ended.
type Objects = HashMap<Option<Box<str>>, Write>;

#[derive(Debug, Clone, Copy)]
struct Write {
    at: Duration,
    /// Writes that go on.
    running: usize,
}

impl Write {
    fn is_fresh(&self, now: Duration) -> bool {
        self.running > 0 || now.saturating_sub(self.at) <= LONGEST
    }
}

impl Writes {
    /// A write begins.
    pub(super) fn begin(&self, object: &'static str, id: Option<&str>, now: Duration) {
        let mut all = self.lock();
        let objects = all.entry(object).or_default();
        objects.retain(|_, write| write.is_fresh(now));
        let id = id.filter(|id| objects.len() < MOST || objects.contains_key(&Some(Box::from(*id))));
        let write = objects
            .entry(id.map(Box::from))
            .or_insert(Write { at: now, running: 0 });
        write.running += 1;
    }

    /// A write ended, whether it succeeded or not. `id` is what it began with, `made` the object it made.
    pub(super) fn end(&self, object: &'static str, id: Option<&str>, made: Option<&str>, now: Duration) {
        let mut all = self.lock();
        let objects = all.entry(object).or_default();
        let id = id.map(Box::from);
        // A write that found no room is under the id that is not known.
        let key = if objects.contains_key(&id) { id } else { None };
        if let Some(write) = objects.get_mut(&key) {
            write.running = write.running.saturating_sub(1);
            write.at = now;
        }
        if let Some(made) = made.filter(|_| objects.len() < MOST) {
            objects.insert(Some(made.into()), Write { at: now, running: 0 });
            objects.retain(|id, write| id.is_some() || write.running > 0);
        }
    }

    /// Whether the object, or with `None` any object of the type, may be newer than what the collector knows.
    pub(super) fn concern(&self, object: &str, id: Option<&str>, now: Duration) -> bool {
        let all = self.lock();
        let Some(objects) = all.get(object) else { return false };
        let mut written = objects.iter().filter(|(_, write)| write.is_fresh(now));
        written.any(|(known, _)| known.is_none() || id.is_none() || known.as_deref() == id)
    }

    /// The collector has heard of a change of this object.
    pub(crate) fn heard(&self, object: &str, id: &str) {
        if let Some(objects) = self.lock().get_mut(object) {
            objects.retain(|known, write| write.running > 0 || known.as_deref() != Some(id));
        }
    }

    /// The collector has listed all objects of this type, beginning at `began`.
    pub(crate) fn listed(&self, object: &str, began: Duration) {
        if let Some(objects) = self.lock().get_mut(object) {
            objects.retain(|_, write| write.running > 0 || write.at >= began);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<&'static str, Objects>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POOL: &str = "resourcePool";

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_write_concerns_its_object_and_lists_until_it_is_heard_of() {
        let writes = Writes::default();
        writes.begin(POOL, Some("p"), at(0));
        writes.end(POOL, Some("p"), None, at(1));
        for (object, id, concerns) in [
            (POOL, Some("p"), true),
            (POOL, None, true),
            (POOL, Some("q"), false),
            ("resource", None, false),
        ] {
            assert_eq!(writes.concern(object, id, at(2)), concerns, "{object} {id:?}");
        }
        writes.heard(POOL, "q");
        writes.listed(POOL, at(1));
        assert!(writes.concern(POOL, None, at(2)), "the list may be older");
        writes.heard(POOL, "p");
        assert!(!writes.concern(POOL, None, at(2)));
    }

    #[test]
    fn a_write_is_forgotten_after_a_list_or_a_while_but_not_while_it_runs() {
        let writes = Writes::default();
        writes.begin(POOL, None, at(0));
        writes.listed(POOL, at(5));
        assert!(writes.concern(POOL, Some("any"), at(100)), "it runs");
        writes.end(POOL, None, Some("made"), at(100));
        assert!(writes.concern(POOL, Some("made"), at(160)) && !writes.concern(POOL, Some("other"), at(101)));
        assert!(!writes.concern(POOL, Some("made"), at(161)));
        writes.listed(POOL, at(101));
        assert!(!writes.concern(POOL, None, at(101)));
    }

    #[test]
    fn too_many_writes_concern_every_object() {
        let writes = Writes::default();
        for number in 0..=MOST {
            let id = number.to_string();
            writes.begin(POOL, Some(&id), at(0));
            writes.end(POOL, Some(&id), None, at(0));
        }
        assert!(writes.concern(POOL, Some("never written"), at(1)));
        assert!(writes.lock().get(POOL).is_some_and(|objects| objects.len() <= MOST + 1));
    }
}
