//! Rollbacks: an earlier package with its values, as a new revision.

use std::sync::Arc;

use o2_core::{ErrorKind, Operation};
use o2_dms::{Deployment, DeploymentStatus, RollbackRequest, UpgradeRequest, op};

use super::scene::Scene;
use super::{DmsCase, case};
use crate::conformance::{Verdict, fails, same};

const ROLLBACK: &str = "Brings back the package and values of an earlier revision, as a new revision.";
const PREVIOUS: &str = "Which; the one before the current when absent.";
const UNKNOWN: &str = "`InvalidInput` when there is no such revision.";
const NEEDS: [&Operation; 3] = [&op::CREATE_DEPLOYMENT, &op::GET_DEPLOYMENT, &op::ROLLBACK_DEPLOYMENT];
const UPGRADES: &Operation = &op::UPGRADE_DEPLOYMENT;

pub(super) fn cases() -> Vec<DmsCase> {
    vec![
        case(
            "rollback_deployment/brings_back_package_and_values",
            ROLLBACK,
            &NEEDS,
            |s| Box::pin(brings_back_package_and_values(s)),
        )
        .needing(&[UPGRADES]),
        case(
            "rollback_deployment/goes_one_back_when_not_told",
            PREVIOUS,
            &NEEDS,
            |s| Box::pin(goes_one_back_when_not_told(s)),
        ),
        case(
            "rollback_deployment/unknown_revisions_are_refused",
            UNKNOWN,
            &NEEDS,
            |s| Box::pin(unknown_revisions_are_refused(s)),
        ),
        case(
            "rollback_deployment/the_first_has_nothing_before_it",
            UNKNOWN,
            &NEEDS,
            |s| Box::pin(the_first_has_nothing_before_it(s)),
        ),
        case("rollback_deployment/undoes_a_failure", PREVIOUS, &NEEDS, |s| {
            Box::pin(undoes_a_failure(s))
        })
        .needing(&[UPGRADES]),
    ]
}

impl Scene<'_> {
    async fn rolled_back(&self, deployment: &Deployment, request: &RollbackRequest) -> Verdict<Arc<Deployment>> {
        let id = &deployment.deployment_id;
        self.plugin.rollback_deployment(&self.context, id, request).await?;
        self.deployed(id).await
    }
}

/// That a deployment is what `old` was, as the revision after that of `before`.
async fn check_back(scene: &Scene<'_>, after: &Deployment, old: &Deployment, before: &Deployment) -> Verdict {
    same("the package", &after.package_id, &old.package_id)?;
    same(
        "the version of the package",
        &after.package_version,
        &old.package_version,
    )?;
    same("the values", &after.values, &old.values)?;
    same("the replicas", after.replicas, old.replicas)?;
    same("the revision", after.revision, before.revision + 1)?;
    // Not every backend knows.
    if let Some(back) = after.rolled_back_to {
        same("the revision that is back", back, old.revision)?;
    }
    scene.check_backend(after).await
}

async fn brings_back_package_and_values(scene: Scene<'_>) -> Verdict {
    let first = scene.running("conformance-history").await?;
    let id = &first.deployment_id;
    let second = scene.with_other_values(&first).await?;
    let mut request = UpgradeRequest::to(scene.newer_package()?);
    request.values = Some(first.values.clone());
    scene.plugin.upgrade_deployment(&scene.context, id, &request).await?;
    let third = scene.deployed(id).await?;
    let mut before = Arc::clone(&third);
    for old in [&first, &second, &third] {
        let after = scene.rolled_back(&before, &RollbackRequest::to(old.revision)).await?;
        check_back(&scene, &after, old, &before).await?;
        before = after;
    }
    Ok(())
}

async fn goes_one_back_when_not_told(scene: Scene<'_>) -> Verdict {
    let first = scene.running("conformance-back").await?;
    let second = scene.with_other_values(&first).await?;
    let third = scene.rolled_back(&second, &RollbackRequest::default()).await?;
    check_back(&scene, &third, &first, &second).await?;
    // The one before is now the second.
    let fourth = scene.rolled_back(&third, &RollbackRequest::default()).await?;
    check_back(&scene, &fourth, &second, &third).await
}

async fn unknown_revisions_are_refused(scene: Scene<'_>) -> Verdict {
    let first = scene.running("conformance-unknown").await?;
    let before = scene.with_other_values(&first).await?;
    for revision in [0, before.revision + 1, u32::MAX] {
        let (id, request) = (&before.deployment_id, RollbackRequest::to(revision));
        let answer = scene.plugin.rollback_deployment(&scene.context, id, &request).await;
        fails(&format!("a rollback to {revision}"), answer, &[ErrorKind::InvalidInput])?;
    }
    let after = scene.deployed(&before.deployment_id).await?;
    same("the deployment", &after, &before)
}

async fn the_first_has_nothing_before_it(scene: Scene<'_>) -> Verdict {
    let before = scene.running("conformance-only").await?;
    let (id, request) = (&before.deployment_id, RollbackRequest::default());
    let answer = scene.plugin.rollback_deployment(&scene.context, id, &request).await;
    fails("a rollback of the first revision", answer, &[ErrorKind::InvalidInput])?;
    let after = scene.deployed(id).await?;
    same("the deployment", &after, &before)
}

async fn undoes_a_failure(scene: Scene<'_>) -> Verdict {
    let good = scene.running("conformance-undone").await?;
    let id = &good.deployment_id;
    let bad = UpgradeRequest::to(scene.failing_package()?);
    scene.plugin.upgrade_deployment(&scene.context, id, &bad).await?;
    let failed = scene.finished(id).await?;
    same(
        "the state after an upgrade that fails",
        failed.status,
        DeploymentStatus::Failed,
    )?;
    let after = scene.rolled_back(&failed, &RollbackRequest::default()).await?;
    check_back(&scene, &after, &good, &failed).await
}
