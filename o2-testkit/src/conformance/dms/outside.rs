//! What others do to the backend is seen by whoever reads.

use o2_core::{ErrorKind, Operation};
use o2_dms::op;

use super::scene::Scene;
use super::{DmsCase, DmsDisturbance, case};
use crate::conformance::{Verdict, fails, holds, skip};

const NOW: &str = "What is read is how the backend is now, whoever has made it so.";
const NEEDS: [&Operation; 3] = [&op::CREATE_DEPLOYMENT, &op::GET_DEPLOYMENT, &op::LIST_DEPLOYMENTS];

pub(super) fn cases() -> Vec<DmsCase> {
    vec![
        case("get_deployment/shows_what_others_have_changed", NOW, &NEEDS, |s| {
            Box::pin(shows_what_others_have_changed(s))
        }),
        case("get_deployment/misses_what_others_have_removed", NOW, &NEEDS, |s| {
            Box::pin(misses_what_others_have_removed(s))
        }),
    ]
}

impl Scene<'_> {
    async fn disturb(&self, disturbance: DmsDisturbance) -> Verdict {
        if !self.world.disturb(disturbance).await? {
            return skip("nobody can change the backend from outside");
        }
        self.world.settle().await;
        Ok(())
    }
}

async fn shows_what_others_have_changed(scene: Scene<'_>) -> Verdict {
    let before = scene.running("conformance-changed").await?;
    let id = &before.deployment_id;
    scene.disturb(DmsDisturbance::Change(id.clone())).await?;
    let after = scene.get(id).await?;
    let read = after != before;
    holds(
        "a deployment that others have changed",
        read,
        "another one than before",
        &after,
    )?;
    let listed = scene.deployments().await?;
    let listed = listed.iter().find(|deployment| deployment.deployment_id == *id);
    holds(
        "the same in the list",
        listed == Some(&after),
        "as when it is read",
        listed,
    )
}

async fn misses_what_others_have_removed(scene: Scene<'_>) -> Verdict {
    let before = scene.running("conformance-removed").await?;
    let id = &before.deployment_id;
    scene.disturb(DmsDisturbance::Remove(id.clone())).await?;
    let read = scene.plugin.get_deployment(&scene.context, id).await;
    fails(
        "reading a deployment that others have removed",
        read,
        &[ErrorKind::NotFound],
    )?;
    let listed = scene.deployments().await?;
    let listed = listed.iter().find(|deployment| deployment.deployment_id == *id);
    holds("the same in the list", listed.is_none(), "missing", listed)
}
