//! What every plugin keeps, whatever it lists: who it is, how it is, and that it ends.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use o2_core::plugin::{Health, HealthStatus};
use o2_core::{Context, ErrorKind, Plugin};

use crate::conformance::{Case, Invocation, Trouble, Verdict, World, fails, holds, same, skip};

const INFO: &str = "Who it is. Never changes.";
const CAPABILITIES: &str = "What it can do. Calls of anything else fail with `Unsupported`. Never changes.";
const HEALTH: &str = "Whether the backend answers now. Reports trouble in the value; bounded by the caller's timeout.";
const CLOSE: &str = "Gives back what the plugin holds. Idempotent; calls that come later fail with `Unavailable`, unless \
                     there was nothing to give back, as with the default body.";
const SECRETS: &str = "Secrets never appear in `Debug` output, messages and details.";

/// The most time a caller gives a health check.
const DEADLINE: Duration = Duration::from_secs(30);

type Common<W, P> = fn(&W) -> &dyn World<P>;

struct Life<'w, P: ?Sized + Send + Sync + 'static> {
    world: &'w dyn World<P>,
    plugin: Arc<P>,
    context: Context,
    invocations: &'static [Invocation<P>],
}

type Law<P> = for<'w> fn(Life<'w, P>) -> BoxFuture<'w, Verdict>;

/// The laws that need no list, as cases; `invocations` are all operations of the trait.
pub fn life<P, W>(invocations: &'static [Invocation<P>], world: Common<W, P>) -> Vec<Case<W>>
where
    P: ?Sized + Plugin,
    W: ?Sized + Send + Sync + 'static,
{
    let case = |name, contract, law: Law<P>| {
        Case::new(format!("plugin/{name}"), contract, move |w: &W| {
            let world = world(w);
            law(Life {
                world,
                plugin: world.plugin(),
                context: Context::new("conformance"),
                invocations,
            })
        })
    };
    vec![
        case("info_never_changes", INFO, |life| Box::pin(info_never_changes(life))),
        case("capabilities_never_change", CAPABILITIES, |life| {
            Box::pin(capabilities_never_change(life))
        }),
        case("is_healthy", HEALTH, |life| Box::pin(is_healthy(life))),
        case("health_tells_trouble", HEALTH, |life| {
            Box::pin(health_tells_trouble(life))
        }),
        case("closing_twice_is_closing_once", CLOSE, |life| {
            Box::pin(closing_twice_is_closing_once(life))
        }),
        case("closed_is_closed", CLOSE, |life| Box::pin(closed_is_closed(life))),
        case("secrets_stay_secret", SECRETS, |life| {
            Box::pin(secrets_stay_secret(life))
        }),
    ]
}

impl<P: ?Sized + Plugin> Life<'_, P> {
    /// Calls everything that is declared; the errors, each with the name of its operation.
    async fn call_everything(&self) -> Vec<(&'static str, Option<o2_core::Error>)> {
        let mut results = Vec::new();
        for invocation in self.invocations {
            if self.plugin.capabilities().supports(invocation.operation) {
                let result = (invocation.call)(&self.plugin, &self.context).await;
                results.push((invocation.operation.name, result.err()));
            }
        }
        results
    }

    /// How the plugin is, unless it takes longer to say than a caller waits.
    async fn health(&self) -> Option<Health> {
        let clock = self.world.clock();
        clock.within(DEADLINE, self.plugin.health(&self.context)).await.ok()
    }
}

async fn info_never_changes<P: ?Sized + Plugin>(life: Life<'_, P>) -> Verdict {
    let before = life.plugin.info().clone();
    holds("the name", !before.name.as_str().is_empty(), "a text", &before.name)?;
    life.call_everything().await;
    same("who it is after some calls", life.plugin.info(), &before)?;
    life.plugin.close().await?;
    same("who it is after the end", life.plugin.info(), &before)
}

async fn capabilities_never_change<P: ?Sized + Plugin>(life: Life<'_, P>) -> Verdict {
    let before = life.plugin.capabilities().describe();
    life.call_everything().await;
    same(
        "what it can do after some calls",
        life.plugin.capabilities().describe(),
        before,
    )
}

async fn is_healthy<P: ?Sized + Plugin>(life: Life<'_, P>) -> Verdict {
    let health = life.health().await;
    let status = health.as_ref().map(|health| health.status);
    holds(
        "how it is",
        status == Some(HealthStatus::Healthy),
        "healthy, and soon told",
        health,
    )
}

async fn health_tells_trouble<P: ?Sized + Plugin>(life: Life<'_, P>) -> Verdict {
    let mut tried = 0;
    for trouble in [Trouble::Down, Trouble::Denied, Trouble::Hanging] {
        if !life.world.trouble(Some(trouble)).await {
            continue;
        }
        tried += 1;
        let health = life.health().await;
        let healthy = health
            .as_ref()
            .is_some_and(|health| health.status == HealthStatus::Healthy);
        let what = format!("how it is when the backend is {trouble:?}");
        holds(&what, !healthy, "not healthy, or no answer", health)?;
        life.world.trouble(None).await;
    }
    if tried == 0 {
        return skip("the world's backend is never in trouble");
    }
    is_healthy(life).await
}

async fn closing_twice_is_closing_once<P: ?Sized + Plugin>(life: Life<'_, P>) -> Verdict {
    life.plugin.close().await?;
    Ok(life.plugin.close().await?)
}

async fn closed_is_closed<P: ?Sized + Plugin>(life: Life<'_, P>) -> Verdict {
    if !life.world.closes() {
        return skip("the plugin holds nothing");
    }
    life.plugin.close().await?;
    for (operation, error) in life.call_everything().await {
        let what = format!("{operation} after the end");
        fails(&what, error.map_or(Ok(()), Err), &[ErrorKind::Unavailable])?;
    }
    let health = life.health().await;
    let usable = health.as_ref().is_some_and(Health::is_usable);
    holds("how it is after the end", !usable, "not usable", health)
}

async fn secrets_stay_secret<P: ?Sized + Plugin>(life: Life<'_, P>) -> Verdict {
    let secrets = life.world.secrets();
    if secrets.is_empty() {
        return skip("the world has no secrets");
    }
    let plugin = &life.plugin;
    let mut shown = vec![format!("{plugin:?} {plugin:#?} {:?}", plugin.info())];
    for trouble in [None, Some(Trouble::Down), Some(Trouble::Denied)] {
        if !life.world.trouble(trouble).await && trouble.is_some() {
            continue;
        }
        shown.push(format!("{:?}", life.health().await));
        for (_, error) in life.call_everything().await {
            let texts = error.map(|error| format!("{error} {error:?} {:?}", error.detail()));
            shown.extend(texts);
        }
    }
    let told = secrets
        .iter()
        .find(|secret| shown.iter().any(|text| text.contains(*secret)));
    holds("what is shown of a secret", told.is_none(), "nothing", told)
}
