//! [`Report`]: what a plugin passed and failed, for people, for programs, and for the table of all plugins.

use std::collections::BTreeMap;
use std::fmt;

use o2_core::{Capabilities, Category, Operation};
use serde_json::{Value, json};

use super::{Broken, Case};

/// How a plugin did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The category of the plugin.
    pub category: Category,
    /// The plugin's name, as the harness says.
    pub plugin: String,
    /// Every operation of the trait, and whether the plugin declares it. Empty when no world could be made.
    pub operations: BTreeMap<&'static str, bool>,
    /// The cases, in the order in which they ran.
    pub cases: Vec<CaseReport>,
}

/// How a plugin did in one case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CaseReport {
    /// The name of the case.
    pub name: String,
    /// The sentence of the contract.
    pub contract: &'static str,
    /// The operations it calls.
    pub needs: Vec<&'static str>,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a case ended.
#[derive(Debug, Clone, PartialEq, Eq)]
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
            contract: case.contract,
            needs: case.needs.iter().map(|operation| operation.name).collect(),
            outcome,
        }
    }

    fn topic(&self) -> &str {
        self.name.split_once('/').map_or(self.name.as_str(), |(topic, _)| topic)
    }
}

impl Report {
    pub(super) fn new(category: Category, plugin: &str) -> Self {
        Self {
            category,
            plugin: plugin.to_owned(),
            operations: BTreeMap::new(),
            cases: Vec::new(),
        }
    }

    pub(super) fn learn(&mut self, capabilities: &Capabilities, operations: &[&'static Operation]) {
        self.operations = operations
            .iter()
            .map(|operation| (operation.name, capabilities.supports(operation)))
            .collect();
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

    /// As JSON, for programs.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let case = |case: &CaseReport| {
            let mut json = json!({
                "name": case.name,
                "contract": case.contract,
                "operations": case.needs,
                "outcome": case.outcome.as_str(),
            });
            match &case.outcome {
                Outcome::Passed => {}
                Outcome::Failed(Broken { what, expected, got }) => {
                    json["broken"] = json!({"what": what, "expected": expected, "got": got});
                }
                Outcome::Skipped(why) | Outcome::Inapplicable(why) => json["reason"] = json!(why),
            }
            json
        };
        json!({
            "category": self.category.as_str(),
            "plugin": self.plugin,
            "green": self.is_green(),
            "operations": self.operations,
            "cases": self.cases.iter().map(case).collect::<Vec<_>>(),
        })
    }
}

/// For a terminal: counts by topic, what was skipped, and failures; the first one is explained.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} plugin '{}'", self.category.as_str(), self.plugin)?;
        let mut topics: BTreeMap<&str, Vec<&CaseReport>> = BTreeMap::new();
        for case in &self.cases {
            topics.entry(case.topic()).or_default().push(case);
        }
        for (topic, cases) in &topics {
            let count = |word: &str| cases.iter().filter(|case| case.outcome.as_str() == word).count();
            let counts = ["passed", "failed", "skipped"].map(|word| (count(word), word));
            let counts: Vec<_> = counts
                .iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, word)| format!("{count} {word}"))
                .collect();
            if !counts.is_empty() {
                writeln!(f, "  {topic:<32} {}", counts.join(", "))?;
            }
        }
        let mut skipped: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for case in &self.cases {
            if let Outcome::Skipped(why) = &case.outcome {
                skipped.entry(why).or_default().push(&case.name);
            }
        }
        for (why, names) in skipped {
            writeln!(f, "  skipped, as {why}: {}", names.join(", "))?;
        }
        for (index, (case, broken)) in self.failures().enumerate() {
            writeln!(f, "  FAILED {}", case.name)?;
            if index == 0 {
                writeln!(f, "    contract: {}", case.contract)?;
            }
            writeln!(f, "    looked at: {}", broken.what)?;
            writeln!(f, "    expected:  {}", broken.expected)?;
            writeln!(f, "    got:       {}", broken.got)?;
        }
        let [passed, failed, skipped, left_out] =
            ["passed", "failed", "skipped", "inapplicable"].map(|word| self.count(word));
        write!(
            f,
            "  {passed} passed, {failed} failed, {skipped} skipped, {left_out} not for this plugin"
        )
    }
}
