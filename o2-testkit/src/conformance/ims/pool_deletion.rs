//! Pools are deleted, and nothing but them.

use o2_core::{ErrorKind, Model};
use o2_ims::{DeleteOptions, ResourcePoolUpdate, op};

use super::lists::{POOLS, RESOURCES};
use super::{ImsCase, Scene, case};
use crate::conformance::laws::ids;
use crate::conformance::{Verdict, fails, holds, same, skip};

const DELETE: &str = "Deletes a resource pool: nobody can read it any more.";
const FULL: &str = "`NotFound`; `Conflict` when it has resources and `options.force` is not set; `PreconditionFailed`.";
const OWN: &str = "Never deletes what is not the pool's own.";
const UNKNOWN: &str =
    "An object that does not exist, or belongs to a tenant other than `context.tenant()`, is `NotFound`.";

pub(super) fn cases() -> Vec<ImsCase> {
    let (create, get, list) = (
        &op::CREATE_RESOURCE_POOL,
        &op::GET_RESOURCE_POOL,
        &op::LIST_RESOURCE_POOLS,
    );
    let (update, delete, resources) = (
        &op::UPDATE_RESOURCE_POOL,
        &op::DELETE_RESOURCE_POOL,
        &op::LIST_RESOURCES,
    );
    vec![
        case(
            "delete_resource_pool/what_is_deleted_is_gone",
            DELETE,
            &[create, get, list, delete],
            |s| Box::pin(what_is_deleted_is_gone(s)),
        ),
        case(
            "delete_resource_pool/what_has_resources_stays",
            FULL,
            &[create, get, delete, resources],
            |s| Box::pin(what_has_resources_stays(s)),
        ),
        case(
            "delete_resource_pool/a_stale_state_is_refused",
            FULL,
            &[create, get, update, delete],
            |s| Box::pin(a_stale_state_is_refused(s)),
        ),
        case(
            "delete_resource_pool/absent_pools_are_not_found",
            UNKNOWN,
            &[create, get, delete],
            |s| Box::pin(absent_pools_are_not_found(s)),
        ),
        case(
            "delete_resource_pool/the_others_stay",
            OWN,
            &[create, list, delete, resources],
            |s| Box::pin(the_others_stay(s)),
        ),
    ]
}

async fn what_is_deleted_is_gone(scene: Scene<'_>) -> Verdict {
    let created = scene.created("conformance-deleted").await?;
    scene.world.settle().await;
    let (id, force) = (&created.resource_pool_id, DeleteOptions::force());
    scene.delete(id, &force).await?;
    scene.world.settle().await;
    let read = scene.plugin.get_resource_pool(&scene.context, id).await;
    fails("reading a deleted pool", read, &[ErrorKind::NotFound])?;
    let listed = scene.all(&POOLS).await?;
    let still = ids(&listed).contains(&created.id());
    holds("whether a deleted pool is listed", !still, "it is not", still)?;
    fails(
        "deleting it again",
        scene.delete(id, &force).await,
        &[ErrorKind::NotFound],
    )?;
    Ok(())
}

async fn what_has_resources_stays(scene: Scene<'_>) -> Verdict {
    let created = scene.created("conformance-full").await?;
    scene.world.settle().await;
    let id = &created.resource_pool_id;
    let resources = scene.resources_of(id).await?;
    if resources.is_empty() {
        return skip("the pool that the world creates has no resources");
    }
    let deleted = scene.delete(id, &DeleteOptions::default()).await;
    fails("deleting a pool with resources", deleted, &[ErrorKind::Conflict])?;
    let after = scene.resources_of(id).await?;
    same("the resources it has afterwards", ids(&after), ids(&resources))?;
    Ok(scene.delete(id, &DeleteOptions::force()).await?)
}

async fn a_stale_state_is_refused(scene: Scene<'_>) -> Verdict {
    let created = scene.created("conformance-stale-delete").await?;
    let seen = scene.settled(&created).await?;
    if seen.version.is_none() {
        return skip("the backend has no versions");
    }
    let id = &seen.resource_pool_id;
    let mut update = ResourcePoolUpdate::of(&seen);
    update.description = "changed meanwhile".to_owned();
    scene.update(id, &update).await?;
    let options = DeleteOptions::force().with_expected(seen.version.clone());
    let deleted = scene.delete(id, &options).await;
    fails(
        "deleting a state that is no more",
        deleted,
        &[ErrorKind::PreconditionFailed],
    )?;
    scene.settled(&created).await.map(drop)
}

async fn absent_pools_are_not_found(scene: Scene<'_>) -> Verdict {
    let force = DeleteOptions::force();
    let unknown = scene.delete(&"no-such-pool".into(), &force).await;
    fails("deleting what is not there", unknown, &[ErrorKind::NotFound])?;
    let [tenant, other] = scene.tenants()?;
    let own = scene.acting_for(&tenant);
    let pool = own.created("conformance-foreign").await?;
    let foreign = scene.acting_for(&other).delete(&pool.resource_pool_id, &force).await;
    fails("deleting another tenant's pool", foreign, &[ErrorKind::NotFound])?;
    own.settled(&pool).await.map(drop)
}

async fn the_others_stay(scene: Scene<'_>) -> Verdict {
    scene.world.settle().await;
    let (pools, resources) = (scene.all(&POOLS).await?, scene.all(&RESOURCES).await?);
    let created = scene.created("conformance-neighbour").await?;
    scene.world.settle().await;
    scene.delete(&created.resource_pool_id, &DeleteOptions::force()).await?;
    scene.world.settle().await;
    same(
        "the pools that were there before",
        ids(&scene.all(&POOLS).await?),
        ids(&pools),
    )?;
    same(
        "the resources that were there before",
        ids(&scene.all(&RESOURCES).await?),
        ids(&resources),
    )
}
