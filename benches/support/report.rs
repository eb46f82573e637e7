//! What the benchmarks print: Markdown tables, and the floors.
#![expect(clippy::print_stdout, reason = "a benchmark talks to whoever runs it")]

use super::Figure;

/// Prints tables as they are filled, and remembers the floors.
#[derive(Debug, Default)]
pub(crate) struct Report {
    floors: Vec<Floor>,
}

/// Something that must not get worse.
#[derive(Debug)]
pub(crate) struct Floor {
    what: String,
    wanted: String,
    measured: String,
    holds: bool,
}

impl Floor {
    /// `part` must be at least `percent` of `whole` in throughput.
    pub(crate) fn throughput(what: &str, percent: f64, part: &Figure, whole: &Figure) -> Self {
        let reached = 100.0 * whole.best / part.best;
        Self {
            what: what.to_owned(),
            wanted: format!("≥ {percent} %"),
            measured: format!("{reached:.0} %"),
            holds: reached >= percent,
        }
    }

    /// `quick` must be at least so many times faster than `slow`.
    pub(crate) fn faster(what: &str, times: f64, quick: &Figure, slow: &Figure) -> Self {
        let reached = slow.best / quick.best;
        Self {
            what: what.to_owned(),
            wanted: format!("≥ {times} ×"),
            measured: format!("{reached:.0} ×"),
            holds: reached >= times,
        }
    }

    /// Must take at most so many nanoseconds.
    pub(crate) fn at_most(what: &str, limit: f64, reached: f64) -> Self {
        Self {
            what: what.to_owned(),
            wanted: format!("≤ {}", nanos(limit)),
            measured: nanos(reached),
            holds: reached <= limit,
        }
    }
}

impl Report {
    /// Prints a table of figures. The last column compares with the figure named in its heading, the first one.
    pub(crate) fn table(&self, title: &str, figures: &[Figure]) {
        println!("\n### {title}\n\n| case | best | median | per second | time, first = 1 |\n|---|--:|--:|--:|--:|");
        let first = figures.first().map_or(1.0, |figure| figure.best);
        for Figure { name, best, median } in figures {
            let (best_text, median) = (nanos(*best), nanos(*median));
            println!(
                "| {name} | {best_text} | {median} | {} | {} |",
                rate(*best),
                factor(best / first)
            );
        }
    }

    /// Prints a table of something else.
    pub(crate) fn facts(&self, title: &str, facts: &[(&str, String)]) {
        println!("\n### {title}\n\n| | |\n|---|--:|");
        for (name, value) in facts {
            println!("| {name} | {value} |");
        }
    }

    pub(crate) fn floor(&mut self, floor: Floor) {
        self.floors.push(floor);
    }

    /// Prints the floors and says whether all hold.
    pub(crate) fn finish(&self) -> bool {
        println!("\n### Floors\n\n| floor | wanted | measured | |\n|---|--:|--:|---|");
        for Floor {
            what,
            wanted,
            measured,
            holds,
        } in &self.floors
        {
            println!(
                "| {what} | {wanted} | {measured} | {} |",
                if *holds { "pass" } else { "**fail**" }
            );
        }
        self.floors.iter().all(|floor| floor.holds)
    }
}

/// Nanoseconds in a readable unit, three digits.
fn nanos(nanos: f64) -> String {
    let (value, unit) = match nanos {
        n if n < 1e3 => (n, "ns"),
        n if n < 1e6 => (n / 1e3, "µs"),
        n if n < 1e9 => (n / 1e6, "ms"),
        n => (n / 1e9, "s"),
    };
    format!("{} {unit}", digits(value))
}

fn rate(nanos: f64) -> String {
    let (value, unit) = match 1e9 / nanos {
        r if r < 1e3 => (r, ""),
        r if r < 1e6 => (r / 1e3, " k"),
        r if r < 1e9 => (r / 1e6, " M"),
        r => (r / 1e9, " G"),
    };
    format!("{}{unit}", digits(value))
}

fn factor(value: f64) -> String {
    if value < 0.01 {
        format!("{value:.5}")
    } else {
        digits(value)
    }
}

fn digits(value: f64) -> String {
    match value {
        v if v < 10.0 => format!("{v:.2}"),
        v if v < 100.0 => format!("{v:.1}"),
        v => format!("{v:.0}"),
    }
}
