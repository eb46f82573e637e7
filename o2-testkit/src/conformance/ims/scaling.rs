//! Pools have as many resources as they are meant to have, and lose nothing that is not theirs.

use o2_core::{ErrorKind, Model};
use o2_ims::{DeleteOptions, ResourcePoolUpdate, op};

use super::lists::RESOURCES;
use super::{ImsCase, Scene, case};
use crate::conformance::laws::ids;
use crate::conformance::{Verdict, fails, holds, same, skip};

const CREATE: &str = "Its resources, as many as `new.replicas` says, come in time.";
const SCALE: &str = "With other `replicas`, the pool gets as many resources in time.";
const TOO_MANY: &str = "`InvalidInput` for what the backend cannot change, and for more replicas than it can give";
const TAKES: &str = "Never takes away what is not the pool's own.";
const DELETES: &str = "Never deletes what is not the pool's own.";

pub(super) fn cases() -> Vec<ImsCase> {
    let (create, get, update) = (
        &op::CREATE_RESOURCE_POOL,
        &op::GET_RESOURCE_POOL,
        &op::UPDATE_RESOURCE_POOL,
    );
    let (delete, list, add) = (&op::DELETE_RESOURCE_POOL, &op::LIST_RESOURCES, &op::CREATE_RESOURCE);
    vec![
        case(
            "create_resource_pool/gets_its_resources",
            CREATE,
            &[create, get, list],
            |s| Box::pin(gets_its_resources(s)),
        ),
        case(
            "update_resource_pool/scales_up_and_down",
            SCALE,
            &[create, get, update, list],
            |s| Box::pin(scales_up_and_down(s)),
        ),
        case(
            "update_resource_pool/impossible_replicas_are_refused",
            TOO_MANY,
            &[create, get, update, list],
            |s| Box::pin(impossible_replicas_are_refused(s)),
        ),
        case(
            "update_resource_pool/never_takes_what_is_not_its_own",
            TAKES,
            &[create, get, update, add, list],
            |s| Box::pin(scaling_spares_others(s)),
        ),
        case(
            "delete_resource_pool/never_takes_what_is_not_its_own",
            DELETES,
            &[create, get, delete, add, list],
            |s| Box::pin(deleting_spares_others(s)),
        ),
    ]
}

async fn gets_its_resources(scene: Scene<'_>) -> Verdict {
    let new = scene.new_pool("conformance-filled")?;
    let Some(replicas) = new.replicas else {
        return skip("the pool that the world creates has no replicas");
    };
    let pool = scene.create_pool(&new).await?;
    let pool = scene.settled(&pool).await?;
    same("the replicas", pool.replicas, Some(replicas))?;
    let resources = scene.resources_of(&pool.resource_pool_id).await?;
    same("how many resources it has", resources.len(), replicas as usize)
}

async fn scales_up_and_down(scene: Scene<'_>) -> Verdict {
    let new = scene.new_pool("conformance-scaled")?;
    let Some(replicas) = new.replicas else {
        return skip("the pool that the world creates has no replicas");
    };
    let created = scene.create_pool(&new).await?;
    let pool = scene.settled(&created).await?;
    let id = &pool.resource_pool_id;
    let first = scene.resources_of(id).await?;
    for wanted in [replicas + 2, 1] {
        let mut update = ResourcePoolUpdate::of(&*scene.read(id).await?);
        update.replicas = Some(wanted);
        scene.update(id, &update).await?;
        let pool = scene.settled(&created).await?;
        same("the replicas", pool.replicas, Some(wanted))?;
        let now = scene.resources_of(id).await?;
        same(
            &format!("how many of {wanted} resources it has"),
            now.len(),
            wanted as usize,
        )?;
        if wanted > replicas {
            let lost: Vec<_> = ids(&first).into_iter().filter(|id| !ids(&now).contains(id)).collect();
            holds("what goes when the pool grows", lost.is_empty(), "nothing", lost)?;
        }
    }
    Ok(())
}

async fn impossible_replicas_are_refused(scene: Scene<'_>) -> Verdict {
    let Some(too_many) = scene.world.too_many_replicas() else {
        return skip("the world's backend gives any number of replicas");
    };
    let created = scene.created("conformance-too-large").await?;
    let before = scene.settled(&created).await?;
    let id = &before.resource_pool_id;
    let resources = scene.resources_of(id).await?;
    let mut update = ResourcePoolUpdate::of(&before);
    update.replicas = Some(too_many);
    update.description = "must not appear".to_owned();
    fails(
        "too many replicas",
        scene.update(id, &update).await,
        &[ErrorKind::InvalidInput],
    )?;
    let after = scene.settled(&created).await?;
    same(
        "the pool afterwards",
        ResourcePoolUpdate::of(&after),
        ResourcePoolUpdate::of(&before),
    )?;
    same(
        "its resources afterwards",
        ids(&scene.resources_of(id).await?),
        ids(&resources),
    )
}

async fn scaling_spares_others(scene: Scene<'_>) -> Verdict {
    let [tenant, other] = scene.tenants()?;
    let shared = scene.created("conformance-shared-scaled").await?;
    let shared = scene.settled(&shared).await?;
    let id = &shared.resource_pool_id;
    let own = scene.acting_for(&tenant);
    let guest = own.add(&scene.new_resource("conformance-guest", id)?).await?;
    let foreign = scene.acting_for(&other);
    let mut update = ResourcePoolUpdate::of(&*foreign.settled(&shared).await?);
    update.replicas = Some(0);
    if let Err(error) = foreign.update(id, &update).await {
        let expected = "conflict, notFound, permissionDenied or invalidInput";
        holds("what keeps it from shrinking", refused(error.kind()), expected, error)?;
    }
    scene.world.settle().await;
    let left = own.all(&RESOURCES).await?;
    let there = ids(&left).contains(&guest.id());
    holds(
        "another tenant's resource in a pool that shrinks",
        there,
        "still there",
        there,
    )
}

async fn deleting_spares_others(scene: Scene<'_>) -> Verdict {
    let [tenant, other] = scene.tenants()?;
    let shared = scene.created("conformance-shared-deleted").await?;
    let shared = scene.settled(&shared).await?;
    let id = &shared.resource_pool_id;
    let own = scene.acting_for(&tenant);
    let guest = own.add(&scene.new_resource("conformance-guest", id)?).await?;
    scene.world.settle().await;
    if let Err(error) = scene.acting_for(&other).delete(id, &DeleteOptions::force()).await {
        let expected = "conflict, notFound, permissionDenied or invalidInput";
        holds(
            "what keeps it from being deleted",
            refused(error.kind()),
            expected,
            error,
        )?;
    }
    scene.world.settle().await;
    let left = own.all(&RESOURCES).await?;
    let there = ids(&left).contains(&guest.id());
    holds(
        "another tenant's resource in a pool that is deleted",
        there,
        "still there",
        there,
    )
}

/// Whether it is the caller who is told that this does not go.
fn refused(kind: ErrorKind) -> bool {
    use ErrorKind::{Conflict, InvalidInput, NotFound, PermissionDenied};
    matches!(kind, Conflict | InvalidInput | NotFound | PermissionDenied)
}
