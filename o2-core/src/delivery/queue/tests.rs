//! A queue hears of entries in two ways, by scans and by a feed that comes late, and must take each exactly once.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::Timestamp;
use crate::event::EventKind;

fn record(sequence: u64) -> Arc<EventRecord> {
    let json = serde_json::json!({
        "id": sequence.to_string(), "sequence": sequence, "time": Timestamp::UNIX_EPOCH, "plugin": "lab",
        "kind": EventKind::Created, "object": "rack", "objectId": "r1",
    });
    Arc::new(serde_json::from_str(&json.to_string()).unwrap())
}

/// What happens to a subscription.
#[derive(Debug, Clone)]
enum Act {
    /// So many events are published.
    Publish(u64),
    /// The entry that was delivered so many deliveries ago is replayed.
    Replay(usize),
    /// The feed tells the next so many changes.
    Tell(usize),
    /// So many entries from the front are delivered.
    Deliver(usize),
    /// More entries are read.
    Load,
    /// What was read arrives.
    Loaded,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (1_u64..6).prop_map(Act::Publish),
        (1_usize..8).prop_map(Act::Replay),
        (1_usize..6).prop_map(Act::Tell),
        (1_usize..4).prop_map(Act::Deliver),
        Just(Act::Load),
        Just(Act::Loaded),
    ]
}

/// A store with one subscription, its feed, and the queue of whoever delivers.
struct Model {
    queue: Queue,
    capacity: usize,
    entries: BTreeMap<u64, Arc<EventRecord>>,
    head: u64,
    /// Sequences that came or went and have not been told.
    feed: VecDeque<(u64, bool)>,
    /// What a scan has found, which has not arrived yet.
    found: Option<Vec<Arc<EventRecord>>>,
    delivered: Vec<u64>,
    replayed: usize,
}

impl Model {
    /// Somebody takes the shard when there are these entries and the feed has yet to tell of the last of them.
    fn new(capacity: usize, entries: u64, told: u64) -> Self {
        let mut model = Self {
            queue: Queue::new(0),
            capacity,
            entries: BTreeMap::new(),
            head: 0,
            feed: VecDeque::new(),
            found: None,
            delivered: Vec::new(),
            replayed: 0,
        };
        model.publish(entries);
        model.feed.drain(..told.min(entries) as usize);
        for record in model.entries.values() {
            model.queue.found(Arc::clone(record), capacity);
        }
        model
    }

    fn publish(&mut self, count: u64) {
        for _ in 0..count {
            self.head += 1;
            self.put(self.head);
        }
    }

    fn put(&mut self, sequence: u64) {
        self.entries.insert(sequence, record(sequence));
        self.feed.push_back((sequence, true));
    }

    fn replay(&mut self, back: usize) {
        let sequence = self
            .delivered
            .len()
            .checked_sub(back)
            .map(|index| self.delivered[index]);
        if let Some(sequence) = sequence.filter(|sequence| !self.entries.contains_key(sequence)) {
            self.put(sequence);
            self.replayed += 1;
        }
    }

    fn tell(&mut self, count: usize) {
        for (sequence, came) in self.feed.drain(..count.min(self.feed.len())) {
            if came {
                self.queue.announced(record(sequence), self.capacity);
            } else {
                self.queue.removed(sequence);
            }
        }
    }

    fn deliver(&mut self, count: usize) {
        if self.found.is_some() {
            return;
        }
        for record in self.queue.take(count) {
            assert!(
                self.entries.remove(&record.sequence).is_some(),
                "{} is delivered twice",
                record.sequence
            );
            let is_new = !self.delivered.contains(&record.sequence);
            let newest = self.delivered.iter().max().copied().unwrap_or_default();
            assert!(
                !is_new || record.sequence > newest,
                "{} comes after {newest}",
                record.sequence
            );
            self.delivered.push(record.sequence);
            self.feed.push_back((record.sequence, false));
        }
    }

    fn load(&mut self) {
        if self.found.is_none() && self.queue.in_memory() == 0 && self.queue.len() > 0 {
            let after = self.queue.last() + 1;
            let found = self
                .entries
                .range(after..)
                .take(self.capacity + 1)
                .map(|(_, it)| Arc::clone(it))
                .collect();
            self.found = Some(found);
            self.queue.step = Step::Asking;
        }
    }

    fn loaded(&mut self) {
        if let Some(found) = self.found.take() {
            let count = found.len();
            self.queue.step = Step::Idle;
            self.queue.loaded(found, count, self.capacity);
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Publish(count) => self.publish(count),
            Act::Replay(back) => self.replay(back),
            Act::Tell(count) => self.tell(count),
            Act::Deliver(count) => self.deliver(count),
            Act::Load => self.load(),
            Act::Loaded => self.loaded(),
        }
        let in_memory: Vec<_> = self.queue.entries.iter().map(|record| record.sequence).collect();
        assert!(in_memory.is_sorted(), "{in_memory:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn everything_is_taken_exactly_once_however_late_the_feed_is(
        capacity in 1_usize..5,
        entries in 0_u64..8,
        told in 0_u64..8,
        acts in prop::collection::vec(act(), 0..60),
    ) {
        let mut model = Model::new(capacity, entries, told);
        for next in acts {
            model.act(next);
        }
        for _ in 0..200 {
            model.act(Act::Tell(usize::MAX));
            model.act(Act::Load);
            model.act(Act::Loaded);
            model.act(Act::Deliver(usize::MAX));
        }
        prop_assert!(model.entries.is_empty(), "left: {:?}", model.entries.keys());
        prop_assert_eq!(model.delivered.len() as u64, model.head + model.replayed as u64);
        prop_assert!(model.queue.is_over());
    }
}

#[test]
fn what_is_being_sent_stays_in_front_and_is_not_surplus() {
    let mut queue = Queue::new(0);
    for sequence in 5..10 {
        queue.found(record(sequence), 8);
    }
    queue.step = Step::Sending(1, AbortHandle::new_pair().0);
    queue.announced(record(3), 8);
    let order: Vec<_> = queue.entries.iter().map(|record| record.sequence).collect();
    assert_eq!(order, [5, 3, 6, 7, 8, 9]);
    let surplus: Vec<_> = queue.take_surplus(2).iter().map(|record| record.sequence).collect();
    assert_eq!(surplus, [3, 6, 7, 8]);
    queue.removed(5);
    assert_eq!(queue.front().map(|record| record.sequence), Some(5));
}
