//! Pools are created, one for each call.

use std::collections::BTreeSet;

use futures::future::{join, join_all};
use o2_core::{ErrorKind, Model};
use o2_ims::{NewResourcePool, ResourcePool, op};

use super::lists::POOLS;
use super::{ImsCase, Scene, case};
use crate::conformance::laws::{at_every_await, ids};
use crate::conformance::{Verdict, fails, holds, same, skip};

const CREATE: &str = "Creates a resource pool for `context.tenant()`: one for each call, with what `new` asks for.";
const TAKEN: &str = "`AlreadyExists` when the id or, where the backend demands unique names, the name is taken";
const DROPPED: &str = "Futures may be dropped at any await.";
/// Creations at the same time.
const RIVALS: usize = 8;

pub(super) fn cases() -> Vec<ImsCase> {
    let (create, get, list) = (
        &op::CREATE_RESOURCE_POOL,
        &op::GET_RESOURCE_POOL,
        &op::LIST_RESOURCE_POOLS,
    );
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
        case(
            "create_resource_pool/many_at_once_are_all_there",
            CREATE,
            &[create, list],
            |s| Box::pin(many_at_once_are_all_there(s)),
        ),
        case("create_resource_pool/a_taken_id_is_refused", TAKEN, &[create], |s| {
            Box::pin(a_taken_id_is_refused(s))
        }),
        case("create_resource_pool/one_of_many_wins", TAKEN, &[create, list], |s| {
            Box::pin(one_of_many_wins(s))
        }),
        case(
            "create_resource_pool/a_dropped_call_leaves_a_usable_plugin",
            DROPPED,
            &[create, list],
            |s| Box::pin(a_dropped_call_leaves_a_usable_plugin(s)),
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
    let mut won = 0;
    for result in join_all((0..RIVALS).map(|_| scene.plugin.create_resource_pool(&scene.context, &new))).await {
        match result {
            Ok(_) => won += 1,
            Err(error) if error.is(ErrorKind::InvalidInput) => return skip("the backend gives ids itself"),
            Err(error) => {
                let lost = matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::Conflict);
                holds("the error of who lost", lost, "alreadyExists or conflict", error)?;
            }
        }
    }
    same("how many of those who create the same pool succeed", won, 1)?;
    let pools = scene.all(&POOLS).await?;
    let there = ids(&pools)
        .into_iter()
        .filter(|id| *id == "conformance-contended")
        .count();
    same("how many pools of this id there are", there, 1)
}

async fn a_dropped_call_leaves_a_usable_plugin(scene: Scene<'_>) -> Verdict {
    let new = scene.new_pool("conformance-dropped")?;
    let create = || scene.plugin.create_resource_pool(&scene.context, &new);
    let last = at_every_await(create).await;
    if let Err(error) = last {
        // A call that was dropped may have done its work.
        let kind = error.kind();
        holds(
            "creating what may be there",
            kind == ErrorKind::AlreadyExists,
            "alreadyExists",
            error,
        )?;
    }
    let after = scene.created("conformance-after-dropping").await?;
    scene.world.settle().await;
    let pools = scene.all(&POOLS).await?;
    let named = |name: &str| pools.iter().filter(|pool| pool.name == name).count();
    holds(
        "pools of dropped calls",
        named(&new.name) >= 1,
        "at least one",
        named(&new.name),
    )?;
    same("pools created afterwards", named(&after.name), 1)
}
