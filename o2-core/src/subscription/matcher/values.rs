//! [`Values`]: who waits for which value.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

use crate::Timestamp;
use crate::query::{Number, Scalar};

/// The number of a subscription in the index.
pub(super) type Slot = u32;

/// Those who wait for the same.
pub(super) type Slots = BTreeSet<Slot>;

/// Who waits for which value of one place.
#[derive(Debug, Default)]
pub(super) struct Values {
    texts: HashMap<String, Slots>,
    numbers: BTreeMap<Number, Slots>,
    booleans: BTreeMap<bool, Slots>,
    times: BTreeMap<Timestamp, Slots>,
}

impl Values {
    pub(super) fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.numbers.is_empty() && self.booleans.is_empty() && self.times.is_empty()
    }

    pub(super) fn waiting(&self, value: Scalar<&str>) -> Option<&Slots> {
        match value {
            Scalar::Text(text) => self.texts.get(text),
            Scalar::Number(number) => self.numbers.get(&number),
            Scalar::Boolean(truth) => self.booleans.get(&truth),
            Scalar::Time(time) => self.times.get(&time),
        }
    }

    pub(super) fn insert(&mut self, value: &Scalar<String>, slot: Slot) {
        let slots = match value {
            Scalar::Text(text) => self.texts.entry(text.clone()).or_default(),
            Scalar::Number(number) => self.numbers.entry(*number).or_default(),
            Scalar::Boolean(truth) => self.booleans.entry(*truth).or_default(),
            Scalar::Time(time) => self.times.entry(*time).or_default(),
        };
        slots.insert(slot);
    }

    pub(super) fn remove(&mut self, value: &Scalar<String>, slot: Slot) {
        match value {
            Scalar::Text(text) => take_hashed(&mut self.texts, text, slot),
            Scalar::Number(number) => take(&mut self.numbers, number, slot),
            Scalar::Boolean(truth) => take(&mut self.booleans, truth, slot),
            Scalar::Time(time) => take(&mut self.times, time, slot),
        }
    }
}

/// Takes a subscription away, and the value with the last one.
fn take<K: Ord>(map: &mut BTreeMap<K, Slots>, key: &K, slot: Slot) {
    if let Some(slots) = map.get_mut(key) {
        slots.remove(&slot);
        if slots.is_empty() {
            map.remove(key);
        }
    }
}

/// The same for hashed keys.
pub(super) fn take_hashed<K: Eq + Hash>(map: &mut HashMap<K, Slots>, key: &K, slot: Slot) {
    if let Some(slots) = map.get_mut(key) {
        slots.remove(&slot);
        if slots.is_empty() {
            map.remove(key);
        }
    }
}
