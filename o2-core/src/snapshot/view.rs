//! [`View`]: everything that is known of one plugin at one moment.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::table::Table;
use crate::Result;
use crate::context::Context;
use crate::event::Subject;
use crate::model::Model;
use crate::page::Page;
use crate::query::ListQuery;

/// All objects of one plugin, by type. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tables(BTreeMap<&'static str, Table>);

/// An object that is another one now, or gone.
#[derive(Debug, Clone)]
pub(crate) struct Put {
    pub(crate) object: &'static str,
    pub(crate) id: Arc<str>,
    pub(crate) after: Option<Arc<dyn Subject>>,
}

impl Tables {
    pub(crate) fn new(tables: impl IntoIterator<Item = (&'static str, Table)>) -> Self {
        Self(tables.into_iter().collect())
    }

    pub(crate) fn of(&self, object: &str) -> Option<&Table> {
        self.0.get(object)
    }

    pub(crate) fn get(&self, object: &str, id: &str) -> Option<&Arc<dyn Subject>> {
        self.of(object)?.get(id)
    }

    pub(crate) fn put(&mut self, put: &Put) {
        if let Some(table) = self.0.get_mut(put.object) {
            table.set(&put.id, put.after.clone());
        }
    }

    /// How many objects there are of each type.
    pub(crate) fn counts(&self) -> BTreeMap<&'static str, usize> {
        self.0.iter().map(|(object, table)| (*object, table.len())).collect()
    }
}

/// Since when a table is known to be right, on the clock's monotonic scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AsOf {
    /// When this was found out.
    pub(crate) noted: Duration,
    /// How old the objects were then.
    pub(crate) age: Duration,
    /// Whether a watch keeps them right from then on, and for how long that is believed when it is silent.
    pub(crate) watched: Option<Duration>,
}

impl AsOf {
    /// How old the objects are. What is watched has no age, unless the watch has been silent for too long.
    fn age(&self, now: Duration) -> Duration {
        let since = now.saturating_sub(self.noted);
        match self.watched {
            Some(believed) if since <= believed => Duration::ZERO,
            _ => self.age.saturating_add(since),
        }
    }
}

/// What is known of one plugin at one moment.
#[derive(Debug, Default)]
pub(crate) struct View {
    pub(crate) tables: Tables,
    /// The types of which all objects are known. Of the others no question is answered.
    pub(crate) complete: BTreeMap<&'static str, AsOf>,
}

impl View {
    /// How old the objects of this type are; `None` when not all are known.
    pub(crate) fn age(&self, object: &str, now: Duration) -> Option<Duration> {
        self.complete.get(object).map(|as_of| as_of.age(now))
    }

    pub(crate) fn get<T: Model>(&self, id: &str) -> Option<Arc<T>> {
        self.tables.of(T::OBJECT)?.typed(id)
    }

    pub(crate) fn page<T: Model>(&self, context: &Context, query: &ListQuery) -> Result<Page<T>> {
        match self.tables.of(T::OBJECT) {
            Some(table) => table.page(context, query),
            None => Ok(Page::default().with_total(0)),
        }
    }
}
