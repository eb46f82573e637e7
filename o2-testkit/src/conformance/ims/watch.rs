//! Watching: every change once and in order, nothing else, and going on where one was.

use o2_core::model::ChangeKind;
use o2_core::{ErrorKind, Model};
use o2_ims::{DeleteOptions, InventoryChange, ResourcePool, ResourcePoolUpdate, op};

use super::lists::{POOLS, RESOURCES};
use super::watching::{Rest, apply, kinds, listed};
use super::{Disturbance, ImsCase, Scene, case};
use crate::conformance::laws::{at_every_await, ids};
use crate::conformance::{Broken, Trouble, Verdict, fails, holds, same, skip};

const ONCE: &str = "Every change arrives once, in order, whoever made it, with the object before and after; nothing else \
                    arrives.";
const KNOWS: &str = "Who applies the changes to a list knows what a new list shows.";
const TENANTS: &str = "Objects of other tenants do not appear.";
const TROUBLE: &str = "Trouble with the backend is an error of the stream, never a deletion";
const MEANWHILE: &str = "what happens meanwhile is told to who resumes";
const CLOSED: &str = "The stream ends, or fails, when the plugin is closed.";
const RESUME: &str =
    "Changes of pools, resources, types and managers: those after `resume`, then those to come, until dropped.";
const FORGOTTEN: &str = "`Conflict` when the backend no longer knows the changes after `resume`: read everything and \
                         watch from now on.";
const DROPPED: &str = "Futures may be dropped at any await.";

pub(super) fn cases() -> Vec<ImsCase> {
    let watch = &op::WATCH_INVENTORY;
    let (create, get) = (&op::CREATE_RESOURCE_POOL, &op::GET_RESOURCE_POOL);
    let (update, delete) = (&op::UPDATE_RESOURCE_POOL, &op::DELETE_RESOURCE_POOL);
    let (pools, resources) = (&op::LIST_RESOURCE_POOLS, &op::LIST_RESOURCES);
    let life = [watch, create, get, update, delete];
    vec![
        case("watch_inventory/a_life_is_told_in_order", ONCE, &life, |s| {
            Box::pin(a_life_is_told_in_order(s))
        }),
        case("watch_inventory/before_is_what_was_there", ONCE, &life, |s| {
            Box::pin(before_is_what_was_there(s))
        }),
        case("watch_inventory/updates_change_something", ONCE, &life, |s| {
            Box::pin(updates_change_something(s))
        }),
        case(
            "watch_inventory/nothing_comes_when_nothing_happens",
            ONCE,
            &[watch],
            |s| Box::pin(nothing_comes_when_nothing_happens(s)),
        ),
        case(
            "watch_inventory/changes_from_outside_are_told",
            ONCE,
            &[watch, pools, resources],
            |s| Box::pin(changes_from_outside_are_told(s)),
        ),
        case("watch_inventory/everybody_is_told", ONCE, &life, |s| {
            Box::pin(everybody_is_told(s))
        }),
        case(
            "watch_inventory/who_applies_changes_knows_the_list",
            KNOWS,
            &[&life[..], &[pools, resources]].concat(),
            |s| Box::pin(who_applies_changes_knows_the_list(s)),
        ),
        case("watch_inventory/resuming_goes_on_behind_the_mark", RESUME, &life, |s| {
            Box::pin(resuming_goes_on_behind_the_mark(s))
        }),
        case(
            "watch_inventory/forgotten_changes_are_a_conflict",
            FORGOTTEN,
            &life,
            |s| Box::pin(forgotten_changes_are_a_conflict(s)),
        ),
        case(
            "watch_inventory/an_outage_deletes_nothing",
            TROUBLE,
            &[watch, pools],
            |s| Box::pin(an_outage_deletes_nothing(s)),
        ),
        case(
            "watch_inventory/an_outage_loses_nothing",
            MEANWHILE,
            &[&life[..], &[resources]].concat(),
            |s| Box::pin(an_outage_loses_nothing(s)),
        ),
        case("watch_inventory/ends_with_the_plugin", CLOSED, &[watch], |s| {
            Box::pin(ends_with_the_plugin(s))
        }),
        case("watch_inventory/other_tenants_hear_nothing", TENANTS, &life, |s| {
            Box::pin(other_tenants_hear_nothing(s))
        }),
        case(
            "watch_inventory/a_dropped_watch_leaves_a_usable_plugin",
            DROPPED,
            &life,
            |s| Box::pin(a_dropped_watch_leaves_a_usable_plugin(s)),
        ),
    ]
}

impl Scene<'_> {
    /// A pool is created, changed and deleted. What it was when it was last seen.
    async fn a_life(&self, name: &str) -> Verdict<std::sync::Arc<ResourcePool>> {
        let created = self.created(name).await?;
        let pool = self.settled(&created).await?;
        let mut update = ResourcePoolUpdate::of(&pool);
        update.description = "seen by a watcher".to_owned();
        self.update(&pool.resource_pool_id, &update).await?;
        let pool = self.settled(&pool).await?;
        self.delete(&pool.resource_pool_id, &DeleteOptions::force()).await?;
        self.world.settle().await;
        Ok(pool)
    }
}

/// Created first, deleted last, and only updates in between.
fn check_life(changes: &[InventoryChange]) -> Verdict {
    let kinds = kinds(changes);
    let inner = kinds.get(1..kinds.len().saturating_sub(1)).unwrap_or_default();
    let lived = kinds.first() == Some(&ChangeKind::Created)
        && kinds.last() == Some(&ChangeKind::Deleted)
        && !inner.is_empty()
        && inner.iter().all(|kind| *kind == ChangeKind::Updated);
    holds(
        "what is told of a pool's life",
        lived,
        "created, updates, deleted",
        kinds,
    )
}

async fn a_life_is_told_in_order(scene: Scene<'_>) -> Verdict {
    let mut watcher = scene.watch(None).await?;
    let pool = scene.a_life("conformance-watched").await?;
    let changes = watcher.changes_of(pool.id()).await?;
    check_life(&changes)?;
    let sorted = changes.is_sorted_by_key(|change| change.time);
    let times: Vec<_> = changes.iter().map(|change| change.time).collect();
    holds("the times of the changes", sorted, "in order", times)
}

async fn before_is_what_was_there(scene: Scene<'_>) -> Verdict {
    let mut watcher = scene.watch(None).await?;
    let pool = scene.a_life("conformance-before").await?;
    let mut known = None;
    for change in watcher.changes_of(pool.id()).await? {
        let (before, after) = (change.before.is_some(), change.after.is_some());
        let expected = match change.kind {
            ChangeKind::Created => (false, true),
            ChangeKind::Deleted => (true, false),
            _ => (true, true),
        };
        let what = format!("whether there are before and after of {:?}", change.kind);
        same(&what, (before, after), expected)?;
        same("the object before", change.before, known)?;
        known = change.after;
    }
    same("what is left of a deleted pool", known, None)
}

async fn updates_change_something(scene: Scene<'_>) -> Verdict {
    let mut watcher = scene.watch(None).await?;
    scene.a_life("conformance-changing").await?;
    for change in watcher.changes().await? {
        let idle = change.kind == ChangeKind::Updated && change.before == change.after;
        holds("an update", !idle, "that something is different after it", change.after)?;
    }
    Ok(())
}

async fn nothing_comes_when_nothing_happens(scene: Scene<'_>) -> Verdict {
    scene.world.settle().await;
    let changes = scene.watch(None).await?.changes().await?;
    same("the changes of a backend at rest", kinds(&changes), Vec::new())
}

async fn changes_from_outside_are_told(scene: Scene<'_>) -> Verdict {
    let pools = scene.all(&POOLS).await?;
    let Some(pool) = pools.first() else {
        return skip("the world has no pool");
    };
    scene.world.settle().await;
    let before = scene.all(&RESOURCES).await?;
    let mut watcher = scene.watch(None).await?;
    scene
        .disturb(Disturbance::AddResource(pool.resource_pool_id.clone()))
        .await?;
    scene.world.settle().await;
    let mut after = scene.all(&RESOURCES).await?;
    after.retain(|resource| !ids(&before).contains(&resource.id()));
    let Some(added) = after.first() else {
        return Err(Broken::new("the resources that somebody else added", "one", "none").into());
    };
    let id = &added.resource_id;
    scene.disturb(Disturbance::ChangeResource(id.clone())).await?;
    scene.world.settle().await;
    scene.disturb(Disturbance::RemoveResource(id.clone())).await?;
    scene.world.settle().await;
    check_life(&watcher.changes_of(id.as_str()).await?)
}

async fn everybody_is_told(scene: Scene<'_>) -> Verdict {
    let (mut first, mut second) = (scene.watch(None).await?, scene.watch(None).await?);
    scene.a_life("conformance-heard").await?;
    let (first, second) = (first.changes().await?, second.changes().await?);
    holds("what a watcher hears", !first.is_empty(), "something", kinds(&first))?;
    same("what another watcher hears", second, first)
}

async fn who_applies_changes_knows_the_list(scene: Scene<'_>) -> Verdict {
    scene.world.settle().await;
    let mut watcher = scene.watch(None).await?;
    let mut known = listed(&scene).await?;
    let created = scene.created("conformance-followed").await?;
    let pool = scene.settled(&created).await?;
    let mut update = ResourcePoolUpdate::of(&pool);
    update.replicas = update.replicas.map(|replicas| replicas + 1);
    update.description = "followed".to_owned();
    scene.update(&pool.resource_pool_id, &update).await?;
    scene.a_life("conformance-gone").await?;
    for change in watcher.changes().await? {
        apply(&mut known, &change);
    }
    let listed = listed(&scene).await?;
    for (key, object) in &listed {
        same(
            &format!("what a watcher knows of {key:?}"),
            known.get(key),
            Some(object),
        )?;
    }
    let phantoms: Vec<_> = known.keys().filter(|key| !listed.contains_key(*key)).collect();
    holds("what only a watcher knows of", phantoms.is_empty(), "nothing", phantoms)
}

async fn resuming_goes_on_behind_the_mark(scene: Scene<'_>) -> Verdict {
    let mut watcher = scene.watch(None).await?;
    scene.a_life("conformance-resumed").await?;
    let changes = watcher.changes().await?;
    holds(
        "the changes of a pool's life",
        changes.len() > 2,
        "three or more",
        kinds(&changes),
    )?;
    for index in [0, changes.len() / 2, changes.len().saturating_sub(1)] {
        let Some(change) = changes.get(index) else {
            continue;
        };
        let rest = scene.watch(Some(&change.resume)).await?.changes().await?;
        let what = format!("the changes behind number {}", index + 1);
        same(&what, Some(&rest[..]), changes.get(index + 1..))?;
    }
    let last = changes.last().map(|change| change.resume.as_str());
    let mut watcher = scene.watch(last).await?;
    let pool = scene.created("conformance-later").await?;
    scene.world.settle().await;
    let later = watcher.changes_of(pool.id()).await?;
    same(
        "the first later change",
        later.first().map(|change| change.kind),
        Some(ChangeKind::Created),
    )
}

async fn forgotten_changes_are_a_conflict(scene: Scene<'_>) -> Verdict {
    let mut watcher = scene.watch(None).await?;
    scene.a_life("conformance-forgotten").await?;
    let changes = watcher.changes().await?;
    let Some(mark) = changes.first().map(|change| change.resume.as_str()) else {
        return Err(Broken::new("the changes of a pool's life", "some", "none").into());
    };
    if !scene.world.trouble(Some(Trouble::Forgetful)).await {
        return skip("the world's backend forgets nothing");
    }
    // Whether the backend knows may be seen only when the stream is read.
    let resumed = match scene.watch(Some(mark)).await {
        Err(error) => Err(error),
        Ok(mut watcher) => match watcher.take().await.1 {
            Rest::Failed(error) => Err(error),
            Rest::Waiting | Rest::Ended => Ok(()),
        },
    };
    fails(
        "watching from behind a forgotten change",
        resumed,
        &[ErrorKind::Conflict],
    )?;
    scene.world.trouble(None).await;
    let mut watcher = scene.watch(None).await?;
    let pool = scene.a_life("conformance-remembered").await?;
    check_life(&watcher.changes_of(pool.id()).await?)
}

async fn an_outage_deletes_nothing(scene: Scene<'_>) -> Verdict {
    scene.world.settle().await;
    let before = scene.all(&POOLS).await?;
    let mut watcher = scene.watch(None).await?;
    if !scene.world.trouble(Some(Trouble::Down)).await {
        return skip("the world's backend cannot be Down");
    }
    let (during, rest) = watcher.take().await;
    scene.world.trouble(None).await;
    if let Rest::Failed(error) = rest {
        let kinds = [ErrorKind::Unavailable, ErrorKind::Timeout, ErrorKind::Conflict];
        fails::<()>("the end of a watch in an outage", Err(error), &kinds)?;
    }
    let after = watcher.take().await.0;
    let deleted = [during, after].concat();
    let deleted: Vec<_> = deleted
        .iter()
        .filter(|change| change.kind == ChangeKind::Deleted)
        .collect();
    holds("what an outage deletes", deleted.is_empty(), "nothing", deleted.len())?;
    same("the pools afterwards", ids(&scene.all(&POOLS).await?), ids(&before))?;
    let again = scene.watch(None).await?.changes().await?;
    same("the changes of a watch after the outage", kinds(&again), Vec::new())
}

async fn an_outage_loses_nothing(scene: Scene<'_>) -> Verdict {
    let pool = scene.some_pool().await?;
    let mut watcher = scene.watch(None).await?;
    scene.a_life("conformance-marked").await?;
    let changes = watcher.changes().await?;
    let mark = changes.last().map(|change| change.resume.as_str());
    let known: Vec<_> = scene
        .all(&RESOURCES)
        .await?
        .iter()
        .map(|resource| resource.id().to_owned())
        .collect();
    if !scene.world.trouble(Some(Trouble::Down)).await {
        return skip("the world's backend cannot be Down");
    }
    watcher.take().await;
    scene
        .disturb(Disturbance::AddResource(pool.resource_pool_id.clone()))
        .await?;
    scene.world.settle().await;
    scene.world.trouble(None).await;
    let missed = scene.watch(mark).await?.changes().await?;
    let new = |change: &&InventoryChange| {
        let object = change.object().filter(|object| object.object() == "resource");
        change.kind == ChangeKind::Created && object.is_some_and(|object| !known.contains(&object.id().to_owned()))
    };
    same(
        "how many resources came during the outage",
        missed.iter().filter(new).count(),
        1,
    )
}

async fn ends_with_the_plugin(scene: Scene<'_>) -> Verdict {
    let mut watcher = scene.watch(None).await?;
    scene.plugin.close().await?;
    let (changes, rest) = watcher.take().await;
    same("the changes of a plugin that is closed", kinds(&changes), Vec::new())?;
    let waits = matches!(rest, Rest::Waiting);
    holds(
        "whether the watch of a closed plugin waits for more",
        !waits,
        "it does not",
        waits,
    )
}

async fn other_tenants_hear_nothing(scene: Scene<'_>) -> Verdict {
    let [tenant, other] = scene.tenants()?;
    let (own, foreign) = (scene.acting_for(&tenant), scene.acting_for(&other));
    let (mut hears, mut spies) = (own.watch(None).await?, foreign.watch(None).await?);
    let pool = own.a_life("conformance-private").await?;
    check_life(&hears.changes_of(pool.id()).await?)?;
    let heard = spies.changes().await?;
    same("what another tenant hears", kinds(&heard), Vec::new())
}

async fn a_dropped_watch_leaves_a_usable_plugin(scene: Scene<'_>) -> Verdict {
    at_every_await(|| scene.watch(None)).await?;
    let unread = scene.watch(None).await?;
    let mut read = scene.watch(None).await?;
    read.changes().await?;
    drop((unread, read));
    let mut watcher = scene.watch(None).await?;
    let pool = scene.a_life("conformance-after-dropping").await?;
    check_life(&watcher.changes_of(pool.id()).await?)
}
