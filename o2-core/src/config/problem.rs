//! Everything that is wrong with a configuration, collected and then told in one error.

use std::cell::RefCell;

use super::tree::{Node, Place};
use crate::error::Excerpt;
use crate::{Error, Result, Violation};

/// How many problems one error message tells; the violations have them all.
const TOLD: usize = 20;

/// One thing that is wrong.
#[derive(Debug)]
struct Problem {
    place: Place,
    /// What is wrong and what would be right. Values never appear in it, they may be secrets; names do.
    reason: String,
}

impl Problem {
    /// With `file:line: path` for the place, as far as they are known.
    fn violation(self, file: Option<&str>) -> Violation {
        let line = self.place.line.map(|line| line.to_string());
        let position = [file.map(ToOwned::to_owned), line]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(":");
        let path = self.place.path.to_string();
        let at = [position, path]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(": ");
        Violation {
            at,
            reason: self.reason,
        }
    }
}

/// The problems found so far. Shared by whoever looks at a part of the configuration.
#[derive(Debug, Default)]
pub(super) struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    /// Adds one. What follows from another problem at the same place is dropped.
    pub(super) fn push(&self, place: impl Into<Place>, reason: impl Into<String>) {
        let (place, reason) = (place.into(), reason.into());
        let mut problems = self.0.borrow_mut();
        if problems.iter().all(|known| known.place != place) {
            problems.push(Problem { place, reason });
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// Replaces the canonical paths by the places where the values were written.
    pub(super) fn locate(&self, root: &Node) {
        for problem in self.0.borrow_mut().iter_mut() {
            problem.place = root.locate(&problem.place.path);
        }
    }

    /// `Ok` when there is no problem.
    ///
    /// # Errors
    /// [`Self::into_error`].
    pub(super) fn into_result(self, file: Option<&str>) -> Result<()> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(self.into_error(file))
        }
    }

    /// One error that tells all problems, in the order of the file.
    pub(super) fn into_error(self, file: Option<&str>) -> Error {
        let mut problems = self.0.into_inner();
        problems.sort_by_key(|problem| problem.place.line);
        let violations: Vec<_> = problems.into_iter().map(|problem| problem.violation(file)).collect();
        let mut lines: Vec<_> = violations.iter().take(TOLD).map(line).collect();
        if violations.len() > TOLD {
            lines.push(format!("… and {} more", violations.len() - TOLD));
        }
        let error = Error::config(lines.join("\n"));
        violations.into_iter().fold(error, Error::with_violation)
    }
}

fn line(violation: &Violation) -> String {
    match violation.at.as_str() {
        "" => violation.reason.clone(),
        at => format!("{at}: {}", violation.reason),
    }
}

/// `unknown key 'enabeld', did you mean 'enabled'? (known: name, enabled)`.
pub(super) fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    let all = if known.is_empty() {
        "none".to_owned()
    } else {
        known.join(", ")
    };
    let name_shown = Excerpt(name);
    match nearest(name, known) {
        Some(nearest) => format!("unknown {what} '{name_shown}', did you mean '{nearest}'? (known: {all})"),
        None => format!("unknown {what} '{name_shown}' (known: {all})"),
    }
}

/// The known name that `name` was most likely meant to be.
fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let wanted = name.to_lowercase();
    let distance = |known: &str| strsim::damerau_levenshtein(&wanted, &known.to_lowercase());
    let near = |known: &&str| distance(known) <= (known.chars().count() / 3).max(1);
    // A name longer than any key is not compared: the distance costs time in the product of the lengths.
    let short = name.len() <= 64;
    known
        .iter()
        .copied()
        .filter(|known| short && near(known))
        .min_by_key(|known| distance(known))
}

#[cfg(test)]
mod tests {
    use super::super::tree::Path;
    use super::*;

    #[test]
    fn suggestions_are_near_or_absent() {
        let known = ["enabled", "default", "type", "name"];
        for (name, expected) in [
            ("enabeld", Some("enabled")),
            ("Enabled", Some("enabled")),
            ("tpye", Some("type")),
            ("kind", None),
            ("defaults", Some("default")),
            ("", None),
        ] {
            assert_eq!(nearest(name, &known), expected, "{name}");
        }
        assert_eq!(nearest(&"x".repeat(100_000), &known), None);
    }

    #[test]
    fn one_error_tells_all_problems_in_order() {
        let problems = Problems::default();
        let place = |line, key| Place {
            line: Some(line),
            path: Path::root().key(key),
        };
        problems.push(place(9, "b"), "second");
        problems.push(place(2, "a"), "first");
        problems.push(place(2, "a"), "follows from the first");
        let error = problems.into_result(Some("x.yaml")).unwrap_err();
        assert_eq!(error.message(), "x.yaml:2: a: first\nx.yaml:9: b: second");
        assert_eq!(error.violations()[1].at, "x.yaml:9: b");
    }

    #[test]
    fn the_message_stays_readable_when_everything_is_wrong() {
        let problems = Problems::default();
        for index in 0..25 {
            problems.push(Path::root().index(index), "wrong");
        }
        let error = problems.into_result(None).unwrap_err();
        assert!(
            error.message().ends_with("[19]: wrong\n… and 5 more"),
            "{}",
            error.message()
        );
        assert_eq!(error.violations().len(), 25);
    }
}
