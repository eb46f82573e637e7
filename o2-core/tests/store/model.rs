//! The engine against a model: whatever is written, it answers what a map and a list of commits would.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures::FutureExt;
use futures::stream::StreamExt;
use o2_core::ErrorKind;
use o2_core::store::{Batch, Change, Commit, Condition, Entry, MemoryStore, Revision, Store, Write};
use o2_testkit::ManualClock;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::block_on;

#[derive(Default)]
struct Model {
    entries: BTreeMap<String, (Bytes, Revision)>,
    revision: Revision,
    commits: Vec<Commit>,
}

impl Model {
    fn holds(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Absent(key) => self.value(key).is_none(),
            Condition::Present(key) => self.value(key).is_some(),
            Condition::Unchanged(key, at) => self.entries.get(key).map(|(_, revision)| revision) == Some(at),
            Condition::Holding(_) => false,
        }
    }

    fn value(&self, key: &str) -> Option<Bytes> {
        self.entries.get(key).map(|(value, _)| value.clone())
    }

    fn commit(&mut self, batch: &Batch) -> Result<Revision, ErrorKind> {
        if !batch.conditions.iter().all(|condition| self.holds(condition)) {
            return Err(ErrorKind::PreconditionFailed);
        }
        if batch.writes.is_empty() {
            return Ok(self.revision);
        }
        self.revision.0 += 1;
        let mut changes: Vec<Change> = Vec::new();
        for write in &batch.writes {
            let earlier = changes.iter().position(|change| change.key == write.key());
            let before = match earlier {
                Some(position) => changes.remove(position).before,
                None => self.value(write.key()),
            };
            changes.push(Change::new(write.key(), before, self.write(write)));
        }
        changes.retain(|change| change.before.is_some() || change.after.is_some());
        self.commits.push(Commit::new(self.revision, changes));
        Ok(self.revision)
    }

    fn write(&mut self, write: &Write) -> Option<Bytes> {
        match write {
            Write::Put(key, value) => {
                self.entries.insert(key.clone(), (value.clone(), self.revision));
                Some(value.clone())
            }
            Write::Delete(key) => {
                self.entries.remove(key);
                None
            }
        }
    }

    fn scan(&self, prefix: &str, after: Option<&str>, limit: usize) -> Vec<Entry> {
        let entries = self.entries.iter().filter(|(key, _)| key.starts_with(prefix));
        entries
            .filter(|(key, _)| after.is_none_or(|after| key.as_str() > after))
            .take(limit)
            .map(|(key, (value, revision))| Entry::new(key, value.clone(), *revision))
            .collect()
    }

    fn changes(&self, prefix: &str, after: Revision) -> Vec<Commit> {
        let later = self.commits.iter().filter(|commit| commit.revision > after).cloned();
        let cut = later.map(|mut commit| {
            commit.changes.retain(|change| change.key.starts_with(prefix));
            commit
        });
        cut.filter(|commit| !commit.changes.is_empty()).collect()
    }
}

fn key() -> impl Strategy<Value = String> {
    select(vec!["", "a", "a/1", "a/2", "a/\u{e4}", "b", "b/1", "ab"]).prop_map(str::to_owned)
}

fn condition() -> impl Strategy<Value = Condition> {
    prop_oneof![
        key().prop_map(Condition::Absent),
        key().prop_map(Condition::Present),
        (key(), 0_u64..12).prop_map(|(key, revision)| Condition::Unchanged(key, Revision(revision))),
    ]
}

fn write() -> impl Strategy<Value = Write> {
    prop_oneof![
        3 => (key(), any::<u8>()).prop_map(|(key, value)| Write::Put(key, Bytes::from(vec![value]))),
        2 => key().prop_map(Write::Delete),
    ]
}

fn batch() -> impl Strategy<Value = Batch> {
    // Mostly few conditions, so that mostly something is written.
    let conditions = prop_oneof![2 => Just(Vec::new()), 1 => vec(condition(), 1..3)];
    (conditions, vec(write(), 0..6)).prop_map(|(conditions, writes)| {
        let mut batch = Batch::new();
        batch.conditions = conditions;
        batch.writes = writes;
        batch
    })
}

type Scan = (String, Option<String>, usize);

async fn compare(batches: Vec<Batch>, scans: Vec<Scan>, prefix: String) {
    let (store, mut model) = (MemoryStore::new(ManualClock::new()), Model::default());
    for batch in batches {
        let expected = model.commit(&batch);
        let actual = store.commit(batch).await.map_err(|error| error.kind());
        assert_eq!(actual, expected);
        assert_eq!(store.revision().await.unwrap(), model.revision);
        assert_eq!(store.scan("", None, 100).await.unwrap(), model.scan("", None, 100));
    }
    for (prefix, after, limit) in scans {
        let actual = store.scan(&prefix, after.as_deref(), limit).await.unwrap();
        assert_eq!(actual, model.scan(&prefix, after.as_deref(), limit));
    }
    for after in (0..=model.revision.0).map(Revision) {
        let mut feed = store.changes(&prefix, after);
        let replayed: Vec<_> = std::iter::from_fn(|| feed.next().now_or_never())
            .map(|next| next.unwrap().unwrap())
            .collect();
        assert_eq!(replayed, model.changes(&prefix, after));
    }
}

proptest! {
    #[test]
    fn the_engine_answers_as_the_model_does(
        batches in vec(batch(), 0..12),
        scans in vec((key(), proptest::option::of(key()), 0_usize..9), 0..8),
        prefix in key(),
    ) {
        block_on(compare(batches, scans, prefix));
    }
}
