//! Calls that set work in motion are dropped at every await; nothing is left half made.

use std::collections::BTreeSet;

use o2_core::{ErrorKind, Operation, Result};
use o2_dms::{DeploymentStatus, op};

use super::scene::Scene;
use super::work::{Request, WORK};
use super::{DmsCase, case};
use crate::conformance::laws::at_every_await;
use crate::conformance::{Case, Verdict, holds, same};

const DROPPED: &str = "Futures may be dropped at any await. What was asked for is then done completely or not at all.";
const NEEDS: [&Operation; 3] = [&op::CREATE_DEPLOYMENT, &op::GET_DEPLOYMENT, &op::LIST_DEPLOYMENTS];

pub(super) fn cases() -> Vec<DmsCase> {
    let mut cases = vec![case(
        "create_deployment/can_be_dropped_anywhere",
        DROPPED,
        &NEEDS,
        |s| Box::pin(create_can_be_dropped_anywhere(s)),
    )];
    cases.extend(WORK.iter().map(|request| {
        let request = *request;
        let name = format!("{}/can_be_dropped_anywhere", request.operation.name);
        let case = Case::new(name, DROPPED, move |world| {
            Box::pin(can_be_dropped_anywhere(Scene::of(world), request))
        });
        case.needing(&NEEDS).needing(&[request.operation])
    }));
    cases
}

async fn create_can_be_dropped_anywhere(scene: Scene<'_>) -> Verdict {
    let request = scene.request("conformance-dropped")?;
    let last = at_every_await(|| scene.plugin.create_deployment(&scene.context, &request)).await;
    check_last(last.map(drop))?;
    let listed = scene.deployments().await?;
    let mut ours = listed.iter().filter(|deployment| deployment.name == request.name);
    let (Some(made), None) = (ours.next(), ours.next()) else {
        let names: Vec<_> = listed.iter().map(|deployment| &deployment.name).collect();
        return holds(
            "the deployments after dropped calls",
            false,
            "one of the wanted name",
            names,
        );
    };
    let made = scene.deployed(&made.deployment_id).await?;
    same("its package", &made.package_id, &request.package_id)?;
    same("its values", &made.values, &request.values)?;
    scene.check_backend(&made).await?;
    scene.usable(&made.deployment_id).await
}

async fn can_be_dropped_anywhere(scene: Scene<'_>, request: Request) -> Verdict {
    let deployment = scene.ready_for(request, "conformance-dropped").await?;
    let others: BTreeSet<_> = ids(&scene).await?;
    let last = at_every_await(|| (request.call)(&scene, &deployment)).await;
    check_last(last?)?;
    let id = &deployment.deployment_id;
    let gone = request.operation == &op::DELETE_DEPLOYMENT;
    if gone {
        scene.gone(id).await?;
    } else {
        let after = scene.finished(id).await?;
        same("the state in the end", after.status, DeploymentStatus::Deployed)?;
        let kept = after.revision >= deployment.revision;
        holds("the revision", kept, "not less than before", after.revision)?;
        scene.check_backend(&after).await?;
    }
    let mut expected = others;
    if gone {
        expected.remove(id.as_str());
    }
    same("the deployments that are there", ids(&scene).await?, expected)?;
    scene.usable(id).await
}

async fn ids(scene: &Scene<'_>) -> Verdict<BTreeSet<String>> {
    let deployments = scene.deployments().await?;
    Ok(deployments
        .iter()
        .map(|deployment| deployment.deployment_id.to_string())
        .collect())
}

/// The last call, which was not dropped, succeeds, or finds what a dropped one has begun.
fn check_last(result: Result<()>) -> Verdict {
    let Err(error) = result else {
        return Ok(());
    };
    let kinds = [ErrorKind::Conflict, ErrorKind::AlreadyExists, ErrorKind::NotFound];
    let begun = kinds.iter().any(|kind| error.is(*kind));
    holds(
        "a call after dropped ones",
        begun,
        "success, or finding what they began",
        error,
    )
}
