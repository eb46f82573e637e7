//! Single resources are added and taken away.

use futures::future::join_all;
use o2_core::model::Version;
use o2_core::{Error, ErrorKind, Model};
use o2_ims::{DeleteOptions, NewResource, Resource, ResourceId, op};

use super::lists::RESOURCES;
use super::{ImsCase, Scene, case};
use crate::conformance::laws::ids;
use crate::conformance::{Verdict, fails, holds, same, skip};

const CREATE: &str = "Adds a resource to a pool for `context.tenant()`: one for each call, with what `new` asks for.";
const REFUSED: &str = "`InvalidInput` naming the attribute when the pool or the type does not exist";
const TAKEN: &str = "`AlreadyExists` when the id is taken.";
const DELETE: &str = "Takes a resource away: nobody can read it any more.";
const IN_USE: &str = "`Conflict` while it is in use and `options.force` is not set";
const EXPECTED: &str = "`PreconditionFailed` when `options.expected` is not its version.";
const UNKNOWN: &str =
    "An object that does not exist, or belongs to a tenant other than `context.tenant()`, is `NotFound`.";
/// Creations of one id at the same time.
const RIVALS: usize = 8;

pub(super) fn cases() -> Vec<ImsCase> {
    let (create, get) = (&op::CREATE_RESOURCE, &op::GET_RESOURCE);
    let (list, delete, pools) = (&op::LIST_RESOURCES, &op::DELETE_RESOURCE, &op::LIST_RESOURCE_POOLS);
    vec![
        case(
            "create_resource/what_is_created_is_there",
            CREATE,
            &[create, get, list, pools],
            |s| Box::pin(what_is_created_is_there(s)),
        ),
        case(
            "create_resource/belongs_to_the_tenant",
            CREATE,
            &[create, get, pools],
            |s| Box::pin(belongs_to_the_tenant(s)),
        ),
        case(
            "create_resource/an_unknown_pool_is_refused",
            REFUSED,
            &[create, list, pools],
            |s| Box::pin(an_unknown_pool_is_refused(s)),
        ),
        case(
            "create_resource/an_unknown_type_is_refused",
            REFUSED,
            &[create, list, pools],
            |s| Box::pin(an_unknown_type_is_refused(s)),
        ),
        case(
            "create_resource/a_foreign_pool_is_refused",
            REFUSED,
            &[create, list, pools],
            |s| Box::pin(a_foreign_pool_is_refused(s)),
        ),
        case("create_resource/a_taken_id_is_refused", TAKEN, &[create, pools], |s| {
            Box::pin(a_taken_id_is_refused(s))
        }),
        case("create_resource/one_of_many_wins", TAKEN, &[create, list, pools], |s| {
            Box::pin(one_of_many_wins(s))
        }),
        case(
            "delete_resource/what_is_deleted_is_gone",
            DELETE,
            &[create, get, list, delete, pools],
            |s| Box::pin(what_is_deleted_is_gone(s)),
        ),
        case(
            "delete_resource/what_is_in_use_stays",
            IN_USE,
            &[create, get, delete, pools],
            |s| Box::pin(what_is_in_use_stays(s)),
        ),
        case(
            "delete_resource/a_stale_state_is_refused",
            EXPECTED,
            &[create, get, delete, pools],
            |s| Box::pin(a_stale_state_is_refused(s)),
        ),
        case(
            "delete_resource/foreign_resources_are_not_found",
            UNKNOWN,
            &[create, get, delete, pools],
            |s| Box::pin(foreign_resources_are_not_found(s)),
        ),
    ]
}

impl Scene<'_> {
    /// What can be added to a pool of this case's own.
    async fn wanted(&self, name: &str) -> Verdict<NewResource> {
        let pool = self.some_pool().await?;
        self.new_resource(name, &pool.resource_pool_id)
    }

    async fn find(&self, id: &ResourceId) -> o2_core::Result<std::sync::Arc<Resource>> {
        self.plugin.get_resource(&self.context, id).await
    }
}

/// What a resource shows of what was asked for.
fn check_created(resource: &Resource, new: &NewResource) -> Verdict {
    same("the pool", &resource.resource_pool_id, &new.resource_pool_id)?;
    same("the type", &resource.resource_type_id, &new.resource_type_id)?;
    same("the description", &resource.description, &new.description)?;
    same("the tags", &resource.tags, &new.tags)?;
    if new.name.is_some() {
        same("the name", &resource.name, &new.name)?;
    }
    for (key, value) in &new.labels {
        same(&format!("labels.{key}"), resource.labels.get(key), Some(value))?;
    }
    for (key, value) in &new.extensions {
        same(&format!("extensions.{key}"), resource.extensions.get(key), Some(value))?;
    }
    Ok(())
}

async fn what_is_created_is_there(scene: Scene<'_>) -> Verdict {
    let new = scene.wanted("conformance-added").await?;
    let before = scene.all(&RESOURCES).await?;
    let created = scene.add(&new).await?;
    check_created(&created, &new)?;
    scene.world.settle().await;
    let read = scene.find(&created.resource_id).await?;
    same("the id", read.id(), created.id())?;
    check_created(&read, &new)?;
    let mut after = scene.all(&RESOURCES).await?;
    after.retain(|resource| !ids(&before).contains(&resource.id()));
    same("the resources that there are more", ids(&after), vec![created.id()])?;
    let members = scene.resources_of(&new.resource_pool_id).await?;
    let there = ids(&members).contains(&created.id());
    holds(
        "the members of its pool",
        there,
        "the new one among them",
        ids(&members),
    )
}

async fn belongs_to_the_tenant(scene: Scene<'_>) -> Verdict {
    let [tenant, other] = scene.tenants()?;
    let own = scene.acting_for(&tenant);
    let created = own.add(&own.wanted("conformance-owned").await?).await?;
    same("whose it is", created.tenant(), Some(&tenant))?;
    scene.world.settle().await;
    let read = own.find(&created.resource_id).await?;
    same("whose it is when it is read", read.tenant(), Some(&tenant))?;
    let seen = scene.acting_for(&other).find(&created.resource_id).await;
    fails("reading it as another tenant", seen, &[ErrorKind::NotFound])?;
    Ok(())
}

/// `new` is refused because of `attribute`, and nothing is there afterwards that was not there before.
async fn check_refused(scene: &Scene<'_>, new: &NewResource, attribute: &str) -> Verdict {
    let before = scene.all(&RESOURCES).await?;
    let error = fails("adding it", scene.add(new).await, &[ErrorKind::InvalidInput])?;
    holds("what the error names", names(&error, attribute), attribute, error)?;
    scene.world.settle().await;
    let after = scene.all(&RESOURCES).await?;
    same("the resources afterwards", ids(&after), ids(&before))
}

fn names(error: &Error, attribute: &str) -> bool {
    error
        .violations()
        .iter()
        .any(|violation| violation.at.contains(attribute))
}

async fn an_unknown_pool_is_refused(scene: Scene<'_>) -> Verdict {
    let mut new = scene.wanted("conformance-homeless").await?;
    new.resource_pool_id = "no-such-pool".into();
    check_refused(&scene, &new, "resourcePoolId").await
}

async fn an_unknown_type_is_refused(scene: Scene<'_>) -> Verdict {
    let mut new = scene.wanted("conformance-typeless").await?;
    new.resource_type_id = "no-such-type".into();
    check_refused(&scene, &new, "resourceTypeId").await
}

async fn a_foreign_pool_is_refused(scene: Scene<'_>) -> Verdict {
    let [tenant, other] = scene.tenants()?;
    let new = scene.acting_for(&tenant).wanted("conformance-intruder").await?;
    if scene.read(&new.resource_pool_id).await?.tenant().is_none() {
        return skip("the world's pools are shared");
    }
    check_refused(&scene.acting_for(&other), &new, "resourcePoolId").await
}

async fn a_taken_id_is_refused(scene: Scene<'_>) -> Verdict {
    let mut new = scene.wanted("conformance-taken").await?;
    let created = scene.add(&new).await?;
    new.resource_id = Some(created.resource_id.clone());
    // A backend that gives ids itself refuses every given one.
    let kinds = [ErrorKind::AlreadyExists, ErrorKind::InvalidInput];
    fails("a second resource with the same id", scene.add(&new).await, &kinds)?;
    Ok(())
}

async fn one_of_many_wins(scene: Scene<'_>) -> Verdict {
    let mut new = scene.wanted("conformance-contended").await?;
    new.resource_id = Some("conformance-contended".into());
    let mut won = 0;
    for result in join_all((0..RIVALS).map(|_| scene.add(&new))).await {
        match result {
            Ok(_) => won += 1,
            Err(error) if error.is(ErrorKind::InvalidInput) => return skip("the backend gives ids itself"),
            Err(error) => {
                let lost = matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::Conflict);
                holds("the error of who lost", lost, "alreadyExists or conflict", error)?;
            }
        }
    }
    same("how many of those who add the same resource succeed", won, 1)
}

async fn what_is_deleted_is_gone(scene: Scene<'_>) -> Verdict {
    let created = scene.add(&scene.wanted("conformance-deleted").await?).await?;
    scene.world.settle().await;
    let (id, force) = (&created.resource_id, DeleteOptions::force());
    scene.take_away(id, &DeleteOptions::default()).await?;
    scene.world.settle().await;
    fails(
        "reading a deleted resource",
        scene.find(id).await,
        &[ErrorKind::NotFound],
    )?;
    let listed = scene.all(&RESOURCES).await?;
    let still = ids(&listed).contains(&created.id());
    holds("whether a deleted resource is listed", !still, "it is not", still)?;
    fails(
        "deleting it again",
        scene.take_away(id, &force).await,
        &[ErrorKind::NotFound],
    )?;
    Ok(())
}

async fn what_is_in_use_stays(scene: Scene<'_>) -> Verdict {
    let pool = scene.some_pool().await?;
    let new = scene
        .world
        .new_resource_in_use("conformance-in-use", &pool.resource_pool_id);
    let Some(new) = new else {
        return skip("the world has no resource that is in use");
    };
    let created = scene.add(&new).await?;
    scene.world.settle().await;
    let id = &created.resource_id;
    let deleted = scene.take_away(id, &DeleteOptions::default()).await;
    fails("deleting what is in use", deleted, &[ErrorKind::Conflict])?;
    scene.world.settle().await;
    scene.find(id).await?;
    scene.take_away(id, &DeleteOptions::force()).await?;
    scene.world.settle().await;
    fails("reading it after force", scene.find(id).await, &[ErrorKind::NotFound])?;
    Ok(())
}

async fn a_stale_state_is_refused(scene: Scene<'_>) -> Verdict {
    let created = scene.add(&scene.wanted("conformance-stale").await?).await?;
    scene.world.settle().await;
    if created.version.is_none() {
        return skip("the backend has no versions");
    }
    let another = Some(Version::new("no-such-version"));
    let options = DeleteOptions::force().with_expected(another);
    let deleted = scene.take_away(&created.resource_id, &options).await;
    fails(
        "deleting a state that is not",
        deleted,
        &[ErrorKind::PreconditionFailed],
    )?;
    scene.find(&created.resource_id).await?;
    Ok(())
}

async fn foreign_resources_are_not_found(scene: Scene<'_>) -> Verdict {
    let [tenant, other] = scene.tenants()?;
    let own = scene.acting_for(&tenant);
    let created = own.add(&own.wanted("conformance-foreign").await?).await?;
    scene.world.settle().await;
    let (id, force) = (&created.resource_id, DeleteOptions::force());
    let deleted = scene.acting_for(&other).take_away(id, &force).await;
    fails("deleting another tenant's resource", deleted, &[ErrorKind::NotFound])?;
    own.find(id).await?;
    Ok(())
}
