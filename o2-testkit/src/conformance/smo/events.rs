//! Events are handed on. The same laws hold for infrastructure and for deployments.

use futures::future::{BoxFuture, FutureExt};
use o2_core::{ErrorKind, Fault, Operation, Result};
use o2_smo::{DeploymentEvent, InfrastructureEvent, op};

use super::{Scene, SmoCase, calls, case};
use crate::conformance::{Trouble, Verdict, fails, holds, same, skip};

const ARRIVES: &str = "Returns when the orchestrator has taken the event, once.";
const OUTAGE: &str = "`Unavailable` when nobody took the event.";

/// An event that can be published.
trait Event: Send + Sync + Sized + 'static {
    const OPERATION: &'static Operation;

    fn with_id(id: &str) -> Self;

    fn publish<'a>(&'a self, scene: &'a Scene<'_>) -> BoxFuture<'a, Result<()>>;
}

impl Event for InfrastructureEvent {
    const OPERATION: &'static Operation = &op::PUBLISH_INFRASTRUCTURE_EVENT;

    fn with_id(id: &str) -> Self {
        calls::infrastructure_event(id)
    }

    fn publish<'a>(&'a self, scene: &'a Scene<'_>) -> BoxFuture<'a, Result<()>> {
        scene.plugin.publish_infrastructure_event(&scene.context, self)
    }
}

impl Event for DeploymentEvent {
    const OPERATION: &'static Operation = &op::PUBLISH_DEPLOYMENT_EVENT;

    fn with_id(id: &str) -> Self {
        calls::deployment_event(id)
    }

    fn publish<'a>(&'a self, scene: &'a Scene<'_>) -> BoxFuture<'a, Result<()>> {
        scene.plugin.publish_deployment_event(&scene.context, self)
    }
}

pub(super) fn cases() -> Vec<SmoCase> {
    [of::<InfrastructureEvent>(), of::<DeploymentEvent>()].concat()
}

fn of<E: Event>() -> Vec<SmoCase> {
    let sentences: [(&str, &'static str, super::Run); 2] = [
        ("what_is_published_arrives_once", ARRIVES, |s| {
            arrives_once::<E>(s).boxed()
        }),
        ("an_outage_is_told", OUTAGE, |s| outage_is_told::<E>(s).boxed()),
    ];
    let name = E::OPERATION.name;
    let case = |(what, contract, run)| case(format!("{name}/{what}"), contract, run).needing(&[E::OPERATION]);
    sentences.into_iter().map(case).collect()
}

async fn arrived(scene: &Scene<'_>) -> Verdict<Vec<String>> {
    let Some(mut events) = scene.world.events().await? else {
        return skip("the events that reached the orchestrator cannot be read");
    };
    events.retain(|id| id.starts_with("conformance-"));
    Ok(events)
}

async fn arrives_once<E: Event>(scene: Scene<'_>) -> Verdict {
    let ids = ["conformance-1", "conformance-2", "conformance-3"];
    for id in ids {
        E::with_id(id).publish(&scene).await?;
    }
    let mut arrived = arrived(&scene).await?;
    arrived.sort_unstable();
    same("the events that arrived", arrived, ids.map(str::to_owned).to_vec())
}

async fn outage_is_told<E: Event>(scene: Scene<'_>) -> Verdict {
    scene.bring(Trouble::Down).await?;
    let published = E::with_id("conformance-lost").publish(&scene).await;
    let kinds = [ErrorKind::Unavailable, ErrorKind::Timeout];
    let error = fails("an event during an outage", published, &kinds)?;
    same("whose fault it is", error.fault(), Fault::Backend)?;
    scene.world.trouble(None).await;
    E::with_id("conformance-after").publish(&scene).await?;
    let arrived = arrived(&scene).await?;
    let after = arrived.iter().any(|id| id == "conformance-after");
    holds("the events that arrived", after, "the one after the outage", arrived)
}
