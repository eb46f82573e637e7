//! Leases and their fencing tokens.

use std::time::Duration;

use o2_core::ErrorKind;
use o2_core::store::{Batch, Condition, Lease, Store};

use super::{Broken, StoreCase, StoreHarness, Verdict, fails, same};

const TTL: Duration = Duration::from_secs(3);

pub(super) const CASES: &[StoreCase] = &[
    StoreCase {
        name: "a lease is held by one holder until it ends",
        run: |harness| Box::pin(one_holder(harness)),
    },
    StoreCase {
        name: "prolonging keeps the token and lasts from now",
        run: |harness| Box::pin(prolong(harness)),
    },
    StoreCase {
        name: "whoever takes a lease after its end gets a higher token",
        run: |harness| Box::pin(higher_token(harness)),
    },
    StoreCase {
        name: "a released lease is free at once",
        run: |harness| Box::pin(release(harness)),
    },
    StoreCase {
        name: "releasing a lease that is no longer held has no effect",
        run: |harness| Box::pin(release_late(harness)),
    },
    StoreCase {
        name: "a batch of the holder is written",
        run: |harness| Box::pin(holder_writes(harness)),
    },
    StoreCase {
        name: "a batch fails once the lease has ended, been released or been taken over",
        run: |harness| Box::pin(fenced(harness)),
    },
    StoreCase {
        name: "leases of different names are independent, of each other and of keys",
        run: |harness| Box::pin(independent(harness)),
    },
];

async fn one_holder(harness: &dyn StoreHarness) -> Verdict {
    let store = harness.open().await?;
    let lease = taken(&*store, "shard", "a").await?;
    same("whose it is", (&*lease.name, &*lease.holder), ("shard", "a"))?;
    same("b while a holds it", store.acquire("shard", "b", TTL).await?, None)?;
    harness.clock().sleep(TTL).await;
    taken(&*store, "shard", "b").await?;
    same("a while b holds it", store.acquire("shard", "a", TTL).await?, None)
}

async fn prolong(harness: &dyn StoreHarness) -> Verdict {
    let (store, clock) = (harness.open().await?, harness.clock());
    let lease = taken(&*store, "shard", "a").await?;
    for _ in 0..3 {
        clock.sleep(TTL * 2 / 3).await;
        same("the lease", &taken(&*store, "shard", "a").await?, &lease)?;
    }
    clock.sleep(TTL * 2 / 3).await;
    same("b before the end", store.acquire("shard", "b", TTL).await?, None)?;
    store.commit(write_as(&lease)).await?;
    // Prolonging for a shorter time ends it earlier.
    store.acquire("shard", "a", TTL / 3).await?;
    clock.sleep(TTL / 3).await;
    taken(&*store, "shard", "b").await.map(drop)
}

async fn higher_token(harness: &dyn StoreHarness) -> Verdict {
    let (store, clock) = (harness.open().await?, harness.clock());
    let mut last = 0;
    for holder in ["a", "b", "b", "a"] {
        let lease = taken(&*store, "shard", holder).await?;
        same("a higher token", lease.token > last, true)?;
        last = lease.token;
        clock.sleep(TTL).await;
    }
    let lease = taken(&*store, "shard", "a").await?;
    store.release(&lease).await?;
    let again = taken(&*store, "shard", "a").await?;
    same("a higher token after a release", again.token > lease.token, true)
}

async fn release(harness: &dyn StoreHarness) -> Verdict {
    let store = harness.open().await?;
    let lease = taken(&*store, "shard", "a").await?;
    store.release(&lease).await?;
    taken(&*store, "shard", "b").await.map(drop)
}

async fn release_late(harness: &dyn StoreHarness) -> Verdict {
    let store = harness.open().await?;
    let old = taken(&*store, "shard", "a").await?;
    harness.clock().sleep(TTL).await;
    let new = taken(&*store, "shard", "b").await?;
    store.release(&old).await?;
    store.release(&Lease::new("shard", "b", old.token)).await?;
    store.release(&Lease::new("never taken", "b", 1)).await?;
    same("c while b holds it", store.acquire("shard", "c", TTL).await?, None)?;
    store.commit(write_as(&new)).await?;
    Ok(())
}

async fn holder_writes(harness: &dyn StoreHarness) -> Verdict {
    let store = harness.open().await?;
    let lease = taken(&*store, "shard", "a").await?;
    let revision = store.commit(write_as(&lease)).await?;
    same("the newest revision", store.revision().await?, revision)
}

async fn fenced(harness: &dyn StoreHarness) -> Verdict {
    let (store, clock) = (harness.open().await?, harness.clock());
    let ended = taken(&*store, "shard", "a").await?;
    clock.sleep(TTL).await;
    refused("an ended lease", &*store, &ended).await?;
    let released = taken(&*store, "shard", "a").await?;
    refused("a superseded lease of the same holder", &*store, &ended).await?;
    store.release(&released).await?;
    refused("a released lease", &*store, &released).await?;
    let new = taken(&*store, "shard", "b").await?;
    refused("a lease that was taken over", &*store, &released).await?;
    refused(
        "the token of another holder",
        &*store,
        &Lease::new("shard", "a", new.token),
    )
    .await?;
    refused(
        "the token of another lease",
        &*store,
        &Lease::new("other", "b", new.token),
    )
    .await?;
    store.commit(write_as(&new)).await?;
    Ok(())
}

async fn independent(harness: &dyn StoreHarness) -> Verdict {
    let store = harness.open().await?;
    let one = taken(&*store, "shard/1", "a").await?;
    let two = taken(&*store, "shard/2", "b").await?;
    store
        .commit(write_as(&one).when(Condition::Holding(two.clone())))
        .await?;
    store.release(&one).await?;
    store.commit(write_as(&two)).await?;
    same("the entry of a lease's name", store.get("shard/2").await?, None)?;
    let keys: Vec<_> = store
        .scan("", None, 10)
        .await?
        .into_iter()
        .map(|entry| entry.key)
        .collect();
    same("all keys", keys, vec!["written".to_owned()])
}

async fn taken(store: &dyn Store, name: &str, holder: &str) -> Result<Lease, Broken> {
    let lease = store.acquire(name, holder, TTL).await?;
    lease.ok_or_else(|| Broken(format!("'{holder}' did not get the free lease '{name}'")))
}

fn write_as(lease: &Lease) -> Batch {
    Batch::new()
        .when(Condition::Holding(lease.clone()))
        .put("written", lease.holder.clone())
}

async fn refused(what: &str, store: &dyn Store, lease: &Lease) -> Verdict {
    fails(what, store.commit(write_as(lease)).await, ErrorKind::PreconditionFailed).map(drop)
}
