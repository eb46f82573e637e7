//! What is printed: tables in Markdown, and the floors.
#![expect(clippy::print_stdout, reason = "a benchmark talks to whoever runs it")]

use std::time::Duration;

/// Says something outside of all tables.
pub(crate) fn say(text: &str) {
    println!("{text}");
}

/// Prints tables, and remembers the floors.
#[derive(Debug, Default)]
pub(crate) struct Report {
    floors: Vec<(String, String, String, bool)>,
}

impl Report {
    pub(crate) fn table(&self, title: &str, heading: &[&str], rows: &[Vec<String>]) {
        println!(
            "\n### {title}\n\n| {} |\n|---|{}",
            heading.join(" | "),
            "--:|".repeat(heading.len() - 1)
        );
        for row in rows {
            println!("| {} |", row.join(" | "));
        }
    }

    pub(crate) fn note(&self, text: &str) {
        println!("\n{text}");
    }

    pub(crate) fn at_most(&mut self, what: &str, limit: f64, unit: &str, measured: f64) {
        self.floor(what, ('≤', limit), unit, measured, measured <= limit);
    }

    pub(crate) fn at_least(&mut self, what: &str, limit: f64, unit: &str, measured: f64) {
        self.floor(what, ('≥', limit), unit, measured, measured >= limit);
    }

    fn floor(&mut self, what: &str, (sign, limit): (char, f64), unit: &str, measured: f64, holds: bool) {
        let (wanted, measured) = (format!("{sign} {limit}{unit}"), format!("{measured:.2}{unit}"));
        self.floors.push((what.to_owned(), wanted, measured, holds));
    }

    pub(crate) fn finish(&self) -> bool {
        println!("\n### Floors\n\n| floor | wanted | measured | |\n|---|--:|--:|---|");
        for (what, wanted, measured, holds) in &self.floors {
            println!(
                "| {what} | {wanted} | {measured} | {} |",
                if *holds { "pass" } else { "**fail**" }
            );
        }
        self.floors.iter().all(|(.., holds)| *holds)
    }
}

pub(crate) fn millis(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1e3)
}

/// The time that so many percent of the sorted times do not exceed.
pub(crate) fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let last = sorted.len().saturating_sub(1);
    sorted.get(last * percent / 100).copied().unwrap_or_default()
}
