//! Repairs: the same deployment, well again.

use o2_core::{ErrorKind, Operation};
use o2_dms::{Deployment, DeploymentStatus, HealRequest, op};

use super::scene::{Scene, Wanted};
use super::{DmsCase, DmsDisturbance, case};
use crate::conformance::{Verdict, fails, holds, same, skip};

const HEAL: &str = "Repairs a deployment, keeping its revision.";
const COMPONENT: &str = "`InvalidInput` when there is no such component.";
const NEEDS: [&Operation; 3] = [&op::CREATE_DEPLOYMENT, &op::GET_DEPLOYMENT, &op::HEAL_DEPLOYMENT];

pub(super) fn cases() -> Vec<DmsCase> {
    vec![
        case("heal_deployment/keeps_what_was_wanted", HEAL, &NEEDS, |s| {
            Box::pin(keeps_what_was_wanted(s))
        }),
        case("heal_deployment/mends_what_is_sick", HEAL, &NEEDS, |s| {
            Box::pin(mends_what_is_sick(s))
        })
        .needing(&[&op::GET_DEPLOYMENT_STATUS]),
        case(
            "heal_deployment/unknown_components_are_refused",
            COMPONENT,
            &NEEDS,
            |s| Box::pin(unknown_components_are_refused(s)),
        ),
    ]
}

async fn healed(scene: &Scene<'_>, deployment: &Deployment) -> Verdict<std::sync::Arc<Deployment>> {
    let mut request = HealRequest::default();
    request.cause = Some("the conformance suite asks for it".to_owned());
    let id = &deployment.deployment_id;
    scene.plugin.heal_deployment(&scene.context, id, &request).await?;
    scene.deployed(id).await
}

async fn keeps_what_was_wanted(scene: Scene<'_>) -> Verdict {
    let first = scene.running("conformance-healed").await?;
    let before = scene.with_other_values(&first).await?;
    let after = healed(&scene, &before).await?;
    same("the deployment", Wanted::of(&after), Wanted::of(&before))?;
    scene.check_backend(&after).await
}

async fn mends_what_is_sick(scene: Scene<'_>) -> Verdict {
    let before = scene.running("conformance-patient").await?;
    let id = &before.deployment_id;
    if !scene.world.disturb(DmsDisturbance::Sicken(id.clone())).await? {
        return skip("the world cannot make a workload fail");
    }
    scene.world.settle().await;
    let after = healed(&scene, &before).await?;
    same("the deployment", Wanted::of(&after), Wanted::of(&before))?;
    let report = scene.plugin.get_deployment_status(&scene.context, id).await?;
    same("the state in the report", report.status, DeploymentStatus::Deployed)?;
    let unready = report
        .conditions
        .iter()
        .find(|c| c.kind == "Ready" && c.status != "True");
    holds("what is not ready", unready.is_none(), "nothing", unready)?;
    match report.ready_replicas {
        Some(ready) => same("the replicas that are ready", Some(ready), report.replicas),
        None => Ok(()),
    }
}

async fn unknown_components_are_refused(scene: Scene<'_>) -> Verdict {
    let before = scene.running("conformance-parts").await?;
    let mut request = HealRequest::default();
    request.component = Some("no-such-component".to_owned());
    let id = &before.deployment_id;
    let answer = scene.plugin.heal_deployment(&scene.context, id, &request).await;
    fails(
        "repairing a component that is not there",
        answer,
        &[ErrorKind::InvalidInput],
    )?;
    let after = scene.deployed(id).await?;
    same("the deployment", &after, &before)
}
