//! [`Places`]: who waits for which value at which place of an object. A tree, so that an object is asked only for the
//! places it has, however many there are.

use std::collections::{BTreeMap, HashMap};

use super::values::{Slot, Values};
use crate::model::attribute::AttributeValue;
use crate::query::{Equality, Scalar, Step, flat};

/// Who waits for which value here, and below.
#[derive(Debug, Default)]
pub(super) struct Places {
    here: Values,
    fields: BTreeMap<usize, Self>,
    entries: HashMap<String, Self>,
}

impl Places {
    /// How many wait for what this clause wants.
    pub(super) fn count(&self, equality: &Equality) -> usize {
        let Some(values) = self.find(&equality.steps) else {
            return 0;
        };
        let wanted = equality.wanted.iter();
        let waiting = wanted.filter_map(|value| values.waiting(borrowed(value)));
        waiting.map(std::collections::BTreeSet::len).sum()
    }

    fn find(&self, steps: &[Step]) -> Option<&Values> {
        let Some((step, rest)) = steps.split_first() else {
            return Some(&self.here);
        };
        let below = match step {
            Step::Field(index) => self.fields.get(index),
            Step::Key(key) => self.entries.get(key),
            Step::Keys => None,
        };
        below?.find(rest)
    }

    /// Lets a subscription wait for what the clause wants.
    pub(super) fn insert(&mut self, equality: &Equality, slot: Slot) {
        let mut place = self;
        for step in &equality.steps {
            place = match step {
                Step::Field(index) => place.fields.entry(*index).or_default(),
                Step::Key(key) => place.entries.entry(key.clone()).or_default(),
                // The keys of a map are no place.
                Step::Keys => return,
            };
        }
        for value in &equality.wanted {
            place.here.insert(value, slot);
        }
    }

    /// Lets it no longer wait; places where nobody waits go away.
    pub(super) fn remove(&mut self, equality: &Equality, slot: Slot) {
        self.remove_below(&equality.steps, &equality.wanted, slot);
    }

    fn remove_below(&mut self, steps: &[Step], wanted: &[Scalar<String>], slot: Slot) {
        let Some((step, rest)) = steps.split_first() else {
            wanted.iter().for_each(|value| self.here.remove(value, slot));
            return;
        };
        match step {
            Step::Field(index) => {
                if let Some(below) = self.fields.get_mut(index) {
                    below.remove_below(rest, wanted, slot);
                    if below.is_empty() {
                        self.fields.remove(index);
                    }
                }
            }
            Step::Key(key) => {
                if let Some(below) = self.entries.get_mut(key) {
                    below.remove_below(rest, wanted, slot);
                    if below.is_empty() {
                        self.entries.remove(key);
                    }
                }
            }
            Step::Keys => {}
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.here.is_empty() && self.fields.is_empty() && self.entries.is_empty()
    }

    /// Adds those who wait for one of the values in `value`, some of them several times.
    pub(super) fn collect(&self, value: AttributeValue<'_>, found: &mut Vec<Slot>) {
        match flat(value) {
            AttributeValue::Array(list) => {
                for index in 0..list.count() {
                    self.collect(list.element(index), found);
                }
            }
            AttributeValue::Object(object) => {
                for (index, below) in &self.fields {
                    below.collect(object.attribute(*index), found);
                }
            }
            AttributeValue::Map(map) if map.len() < self.entries.len() => {
                for (key, value) in map {
                    self.collect_entry(key, AttributeValue::Json(value), found);
                }
            }
            AttributeValue::Map(map) => {
                for (key, below) in &self.entries {
                    if let Some(value) = map.get(key) {
                        below.collect(AttributeValue::Json(value), found);
                    }
                }
            }
            AttributeValue::Labels(labels) => {
                for (key, value) in labels {
                    self.collect_entry(key, AttributeValue::String(value), found);
                }
            }
            scalar => {
                let waiting = Scalar::of(scalar).and_then(|scalar| self.here.waiting(scalar));
                found.extend(waiting.into_iter().flatten());
            }
        }
    }

    fn collect_entry(&self, key: &str, value: AttributeValue<'_>, found: &mut Vec<Slot>) {
        if let Some(below) = self.entries.get(key) {
            below.collect(value, found);
        }
    }
}

fn borrowed(value: &Scalar<String>) -> Scalar<&str> {
    match value {
        Scalar::Text(text) => Scalar::Text(text),
        Scalar::Number(number) => Scalar::Number(*number),
        Scalar::Boolean(truth) => Scalar::Boolean(*truth),
        Scalar::Time(time) => Scalar::Time(*time),
    }
}
