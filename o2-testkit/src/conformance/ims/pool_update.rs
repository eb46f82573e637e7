//! Pools are changed to exactly what an update describes.

use o2_core::{ErrorKind, Model};
use o2_ims::{ResourcePool, ResourcePoolId, ResourcePoolUpdate, op};

use super::{ImsCase, Scene, case};
use crate::conformance::{Verdict, fails, same, skip};

const UPDATE: &str = "Gives a resource pool the state that `update` describes completely: labels, tags and extensions \
                      that it lacks are gone.";
const AGAIN: &str = "The same update once more changes nothing.";
const EXPECTED: &str = "`PreconditionFailed` when `update.expected` is not the pool's version";
const UNKNOWN: &str =
    "An object that does not exist, or belongs to a tenant other than `context.tenant()`, is `NotFound`.";

pub(super) fn cases() -> Vec<ImsCase> {
    let (create, get, update) = (
        &op::CREATE_RESOURCE_POOL,
        &op::GET_RESOURCE_POOL,
        &op::UPDATE_RESOURCE_POOL,
    );
    vec![
        case(
            "update_resource_pool/changes_what_it_names",
            UPDATE,
            &[create, get, update],
            |s| Box::pin(changes_what_it_names(s)),
        ),
        case(
            "update_resource_pool/leaves_the_rest_alone",
            UPDATE,
            &[create, get, update],
            |s| Box::pin(leaves_the_rest_alone(s)),
        ),
        case(
            "update_resource_pool/removes_what_it_lacks",
            UPDATE,
            &[create, get, update],
            |s| Box::pin(removes_what_it_lacks(s)),
        ),
        case(
            "update_resource_pool/once_more_changes_nothing",
            AGAIN,
            &[create, get, update],
            |s| Box::pin(once_more_changes_nothing(s)),
        ),
        case(
            "update_resource_pool/a_stale_state_is_refused",
            EXPECTED,
            &[create, get, update],
            |s| Box::pin(a_stale_state_is_refused(s)),
        ),
        case(
            "update_resource_pool/unknown_pools_are_not_found",
            UNKNOWN,
            &[update],
            |s| Box::pin(unknown_pools_are_not_found(s)),
        ),
        case(
            "update_resource_pool/foreign_pools_are_not_found",
            UNKNOWN,
            &[create, get, update],
            |s| Box::pin(foreign_pools_are_not_found(s)),
        ),
    ]
}

async fn changes_what_it_names(scene: Scene<'_>) -> Verdict {
    let created = scene.created("conformance-updated").await?;
    let before = scene.settled(&created).await?;
    let mut update = ResourcePoolUpdate::of(&before);
    update.description = "changed by the conformance suite".to_owned();
    update.labels.insert("conformance".to_owned(), "yes".to_owned());
    let id = &before.resource_pool_id;
    let updated = scene.update(id, &update).await?;
    for pool in [updated, scene.settled(&created).await?] {
        same("the description", &pool.description, &update.description)?;
        same("the labels", &pool.labels, &update.labels)?;
        same("the id", pool.id(), created.id())?;
    }
    Ok(())
}

async fn leaves_the_rest_alone(scene: Scene<'_>) -> Verdict {
    let created = scene.created("conformance-kept").await?;
    let before = scene.settled(&created).await?;
    let mut update = ResourcePoolUpdate::of(&before);
    update.description = "another description".to_owned();
    scene.update(&before.resource_pool_id, &update).await?;
    let after = scene.settled(&created).await?;
    let mut expected = ResourcePoolUpdate::of(&before);
    expected.description.clone_from(&update.description);
    same(
        "the pool but for what was changed",
        ResourcePoolUpdate::of(&after),
        expected,
    )?;
    same("whose it is", after.tenant(), before.tenant())?;
    same("when it was created", after.created_at, before.created_at)
}

async fn removes_what_it_lacks(scene: Scene<'_>) -> Verdict {
    let created = scene.created("conformance-removed").await?;
    let before = scene.settled(&created).await?;
    let mut update = ResourcePoolUpdate::of(&before);
    let Some((label, _)) = update.labels.pop_first() else {
        return skip("the pool that the world creates has no labels");
    };
    scene.update(&before.resource_pool_id, &update).await?;
    let after = scene.settled(&created).await?;
    same("the label that the update lacks", after.labels.get(&label), None)?;
    same("the other labels", &after.labels, &update.labels)
}

async fn once_more_changes_nothing(scene: Scene<'_>) -> Verdict {
    let created = scene.created("conformance-again").await?;
    let before = scene.settled(&created).await?;
    let mut update = ResourcePoolUpdate::of(&before);
    update.description = "the same twice".to_owned();
    let id = &before.resource_pool_id;
    scene.update(id, &update).await?;
    let first = scene.settled(&created).await?;
    scene.update(id, &update).await?;
    let second = scene.settled(&created).await?;
    same(
        "what the second update leaves",
        ResourcePoolUpdate::of(&second),
        ResourcePoolUpdate::of(&first),
    )
}

async fn a_stale_state_is_refused(scene: Scene<'_>) -> Verdict {
    let created = scene.created("conformance-stale").await?;
    let seen = scene.settled(&created).await?;
    if seen.version.is_none() {
        return skip("the backend has no versions");
    }
    let id = &seen.resource_pool_id;
    let mut update = ResourcePoolUpdate::of(&seen);
    update.description = "the first".to_owned();
    update.expected.clone_from(&seen.version);
    scene.update(id, &update).await?;
    update.description = "the second".to_owned();
    let second = scene.update(id, &update).await;
    fails(
        "an update of a state that is no more",
        second,
        &[ErrorKind::PreconditionFailed],
    )?;
    let read = scene.settled(&created).await?;
    same("the description", read.description.as_str(), "the first")
}

async fn unknown_pools_are_not_found(scene: Scene<'_>) -> Verdict {
    let id = ResourcePoolId::new("no-such-pool");
    let update = ResourcePoolUpdate::of(&ResourcePool::new("no-such-pool", "conformance-unknown"));
    fails("changing it", scene.update(&id, &update).await, &[ErrorKind::NotFound])?;
    Ok(())
}

async fn foreign_pools_are_not_found(scene: Scene<'_>) -> Verdict {
    let [tenant, other] = scene.tenants()?;
    let own = scene.acting_for(&tenant);
    let pool = own.created("conformance-foreign").await?;
    let mut update = ResourcePoolUpdate::of(&*own.settled(&pool).await?);
    update.description = "changed by somebody else".to_owned();
    let updated = scene.acting_for(&other).update(&pool.resource_pool_id, &update).await;
    fails("changing another tenant's pool", updated, &[ErrorKind::NotFound])?;
    let after = own.settled(&pool).await?;
    same("its description afterwards", &after.description, &pool.description)
}
