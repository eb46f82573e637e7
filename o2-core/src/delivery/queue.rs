//! [`Queue`]: what one subscription waits for. The oldest entries are in memory, the rest is only counted.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures::future::AbortHandle;

use super::attempt::Tries;
use super::{DeadReason, Receiver};
use crate::event::EventRecord;

#[cfg(test)]
mod tests;

/// What one subscription waits for.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) shard: u8,
    /// The oldest entries, in the order of their sequences.
    entries: VecDeque<Arc<EventRecord>>,
    /// How many later ones there are in the store; zero only when there are none but what the feed will tell.
    rest: u64,
    /// The highest sequence that is or was in memory; the rest comes after it.
    last: u64,
    /// What the feed told of while a scan was under way, which may have missed it.
    heard: BTreeSet<u64>,
    /// Entries that are done with, and whose removal the feed has not told yet: it may still tell that they came.
    /// With how often, because an entry may have been replayed and done with again meanwhile.
    done: HashMap<u64, u32>,
    pub(super) step: Step,
    pub(super) fate: Fate,
    /// How delivering the first entries went so far.
    pub(super) tries: Option<Tries>,
    /// Nothing is sent before this moment.
    pub(super) due: Duration,
    /// The moment for which a timer is set.
    pub(super) alarm: Option<Duration>,
    pub(super) target: Option<Target>,
}

/// What a queue is busy with.
#[derive(Debug)]
pub(super) enum Step {
    /// Nothing: somebody has to say what comes next.
    Idle,
    /// It asks the store or the receivers.
    Asking,
    /// It waits for its turn at its origin.
    Ready,
    /// These first entries are being sent.
    Sending(usize, AbortHandle),
    /// It waits for its time.
    Waiting,
    /// It waits for a change of the subscription or of the shard.
    Held,
}

/// What happens to the entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// They are delivered.
    Deliver,
    /// They become dead letters.
    Die(DeadReason),
}

/// Where notifications go, as the receivers said at some revision.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// `None` when the subscription is gone.
    pub(super) receiver: Option<Arc<Receiver>>,
    pub(super) origin: Arc<str>,
    pub(super) revision: u64,
}

impl Queue {
    pub(super) fn new(shard: u8) -> Self {
        Self {
            shard,
            entries: VecDeque::new(),
            rest: 0,
            last: 0,
            heard: BTreeSet::new(),
            done: HashMap::new(),
            step: Step::Idle,
            fate: Fate::Deliver,
            tries: None,
            due: Duration::ZERO,
            alarm: None,
            target: None,
        }
    }

    /// Adds an entry that a scan has found, the next after those that are there.
    pub(super) fn found(&mut self, record: Arc<EventRecord>, capacity: usize) {
        if self.rest == 0 && self.entries.len() < capacity {
            self.last = self.last.max(record.sequence);
            self.entries.push_back(record);
        } else {
            self.rest += 1;
        }
    }

    /// Adds an entry that the feed tells of. Entries that were replayed come before those that are newer.
    pub(super) fn announced(&mut self, record: Arc<EventRecord>, capacity: usize) {
        if self.done.contains_key(&record.sequence) {
            return;
        }
        if record.sequence > self.last {
            let sequence = record.sequence;
            self.found(record, capacity);
            // What is in memory now no scan has to find.
            if self.last < sequence && matches!(self.step, Step::Asking) {
                self.heard.insert(sequence);
            }
            return;
        }
        let place = self
            .entries
            .binary_search_by_key(&record.sequence, |known| known.sequence);
        if let Err(place) = place {
            // What is being sent stays in front.
            self.entries.insert(place.max(self.sending()), record);
            // What a scan finds goes on where it began.
            if self.entries.len() > capacity.max(self.sending() + 1) && !matches!(self.step, Step::Asking) {
                self.entries.pop_back();
                self.rest += 1;
                self.last = self.entries.back().map_or(0, |back| back.sequence);
            }
        }
    }

    /// Takes in that the feed tells that an entry was removed.
    pub(super) fn removed(&mut self, sequence: u64) {
        if let Some(times) = self.done.get_mut(&sequence) {
            *times -= 1;
            if *times == 0 {
                self.done.remove(&sequence);
            }
            return;
        }
        if sequence > self.last {
            self.heard.remove(&sequence);
            self.rest = if self.rest > 1 { self.rest - 1 } else { self.rest };
            return;
        }
        let sending = self.sending();
        let place = self.entries.iter().position(|known| known.sequence == sequence);
        if let Some(place) = place.filter(|place| *place >= sending) {
            self.entries.remove(place);
        }
    }

    /// Takes in what a scan found after [`Self::last`] that asked for one more than `capacity`. `found` counts also what could
    /// not be read.
    pub(super) fn loaded(&mut self, mut records: Vec<Arc<EventRecord>>, found: usize, capacity: usize) {
        records.truncate(capacity);
        // A scan also finds what the feed has not told yet, so only a scan can say that there is no more.
        self.rest = if found > capacity {
            self.rest.saturating_sub(capacity as u64).max(1)
        } else {
            0
        };
        for record in records {
            self.heard.remove(&record.sequence);
            self.last = self.last.max(record.sequence);
            self.entries.push_back(record);
        }
        self.go_back();
    }

    /// When the feed was faster than the scan, the next scan begins where this one missed something.
    fn go_back(&mut self) {
        if let Some(missed) = std::mem::take(&mut self.heard).first() {
            self.entries.retain(|record| record.sequence < *missed);
            self.last = self.last.min(missed - 1);
            self.rest = self.rest.max(1);
        }
    }

    /// Takes out the first entries; they are done with.
    pub(super) fn take(&mut self, count: usize) -> Vec<Arc<EventRecord>> {
        let count = count.min(self.entries.len());
        let taken: Vec<_> = self.entries.drain(..count).collect();
        self.finish(&taken);
        taken
    }

    /// Takes out the oldest entries of more than `most`, as far as they are in memory and not being sent.
    pub(super) fn take_surplus(&mut self, most: u64) -> Vec<Arc<EventRecord>> {
        let sending = self.sending();
        let surplus = usize::try_from(self.len().saturating_sub(most)).unwrap_or(usize::MAX);
        let count = surplus.min(self.entries.len() - sending.min(self.entries.len()));
        let taken: Vec<_> = self.entries.drain(sending..sending + count).collect();
        self.finish(&taken);
        taken
    }

    fn finish(&mut self, records: &[Arc<EventRecord>]) {
        for record in records {
            *self.done.entry(record.sequence).or_default() += 1;
        }
    }

    /// How many entries are being sent.
    pub(super) fn sending(&self) -> usize {
        match self.step {
            Step::Sending(count, _) => count.min(self.entries.len()),
            _ => 0,
        }
    }

    /// The entries that the next request carries, at most `most`; after a failure the same as before.
    pub(super) fn next(&self, most: usize) -> impl Iterator<Item = &Arc<EventRecord>> {
        let front = self.front().map_or(0, |front| front.sequence);
        let again = self.tries.as_ref().filter(|tries| tries.first == front);
        let (most, last) = again.map_or((most.max(1), u64::MAX), |tries| (usize::MAX, tries.last));
        self.entries
            .iter()
            .take(most)
            .take_while(move |record| record.sequence <= last)
    }

    pub(super) fn front(&self) -> Option<&Arc<EventRecord>> {
        self.entries.front()
    }

    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// How many entries there are, as far as is known.
    pub(super) fn len(&self) -> u64 {
        self.entries.len() as u64 + self.rest
    }

    /// How many of them are in memory.
    pub(super) fn in_memory(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing would be lost without it.
    pub(super) fn is_over(&self) -> bool {
        self.len() == 0 && self.done.is_empty() && matches!(self.step, Step::Idle | Step::Held)
    }
}

impl Drop for Queue {
    /// A request that nobody waits for any more is given up.
    fn drop(&mut self) {
        if let Step::Sending(_, request) = &self.step {
            request.abort();
        }
    }
}
