//! [`Report`]: what a plugin passed and failed, for people, for programs, and for the table of all plugins.
//!
//! As JSON it is written and read with `serde`. Durations are not part of it: the same plugin gives the same report.

mod text;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::run::Attempt;
use super::{Broken, Case};

/// How a plugin did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// What the suite is about: `ims`, `dms`, `smo`, `observability` or `store`.
    pub suite: String,
    /// The plugin's name, as the harness says.
    pub plugin: String,
    /// Every operation of the trait, and whether the plugin declares it. Empty when no world could be made.
    pub operations: BTreeMap<String, bool>,
    /// The cases, in the order in which they ran.
    pub cases: Vec<CaseReport>,
}

/// How a plugin did in one case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseReport {
    /// The name of the case.
    pub name: String,
    /// The sentence of the contract.
    pub contract: String,
    /// The operations it calls.
    pub needs: Vec<String>,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// How a case ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "because", rename_all = "lowercase")]
pub enum Outcome {
    /// The plugin keeps the sentence.
    Passed,
    /// The plugin breaks it.
    Failed(Broken),
    /// The world could not do what the case needs; says what.
    Skipped(String),
    /// The plugin's capabilities leave the case out; says which.
    Inapplicable(String),
}

impl Outcome {
    /// `passed`, `failed`, `skipped` or `inapplicable`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::Skipped(_) => "skipped",
            Self::Inapplicable(_) => "inapplicable",
        }
    }
}

impl CaseReport {
    pub(super) fn new<W: ?Sized>(case: &Case<W>, outcome: Outcome) -> Self {
        Self {
            name: case.name.clone(),
            contract: case.contract.to_owned(),
            needs: case.needs.iter().map(|operation| operation.name.to_owned()).collect(),
            outcome,
        }
    }
}

impl Report {
    pub(super) fn new(suite: &str, plugin: &str) -> Self {
        Self {
            suite: suite.to_owned(),
            plugin: plugin.to_owned(),
            operations: BTreeMap::new(),
            cases: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, attempt: Attempt) {
        if !attempt.operations.is_empty() {
            self.operations = attempt.operations;
        }
        self.cases.push(attempt.case);
    }

    /// The cases that the plugin fails.
    pub fn failures(&self) -> impl Iterator<Item = (&CaseReport, &Broken)> {
        self.cases.iter().filter_map(|case| match &case.outcome {
            Outcome::Failed(broken) => Some((case, broken)),
            _ => None,
        })
    }

    /// Whether the plugin passes at least one case and fails none.
    #[must_use]
    pub fn is_green(&self) -> bool {
        self.failures().next().is_none() && self.count("passed") > 0
    }

    /// Ends a test whose plugin is not right.
    ///
    /// # Panics
    /// With the whole report, unless it [is green](Self::is_green).
    pub fn assert_green(&self) {
        assert!(self.is_green(), "{self}");
    }

    /// How many cases ended like this.
    #[must_use]
    pub fn count(&self, outcome: &str) -> usize {
        self.cases
            .iter()
            .filter(|case| case.outcome.as_str() == outcome)
            .count()
    }
}
