//! [`Script`]: the expectations, which of them a request meets, and which came nearest when it meets none.

use super::expect::Times;
use super::{Expect, Reply};
use crate::exchange::{Difference, SeenRequest};

/// The expectations and how far they are met.
#[derive(Debug)]
pub(super) struct Script {
    ordered: bool,
    lines: Vec<Line>,
    /// In order: the line that was met last, or the first.
    position: usize,
}

#[derive(Debug)]
struct Line {
    expect: Expect,
    reply: Reply,
    met: usize,
}

impl Line {
    fn is_open(&self) -> bool {
        match self.expect.times {
            Times::Exactly(times) => self.met < times,
            Times::Any => true,
        }
    }

    /// Whether the lines after it may be met.
    fn is_satisfied(&self) -> bool {
        match self.expect.times {
            Times::Exactly(times) => self.met == times,
            Times::Any => true,
        }
    }

    fn unmet(&self) -> Option<String> {
        match self.expect.times {
            Times::Exactly(times) if self.met < times => Some(format!(
                "{} was expected {}, but came {}",
                self.expect.pattern,
                count(times),
                count(self.met)
            )),
            _ => None,
        }
    }
}

fn count(times: usize) -> String {
    match times {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        many => format!("{many} times"),
    }
}

impl Script {
    pub(super) fn in_order() -> Self {
        Self::new(true)
    }

    pub(super) fn in_any_order() -> Self {
        Self::new(false)
    }

    fn new(ordered: bool) -> Self {
        Self {
            ordered,
            lines: Vec::new(),
            position: 0,
        }
    }

    pub(super) fn add(&mut self, expect: Expect, reply: Reply) {
        self.lines.push(Line { expect, reply, met: 0 });
    }

    /// The expectations that are not met.
    pub(super) fn unmet(&self) -> Vec<String> {
        self.lines.iter().filter_map(Line::unmet).collect()
    }

    /// The reply to a request, or why there is none.
    pub(super) fn answer(&mut self, seen: &SeenRequest) -> Result<Reply, String> {
        let candidates = self.candidates();
        let differences: Vec<_> = candidates
            .into_iter()
            .map(|index| (index, self.lines[index].expect.pattern.differences(seen)))
            .collect();
        if let Some((index, _)) = differences.iter().find(|(_, differences)| differences.is_empty()) {
            let line = &mut self.lines[*index];
            line.met += 1;
            self.position = *index;
            return Ok(line.reply.clone());
        }
        Err(self.explain(seen, &differences))
    }

    /// The lines that may be met now.
    fn candidates(&self) -> Vec<usize> {
        let open = |index: &usize| self.lines[*index].is_open();
        if !self.ordered {
            return (0..self.lines.len()).filter(open).collect();
        }
        let rest = self.lines.iter().enumerate().skip(self.position);
        let barrier = rest.clone().find(|(_, line)| !line.is_satisfied());
        let end = barrier.map_or(self.lines.len(), |(index, _)| index + 1);
        (self.position..end).filter(open).collect()
    }

    fn explain(&self, seen: &SeenRequest, candidates: &[(usize, Vec<Difference>)]) -> String {
        let distance = |differences: &[Difference]| differences.iter().map(|one| one.weight).sum::<u32>();
        let nearest = candidates.iter().min_by_key(|(_, differences)| distance(differences));
        let hint = match (self.elsewhere(seen), nearest) {
            (Some(hint), _) => hint,
            (None, Some((index, differences))) => {
                let lines: Vec<_> = differences.iter().map(|one| format!("\n      {one}")).collect();
                let pattern = &self.lines[*index].expect.pattern;
                format!(
                    "\n    nearest is expectation {}, {pattern}{}",
                    index + 1,
                    lines.concat()
                )
            }
            (None, None) => "\n    no expectation is open".to_owned(),
        };
        format!("{seen}{hint}")
    }

    /// What to say of a request that is expected, but not now.
    fn elsewhere(&self, seen: &SeenRequest) -> Option<String> {
        let meets = |line: &Line| line.expect.pattern.differences(seen).is_empty();
        let (index, line) = self.lines.iter().enumerate().rfind(|(_, line)| meets(line))?;
        let number = index + 1;
        Some(if index > self.position && line.is_open() {
            format!("\n    expectation {number} is met by it, but others come before")
        } else {
            format!("\n    expectation {number} has been met by {}", requests(line.met))
        })
    }
}

fn requests(met: usize) -> String {
    match met {
        1 => "an earlier request".to_owned(),
        many => format!("{many} earlier requests"),
    }
}
