//! [`Timeline`]: what is to happen, in order.

use std::collections::BTreeMap;
use std::time::Duration;

use o2_core::Timestamp;

use super::Moment;

/// Things that are to happen, by when; those planned for the same instant in the order in which they were planned.
#[derive(Debug)]
pub(crate) struct Timeline<E> {
    planned: BTreeMap<(Duration, u64), (Timestamp, E)>,
    next: u64,
}

impl<E> Default for Timeline<E> {
    fn default() -> Self {
        Self {
            planned: BTreeMap::new(),
            next: 0,
        }
    }
}

impl<E> Timeline<E> {
    pub(crate) fn plan(&mut self, at: Moment, what: E) {
        self.planned.insert((at.monotonic, self.next), (at.time, what));
        self.next += 1;
    }

    /// When the first thing is to happen, on the monotonic scale.
    pub(crate) fn due(&self) -> Option<Duration> {
        self.planned.first_key_value().map(|(&(due, _), _)| due)
    }

    /// Takes the first thing that is due at `now`, with the moment when it was to happen.
    pub(crate) fn take(&mut self, now: Moment) -> Option<(Moment, E)> {
        let first = self.planned.first_entry()?;
        let (monotonic, _) = *first.key();
        if monotonic > now.monotonic {
            return None;
        }
        let (time, what) = first.remove();
        Some((Moment { monotonic, time }, what))
    }

    /// Drops what `keep` refuses.
    pub(crate) fn retain(&mut self, keep: impl Fn(&E) -> bool) {
        self.planned.retain(|_, (_, what)| keep(what));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment {
            monotonic: Duration::ZERO,
            time: Timestamp::UNIX_EPOCH,
        }
        .plus(Duration::from_secs(seconds))
    }

    #[test]
    fn things_come_in_order_and_not_before_their_time() {
        let mut timeline = Timeline::default();
        for (seconds, what) in [(2, "b"), (1, "a"), (2, "c"), (3, "never"), (9, "later")] {
            timeline.plan(at(seconds), what);
        }
        timeline.retain(|what| *what != "never");
        assert_eq!(timeline.take(at(0)), None);
        let taken: Vec<_> = std::iter::from_fn(|| timeline.take(at(5))).collect();
        assert_eq!(taken, [(at(1), "a"), (at(2), "b"), (at(2), "c")]);
        assert_eq!(timeline.due(), Some(Duration::from_secs(9)));
    }
}
