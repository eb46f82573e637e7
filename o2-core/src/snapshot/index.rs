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

    /// The ids of all objects that can match `filter`, if this index knows: in order, each once.
    pub(super) fn candidates(&self, filter: &Filter) -> Option<BTreeSet<&Arc<str>>> {
        let clause = filter
            .predicates()
            .iter()
            .find(|clause| matches!(clause.operator, Operator::Eq | Operator::In) && clause.path == self.at.path)?;
        // Words of enums may have blanks around them in a filter, text keeps them: both are looked up.
        let texts = clause.values.iter().flat_map(|value| [value.as_str(), value.trim()]);
        let words = texts.map(|text| Some(Arc::from(text))).chain([None]);
        Some(words.flat_map(|word: Word| self.with(word)).collect())
    }

    fn with(&self, word: Word) -> impl Iterator<Item = &Arc<str>> {
        let from = word.clone();
        let entries = self.entries.skip_while(move |(known, _)| *known < from);
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
