//! What is known of the objects of all plugins, in memory: collectors keep it, lists and reads of single objects are
//! answered from it when that is fresh enough for the caller ([`Consistency`]).
//!
//! Nothing in it is ever changed in place: readers look at an immutable view of a plugin, and a batch of changes puts the
//! next view in its place. Views share what they have in common.

mod index;
mod poke;
mod sorted;
mod table;
mod view;
mod writes;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;

pub use index::IndexPath;
pub(crate) use poke::Poke;
pub(crate) use table::Table;
pub(crate) use view::{AsOf, Put, Tables, View};

use crate::context::{Consistency, Context};
use crate::id::PluginId;
use crate::ports::Clock;
use writes::Writes;

/// What is known of all plugins of one category.
#[derive(Debug)]
pub struct Snapshots {
    clock: Arc<dyn Clock>,
    plugins: ArcSwap<BTreeMap<PluginId, Arc<Snapshot>>>,
    /// Held by whoever makes the next map; readers do not take it.
    writer: Mutex<()>,
}

/// What is known of one plugin.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    view: ArcSwap<View>,
    pub(crate) writes: Writes,
    /// Wakes the collector: there is something new.
    pub(crate) poke: Poke,
}

/// What is known about the question of a caller.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) view: Arc<View>,
    pub(crate) age: Duration,
    /// Whether it is fresh enough for the caller. Otherwise it is for when the plugin does not answer.
    pub(crate) is_fresh: bool,
}

impl Snapshot {
    pub(crate) fn view(&self) -> Arc<View> {
        self.view.load_full()
    }

    pub(crate) fn show(&self, view: View) {
        self.view.store(Arc::new(view));
    }

    /// There is no watch any more that keeps what is known right.
    pub(crate) fn unwatch(&self) {
        self.as_of(|as_of| AsOf { watched: None, ..as_of });
    }

    /// What is known is of another backend. It is shown only when nothing better is to be had.
    pub(crate) fn distrust(&self, now: Duration) {
        self.as_of(|_| AsOf {
            noted: now,
            age: Duration::MAX,
            watched: None,
        });
    }

    fn as_of(&self, change: impl Fn(AsOf) -> AsOf) {
        let view = self.view();
        let complete = view.complete.iter().map(|(object, as_of)| (*object, change(*as_of)));
        self.show(View {
            tables: view.tables.clone(),
            complete: complete.collect(),
        });
    }
}

impl Snapshots {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            plugins: ArcSwap::default(),
            writer: Mutex::new(()),
        }
    }

    /// The snapshot of a plugin; an empty one when there is none yet.
    pub(crate) fn open(&self, plugin: &PluginId) -> Arc<Snapshot> {
        let mut opened = Arc::default();
        self.change(|plugins| opened = Arc::clone(plugins.entry(plugin.clone()).or_default()));
        opened
    }

    /// Forgets a plugin that is no longer there.
    pub(crate) fn forget(&self, plugin: &PluginId) {
        self.change(|plugins| {
            plugins.remove(plugin);
        });
    }

    /// What is known about the objects of one type, or about one of them; `None` when the caller wants the backend's own
    /// word, or nothing is known.
    pub(crate) fn kept(
        &self,
        context: &Context,
        plugin: &PluginId,
        object: &'static str,
        id: Option<&str>,
    ) -> Option<Kept> {
        let Consistency::AtMost(oldest) = context.consistency() else {
            return None;
        };
        let plugins = self.plugins.load();
        let snapshot = plugins.get(plugin)?;
        let now = self.clock.monotonic();
        let view = snapshot.view();
        let age = view.age(object, now)?;
        Some(Kept {
            view,
            age,
            is_fresh: age <= oldest && !snapshot.writes.concern(object, id, now),
        })
    }

    /// Something is about to be written. Until the collector has heard of it, reads of the object and lists of its type go
    /// to the plugin. Drop the guard when the write has ended.
    #[must_use]
    pub fn write(&self, plugin: &PluginId, object: &'static str, id: Option<&str>) -> Writing {
        let known = self.plugins.load().get(plugin).cloned();
        let snapshot = known.unwrap_or_else(|| self.open(plugin));
        snapshot.writes.begin(object, id, self.clock.monotonic());
        Writing {
            snapshot: Some((snapshot, Arc::clone(&self.clock))),
            object,
            id: id.map(Box::from),
            made: None,
        }
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<PluginId, Arc<Snapshot>>)) {
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut plugins = BTreeMap::clone(&self.plugins.load());
        change(&mut plugins);
        self.plugins.store(Arc::new(plugins));
    }
}

/// A write that goes on. Dropping it ends the write, also when the caller has stopped waiting.
#[derive(Debug)]
pub struct Writing {
    snapshot: Option<(Arc<Snapshot>, Arc<dyn Clock>)>,
    object: &'static str,
    id: Option<Box<str>>,
    made: Option<Box<str>>,
}

impl Writing {
    /// A write that no snapshot needs to know of.
    pub(crate) fn unseen(object: &'static str) -> Self {
        Self {
            snapshot: None,
            object,
            id: None,
            made: None,
        }
    }

    /// The write made the object with this native id.
    pub fn made(&mut self, id: &str) {
        self.made = Some(id.into());
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        let Some((snapshot, clock)) = &self.snapshot else {
            return;
        };
        let (id, made) = (self.id.as_deref(), self.made.as_deref());
        snapshot.writes.end(self.object, id, made, clock.monotonic());
        snapshot.poke.poke();
    }
}
