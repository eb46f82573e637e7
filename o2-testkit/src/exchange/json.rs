//! How two JSON values differ, each difference with its path.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::difference::Side;
use super::{Difference, Redaction};

/// The most differences that are told; a body that has nothing in common with the expected one has many.
const MOST: usize = 20;

/// The differences of `found` from `expected`, which lie at `at`.
pub(super) fn differences(at: &str, expected: &Value, found: &Value, redaction: &Redaction) -> Vec<Difference> {
    let mut walk = Walk {
        redaction,
        differences: Vec::new(),
    };
    walk.compare(at, false, Some(expected), Some(found));
    walk.differences
}

struct Walk<'a> {
    redaction: &'a Redaction,
    differences: Vec<Difference>,
}

impl Walk<'_> {
    fn compare(&mut self, at: &str, hidden: bool, expected: Option<&Value>, found: Option<&Value>) {
        match (expected, found) {
            _ if self.differences.len() == MOST => {}
            (Some(Value::Object(expected)), Some(Value::Object(found))) => self.objects(at, expected, found),
            (Some(Value::Array(expected)), Some(Value::Array(found))) => {
                for index in 0..expected.len().max(found.len()) {
                    let at = format!("{at}[{index}]");
                    self.compare(&at, hidden, expected.get(index), found.get(index));
                }
            }
            (expected, found) if expected == found => {}
            (expected, found) => {
                let [expected, found] = [expected, found].map(|side| self.side(side, hidden));
                self.differences.push(Difference::small(at, expected, found));
            }
        }
    }

    fn objects(&mut self, at: &str, expected: &Map<String, Value>, found: &Map<String, Value>) {
        let names: BTreeSet<_> = expected.keys().chain(found.keys()).collect();
        for name in names {
            let hidden = self.redaction.hides_field(name);
            self.compare(&format!("{at}.{name}"), hidden, expected.get(name), found.get(name));
        }
    }

    fn side(&self, value: Option<&Value>, hidden: bool) -> Side {
        let shown = |value: &Value| Side::text(self.redaction.json(value.clone())).hidden_if(hidden);
        value.map_or(Side::Nothing, shown)
    }
}
