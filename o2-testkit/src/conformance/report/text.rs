//! A report for a terminal: counts by topic, what was skipped and why, and failures; the first one is explained.

use std::collections::BTreeMap;
use std::fmt;

use super::{CaseReport, Outcome, Report};

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} '{}'", self.suite, self.plugin)?;
        self.topics(f)?;
        self.skipped(f)?;
        self.failed(f)?;
        let [passed, failed, skipped, left_out] =
            ["passed", "failed", "skipped", "inapplicable"].map(|word| self.count(word));
        write!(
            f,
            "  {passed} passed, {failed} failed, {skipped} skipped, {left_out} not for this plugin"
        )
    }
}

impl Report {
    fn topics(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut topics: BTreeMap<&str, Vec<&CaseReport>> = BTreeMap::new();
        for case in &self.cases {
            topics.entry(topic(&case.name)).or_default().push(case);
        }
        for (topic, cases) in topics {
            let counts = counts(&cases);
            if !counts.is_empty() {
                writeln!(f, "  {topic:<32} {}", counts.join(", "))?;
            }
        }
        Ok(())
    }

    fn skipped(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for case in &self.cases {
            if let Outcome::Skipped(why) = &case.outcome {
                reasons.entry(why).or_default().push(&case.name);
            }
        }
        for (why, names) in reasons {
            writeln!(f, "  skipped: {why}")?;
            for name in names {
                writeln!(f, "    {name}")?;
            }
        }
        Ok(())
    }

    fn failed(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (case, broken)) in self.failures().enumerate() {
            writeln!(f, "  FAILED {}", case.name)?;
            if index == 0 {
                writeln!(f, "    contract:  {}", case.contract)?;
            }
            writeln!(f, "    looked at: {}", broken.what)?;
            writeln!(f, "    expected:  {}", broken.expected)?;
            writeln!(f, "    got:       {}", broken.got)?;
        }
        Ok(())
    }
}

fn topic(name: &str) -> &str {
    name.split_once('/').map_or(name, |(topic, _)| topic)
}

/// `3 passed`, and so on; nothing about cases that are not for the plugin.
fn counts(cases: &[&CaseReport]) -> Vec<String> {
    let count = |word: &str| cases.iter().filter(|case| case.outcome.as_str() == word).count();
    let counts = ["passed", "failed", "skipped"].map(|word| (count(word), word));
    let there = counts.into_iter().filter(|(count, _)| *count > 0);
    there.map(|(count, word)| format!("{count} {word}")).collect()
}
