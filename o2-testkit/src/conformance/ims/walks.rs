//! Walks during which something comes and something goes: the others appear exactly once.

use o2_core::Model;
use o2_core::query::ListQuery;
use o2_ims::{DeleteOptions, IMSPlugin, op};

use super::lists::{POOLS, RESOURCES};
use super::{ImsCase, Scene, case};
use crate::conformance::laws::Collection;
use crate::conformance::{Verdict, same, skip};

const WALK: &str = "an object that does not change during the walk appears exactly once.";

pub(super) fn cases() -> Vec<ImsCase> {
    let pools = [
        &op::LIST_RESOURCE_POOLS,
        &op::CREATE_RESOURCE_POOL,
        &op::DELETE_RESOURCE_POOL,
    ];
    let resources = [
        &op::LIST_RESOURCES,
        &op::CREATE_RESOURCE,
        &op::DELETE_RESOURCE,
        &op::LIST_RESOURCE_POOLS,
    ];
    vec![
        case("list_resource_pools/a_walk_survives_changes", WALK, &pools, |s| {
            Box::pin(a_walk_through_pools_survives_changes(s))
        }),
        case("list_resources/a_walk_survives_changes", WALK, &resources, |s| {
            Box::pin(a_walk_through_resources_survives_changes(s))
        }),
    ]
}

/// The first pages of a walk: their ids, and where it goes on.
async fn begin<T: Model>(
    scene: &Scene<'_>,
    collection: &Collection<dyn IMSPlugin, T>,
) -> Verdict<(Vec<String>, String)> {
    let page = (collection.list)(&*scene.plugin, &scene.context, &ListQuery::new().with_limit(2)).await?;
    match page.next {
        Some(next) => Ok((page.items.iter().map(|object| object.id().to_owned()).collect(), next)),
        None => skip("the world has only one page"),
    }
}

/// The rest of the walk: `before` but for `gone` appears exactly once.
async fn finish<T: Model>(
    scene: &Scene<'_>,
    collection: &Collection<dyn IMSPlugin, T>,
    (mut walked, next): (Vec<String>, String),
    before: Vec<String>,
    gone: &str,
) -> Verdict {
    let query = ListQuery::new().with_limit(2).with_marker(next);
    let rest = collection.everything(&*scene.plugin, &scene.context, &query).await?;
    walked.extend(rest.iter().map(|object| object.id().to_owned()));
    walked.retain(|id| before.contains(id) && id != gone);
    let expected: Vec<_> = before.into_iter().filter(|id| id != gone).collect();
    same("the ids of a walk but for what came and went", walked, expected)
}

async fn a_walk_through_pools_survives_changes(scene: Scene<'_>) -> Verdict {
    for name in ["conformance-walk-1", "conformance-walk-2"] {
        scene.created(name).await?;
    }
    scene.world.settle().await;
    let before: Vec<_> = scene
        .all(&POOLS)
        .await?
        .iter()
        .map(|pool| pool.id().to_owned())
        .collect();
    let begun = begin(&scene, &POOLS).await?;
    // What was seen goes, and with it every position that was counted from the start.
    let first = begun.0.first().cloned().unwrap_or_default();
    scene.delete(&first.as_str().into(), &DeleteOptions::force()).await?;
    scene.created("conformance-walk-3").await?;
    scene.world.settle().await;
    finish(&scene, &POOLS, begun, before, &first).await
}

async fn a_walk_through_resources_survives_changes(scene: Scene<'_>) -> Verdict {
    let pool = scene.some_pool().await?;
    for name in ["conformance-walk-1", "conformance-walk-2"] {
        scene.add(&scene.new_resource(name, &pool.resource_pool_id)?).await?;
    }
    scene.world.settle().await;
    let before: Vec<_> = scene
        .all(&RESOURCES)
        .await?
        .iter()
        .map(|found| found.id().to_owned())
        .collect();
    let begun = begin(&scene, &RESOURCES).await?;
    let first = begun.0.first().cloned().unwrap_or_default();
    scene.take_away(&first.as_str().into(), &DeleteOptions::force()).await?;
    scene
        .add(&scene.new_resource("conformance-walk-3", &pool.resource_pool_id)?)
        .await?;
    scene.world.settle().await;
    finish(&scene, &RESOURCES, begun, before, &first).await
}
