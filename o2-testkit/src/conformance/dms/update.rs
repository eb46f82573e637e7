//! Updates: new values, descriptions and labels.

use o2_core::{ErrorKind, Operation};
use o2_dms::{DeploymentUpdate, op};

use super::scene::{Scene, Wanted};
use super::{DmsCase, case};
use crate::conformance::{Verdict, fails, same, skip};

const UPDATE: &str =
    "Gives a deployment the values and descriptions that `update` holds completely: what it does not hold is gone.";
const REVISION: &str = "The package stays, and without new values so does the revision.";
const EXPECTED: &str = "`PreconditionFailed` when `update.expected` is not the deployment's version.";
const NEEDS: [&Operation; 3] = [&op::CREATE_DEPLOYMENT, &op::GET_DEPLOYMENT, &op::UPDATE_DEPLOYMENT];

pub(super) fn cases() -> Vec<DmsCase> {
    vec![
        case(
            "update_deployment/values_are_replaced_completely",
            UPDATE,
            &NEEDS,
            |s| Box::pin(values_are_replaced_completely(s)),
        ),
        case(
            "update_deployment/descriptions_are_replaced_completely",
            UPDATE,
            &NEEDS,
            |s| Box::pin(descriptions_are_replaced_completely(s)),
        ),
        case(
            "update_deployment/the_same_state_changes_nothing",
            REVISION,
            &NEEDS,
            |s| Box::pin(the_same_state_changes_nothing(s)),
        ),
        case("update_deployment/a_stale_state_is_refused", EXPECTED, &NEEDS, |s| {
            Box::pin(a_stale_state_is_refused(s))
        }),
        case("update_deployment/the_seen_state_is_accepted", EXPECTED, &NEEDS, |s| {
            Box::pin(the_seen_state_is_accepted(s))
        }),
    ]
}

async fn values_are_replaced_completely(scene: Scene<'_>) -> Verdict {
    let before = scene.running("conformance-values").await?;
    let update = scene.other_values(&before)?;
    let id = &before.deployment_id;
    let returned = scene.plugin.update_deployment(&scene.context, id, &update).await?;
    same("the values in the answer", &returned.values, &update.values)?;
    let after = scene.deployed(id).await?;
    same("the values", &after.values, &update.values)?;
    same("the rest", described(&after), described(&before))?;
    same("the package", &after.package_id, &before.package_id)?;
    same("the revision", after.revision, before.revision + 1)?;
    scene.check_backend(&after).await
}

/// Everything of an update but for the values.
fn described(deployment: &o2_dms::Deployment) -> DeploymentUpdate {
    let mut update = DeploymentUpdate::of(deployment);
    update.values.clear();
    update
}

async fn descriptions_are_replaced_completely(scene: Scene<'_>) -> Verdict {
    let before = scene.running("conformance-described").await?;
    let id = &before.deployment_id;
    let mut update = DeploymentUpdate::of(&before);
    update.description = "changed by the conformance suite".to_owned();
    update.labels.clear();
    update.labels.insert("conformance".to_owned(), "changed".to_owned());
    scene.plugin.update_deployment(&scene.context, id, &update).await?;
    let after = scene.deployed(id).await?;
    same("the description", &after.description, &update.description)?;
    same("the labels", &after.labels, &update.labels)?;
    same("the values", &after.values, &before.values)?;
    same("the package", &after.package_id, &before.package_id)?;
    same("the revision", after.revision, before.revision)?;
    scene.check_backend(&after).await
}

async fn the_same_state_changes_nothing(scene: Scene<'_>) -> Verdict {
    let before = scene.running("conformance-same").await?;
    let id = &before.deployment_id;
    let update = DeploymentUpdate::of(&before);
    scene.plugin.update_deployment(&scene.context, id, &update).await?;
    let after = scene.deployed(id).await?;
    same("the deployment", Wanted::of(&after), Wanted::of(&before))
}

async fn a_stale_state_is_refused(scene: Scene<'_>) -> Verdict {
    let seen = scene.running("conformance-stale").await?;
    if seen.version.is_none() {
        return skip("the backend has no versions");
    }
    let id = &seen.deployment_id;
    let mut update = DeploymentUpdate::of(&seen);
    update.description = "the first".to_owned();
    scene.plugin.update_deployment(&scene.context, id, &update).await?;
    let before = scene.deployed(id).await?;
    update.description = "the second".to_owned();
    update.expected.clone_from(&seen.version);
    let second = scene.plugin.update_deployment(&scene.context, id, &update).await;
    fails(
        "an update of a state that is no more",
        second,
        &[ErrorKind::PreconditionFailed],
    )?;
    let after = scene.deployed(id).await?;
    same("the deployment", &after, &before)
}

async fn the_seen_state_is_accepted(scene: Scene<'_>) -> Verdict {
    let seen = scene.running("conformance-seen").await?;
    if seen.version.is_none() {
        return skip("the backend has no versions");
    }
    let id = &seen.deployment_id;
    let mut update = DeploymentUpdate::of(&seen);
    update.description = "changed".to_owned();
    update.expected.clone_from(&seen.version);
    scene.plugin.update_deployment(&scene.context, id, &update).await?;
    let after = scene.deployed(id).await?;
    same("the description", &after.description, &update.description)?;
    let changed = after.version != seen.version;
    same("whether the version is another one", changed, true)
}
