//! The change feed.

use std::sync::Arc;

use futures::poll;
use futures::stream::StreamExt;
use o2_core::ErrorKind;
use o2_core::store::{Batch, Change, Commit, Condition, Revision, Store};

use super::{StoreCase, StoreWorld, case, next, next_result};
use crate::conformance::{Verdict, fails, same};

pub(super) fn cases() -> Vec<StoreCase> {
    vec![
        case(
            "changes/replays_in_order",
            "A feed replays the commits after a revision, in order.",
            |world| Box::pin(replay(world)),
        ),
        case("changes/goes_on", "A feed goes on with the commits to come.", |world| {
            Box::pin(live(world))
        }),
        case(
            "changes/one_change_per_key",
            "A commit comes with one change per key, in the order of the batch.",
            |world| Box::pin(one_change_per_key(world)),
        ),
        case(
            "changes/only_the_prefix",
            "A feed leaves out other prefixes, and commits that change nothing.",
            |world| Box::pin(only_the_prefix(world)),
        ),
        case(
            "changes/a_refused_batch_does_not_appear",
            "A refused batch does not appear in the feed.",
            |world| Box::pin(refused(world)),
        ),
        case(
            "changes/a_forgotten_position_is_a_conflict",
            "A position that is no longer known is a conflict.",
            |world| Box::pin(forgotten(world)),
        ),
        case(
            "changes/a_slow_reader_is_told",
            "A reader that is too slow gets a conflict.",
            |world| Box::pin(too_slow(world)),
        ),
        case(
            "changes/a_position_to_come_is_a_conflict",
            "A position that is newer than the newest commit is a conflict.",
            |world| Box::pin(from_the_future(world)),
        ),
        case(
            "changes/one_order_for_all",
            "Every reader sees the commits of all writers in one order.",
            |world| Box::pin(concurrent(world)),
        ),
    ]
}

async fn replay(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    let first = store.commit(Batch::new().put("t/1", "a")).await?;
    let second = store.commit(Batch::new().put("t/1", "b")).await?;
    let third = store.commit(Batch::new().delete("t/1")).await?;
    let expected = [
        change(first, "t/1", None, Some("a")),
        change(second, "t/1", Some("a"), Some("b")),
        change(third, "t/1", Some("b"), None),
    ];
    for (after, start) in [(Revision::default(), 0), (first, 1), (second, 2)] {
        let mut feed = store.changes("t/", after);
        for commit in expected.iter().skip(start) {
            same("a replayed commit", &next(world, &mut feed).await?, commit)?;
        }
        same("a commit after the last", poll!(feed.next()).is_pending(), true)?;
    }
    Ok(())
}

async fn live(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    let start = store.commit(Batch::new().put("t/0", "before")).await?;
    let mut feed = store.changes("t/", start);
    same("something before any commit", poll!(feed.next()).is_pending(), true)?;
    for number in 1..=3 {
        let key = format!("t/{number}");
        let revision = store.commit(Batch::new().put(key.clone(), "v")).await?;
        let expected = change(revision, &key, None, Some("v"));
        same("a live commit", next(world, &mut feed).await?, expected)?;
    }
    // A reader that waits has to be woken by the commit.
    let (seen, written) = futures::join!(next(world, &mut feed), store.commit(Batch::new().put("t/9", "v")));
    same("the commit that woke the reader", seen?.revision, written?)
}

async fn one_change_per_key(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    let start = store.commit(Batch::new().put("b", "old").put("same", "v")).await?;
    let batch = Batch::new()
        .put("c", "1")
        .put("b", "new")
        .put("a", "1")
        .delete("c")
        .put("same", "v")
        .put("a", "2");
    let revision = store.commit(batch).await?;
    let value = |text: &'static str| Some(text.into());
    let changes = vec![
        Change::new("b", value("old"), value("new")),
        Change::new("same", value("v"), value("v")),
        Change::new("a", None, value("2")),
    ];
    let commit = next(world, &mut store.changes("", start)).await?;
    same("the commit", commit, Commit::new(revision, changes))
}

async fn only_the_prefix(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    let mut feed = store.changes("t/", Revision::default());
    store.commit(Batch::new().put("s/1", "v").put("t", "v")).await?;
    store.commit(Batch::new().delete("t/1")).await?;
    same("something of another prefix", poll!(feed.next()).is_pending(), true)?;
    let revision = store
        .commit(Batch::new().put("s/1", "w").put("t/2", "v").delete("t/3"))
        .await?;
    let expected = change(revision, "t/2", None, Some("v"));
    same("the commit", next(world, &mut feed).await?, expected)?;
    same("a commit after the last", poll!(feed.next()).is_pending(), true)
}

async fn refused(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    let mut feed = store.changes("", Revision::default());
    let batch = Batch::new().when(Condition::Present("k".to_owned())).put("k", "v");
    fails("the batch", store.commit(batch).await, &[ErrorKind::PreconditionFailed])?;
    same("a change", poll!(feed.next()).is_pending(), true)
}

async fn forgotten(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    let first = store.commit(Batch::new().put("t/first", "v")).await?;
    overflow(world, &*store).await?;
    for after in [Revision::default(), first] {
        let mut feed = store.changes("t/", after);
        fails(
            "a forgotten position",
            next_result(world, &mut feed).await?,
            &[ErrorKind::Conflict],
        )?;
        same("the end after an error", feed.next().await.is_none(), true)?;
    }
    let newest = store.revision().await?;
    let mut feed = store.changes("t/", newest);
    let revision = store.commit(Batch::new().put("t/last", "v")).await?;
    same(
        "a commit after the newest",
        next(world, &mut feed).await?.revision,
        revision,
    )
}

async fn too_slow(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    let mut feed = store.changes("t/", Revision::default());
    let first = store.commit(Batch::new().put("t/1", "v")).await?;
    same("the first commit", next(world, &mut feed).await?.revision, first)?;
    store.commit(Batch::new().put("t/2", "v")).await?;
    overflow(world, &*store).await?;
    fails(
        "the slow reader",
        next_result(world, &mut feed).await?,
        &[ErrorKind::Conflict],
    )?;
    same("the end after an error", feed.next().await.is_none(), true)
}

async fn from_the_future(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    let newest = store.commit(Batch::new().put("t/1", "v")).await?;
    let mut feed = store.changes("t/", Revision(newest.0 + 1));
    fails(
        "the position",
        next_result(world, &mut feed).await?,
        &[ErrorKind::Conflict],
    )?;
    same("the end after an error", feed.next().await.is_none(), true)
}

async fn concurrent(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    let mut feeds = [
        store.changes("", Revision::default()),
        store.changes("", Revision::default()),
    ];
    let writer = |number: usize| {
        let store = Arc::clone(&store);
        async move {
            for round in 0..5 {
                // A failed commit shows as one that is missing in the feeds.
                let _ = store.commit(Batch::new().put(format!("{number}/{round}"), "v")).await;
            }
        }
    };
    world
        .together((0..4).map(|number| Box::pin(writer(number)) as _).collect())
        .await;
    let mut orders = Vec::new();
    for feed in &mut feeds {
        let (mut keys, mut position) = (Vec::new(), Revision::default());
        while keys.len() < 20 {
            let commit = next(world, feed).await?;
            same("the order of commits", commit.revision > position, true)?;
            position = commit.revision;
            keys.extend(commit.changes.into_iter().map(|change| change.key));
        }
        orders.push(keys.clone());
        keys.sort_unstable();
        let entries = store.scan("", None, 100).await?;
        same("the keys", keys, entries.into_iter().map(|entry| entry.key).collect())?;
    }
    same("the orders", orders.pop(), orders.pop())
}

fn change(revision: Revision, key: &str, before: Option<&'static str>, after: Option<&'static str>) -> Commit {
    let change = Change::new(key, before.map(Into::into), after.map(Into::into));
    Commit::new(revision, vec![change])
}

/// Writes so much under another prefix that the feed forgets what was before.
async fn overflow(world: &dyn StoreWorld, store: &dyn Store) -> o2_core::Result<()> {
    for number in 0..=world.feed_capacity() {
        store.commit(Batch::new().put("noise", number.to_string())).await?;
    }
    Ok(())
}
