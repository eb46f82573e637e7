//! Pools are created, changed and deleted.

use std::collections::BTreeSet;

use futures::future::{join, join_all};
use o2_core::{ErrorKind, Model};
use o2_ims::{DeleteOptions, NewResourcePool, ResourcePool, ResourcePoolId, ResourcePoolUpdate, op};

use super::lists::{POOLS, RESOURCES};
use super::{ImsCase, Scene, case};
use crate::conformance::laws::{at_every_await, ids};
use crate::conformance::{Verdict, fails, holds, same, skip};

const CREATE: &str = "Creates a resource pool for `context.tenant()`: one for each call, with what `new` asks for.";
const TAKEN: &str = "`AlreadyExists` when the id or, where the backend demands unique names, the name is taken";
const UPDATE: &str = "Gives a resource pool the state that `update` describes completely: labels, tags and extensions \
                      that it lacks are gone.";
const AGAIN: &str = "The same update once more changes nothing.";
const EXPECTED: &str = "`PreconditionFailed` when `update.expected` is not the pool's version";
const UNKNOWN: &str =
    "An object that does not exist, or belongs to a tenant other than `context.tenant()`, is `NotFound`.";
const DELETE: &str = "Deletes a resource pool: nobody can read it any more.";
const FULL: &str = "`NotFound`; `Conflict` when it has resources and `options.force` is not set; `PreconditionFailed`.";
const OWN: &str = "Never deletes what is not the pool's own.";
const DROPPED: &str = "Futures may be dropped at any await.";
/// Creations of one name at the same time.
const RIVALS: usize = 8;

pub(super) fn cases() -> Vec<ImsCase> {
    let (create, get, list) = (
        &op::CREATE_RESOURCE_POOL,
        &op::GET_RESOURCE_POOL,
        &op::LIST_RESOURCE_POOLS,
    );
    let (update, delete) = (&op::UPDATE_RESOURCE_POOL, &op::DELETE_RESOURCE_POOL);
    vec![
        case(
            "create_resource_pool/what_is_created_is_there",
            CREATE,
            &[create, get, list],
            |s| Box::pin(what_is_created_is_there(s)),
        ),
        case(
            "create_resource_pool/belongs_to_the_tenant",
            CREATE,
            &[create, get],
            |s| Box::pin(belongs_to_the_tenant(s)),
        ),
        case("create_resource_pool/a_taken_id_is_refused", TAKEN, &[create], |s| {
            Box::pin(a_taken_id_is_refused(s))
        }),
        case("create_resource_pool/one_of_many_wins", TAKEN, &[create, list], |s| {
            Box::pin(one_of_many_wins(s))
        }),
        case(
            "create_resource_pool/many_at_once_are_all_there",
            CREATE,
            &[create, list],
            |s| Box::pin(many_at_once_are_all_there(s)),
        ),
        case(
            "create_resource_pool/a_dropped_call_leaves_a_usable_plugin",
            DROPPED,
            &[create, list],
            |s| Box::pin(a_dropped_call_leaves_a_usable_plugin(s)),
        ),
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
            &[update, delete],
            |s| Box::pin(unknown_pools_are_not_found(s)),
        ),
        case(
            "update_resource_pool/foreign_pools_are_not_found",
            UNKNOWN,
            &[create, update, delete],
            |s| Box::pin(foreign_pools_are_not_found(s)),
        ),
        case(
            "delete_resource_pool/what_is_deleted_is_gone",
            DELETE,
            &[create, get, list, delete],
            |s| Box::pin(what_is_deleted_is_gone(s)),
        ),
        case(
            "delete_resource_pool/what_has_resources_stays",
            FULL,
            &[create, get, delete, &op::LIST_RESOURCES],
            |s| Box::pin(what_has_resources_stays(s)),
        ),
        case(
            "delete_resource_pool/a_stale_state_is_refused",
            FULL,
            &[create, get, update, delete],
            |s| Box::pin(deleting_a_stale_state_is_refused(s)),
        ),
        case(
            "delete_resource_pool/the_others_stay",
            OWN,
            &[create, list, delete, &op::LIST_RESOURCES],
            |s| Box::pin(the_others_stay(s)),
        ),
    ]
}

/// What a pool shows of what was asked for.
fn check_created(pool: &ResourcePool, new: &NewResourcePool) -> Verdict {
    same("the name", &pool.name, &new.name)?;
    same("the description", &pool.description, &new.description)?;
    same("the labels", &pool.labels, &new.labels)?;
    if new.replicas.is_some() {
        same("the replicas", pool.replicas, new.replicas)?;
    }
    if new.location.is_some() {
        same("the location", &pool.location, &new.location)?;
    }
    for (key, value) in new.extensions.iter() {
        same(&format!("extensions.{key}"), pool.extensions.get(key), Some(value))?;
    }
    Ok(())
}

async fn what_is_created_is_there(scene: Scene<'_>) -> Verdict {
    let before = scene.all(&POOLS).await?;
    let new = scene.new_pool("conformance-created")?;
    let created = scene.create_pool(&new).await?;
    check_created(&created, &new)?;
    let read = scene.settled(&created).await?;
    same("the id", read.id(), created.id())?;
    check_created(&read, &new)?;
    let mut after = scene.all(&POOLS).await?;
    same(
        "how many pools there are more",
        after.len() - before.len().min(after.len()),
        1,
    )?;
    after.retain(|pool| pool.name == new.name);
    same("the pools of this name", ids(&after), vec![created.id()])
}

async fn belongs_to_the_tenant(scene: Scene<'_>) -> Verdict {
    let [tenant, other] = scene.tenants()?;
    let own = scene.acting_for(&tenant);
    let created = own.created("conformance-owned").await?;
    same("whose it is", created.tenant(), Some(&tenant))?;
    let read = own.settled(&created).await?;
    same("whose it is when it is read", read.tenant(), Some(&tenant))?;
    let foreign = scene.acting_for(&other);
    let seen = foreign
        .plugin
        .get_resource_pool(&foreign.context, &created.resource_pool_id);
    fails("reading it as another tenant", seen.await, &[ErrorKind::NotFound])?;
    Ok(())
}

async fn a_taken_id_is_refused(scene: Scene<'_>) -> Verdict {
    let mut new = scene.new_pool("conformance-taken")?;
    let created = scene.create_pool(&new).await?;
    new.resource_pool_id = Some(created.resource_pool_id.clone());
    let again = scene.plugin.create_resource_pool(&scene.context, &new).await;
    // A backend that gives ids itself refuses every given one.
    fails(
        "a second pool with the same id",
        again,
        &[ErrorKind::AlreadyExists, ErrorKind::InvalidInput],
    )?;
    Ok(())
}

async fn one_of_many_wins(scene: Scene<'_>) -> Verdict {
    let mut new = scene.new_pool("conformance-contended")?;
    new.resource_pool_id = Some("conformance-contended".into());
    let rivals = (0..RIVALS).map(|_| scene.plugin.create_resource_pool(&scene.context, &new));
    let mut won = 0;
    for result in join_all(rivals).await {
        match result {
            Ok(_) => won += 1,
            Err(error) if error.is(ErrorKind::InvalidInput) => return skip("the backend gives ids itself"),
            Err(error) => {
                let kind = error.kind();
                let lost = matches!(kind, ErrorKind::AlreadyExists | ErrorKind::Conflict);
                holds("the error of who lost", lost, "alreadyExists or conflict", error)?;
            }
        }
    }
    same("how many of those who create the same pool succeed", won, 1)
}

async fn many_at_once_are_all_there(scene: Scene<'_>) -> Verdict {
    let before = scene.all(&POOLS).await?;
    let news: Vec<_> = (0..RIVALS)
        .map(|number| scene.new_pool(&format!("conformance-parallel-{number}")))
        .collect::<Verdict<_>>()?;
    let each = news.iter().map(|new| join(scene.create_pool(new), scene.all(&POOLS)));
    let mut expected: BTreeSet<String> = before.iter().map(|pool| pool.id().to_owned()).collect();
    for (created, listed) in join_all(each).await {
        expected.insert(created?.id().to_owned());
        let listed = listed?;
        let missing: Vec<_> = before
            .iter()
            .filter(|pool| !ids(&listed).contains(&pool.id()))
            .collect();
        holds(
            "what a list during creations misses",
            missing.is_empty(),
            "nothing",
            missing,
        )?;
    }
    scene.world.settle().await;
    let after = scene.all(&POOLS).await?;
    same("how many pools there are", after.len(), before.len() + RIVALS)?;
    let after: BTreeSet<_> = after.iter().map(|pool| pool.id().to_owned()).collect();
    same("the pools", after, expected)
}

async fn a_dropped_call_leaves_a_usable_plugin(scene: Scene<'_>) -> Verdict {
    let new = scene.new_pool("conformance-dropped")?;
    let create = || scene.plugin.create_resource_pool(&scene.context, &new);
    if let Some(Err(error)) = at_every_await(create).await {
        // A call that was dropped may have done its work.
        let kind = error.kind();
        holds(
            "creating what may be there",
            kind == ErrorKind::AlreadyExists,
            "alreadyExists",
            error,
        )?;
    }
    scene.created("conformance-after-dropping").await?;
    scene.world.settle().await;
    let pools = scene.all(&POOLS).await?;
    let named = |name: &str| pools.iter().filter(|pool| pool.name == name).count();
    holds(
        "pools of dropped calls",
        named(&new.name) > 0,
        "at least one",
        named(&new.name),
    )?;
    same("pools created afterwards", named("conformance-after-dropping"), 1)
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
    let deleted = scene.delete(&id, &DeleteOptions::force()).await;
    fails("deleting it", deleted, &[ErrorKind::NotFound])?;
    Ok(())
}

async fn foreign_pools_are_not_found(scene: Scene<'_>) -> Verdict {
    let [tenant, other] = scene.tenants()?;
    let own = scene.acting_for(&tenant);
    let pool = own.created("conformance-foreign").await?;
    let foreign = scene.acting_for(&other);
    let (id, mut update) = (&pool.resource_pool_id, ResourcePoolUpdate::of(&pool));
    update.description = "changed by somebody else".to_owned();
    let updated = foreign.update(id, &update).await;
    fails("changing another tenant's pool", updated, &[ErrorKind::NotFound])?;
    let deleted = foreign.delete(id, &DeleteOptions::force()).await;
    fails("deleting another tenant's pool", deleted, &[ErrorKind::NotFound])?;
    let after = own.settled(&pool).await?;
    same("its description afterwards", &after.description, &pool.description)
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

async fn deleting_a_stale_state_is_refused(scene: Scene<'_>) -> Verdict {
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
