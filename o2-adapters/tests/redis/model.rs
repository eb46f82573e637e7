//! The store against the in-memory engine: whatever is written, both answer the same, but for the numbers of commits.

use futures::StreamExt;
use o2_core::store::{Batch, Commit, Condition, Entry, MemoryStore, Revision, Store};
use o2_core::{ErrorKind, Result};
use o2_testkit::ManualClock;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::server::Server;
use super::{fresh_name, store};

/// What is asked of a key before a batch is written.
#[derive(Debug, Clone)]
enum Asked {
    Absent(String),
    Present(String),
    /// Written by this commit, counted from 0.
    Unchanged(String, usize),
}

/// Conditions, and writes: a key with its value, or without to remove it.
type Step = (Vec<Asked>, Vec<(String, Option<Vec<u8>>)>);

fn key() -> impl Strategy<Value = String> {
    select(vec!["", "a", "a/1", "a/\u{e4}", "b", "b/1", "ab", "\u{10ffff}"]).prop_map(str::to_owned)
}

fn step() -> impl Strategy<Value = Step> {
    let asked = prop_oneof![
        key().prop_map(Asked::Absent),
        key().prop_map(Asked::Present),
        (key(), 0_usize..8).prop_map(|(key, commit)| Asked::Unchanged(key, commit)),
    ];
    let value = proptest::option::weighted(0.6, vec(any::<u8>(), 0..4));
    // Mostly few conditions, so that mostly something is written.
    let conditions = prop_oneof![2 => Just(Vec::new()), 1 => vec(asked, 1..3)];
    (conditions, vec((key(), value), 0..6))
}

/// A store with the revisions of its commits in order, zero being the first.
struct Tried<S> {
    store: S,
    revisions: Vec<Revision>,
}

impl<S: Store> Tried<S> {
    fn new(store: S) -> Self {
        let revisions = vec![Revision::default()];
        Self { store, revisions }
    }

    fn batch(&self, (conditions, writes): &Step) -> Batch {
        let batch = conditions.iter().fold(Batch::new(), |batch, asked| {
            batch.when(match asked.clone() {
                Asked::Absent(key) => Condition::Absent(key),
                Asked::Present(key) => Condition::Present(key),
                Asked::Unchanged(key, commit) => {
                    let newest = self.revisions.len() - 1;
                    Condition::Unchanged(key, self.revisions[commit.min(newest)])
                }
            })
        });
        writes.iter().fold(batch, |batch, (key, value)| match value {
            Some(value) => batch.put(key, value.clone()),
            None => batch.delete(key),
        })
    }

    /// Which commit the step became.
    async fn step(&mut self, step: &Step) -> Result<usize, ErrorKind> {
        let revision = self.store.commit(self.batch(step)).await;
        let revision = revision.map_err(|error| error.kind())?;
        if revision > self.revisions[self.revisions.len() - 1] {
            self.revisions.push(revision);
        }
        Ok(self.number(revision))
    }

    fn number(&self, revision: Revision) -> usize {
        self.revisions.binary_search(&revision).unwrap()
    }

    async fn scan(&self, prefix: &str, after: Option<&str>, limit: usize) -> Vec<(Entry, usize)> {
        let entries = self.store.scan(prefix, after, limit).await.unwrap();
        let numbered = entries.into_iter().map(|entry| {
            let number = self.number(entry.revision);
            (Entry::new(entry.key, entry.value, Revision::default()), number)
        });
        numbered.collect()
    }

    /// So many commits of the feed after a commit.
    async fn feed(&self, prefix: &str, after: usize, count: usize) -> Vec<(Commit, usize)> {
        let feed = self.store.changes(prefix, self.revisions[after]).take(count);
        let commits: Vec<_> = feed.map(Result::unwrap).collect().await;
        let numbered = commits.into_iter().map(|commit| {
            let number = self.number(commit.revision);
            (Commit::new(Revision::default(), commit.changes), number)
        });
        numbered.collect()
    }
}

async fn compare(server: &Server, steps: Vec<Step>, scans: Vec<(String, Option<String>, usize)>, prefix: String) {
    let mut redis = Tried::new(store(server.options().with_name(fresh_name("model"))));
    let mut memory = Tried::new(MemoryStore::new(ManualClock::new()));
    for step in &steps {
        let expected = memory.step(step).await;
        assert_eq!(redis.step(step).await, expected, "{step:?}");
    }
    for (prefix, after, limit) in scans {
        let expected = memory.scan(&prefix, after.as_deref(), limit).await;
        assert_eq!(redis.scan(&prefix, after.as_deref(), limit).await, expected);
    }
    let mut changing = Vec::new();
    let mut feed = memory.store.changes(&prefix, Revision::default());
    while let std::task::Poll::Ready(Some(commit)) = futures::poll!(feed.next()) {
        changing.push(memory.number(commit.unwrap().revision));
    }
    for after in 0..memory.revisions.len() {
        let count = changing.iter().filter(|&&number| number > after).count();
        let expected = memory.feed(&prefix, after, count).await;
        assert_eq!(redis.feed(&prefix, after, count).await, expected);
    }
}

#[test]
fn the_store_answers_as_the_engine_in_memory_does() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let Some(server) = runtime.block_on(Server::start("model", &[])) else {
        return;
    };
    let steps = vec(step(), 0..12);
    let scans = vec((key(), proptest::option::of(key()), 0_usize..9), 0..8);
    proptest!(ProptestConfig::with_cases(64), |(steps in steps, scans in scans, prefix in key())| {
        runtime.block_on(compare(&server, steps, scans, prefix));
    });
}
