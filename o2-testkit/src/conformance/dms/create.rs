//! Deployments are created as they were asked for, and deleted.

use o2_core::{ErrorKind, Model, Operation};
use o2_dms::{Deployment, DeploymentRequest, op};

use super::scene::{Scene, Wanted};
use super::{DmsCase, Look, case};
use crate::conformance::{Broken, Verdict, fails, holds, same, skip};

const CREATE: &str = "Deploys a package for `context.tenant()`. What the request says is what the deployment shows.";
const REVISION: &str = "The revision of a new deployment is 1.";
const NO_PACKAGE: &str = "`InvalidInput` when there is no such package or the backend cannot express the request";
const APPLIED: &str =
    "A deployment that is `deployed` runs in the backend, with the package, values and replicas it shows.";
const DELETE: &str = "Takes a deployment down; afterwards it is `NotFound`, at once or when it has terminated.";
const RESTART: &str = "What the backend has accepted goes on without the plugin.";
const NEEDS: [&Operation; 2] = [&op::CREATE_DEPLOYMENT, &op::GET_DEPLOYMENT];
const DELETING: [&Operation; 3] = [&op::CREATE_DEPLOYMENT, &op::GET_DEPLOYMENT, &op::DELETE_DEPLOYMENT];

pub(super) fn cases() -> Vec<DmsCase> {
    vec![
        case("create_deployment/what_is_created_is_there", CREATE, &NEEDS, |s| {
            Box::pin(what_is_created_is_there(s))
        }),
        case(
            "create_deployment/is_listed",
            CREATE,
            &[&op::CREATE_DEPLOYMENT, &op::LIST_DEPLOYMENTS],
            |s| Box::pin(is_listed(s)),
        ),
        case("create_deployment/belongs_to_the_tenant", CREATE, &NEEDS, |s| {
            Box::pin(belongs_to_the_tenant(s))
        }),
        case("create_deployment/begins_with_revision_one", REVISION, &NEEDS, |s| {
            Box::pin(begins_with_revision_one(s))
        }),
        case(
            "create_deployment/unknown_packages_are_refused",
            NO_PACKAGE,
            &NEEDS,
            |s| Box::pin(unknown_packages_are_refused(s)),
        ),
        case(
            "create_deployment/foreign_packages_are_refused",
            NO_PACKAGE,
            &[&op::CREATE_DEPLOYMENT, &op::UPLOAD_DEPLOYMENT_PACKAGE],
            |s| Box::pin(foreign_packages_are_refused(s)),
        ),
        case("create_deployment/is_really_deployed", APPLIED, &NEEDS, |s| {
            Box::pin(is_really_deployed(s))
        }),
        case("create_deployment/survives_a_restart", RESTART, &NEEDS, |s| {
            Box::pin(survives_a_restart(s))
        }),
        case("delete_deployment/what_is_deleted_is_gone", DELETE, &DELETING, |s| {
            Box::pin(what_is_deleted_is_gone(s))
        }),
        case("delete_deployment/what_failed_can_be_deleted", DELETE, &DELETING, |s| {
            Box::pin(what_failed_can_be_deleted(s))
        }),
        case("delete_deployment/leaves_the_others", DELETE, &DELETING, |s| {
            Box::pin(leaves_the_others(s))
        }),
    ]
}

/// What a deployment shows of what was asked for.
fn check_created(deployment: &Deployment, request: &DeploymentRequest) -> Verdict {
    same("the name", &deployment.name, &request.name)?;
    same("the description", &deployment.description, &request.description)?;
    same("the package", &deployment.package_id, &request.package_id)?;
    same("the values", &deployment.values, &request.values)?;
    same("the labels", &deployment.labels, &request.labels)?;
    if let Some(namespace) = &request.namespace {
        same("the namespace", &deployment.namespace, namespace)?;
    }
    if request.resource_pool_id.is_some() {
        same(
            "the resource pool",
            &deployment.resource_pool_id,
            &request.resource_pool_id,
        )?;
    }
    for (key, value) in request.extensions.iter() {
        same(
            &format!("extensions.{key}"),
            deployment.extensions.get(key),
            Some(value),
        )?;
    }
    Ok(())
}

async fn what_is_created_is_there(scene: Scene<'_>) -> Verdict {
    let request = scene.request("conformance-created")?;
    let created = scene.create(&request).await?;
    check_created(&created, &request)?;
    let read = scene.deployed(&created.deployment_id).await?;
    same("the id", read.id(), created.id())?;
    check_created(&read, &request)
}

async fn is_listed(scene: Scene<'_>) -> Verdict {
    let before = scene.deployments().await?;
    let created = scene.created("conformance-listed").await?;
    let known = before.iter().any(|deployment| deployment.id() == created.id());
    holds(
        "the id of a new deployment",
        !known,
        "one that nothing else has",
        created.id(),
    )?;
    let after = scene.deployments().await?;
    same("how many deployments there are", after.len(), before.len() + 1)?;
    let listed = after.iter().any(|deployment| deployment.id() == created.id());
    holds("whether the new one is listed", listed, "that it is", listed)
}

async fn belongs_to_the_tenant(scene: Scene<'_>) -> Verdict {
    let [own, foreign] = scene.tenants()?;
    let tenant = own.context.tenant();
    let created = own.created("conformance-owned").await?;
    same("whose it is", created.tenant(), tenant)?;
    let read = own.deployed(&created.deployment_id).await?;
    same("whose it is when it is read", read.tenant(), tenant)?;
    let id = &created.deployment_id;
    let seen = foreign.plugin.get_deployment(&foreign.context, id).await;
    fails("reading it as another tenant", seen, &[ErrorKind::NotFound])?;
    Ok(())
}

async fn begins_with_revision_one(scene: Scene<'_>) -> Verdict {
    let created = scene.created("conformance-first").await?;
    same("the revision of what was just created", created.revision, 1)?;
    let running = scene.deployed(&created.deployment_id).await?;
    same("the revision when it is deployed", running.revision, 1)
}

async fn unknown_packages_are_refused(scene: Scene<'_>) -> Verdict {
    let mut request = scene.request("conformance-unknown-package")?;
    let known = request.package_id.clone();
    for id in ["no-such-package".to_owned(), format!("{known}x"), String::new()] {
        request.package_id = id.into();
        let answer = scene.plugin.create_deployment(&scene.context, &request).await;
        let what = format!("deploying the package '{}'", request.package_id);
        fails(&what, answer, &[ErrorKind::InvalidInput])?;
    }
    // Nothing is left of it: the name is free.
    request.package_id = known;
    let created = scene.create(&request).await?;
    scene.deployed(&created.deployment_id).await?;
    Ok(())
}

async fn foreign_packages_are_refused(scene: Scene<'_>) -> Verdict {
    let [own, foreign] = scene.tenants()?;
    let Some(upload) = scene.world.new_package("conformance-foreign") else {
        return skip("the world has no package to upload");
    };
    let package = own.plugin.upload_deployment_package(&own.context, &upload).await?;
    if package.tenant() != own.context.tenant() {
        return skip("packages of the backend belong to nobody");
    }
    let mut request = scene.request("conformance-foreign-package")?;
    request.package_id = package.package_id.clone();
    let answer = foreign.plugin.create_deployment(&foreign.context, &request).await;
    fails("deploying another tenant's package", answer, &[ErrorKind::InvalidInput])?;
    Ok(())
}

async fn is_really_deployed(scene: Scene<'_>) -> Verdict {
    let running = scene.running("conformance-real").await?;
    match scene.world.look(&running.deployment_id).await? {
        Look::Unable => skip("nobody can look into the backend past the plugin"),
        Look::Nothing | Look::Running(_) => scene.check_backend(&running).await,
    }
}

async fn survives_a_restart(scene: Scene<'_>) -> Verdict {
    let restarted = scene.restarted().await?;
    let created = scene.created("conformance-restarted").await?;
    let read = restarted.deployed(&created.deployment_id).await?;
    same(
        "the deployment after a restart",
        Wanted::of(&read),
        Wanted::of(&created),
    )
}

async fn what_is_deleted_is_gone(scene: Scene<'_>) -> Verdict {
    let request = scene.request("conformance-deleted")?;
    let created = scene.create(&request).await?;
    let id = &created.deployment_id;
    scene.deployed(id).await?;
    scene.plugin.delete_deployment(&scene.context, id).await?;
    scene.gone(id).await?;
    check_nothing_runs(&scene, &created).await?;
    let again = scene.plugin.delete_deployment(&scene.context, id).await;
    fails("deleting it again", again, &[ErrorKind::NotFound])?;
    let next = scene.create(&request).await?;
    let differ = next.deployment_id != *id;
    holds(
        "the id of the next one of that name",
        differ,
        "another one",
        &next.deployment_id,
    )
}

async fn check_nothing_runs(scene: &Scene<'_>, deployment: &Deployment) -> Verdict {
    match scene.world.look(&deployment.deployment_id).await? {
        Look::Unable | Look::Nothing => Ok(()),
        Look::Running(running) => Err(Broken::new(
            "what the backend runs of a deleted deployment",
            "nothing",
            format!("{running:?}"),
        )
        .into()),
    }
}

async fn what_failed_can_be_deleted(scene: Scene<'_>) -> Verdict {
    let created = scene.create(&scene.failing_request("conformance-failed")?).await?;
    let id = &created.deployment_id;
    scene.finished(id).await?;
    scene.plugin.delete_deployment(&scene.context, id).await?;
    scene.gone(id).await?;
    check_nothing_runs(&scene, &created).await
}

async fn leaves_the_others(scene: Scene<'_>) -> Verdict {
    let kept = scene.running("conformance-kept").await?;
    let deleted = scene.running("conformance-kept-not").await?;
    scene
        .plugin
        .delete_deployment(&scene.context, &deleted.deployment_id)
        .await?;
    scene.gone(&deleted.deployment_id).await?;
    let after = scene.get(&kept.deployment_id).await?;
    same("a deployment beside a deleted one", &after, &kept)?;
    scene.check_backend(&after).await
}
