//! Pools are created, changed and deleted.

use futures::future::join_all;
use o2_core::{ErrorKind, Model};
use o2_ims::{DeleteOptions, NewResourcePool, ResourcePool, ResourcePoolUpdate, op};

use super::{ImsCase, Scene};
use crate::conformance::{Case, Verdict, fails, holds, same, skip};

const CREATE: &str = "Creates a resource pool for `context.tenant()`.";
const TAKEN: &str = "`AlreadyExists` when the id or, where the backend demands unique names, the name is taken.";
const UPDATE: &str = "Gives a resource pool the state that `update` describes completely.";
const EXPECTED: &str = "`PreconditionFailed` when `update.expected` is not the pool's version.";
const DELETE: &str =
    "Deletes a resource pool. `NotFound`; `Conflict` when it has resources and `options.force` is not set.";
/// Creations of one name at the same time.
const RIVALS: usize = 8;

pub(super) fn cases() -> Vec<ImsCase> {
    let (create, get) = (&op::CREATE_RESOURCE_POOL, &op::GET_RESOURCE_POOL);
    let (update, delete) = (&op::UPDATE_RESOURCE_POOL, &op::DELETE_RESOURCE_POOL);
    let case = |name, contract, run: super::Run| Case::new(name, contract, run);
    vec![
        case("create_resource_pool/what_is_created_is_there", CREATE, |w| {
            Box::pin(what_is_created_is_there(Scene::of(w)))
        })
        .needing(&[create, get]),
        case("create_resource_pool/belongs_to_the_tenant", CREATE, |w| {
            Box::pin(belongs_to_the_tenant(Scene::of(w)))
        })
        .needing(&[create, get]),
        case("create_resource_pool/a_taken_id_is_refused", TAKEN, |w| {
            Box::pin(a_taken_id_is_refused(Scene::of(w)))
        })
        .needing(&[create]),
        case("create_resource_pool/one_of_many_wins", TAKEN, |w| {
            Box::pin(one_of_many_wins(Scene::of(w)))
        })
        .needing(&[create, &op::LIST_RESOURCE_POOLS]),
        case("update_resource_pool/changes_what_it_names", UPDATE, |w| {
            Box::pin(changes_what_it_names(Scene::of(w)))
        })
        .needing(&[create, get, update]),
        case("update_resource_pool/leaves_the_rest_alone", UPDATE, |w| {
            Box::pin(leaves_the_rest_alone(Scene::of(w)))
        })
        .needing(&[create, get, update]),
        case("update_resource_pool/a_stale_state_is_refused", EXPECTED, |w| {
            Box::pin(a_stale_state_is_refused(Scene::of(w)))
        })
        .needing(&[create, get, update]),
        case("update_resource_pool/foreign_pools_are_not_found", UPDATE, |w| {
            Box::pin(foreign_pools_are_not_found(Scene::of(w)))
        })
        .needing(&[create, update, delete]),
        case("delete_resource_pool/what_is_deleted_is_gone", DELETE, |w| {
            Box::pin(what_is_deleted_is_gone(Scene::of(w)))
        })
        .needing(&[create, get, delete]),
        case("delete_resource_pool/what_has_resources_stays", DELETE, |w| {
            Box::pin(what_has_resources_stays(Scene::of(w)))
        })
        .needing(&[create, get, delete, &op::LIST_RESOURCES]),
        case("delete_resource_pool/a_stale_state_is_refused", DELETE, |w| {
            Box::pin(deleting_a_stale_state_is_refused(Scene::of(w)))
        })
        .needing(&[create, get, update, delete]),
    ]
}

impl Scene<'_> {
    async fn created(&self, name: &str) -> Verdict<std::sync::Arc<ResourcePool>> {
        let new = self.new_pool(name)?;
        Ok(self.plugin.create_resource_pool(&self.context, &new).await?)
    }

    /// The pool as the backend has it once it has done what it accepted.
    async fn settled(&self, pool: &ResourcePool) -> Verdict<std::sync::Arc<ResourcePool>> {
        self.world.settle().await;
        Ok(self
            .plugin
            .get_resource_pool(&self.context, &pool.resource_pool_id)
            .await?)
    }
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
    let new = scene.new_pool("conformance-created")?;
    let created = scene.plugin.create_resource_pool(&scene.context, &new).await?;
    check_created(&created, &new)?;
    let read = scene.settled(&created).await?;
    same("the id", read.id(), created.id())?;
    check_created(&read, &new)
}

async fn belongs_to_the_tenant(scene: Scene<'_>) -> Verdict {
    let Some([tenant, other]) = scene.world.tenants() else {
        return skip("the world has no tenants");
    };
    let own = scene.acting_for(&tenant);
    let created = own.created("conformance-owned").await?;
    same("whose it is", created.tenant(), Some(&tenant))?;
    let read = own.settled(&created).await?;
    same("whose it is when it is read", read.tenant(), Some(&tenant))?;
    let foreign = scene.acting_for(&other);
    let seen = foreign
        .plugin
        .get_resource_pool(&foreign.context, &created.resource_pool_id)
        .await;
    fails("reading it as another tenant", seen, &[ErrorKind::NotFound])?;
    Ok(())
}

async fn a_taken_id_is_refused(scene: Scene<'_>) -> Verdict {
    let mut new = scene.new_pool("conformance-taken")?;
    let created = scene.plugin.create_resource_pool(&scene.context, &new).await?;
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

async fn changes_what_it_names(scene: Scene<'_>) -> Verdict {
    let created = scene.created("conformance-updated").await?;
    let before = scene.settled(&created).await?;
    let mut update = ResourcePoolUpdate::of(&before);
    update.description = "changed by the conformance suite".to_owned();
    update.labels.insert("conformance".to_owned(), "yes".to_owned());
    let id = &before.resource_pool_id;
    let updated = scene.plugin.update_resource_pool(&scene.context, id, &update).await?;
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
    scene
        .plugin
        .update_resource_pool(&scene.context, &before.resource_pool_id, &update)
        .await?;
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
    scene.plugin.update_resource_pool(&scene.context, id, &update).await?;
    update.description = "the second".to_owned();
    let second = scene.plugin.update_resource_pool(&scene.context, id, &update).await;
    fails(
        "an update of a state that is no more",
        second,
        &[ErrorKind::PreconditionFailed],
    )?;
    let read = scene.settled(&created).await?;
    same("the description", read.description.as_str(), "the first")
}

async fn foreign_pools_are_not_found(scene: Scene<'_>) -> Verdict {
    let Some([tenant, other]) = scene.world.tenants() else {
        return skip("the world has no tenants");
    };
    let pool = scene.acting_for(&tenant).created("conformance-foreign").await?;
    let foreign = scene.acting_for(&other);
    let (id, update) = (&pool.resource_pool_id, ResourcePoolUpdate::of(&pool));
    let updated = foreign.plugin.update_resource_pool(&foreign.context, id, &update).await;
    fails("changing another tenant's pool", updated, &[ErrorKind::NotFound])?;
    let deleted = foreign
        .plugin
        .delete_resource_pool(&foreign.context, id, &DeleteOptions::force())
        .await;
    fails("deleting another tenant's pool", deleted, &[ErrorKind::NotFound])?;
    Ok(())
}

async fn what_is_deleted_is_gone(scene: Scene<'_>) -> Verdict {
    let created = scene.created("conformance-deleted").await?;
    scene.world.settle().await;
    let (id, force) = (&created.resource_pool_id, DeleteOptions::force());
    scene.plugin.delete_resource_pool(&scene.context, id, &force).await?;
    scene.world.settle().await;
    let read = scene.plugin.get_resource_pool(&scene.context, id).await;
    fails("reading a deleted pool", read, &[ErrorKind::NotFound])?;
    let again = scene.plugin.delete_resource_pool(&scene.context, id, &force).await;
    fails("deleting it again", again, &[ErrorKind::NotFound])?;
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
    let deleted = scene
        .plugin
        .delete_resource_pool(&scene.context, id, &DeleteOptions::default())
        .await;
    fails("deleting a pool with resources", deleted, &[ErrorKind::Conflict])?;
    let after = scene.resources_of(id).await?;
    same("how many resources it has afterwards", after.len(), resources.len())?;
    scene
        .plugin
        .delete_resource_pool(&scene.context, id, &DeleteOptions::force())
        .await?;
    Ok(())
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
    scene.plugin.update_resource_pool(&scene.context, id, &update).await?;
    let options = DeleteOptions::force().with_expected(seen.version.clone());
    let deleted = scene.plugin.delete_resource_pool(&scene.context, id, &options).await;
    fails(
        "deleting a state that is no more",
        deleted,
        &[ErrorKind::PreconditionFailed],
    )?;
    Ok(())
}
