//! The history of deployments: every revision, oldest first, for good.

use o2_core::Operation;
use o2_dms::{Deployment, DeploymentRevision, HealRequest, RollbackRequest, UpgradeRequest, op};

use super::scene::Scene;
use super::{DmsCase, case};
use crate::conformance::{Broken, Verdict, holds, same};

const REVISIONS: &str = "The revisions of a deployment that can be rolled back to or were, oldest first; the last one is the \
                         current.";
const KEPT: &str = "A revision stays what it was, but for its status.";
const HEALING: &str = "Repairs a deployment, keeping its revision.";
const NEEDS: [&Operation; 3] = [
    &op::CREATE_DEPLOYMENT,
    &op::GET_DEPLOYMENT,
    &op::LIST_DEPLOYMENT_REVISIONS,
];

pub(super) fn cases() -> Vec<DmsCase> {
    vec![
        case(
            "list_deployment_revisions/begins_with_the_first",
            REVISIONS,
            &NEEDS,
            |s| Box::pin(begins_with_the_first(s)),
        ),
        case(
            "list_deployment_revisions/every_change_is_there",
            REVISIONS,
            &NEEDS,
            |s| Box::pin(every_change_is_there(s)),
        )
        .needing(&[&op::UPGRADE_DEPLOYMENT]),
        case(
            "list_deployment_revisions/the_past_stays_as_it_was",
            KEPT,
            &NEEDS,
            |s| Box::pin(the_past_stays_as_it_was(s)),
        )
        .needing(&[&op::UPGRADE_DEPLOYMENT, &op::ROLLBACK_DEPLOYMENT]),
        case(
            "list_deployment_revisions/the_past_survives_a_restart",
            KEPT,
            &NEEDS,
            |s| Box::pin(the_past_survives_a_restart(s)),
        ),
        case(
            "list_deployment_revisions/repairs_make_no_revision",
            HEALING,
            &NEEDS,
            |s| Box::pin(repairs_make_no_revision(s)),
        )
        .needing(&[&op::HEAL_DEPLOYMENT]),
    ]
}

impl Scene<'_> {
    /// The history, when it fits the deployment.
    async fn history(&self, deployment: &Deployment) -> Verdict<Vec<DeploymentRevision>> {
        let id = &deployment.deployment_id;
        let revisions = self.plugin.list_deployment_revisions(&self.context, id).await?;
        let numbers: Vec<_> = revisions.iter().map(|revision| revision.revision).collect();
        let growing = numbers.windows(2).all(|pair| pair[0] < pair[1]);
        holds("the numbers of the revisions", growing, "growing", &numbers)?;
        let Some(current) = revisions.last() else {
            return Err(Broken::new("the history", "at least the current revision", "nothing").into());
        };
        same("the newest revision", current.revision, deployment.revision)?;
        same("its package", &current.package_id, &deployment.package_id)?;
        same(
            "its version of the package",
            &current.package_version,
            &deployment.package_version,
        )?;
        same("its state", current.status, deployment.status)?;
        let times: Vec<_> = revisions.iter().map(|revision| revision.deployed_at).collect();
        holds(
            "the times of the revisions",
            times.is_sorted(),
            "never going back",
            times,
        )?;
        Ok(revisions)
    }
}

fn numbers(revisions: &[DeploymentRevision]) -> Vec<u32> {
    revisions.iter().map(|revision| revision.revision).collect()
}

async fn begins_with_the_first(scene: Scene<'_>) -> Verdict {
    let created = scene.created("conformance-past").await?;
    let running = scene.deployed(&created.deployment_id).await?;
    let revisions = scene.history(&running).await?;
    same("the numbers of the revisions", numbers(&revisions), vec![1])
}

async fn every_change_is_there(scene: Scene<'_>) -> Verdict {
    let first = scene.running("conformance-changes").await?;
    let id = &first.deployment_id;
    let second = scene.with_other_values(&first).await?;
    same(
        "the numbers of the revisions",
        numbers(&scene.history(&second).await?),
        vec![1, 2],
    )?;
    let request = UpgradeRequest::to(scene.newer_package()?);
    scene.plugin.upgrade_deployment(&scene.context, id, &request).await?;
    let third = scene.deployed(id).await?;
    let revisions = scene.history(&third).await?;
    same("the numbers of the revisions", numbers(&revisions), vec![1, 2, 3])?;
    let packages: Vec<_> = revisions.iter().map(|revision| &revision.package_id).collect();
    let expected = [&first, &second, &third].map(|deployment| &deployment.package_id);
    same("the packages of the revisions", packages, expected.to_vec())
}

/// What of a revision never changes.
fn lasting(revisions: &[DeploymentRevision]) -> Vec<String> {
    let text = |r: &DeploymentRevision| {
        let (number, package, version) = (r.revision, &r.package_id, &r.package_version);
        format!("{number}: {package} {version}, {}, {}", r.description, r.deployed_at)
    };
    revisions.iter().map(text).collect()
}

async fn the_past_stays_as_it_was(scene: Scene<'_>) -> Verdict {
    let first = scene.running("conformance-lasting").await?;
    let id = &first.deployment_id;
    let mut past = lasting(&scene.history(&first).await?);
    for step in 0..3 {
        if step == 1 {
            let request = RollbackRequest::to(1);
            scene.plugin.rollback_deployment(&scene.context, id, &request).await?;
        } else {
            let request = UpgradeRequest::to(scene.newer_package()?);
            scene.plugin.upgrade_deployment(&scene.context, id, &request).await?;
        }
        let deployment = scene.deployed(id).await?;
        let now = lasting(&scene.history(&deployment).await?);
        same(
            "the revisions before the newest",
            now.get(..past.len()),
            Some(&past[..]),
        )?;
        same("how many revisions there are", now.len(), past.len() + 1)?;
        past = now;
    }
    Ok(())
}

async fn the_past_survives_a_restart(scene: Scene<'_>) -> Verdict {
    let restarted = scene.restarted().await?;
    let first = scene.running("conformance-remembered").await?;
    let second = scene.with_other_values(&first).await?;
    let before = scene.history(&second).await?;
    let after = restarted.history(&second).await?;
    same("the revisions after a restart", after, before)
}

async fn repairs_make_no_revision(scene: Scene<'_>) -> Verdict {
    let running = scene.running("conformance-repaired").await?;
    let id = &running.deployment_id;
    let before = scene.history(&running).await?;
    let request = HealRequest::default();
    scene.plugin.heal_deployment(&scene.context, id, &request).await?;
    let healed = scene.deployed(id).await?;
    let after = scene.history(&healed).await?;
    same("the revisions after a repair", numbers(&after), numbers(&before))
}
