//! What every plugin has: health, an end, secrets that stay inside.

use o2_core::plugin::HealthStatus;
use o2_core::query::ListQuery;
use o2_core::{Category, ErrorKind};
use o2_dms::{Deployment, op};

use super::scene::Scene;
use super::work::{READS, WORK};
use super::{DmsCase, case};
use crate::conformance::{Trouble, Verdict, fails, holds, same, skip};

const INFO: &str = "Who it is. Never changes.";
const HEALTH: &str = "Whether the backend answers now. Reports trouble in the value.";
const CLOSE: &str = "Gives back what the plugin holds. Idempotent; calls that come later fail with `Unavailable`.";
const SECRETS: &str = "Secrets never appear in `Debug` output, messages and details.";

pub(super) fn cases() -> Vec<DmsCase> {
    let lists = [&op::LIST_DEPLOYMENTS];
    vec![
        case("plugin/info_never_changes", INFO, &[], |s| {
            Box::pin(info_never_changes(s))
        }),
        case("plugin/is_healthy", HEALTH, &[], |s| Box::pin(is_healthy(s))),
        case("plugin/health_tells_trouble", HEALTH, &[], |s| {
            Box::pin(health_tells_trouble(s))
        }),
        case("plugin/closed_is_closed", CLOSE, &lists, |s| {
            Box::pin(closed_is_closed(s))
        }),
        case("plugin/secrets_stay_secret", SECRETS, &lists, |s| {
            Box::pin(secrets_stay_secret(s))
        }),
    ]
}

async fn info_never_changes(scene: Scene<'_>) -> Verdict {
    let info = scene.plugin.info();
    same("the category", info.category, Category::Dms)?;
    holds("the kind", !info.kind.is_empty(), "a word", info.kind)?;
    let foreign = scene
        .plugin
        .capabilities()
        .operations()
        .find(|operation| operation.category != Category::Dms);
    holds("operations of another category", foreign.is_none(), "none", foreign)
}

async fn is_healthy(scene: Scene<'_>) -> Verdict {
    let health = scene.plugin.health(&scene.context).await;
    holds("the health", health.status == HealthStatus::Healthy, "healthy", &health)?;
    let now = scene.world.clock().now();
    holds("when it was checked", health.timestamp <= now, "not to come", &health)
}

async fn health_tells_trouble(scene: Scene<'_>) -> Verdict {
    scene.bring(Trouble::Down).await?;
    let health = scene.plugin.health(&scene.context).await;
    holds(
        "the health while the backend is down",
        !health.is_usable(),
        "unhealthy",
        &health,
    )?;
    holds("what it says", !health.message.is_empty(), "what is wrong", &health)?;
    scene.world.trouble(None).await;
    let health = scene.plugin.health(&scene.context).await;
    holds("the health afterwards", health.is_usable(), "healthy again", health)
}

async fn closed_is_closed(scene: Scene<'_>) -> Verdict {
    scene.plugin.close().await?;
    scene.plugin.close().await?;
    let listed = scene.plugin.list_deployments(&scene.context, &ListQuery::new()).await;
    fails("a list after the end", listed, &[ErrorKind::Unavailable])?;
    Ok(())
}

async fn secrets_stay_secret(scene: Scene<'_>) -> Verdict {
    let secrets = scene.world.secrets();
    if secrets.is_empty() {
        return skip("the world has no secrets");
    }
    let known = scene.deployments().await?;
    let deployment = known.first().map_or_else(
        || Deployment::new("no-such-id", "none", "none"),
        |d| Deployment::clone(d),
    );
    let mut shown = vec![format!(
        "{:?} {:#?}",
        scene.plugin,
        scene.plugin.health(&scene.context).await
    )];
    let asked = WORK.iter().chain(READS);
    let asked: Vec<_> = asked
        .filter(|request| scene.plugin.capabilities().supports(request.operation))
        .collect();
    for trouble in [Trouble::Down, Trouble::Denied] {
        scene.bring(trouble).await?;
        shown.push(format!("{:?}", scene.plugin.health(&scene.context).await));
        for request in &asked {
            let answer = (request.call)(&scene, &deployment).await?;
            shown.extend(
                answer
                    .err()
                    .map(|error| format!("{error} {error:?} {:?}", error.detail())),
            );
        }
        scene.world.trouble(None).await;
    }
    let told = secrets
        .iter()
        .find(|secret| shown.iter().any(|text| text.contains(secret.as_str())));
    holds("what is shown of a secret", told.is_none(), "nothing", told)
}
