//! Leases and their fencing tokens.

use std::time::Duration;

use o2_core::ErrorKind;
use o2_core::store::{Batch, Condition, Lease, Store};

use super::{StoreCase, StoreWorld, case};
use crate::conformance::{Broken, Verdict, fails, same};

const TTL: Duration = Duration::from_secs(3);

pub(super) fn cases() -> Vec<StoreCase> {
    vec![
        case(
            "acquire/one_holder_until_the_end",
            "A lease is held by one holder until it ends.",
            |world| Box::pin(one_holder(world)),
        ),
        case(
            "acquire/prolonging_lasts_from_now",
            "Prolonging keeps the token and lasts from now.",
            |world| Box::pin(prolong(world)),
        ),
        case(
            "acquire/tokens_rise",
            "Whoever takes a lease after its end gets a higher token.",
            |world| Box::pin(higher_token(world)),
        ),
        case("release/frees_at_once", "A released lease is free at once.", |world| {
            Box::pin(release(world))
        }),
        case(
            "release/a_lost_lease_is_not_released",
            "Releasing a lease that is no longer held has no effect.",
            |world| Box::pin(release_late(world)),
        ),
        case("commit/a_holder_writes", "A batch of the holder is written.", |world| {
            Box::pin(holder_writes(world))
        }),
        case(
            "commit/a_lost_lease_is_fenced",
            "A batch fails once the lease has ended, been released or been taken over.",
            |world| Box::pin(fenced(world)),
        ),
        case(
            "acquire/names_are_independent",
            "Leases of different names are independent, of each other and of keys.",
            |world| Box::pin(independent(world)),
        ),
    ]
}

async fn one_holder(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    let lease = taken(&*store, "shard", "a").await?;
    same("whose it is", (&*lease.name, &*lease.holder), ("shard", "a"))?;
    same("b while a holds it", store.acquire("shard", "b", TTL).await?, None)?;
    world.clock().sleep(TTL).await;
    taken(&*store, "shard", "b").await?;
    same("a while b holds it", store.acquire("shard", "a", TTL).await?, None)
}

async fn prolong(world: &dyn StoreWorld) -> Verdict {
    let (store, clock) = (world.plugin(), world.clock());
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

async fn higher_token(world: &dyn StoreWorld) -> Verdict {
    let (store, clock) = (world.plugin(), world.clock());
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

async fn release(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    let lease = taken(&*store, "shard", "a").await?;
    store.release(&lease).await?;
    taken(&*store, "shard", "b").await.map(drop)
}

async fn release_late(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    let old = taken(&*store, "shard", "a").await?;
    world.clock().sleep(TTL).await;
    let new = taken(&*store, "shard", "b").await?;
    store.release(&old).await?;
    store.release(&Lease::new("shard", "b", old.token)).await?;
    store.release(&Lease::new("never taken", "b", 1)).await?;
    same("c while b holds it", store.acquire("shard", "c", TTL).await?, None)?;
    store.commit(write_as(&new)).await?;
    Ok(())
}

async fn holder_writes(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    let lease = taken(&*store, "shard", "a").await?;
    let revision = store.commit(write_as(&lease)).await?;
    same("the newest revision", store.revision().await?, revision)
}

async fn fenced(world: &dyn StoreWorld) -> Verdict {
    let (store, clock) = (world.plugin(), world.clock());
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

async fn independent(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
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

async fn taken(store: &dyn Store, name: &str, holder: &str) -> Verdict<Lease> {
    let lease = store.acquire(name, holder, TTL).await?;
    lease.ok_or_else(|| {
        Broken::new(
            format!("the free lease '{name}'"),
            format!("'{holder}' gets it"),
            "none",
        )
        .into()
    })
}

fn write_as(lease: &Lease) -> Batch {
    Batch::new()
        .when(Condition::Holding(lease.clone()))
        .put("written", lease.holder.clone())
}

async fn refused(what: &str, store: &dyn Store, lease: &Lease) -> Verdict {
    fails(
        what,
        store.commit(write_as(lease)).await,
        &[ErrorKind::PreconditionFailed],
    )
    .map(drop)
}
