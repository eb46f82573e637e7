//! [`Table`]: all objects of one type of one plugin, by their native ids, and the indexes over them.

use std::any::Any;
use std::sync::Arc;

use super::index::{Index, IndexPath};
use super::sorted::Sorted;
use crate::context::Context;
use crate::event::Subject;
use crate::model::Model;
use crate::page::Page;
use crate::query::{ListQuery, Matcher};
use crate::{Error, Result};

/// Up to how many objects are looked at to know how long a list is.
const COUNTED: usize = 10_000;

/// All objects of one type of one plugin. Cheap to clone; a clone that changes leaves the original alone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    objects: Sorted<Arc<str>, Arc<dyn Subject>>,
    indexes: Vec<Index>,
}

/// What of a table is asked for.
struct Wanted<'q, T> {
    context: &'q Context,
    matcher: Matcher<T>,
    marker: Option<&'q str>,
    limit: usize,
}

impl Table {
    pub(crate) fn new(indexes: &[IndexPath]) -> Self {
        Self {
            objects: Sorted::default(),
            indexes: indexes.iter().cloned().map(Index::new).collect(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.objects.len()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Arc<dyn Subject>> {
        self.objects.get(id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<dyn Subject>> {
        self.objects.iter().map(|(_, object)| object)
    }

    /// Puts `after` in the place of the object `id`, or takes the object out.
    pub(crate) fn set(&mut self, id: &str, after: Option<Arc<dyn Subject>>) {
        let id: Arc<str> = Arc::from(id);
        let before = match &after {
            Some(object) => self.objects.insert(Arc::clone(&id), Arc::clone(object)),
            None => self.objects.remove(&*id),
        };
        for index in &mut self.indexes {
            index.change(&id, before.as_deref(), after.as_deref());
        }
    }

    /// The object `id`, typed.
    pub(crate) fn typed<T: Model>(&self, id: &str) -> Option<Arc<T>> {
        let object: Arc<dyn Any + Send + Sync> = Arc::clone(self.get(id)?) as _;
        object.downcast().ok()
    }

    /// A page of the objects that the caller sees and that match the whole filter, in the order of their ids. The marker
    /// is the last id of the page before.
    ///
    /// # Errors
    /// `InvalidInput` for a filter that does not fit `T`.
    pub(crate) fn page<T: Model>(&self, context: &Context, query: &ListQuery) -> Result<Page<T>> {
        let wanted = Wanted {
            context,
            matcher: query.filter.bind::<T>()?,
            marker: query.marker.as_deref(),
            limit: query.limit.map_or(usize::MAX, |limit| limit as usize).max(1),
        };
        let candidates = self.indexes.iter().filter_map(|index| index.candidates(&query.filter));
        let for_all = context.tenant().is_none();
        match candidates.min_by_key(|candidates| candidates.len) {
            Some(candidates) => {
                let known = (candidates.are_exact && for_all).then_some(candidates.len);
                let most = candidates.len;
                let ids = candidates.after(wanted.marker);
                wanted.page(ids.filter_map(|id| self.objects.get(&**id)), most, known)
            }
            None => {
                let before = |id: &Arc<str>| wanted.marker.is_some_and(|marker| &**id <= marker);
                let objects = self.objects.skip_while(before).map(|(_, object)| object);
                let known = (query.filter.is_empty() && for_all).then_some(self.len());
                wanted.page(objects, self.len(), known)
            }
        }
    }
}

impl<T: Model> Wanted<'_, T> {
    /// `objects` are those after the marker that may be wanted, `most` is how many such there are in all, and `known` how
    /// many are wanted, if that is known.
    fn page<'o>(
        &self,
        objects: impl Iterator<Item = &'o Arc<dyn Subject>>,
        most: usize,
        known: Option<usize>,
    ) -> Result<Page<T>> {
        let mut matching = objects.filter(|object| self.wants(object));
        let mut items: Vec<Arc<T>> = Vec::new();
        let mut more = 0_usize;
        for object in matching.by_ref() {
            if items.len() == self.limit {
                more = 1;
                break;
            }
            let object: Arc<dyn Any + Send + Sync> = Arc::clone(object) as _;
            items.push(object.downcast().map_err(|_| wrong_type::<T>())?);
        }
        let next = items.last().filter(|_| more > 0).map(|last| last.id().to_owned());
        let countable = self.marker.is_none() && (more == 0 || most <= COUNTED);
        let page = Page::new(items, next);
        if let Some(known) = known {
            return Ok(page.with_total(known as u64));
        }
        if countable {
            let total = page.items.len() + more + matching.count();
            return Ok(page.with_total(total as u64));
        }
        Ok(page)
    }

    fn wants(&self, object: &Arc<dyn Subject>) -> bool {
        let typed: &dyn Any = &**object;
        let fits = |object: &T| self.matcher.matches(object);
        self.context.sees(object.tenant()) && typed.downcast_ref().is_none_or(fits)
    }
}

fn wrong_type<T: Model>() -> Error {
    Error::internal(format!("the snapshot of {} holds something else", T::OBJECT))
}
