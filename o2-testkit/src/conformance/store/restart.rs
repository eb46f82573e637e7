//! What lasts: the same data through another store, as after a restart of the process.

use std::sync::Arc;
use std::time::Duration;

use o2_core::store::{Batch, Store};

use super::{StoreCase, StoreWorld, case};
use crate::conformance::{Verdict, holds, same, skip};

const TTL: Duration = Duration::from_secs(3);

pub(super) fn cases() -> Vec<StoreCase> {
    vec![
        case(
            "commit/what_is_written_survives_a_restart",
            "A commit that has been answered is seen by every later call.",
            |world| Box::pin(what_is_written_survives(world)),
        ),
        case(
            "commit/revisions_go_on_after_a_restart",
            "Every commit has a higher revision than the commit before it.",
            |world| Box::pin(revisions_go_on(world)),
        ),
        case(
            "acquire/tokens_rise_across_a_restart",
            "Of two leases of one name the later has the higher token.",
            |world| Box::pin(tokens_rise(world)),
        ),
    ]
}

async fn restarted(world: &dyn StoreWorld) -> Verdict<Arc<dyn Store>> {
    let store = world.reopen().await?;
    store.map_or_else(|| skip("the data lives in the store and ends with it"), Ok)
}

async fn what_is_written_survives(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    store.commit(Batch::new().put("kept", "1").put("removed", "1")).await?;
    let revision = store.commit(Batch::new().put("kept", "2").delete("removed")).await?;
    let before = store.scan("", None, 10).await?;
    let store = restarted(world).await?;
    same("the entries after a restart", store.scan("", None, 10).await?, before)?;
    same("the newest revision after a restart", store.revision().await?, revision)
}

async fn revisions_go_on(world: &dyn StoreWorld) -> Verdict {
    let before = world.plugin().commit(Batch::new().put("k", "1")).await?;
    let after = restarted(world).await?.commit(Batch::new().put("k", "2")).await?;
    holds(
        "the first revision after a restart",
        after > before,
        &format!("more than {before}"),
        after,
    )
}

async fn tokens_rise(world: &dyn StoreWorld) -> Verdict {
    let before = world.plugin().acquire("shard", "a", TTL).await?;
    let store = restarted(world).await?;
    world.clock().sleep(TTL).await;
    let after = store.acquire("shard", "b", TTL).await?;
    let token = |lease: Option<o2_core::store::Lease>| lease.map(|lease| lease.token);
    let (before, after) = (token(before), token(after));
    holds(
        "the token after a restart",
        before.is_some() && after > before,
        "a higher one",
        (before, after),
    )
}
