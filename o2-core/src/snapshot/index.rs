//! [`Index`]: which objects have which text in one attribute.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::sorted::Sorted;
use crate::event::Subject;
use crate::model::attribute::{AttributeKind, AttributeValue, Shape};
use crate::query::{Filter, Operator, Path, Step, flat, resolve_in};
use crate::{Error, Result};

/// Where an index finds its texts.
#[derive(Debug, Clone)]
pub struct IndexPath {
    path: Path,
    steps: Arc<[Step]>,
}

impl IndexPath {
    /// The index of the attribute that `path` names in objects of this shape.
    ///
    /// # Errors
    /// `InvalidInput` when there is no such attribute, or it is neither text nor an entry of a map.
    pub fn new(shape: Shape, path: &str) -> Result<Self> {
        let path = Path::parse(path)?;
        let target = resolve_in(shape, &path).map_err(Error::invalid)?;
        let fits = matches!(
            target.kind,
            AttributeKind::String | AttributeKind::Enum(_) | AttributeKind::Any
        );
        if !fits || target.steps.contains(&Step::Keys) {
            let message = format!("'{path}' has no index: it is neither text nor an entry of a map");
            return Err(Error::invalid(message));
        }
        Ok(Self {
            path,
            steps: target.steps.into(),
        })
    }
}

/// A text of an attribute; `None` stands for a value that is not text, which may equal anything.
type Word = Option<Arc<str>>;

/// Which objects have which text in one attribute. Absent values are not in it.
#[derive(Debug, Clone)]
pub(super) struct Index {
    at: IndexPath,
    entries: Sorted<(Word, Arc<str>), ()>,
}

impl Index {
    pub(super) fn new(at: IndexPath) -> Self {
        Self {
            at,
            entries: Sorted::default(),
        }
    }

    /// Takes note that the object `id` became another one.
    pub(super) fn change(&mut self, id: &Arc<str>, before: Option<&dyn Subject>, after: Option<&dyn Subject>) {
        let (before, after) = (self.words(before), self.words(after));
        for gone in before.difference(&after) {
            self.entries.remove(&(gone.clone(), Arc::clone(id)));
        }
        for new in after.difference(&before) {
            self.entries.insert((new.clone(), Arc::clone(id)), ());
        }
    }

    /// The objects that can match `filter`, if this index knows.
    pub(super) fn candidates(&self, filter: &Filter) -> Option<Candidates<'_>> {
        let clause = filter
            .predicates()
            .iter()
            .find(|clause| matches!(clause.operator, Operator::Eq | Operator::In) && clause.path == self.at.path)?;
        // Words of enums may have blanks around them in a filter, text keeps them: both are looked up.
        let texts = clause.values.iter().flat_map(|value| [value.as_str(), value.trim()]);
        let words: BTreeSet<Word> = texts.map(|text| Some(Arc::from(text))).chain([None]).collect();
        let words = words.into_iter().map(|word| (self.count(&word), word));
        let words: Vec<_> = words.filter(|(count, _)| *count > 0).collect();
        let exact = filter.predicates().len() == 1 && clause.values.iter().all(|value| value.trim() == value);
        Some(Candidates {
            index: self,
            len: words.iter().map(|(count, _)| count).sum(),
            are_exact: exact && words.len() == 1 && words.iter().all(|(_, word)| word.is_some()),
            words: words.into_iter().map(|(_, word)| word).collect(),
        })
    }

    fn count(&self, word: &Word) -> usize {
        self.entries.rank(|(known, _)| known <= word) - self.entries.rank(|(known, _)| known < word)
    }

    /// The ids of the objects that have this word, in order, after the id `after`.
    fn with(&self, word: Word, after: Option<&str>) -> impl Iterator<Item = &Arc<str>> + use<'_> {
        let (from, after) = (word.clone(), after.map(ToOwned::to_owned));
        let is_before = move |(known, id): &(Word, Arc<str>)| {
            *known < from || *known == from && after.as_deref().is_some_and(|after| &**id <= after)
        };
        let entries = self.entries.skip_while(is_before);
        entries
            .take_while(move |((known, _), ())| *known == word)
            .map(|((_, id), ())| id)
    }

    fn words(&self, object: Option<&dyn Subject>) -> BTreeSet<Word> {
        let mut words = BTreeSet::new();
        if let Some(object) = object {
            follow(AttributeValue::Object(object.attributes()), &self.at.steps, &mut words);
        }
        words
    }
}

/// The objects that can match a filter, as far as one index knows.
pub(super) struct Candidates<'i> {
    index: &'i Index,
    words: Vec<Word>,
    /// How many there are at most.
    pub(super) len: usize,
    /// Whether all of them match, and there are exactly so many.
    pub(super) are_exact: bool,
}

impl<'i> Candidates<'i> {
    /// Their ids after the id `after`, in order, each once.
    pub(super) fn after(self, after: Option<&str>) -> Box<dyn Iterator<Item = &'i Arc<str>> + 'i> {
        let Self { index, mut words, .. } = self;
        match words.pop() {
            Some(only) if words.is_empty() => Box::new(index.with(only, after)),
            Some(last) => {
                words.push(last);
                let ids = words.into_iter().flat_map(|word| index.with(word, after));
                Box::new(ids.collect::<BTreeSet<_>>().into_iter())
            }
            None => Box::new(std::iter::empty()),
        }
    }
}

/// Adds every text that the steps lead to; lists on the way and at the end lead to each of their elements.
fn follow(value: AttributeValue<'_>, steps: &[Step], words: &mut BTreeSet<Word>) {
    match (flat(value), steps.split_first()) {
        (AttributeValue::Absent, _) => {}
        (AttributeValue::Array(list), _) => {
            for number in 0..list.count() {
                follow(list.element(number), steps, words);
            }
        }
        (value, Some((step, steps))) => follow(step.follow(value), steps, words),
        (AttributeValue::String(text), None) => {
            words.insert(Some(Arc::from(text)));
        }
        (_, None) => {
            words.insert(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::testing::Thing;

    #[test]
    fn text_and_entries_of_maps_have_an_index_and_nothing_else() {
        for (path, fits) in [
            ("name", true),
            ("tags", true),
            ("labels/zone", true),
            ("site/name", true),
            ("elements", false),
            ("labels", false),
            ("labels/@key", false),
            ("nmae", false),
            ("", false),
        ] {
            assert_eq!(IndexPath::new(Shape::of::<Thing>(), path).is_ok(), fits, "{path}");
        }
    }
}
