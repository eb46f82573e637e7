//! Writing, and what has to hold for it.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use bytes::Bytes;
use o2_core::store::{Batch, Condition, Lease, Revision, Store};
use o2_core::{ErrorKind, Result};

use super::{StoreCase, StoreWorld, case};
use crate::conformance::{Broken, Verdict, fails, same};

pub(super) fn cases() -> Vec<StoreCase> {
    vec![
        case(
            "commit/the_last_write_of_a_key_counts",
            "The last write of a key counts.",
            |world| Box::pin(last_write(world)),
        ),
        case(
            "commit/no_writes_only_check",
            "A batch without writes only checks its conditions.",
            |world| Box::pin(no_writes(world)),
        ),
        case(
            "commit/conditions_that_hold_let_it_pass",
            "A batch is written when all its conditions hold.",
            |world| Box::pin(conditions_hold(world)),
        ),
        case(
            "commit/a_condition_that_fails_is_named",
            "A batch whose condition does not hold writes nothing and names the first such condition.",
            |world| Box::pin(conditions_fail(world)),
        ),
        case(
            "commit/conditions_see_what_was_before",
            "Conditions see the store as it was before the batch.",
            |world| Box::pin(conditions_before_writes(world)),
        ),
        case(
            "commit/what_is_not_there_may_be_removed",
            "Removing a key without value is allowed.",
            |world| Box::pin(remove_absent(world)),
        ),
        case(
            "commit/revisions_differ",
            "Every commit has a revision of its own.",
            |world| Box::pin(revisions_differ(world)),
        ),
        case(
            "commit/one_of_many_wins",
            "Of commits that exclude each other one is written.",
            |world| Box::pin(one_wins(world)),
        ),
        case(
            "commit/no_update_is_lost",
            "Compare-and-set from many sides loses no update.",
            |world| Box::pin(no_lost_update(world)),
        ),
        case(
            "commit/a_batch_is_seen_whole",
            "A batch is seen whole or not at all.",
            |world| Box::pin(seen_whole(world)),
        ),
    ]
}

async fn last_write(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    let batch = Batch::new()
        .put("a", "1")
        .delete("a")
        .put("b", "1")
        .put("a", "2")
        .delete("b");
    store.commit(batch).await?;
    same("a", value(&*store, "a").await?, Some("2".into()))?;
    same("b", value(&*store, "b").await?, None)
}

async fn no_writes(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    let newest = store.commit(Batch::new().put("k", "v")).await?;
    let present = || Batch::new().when(Condition::Present("k".to_owned()));
    same("a check", store.commit(present()).await?, newest)?;
    same("an empty batch", store.commit(Batch::new()).await?, newest)?;
    same("the newest revision", store.revision().await?, newest)?;
    let absent = present().when(Condition::Absent("k".to_owned()));
    fails("a check", store.commit(absent).await, &[ErrorKind::PreconditionFailed]).map(drop)
}

async fn conditions_hold(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    let written = store.commit(Batch::new().put("there", "v")).await?;
    let batch = Batch::new()
        .when(Condition::Absent("missing".to_owned()))
        .when(Condition::Present("there".to_owned()))
        .when(Condition::Unchanged("there".to_owned(), written))
        .put("new", "v");
    let revision = store.commit(batch).await?;
    same(
        "the commit",
        store.get("new").await?.map(|entry| entry.revision),
        Some(revision),
    )
}

async fn conditions_fail(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    let old = store.commit(Batch::new().put("there", "v")).await?;
    let newest = store.commit(Batch::new().put("there", "v")).await?;
    let there = || "there".to_owned();
    let missing = || "missing".to_owned();
    for condition in [
        Condition::Absent(there()),
        Condition::Present(missing()),
        Condition::Unchanged(there(), old),
        Condition::Unchanged(there(), Revision(newest.0 + 1)),
        Condition::Unchanged(missing(), old),
        Condition::Unchanged(missing(), Revision::default()),
        Condition::Holding(Lease::new("lease", "nobody", 1)),
    ] {
        let batch = Batch::new()
            .when(Condition::Present(there()))
            .when(condition.clone())
            .when(Condition::Absent(there()))
            .put("new", "v")
            .delete("there");
        let error = fails("the batch", store.commit(batch).await, &[ErrorKind::PreconditionFailed])?;
        same("what the error names", error.detail(), condition.failed().detail())?;
        same("new", value(&*store, "new").await?, None)?;
        same("there", value(&*store, "there").await?, Some("v".into()))?;
        same("the newest revision", store.revision().await?, newest)?;
    }
    Ok(())
}

async fn conditions_before_writes(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    let create = || Batch::new().put("k", "v").when(Condition::Absent("k".to_owned()));
    store.commit(create()).await?;
    fails(
        "a second time",
        store.commit(create()).await,
        &[ErrorKind::PreconditionFailed],
    )?;
    let remove = Batch::new().delete("k").when(Condition::Present("k".to_owned()));
    store.commit(remove).await?;
    same("k", value(&*store, "k").await?, None)
}

async fn remove_absent(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    store.commit(Batch::new().delete("missing").put("k", "v")).await?;
    store.commit(Batch::new().delete("missing")).await?;
    same("k", value(&*store, "k").await?, Some("v".into()))
}

async fn revisions_differ(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    let revisions = Arc::new(Mutex::new(Vec::new()));
    let task = |number: usize| {
        let (store, revisions) = (Arc::clone(&store), Arc::clone(&revisions));
        async move {
            for round in 0..20 {
                let result = store.commit(Batch::new().put(format!("{number}/{round}"), "v")).await;
                lock(&revisions).push(result);
            }
        }
    };
    world
        .together((0..8).map(|number| Box::pin(task(number)) as _).collect())
        .await;
    let mut revisions = lock(&revisions).drain(..).collect::<Result<Vec<_>>>()?;
    revisions.sort_unstable();
    revisions.dedup();
    same("different revisions", revisions.len(), 160)?;
    same(
        "the newest revision",
        revisions.last().copied(),
        Some(store.revision().await?),
    )?;
    same("entries", store.scan("", None, 1000).await?.len(), 160)
}

async fn one_wins(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    let results = Arc::new(Mutex::new(Vec::new()));
    let task = |number: usize| {
        let (store, results) = (Arc::clone(&store), Arc::clone(&results));
        async move {
            let batch = Batch::new().when(Condition::Absent("seat".to_owned()));
            let result = store.commit(batch.put("seat", number.to_string())).await;
            lock(&results).push((number, result));
        }
    };
    world
        .together((0..16).map(|number| Box::pin(task(number)) as _).collect())
        .await;
    let mut winners = Vec::new();
    for (number, result) in lock(&results).drain(..) {
        match result {
            Ok(_) => winners.push(number),
            lost => drop(fails("a loser", lost, &[ErrorKind::PreconditionFailed])?),
        }
    }
    same("winners", winners.len(), 1)?;
    let seat = value(&*store, "seat").await?;
    same(
        "the seat",
        seat,
        winners.first().map(|winner| winner.to_string().into()),
    )
}

async fn no_lost_update(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    store.commit(Batch::new().put("count", "0")).await?;
    let errors = Arc::new(Mutex::new(Vec::new()));
    let task = || {
        let (store, errors) = (Arc::clone(&store), Arc::clone(&errors));
        async move {
            for _ in 0..10 {
                if let Err(error) = increment(&*store).await {
                    lock(&errors).push(error);
                }
            }
        }
    };
    world.together((0..4).map(|_| Box::pin(task()) as _).collect()).await;
    if let Some(error) = lock(&errors).pop() {
        return Err(error);
    }
    same("the count", value(&*store, "count").await?, Some("40".into()))
}

/// Adds one, again and again until nobody was faster.
async fn increment(store: &dyn Store) -> Verdict {
    loop {
        let entry = store.get("count").await?;
        let entry = entry.ok_or_else(|| Broken::new("the count", "a value", "none"))?;
        let count: u32 = String::from_utf8_lossy(&entry.value)
            .parse()
            .map_err(|_| Broken::new("the count", "a number", format!("{:?}", entry.value)))?;
        let_others_run().await;
        let batch = Batch::new().when(Condition::Unchanged(entry.key, entry.revision));
        match store.commit(batch.put("count", (count + 1).to_string())).await {
            Ok(_) => return Ok(()),
            Err(error) if error.is(ErrorKind::PreconditionFailed) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Pends once, so that tasks which take turns on one thread meet.
async fn let_others_run() {
    let mut pended = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut pended, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

async fn seen_whole(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    let verdicts = Arc::new(Mutex::new(Vec::new()));
    let writer = |number: usize| {
        let (store, verdicts) = (Arc::clone(&store), Arc::clone(&verdicts));
        async move {
            for round in 0..25 {
                let_others_run().await;
                let value = format!("{number}/{round}");
                let batch = ["w/1", "w/2", "w/3"]
                    .into_iter()
                    .fold(Batch::new(), |batch, key| batch.put(key, value.clone()));
                if let Err(error) = store.commit(batch).await {
                    lock(&verdicts).push(Err(error.into()));
                }
            }
        }
    };
    let reader = || {
        let (store, verdicts) = (Arc::clone(&store), Arc::clone(&verdicts));
        async move {
            for _ in 0..100 {
                let_others_run().await;
                let verdict = all_alike(&*store).await;
                lock(&verdicts).push(verdict);
            }
        }
    };
    let tasks = vec![
        Box::pin(writer(1)) as _,
        Box::pin(writer(2)) as _,
        Box::pin(reader()) as _,
        Box::pin(reader()) as _,
    ];
    world.together(tasks).await;
    lock(&verdicts).drain(..).collect()
}

async fn all_alike(store: &dyn Store) -> Verdict {
    let mut entries = store.scan("w/", None, 10).await?;
    entries.dedup_by(|one, other| one.value == other.value && one.revision == other.revision);
    same("states seen at once", entries.len().max(1), 1)
}

async fn value(store: &dyn Store, key: &str) -> Result<Option<Bytes>> {
    Ok(store.get(key).await?.map(|entry| entry.value))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
