//! Upgrades: another package, with the values the deployment has or with new ones.

use o2_core::{ErrorKind, Operation};
use o2_dms::{DeploymentStatus, UpgradeRequest, op};

use super::scene::Scene;
use super::{DmsCase, case};
use crate::conformance::{Verdict, fails, holds, same};

const UPGRADE: &str = "Replaces the package of a deployment, and its values if the request has some.";
const NO_PACKAGE: &str = "`InvalidInput` when there is no such package.";
const FAILED: &str = "One that is `failed` says why in its status message; new work may mend it.";
const NEEDS: [&Operation; 3] = [&op::CREATE_DEPLOYMENT, &op::GET_DEPLOYMENT, &op::UPGRADE_DEPLOYMENT];

pub(super) fn cases() -> Vec<DmsCase> {
    vec![
        case("upgrade_deployment/the_package_changes", UPGRADE, &NEEDS, |s| {
            Box::pin(the_package_changes(s))
        }),
        case(
            "upgrade_deployment/given_values_replace_the_old",
            UPGRADE,
            &NEEDS,
            |s| Box::pin(given_values_replace_the_old(s)),
        ),
        case(
            "upgrade_deployment/unknown_packages_are_refused",
            NO_PACKAGE,
            &NEEDS,
            |s| Box::pin(unknown_packages_are_refused(s)),
        ),
        case("upgrade_deployment/a_failure_can_be_mended", FAILED, &NEEDS, |s| {
            Box::pin(a_failure_can_be_mended(s))
        }),
    ]
}

async fn the_package_changes(scene: Scene<'_>) -> Verdict {
    let before = scene.running("conformance-upgraded").await?;
    let (id, request) = (&before.deployment_id, UpgradeRequest::to(scene.newer_package()?));
    scene.plugin.upgrade_deployment(&scene.context, id, &request).await?;
    let after = scene.deployed(id).await?;
    same("the package", &after.package_id, &request.package_id)?;
    same("the values", &after.values, &before.values)?;
    same("the labels", &after.labels, &before.labels)?;
    same("the description", &after.description, &before.description)?;
    same("the revision", after.revision, before.revision + 1)?;
    scene.check_backend(&after).await?;
    if !scene.plugin.capabilities().supports(&op::GET_DEPLOYMENT_PACKAGE) {
        return Ok(());
    }
    let package = scene.plugin.get_deployment_package(&scene.context, &after.package_id);
    same(
        "the version of the package",
        &after.package_version,
        &package.await?.version,
    )
}

async fn given_values_replace_the_old(scene: Scene<'_>) -> Verdict {
    let before = scene.running("conformance-upgraded-too").await?;
    let values = scene.other_values(&before)?.values;
    let id = &before.deployment_id;
    let mut request = UpgradeRequest::to(scene.newer_package()?);
    request.values = Some(values.clone());
    scene.plugin.upgrade_deployment(&scene.context, id, &request).await?;
    let after = scene.deployed(id).await?;
    same("the package", &after.package_id, &request.package_id)?;
    same("the values", &after.values, &values)?;
    same("the revision", after.revision, before.revision + 1)?;
    scene.check_backend(&after).await
}

async fn unknown_packages_are_refused(scene: Scene<'_>) -> Verdict {
    let before = scene.running("conformance-astray").await?;
    let id = &before.deployment_id;
    for package in ["no-such-package".to_owned(), format!("{}x", before.package_id)] {
        let request = UpgradeRequest::to(package.as_str());
        let answer = scene.plugin.upgrade_deployment(&scene.context, id, &request).await;
        fails(&format!("upgrading to '{package}'"), answer, &[ErrorKind::InvalidInput])?;
    }
    let after = scene.deployed(id).await?;
    same("the deployment", &after, &before)
}

async fn a_failure_can_be_mended(scene: Scene<'_>) -> Verdict {
    let before = scene.running("conformance-mended").await?;
    let id = &before.deployment_id;
    let bad = UpgradeRequest::to(scene.failing_package()?);
    scene.plugin.upgrade_deployment(&scene.context, id, &bad).await?;
    let failed = scene.finished(id).await?;
    same(
        "the state after an upgrade that fails",
        failed.status,
        DeploymentStatus::Failed,
    )?;
    let message = &failed.status_message;
    holds(
        "the status message",
        !message.trim().is_empty(),
        "why it failed",
        message,
    )?;
    let good = UpgradeRequest::to(before.package_id.clone());
    scene.plugin.upgrade_deployment(&scene.context, id, &good).await?;
    let mended = scene.deployed(id).await?;
    same("the package", &mended.package_id, &before.package_id)?;
    same("the values", &mended.values, &before.values)?;
    let grown = mended.revision > failed.revision;
    holds("the revision", grown, "more than that of the failure", mended.revision)
}
