//! Scaling: another number of replicas, and nothing else.

use o2_core::{ErrorKind, Operation};
use o2_dms::{Deployment, ScaleRequest, op};

use super::scene::{Scene, Wanted};
use super::{DmsCase, case};
use crate::conformance::{Verdict, fails, same, skip};

const SCALE: &str = "Everything else stays, but for the value that says how many replicas there are, if there is one.";
const RANGE: &str = "`InvalidInput` for a number the backend cannot have.";
const AGAIN: &str = "To the number it has, nothing happens.";
const NEEDS: [&Operation; 3] = [&op::CREATE_DEPLOYMENT, &op::GET_DEPLOYMENT, &op::SCALE_DEPLOYMENT];

pub(super) fn cases() -> Vec<DmsCase> {
    vec![
        case("scale_deployment/ends_with_that_many", SCALE, &NEEDS, |s| {
            Box::pin(ends_with_that_many(s))
        }),
        case("scale_deployment/keeps_everything_else", SCALE, &NEEDS, |s| {
            Box::pin(keeps_everything_else(s))
        }),
        case("scale_deployment/reaches_the_limits", SCALE, &NEEDS, |s| {
            Box::pin(reaches_the_limits(s))
        }),
        case(
            "scale_deployment/numbers_out_of_range_are_refused",
            RANGE,
            &NEEDS,
            |s| Box::pin(numbers_out_of_range_are_refused(s)),
        ),
        case("scale_deployment/the_same_number_changes_nothing", AGAIN, &NEEDS, |s| {
            Box::pin(the_same_number_changes_nothing(s))
        }),
        case("scale_deployment/later_work_does_not_undo_it", SCALE, &NEEDS, |s| {
            Box::pin(later_work_does_not_undo_it(s))
        })
        .needing(&[&op::UPGRADE_DEPLOYMENT]),
    ]
}

impl Scene<'_> {
    /// Scales, and waits until that is done.
    async fn scaled(&self, deployment: &Deployment, replicas: u32) -> Verdict<std::sync::Arc<Deployment>> {
        let (id, request) = (&deployment.deployment_id, ScaleRequest::new(replicas));
        self.plugin.scale_deployment(&self.context, id, &request).await?;
        self.deployed(id).await
    }
}

/// That there are so many replicas, whoever is asked.
async fn check_replicas(scene: &Scene<'_>, deployment: &Deployment, replicas: u32) -> Verdict {
    same("the replicas", deployment.replicas, Some(replicas))?;
    scene.check_backend(deployment).await?;
    if !scene.plugin.capabilities().supports(&op::GET_DEPLOYMENT_STATUS) {
        return Ok(());
    }
    let id = &deployment.deployment_id;
    let report = scene.plugin.get_deployment_status(&scene.context, id).await?;
    same("the replicas in the report", report.replicas, Some(replicas))?;
    match report.ready_replicas {
        Some(ready) => same("the replicas that are ready", ready, replicas),
        None => Ok(()),
    }
}

async fn ends_with_that_many(scene: Scene<'_>) -> Verdict {
    let mut deployment = scene.running("conformance-scaled").await?;
    // Up or down, and back.
    let before = deployment.replicas;
    let other = scene.other_replicas(&deployment)?.replicas;
    for replicas in [Some(other), before.filter(|n| *n > 0)].into_iter().flatten() {
        deployment = scene.scaled(&deployment, replicas).await?;
        check_replicas(&scene, &deployment, replicas).await?;
    }
    Ok(())
}

async fn keeps_everything_else(scene: Scene<'_>) -> Verdict {
    let before = scene.running("conformance-keeping").await?;
    let replicas = scene.other_replicas(&before)?.replicas;
    let after = scene.scaled(&before, replicas).await?;
    let says_replicas = |value: &serde_json::Value| value.as_u64() == Some(replicas.into());
    for (key, value) in before.values.iter() {
        let new = after.values.get(key);
        if !new.is_some_and(says_replicas) {
            same(&format!("values.{key}"), new, Some(value))?;
        }
    }
    same("the package", &after.package_id, &before.package_id)?;
    same("the labels", &after.labels, &before.labels)?;
    same("the description", &after.description, &before.description)
}

async fn reaches_the_limits(scene: Scene<'_>) -> Verdict {
    let deployment = scene.running("conformance-limits").await?;
    let Some(range) = scene.world.replicas() else {
        return skip("the world cannot scale");
    };
    for replicas in [*range.start(), *range.end(), 1] {
        let scaled = scene.scaled(&deployment, replicas).await?;
        check_replicas(&scene, &scaled, replicas).await?;
    }
    Ok(())
}

async fn numbers_out_of_range_are_refused(scene: Scene<'_>) -> Verdict {
    let Some(range) = scene.world.replicas() else {
        return skip("the world cannot scale");
    };
    let before = scene.running("conformance-too-many").await?;
    let below = range.start().checked_sub(1);
    let above = range.end().checked_add(1);
    for replicas in [below, above].into_iter().flatten() {
        let (id, request) = (&before.deployment_id, ScaleRequest::new(replicas));
        let answer = scene.plugin.scale_deployment(&scene.context, id, &request).await;
        fails(&format!("scaling to {replicas}"), answer, &[ErrorKind::InvalidInput])?;
    }
    let after = scene.deployed(&before.deployment_id).await?;
    same("the deployment", &after, &before)
}

async fn the_same_number_changes_nothing(scene: Scene<'_>) -> Verdict {
    let before = scene.running("conformance-as-before").await?;
    let Some(replicas) = before.replicas else {
        return skip("the backend does not say how many replicas there are");
    };
    let after = scene.scaled(&before, replicas).await?;
    same("the deployment", Wanted::of(&after), Wanted::of(&before))
}

async fn later_work_does_not_undo_it(scene: Scene<'_>) -> Verdict {
    let deployment = scene.running("conformance-lasting").await?;
    let newer = scene.newer_package()?;
    let replicas = scene.other_replicas(&deployment)?.replicas;
    scene.scaled(&deployment, replicas).await?;
    let (id, request) = (&deployment.deployment_id, o2_dms::UpgradeRequest::to(newer));
    scene.plugin.upgrade_deployment(&scene.context, id, &request).await?;
    let after = scene.deployed(id).await?;
    check_replicas(&scene, &after, replicas).await
}
