//! Whether a receiver was told everything, in order, and nothing twice but with the same id.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use super::receiver::{Arrival, Told};

/// What is to be said of one receiver.
#[derive(Debug, Default, Clone)]
pub(crate) struct Verdict {
    /// Changes it should have been told.
    pub(crate) expected: usize,
    /// Changes it was not told.
    pub(crate) lost: usize,
    /// Changes it was told that do not concern it.
    pub(crate) foreign: usize,
    /// Changes it was told for the first time after a later one.
    pub(crate) out_of_order: usize,
    /// Repetitions with the id of the first time.
    pub(crate) repeated: usize,
    /// Repetitions with another id.
    pub(crate) doubled: usize,
    /// Which arrival was the first out of order.
    pub(crate) late: Option<usize>,
    /// The first thing of each kind that is wrong.
    pub(crate) first: BTreeMap<&'static str, String>,
}

impl Verdict {
    pub(crate) fn of(expected: &[Told], arrivals: &[Arrival]) -> Self {
        let places: HashMap<Told, usize> = expected
            .iter()
            .enumerate()
            .map(|(place, told)| (*told, place))
            .collect();
        let mut seen: HashMap<Told, &str> = HashMap::new();
        let mut verdict = Self {
            expected: expected.len(),
            ..Self::default()
        };
        let mut latest = None;
        for (number, arrival) in arrivals.iter().enumerate() {
            let Some(place) = places.get(&arrival.told).copied() else {
                verdict.foreign += 1;
                verdict.wrong("foreign", format!("{arrival:?}"));
                continue;
            };
            match seen.insert(arrival.told, &arrival.id) {
                Some(id) if id == arrival.id => verdict.repeated += 1,
                Some(id) => {
                    verdict.doubled += 1;
                    verdict.wrong("doubled", format!("{arrival:?} had the id {id} before"));
                }
                None if latest.is_some_and(|latest| place < latest) => {
                    verdict.out_of_order += 1;
                    verdict.late.get_or_insert(number);
                    verdict.wrong("out of order", format!("{arrival:?}, place {place} after {latest:?}"));
                }
                None => latest = Some(place),
            }
        }
        for told in expected {
            if !seen.contains_key(told) {
                verdict.lost += 1;
                verdict.wrong("lost", format!("{told:?}"));
            }
        }
        verdict
    }

    fn wrong(&mut self, kind: &'static str, what: String) {
        self.first.entry(kind).or_insert(what);
    }

    pub(crate) fn is_good(&self) -> bool {
        self.lost + self.foreign + self.out_of_order + self.doubled == 0
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} changes, {} lost, {} out of order, {} doubled, {} foreign, {} repeated with the same id",
            self.expected, self.lost, self.out_of_order, self.doubled, self.foreign, self.repeated
        )?;
        for (kind, first) in &self.first {
            write!(f, "\n    first {kind}: {first}")?;
        }
        Ok(())
    }
}
