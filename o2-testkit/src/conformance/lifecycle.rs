//! What holds for every plugin as a whole, whatever its trait: health, trouble, dropped calls, the end.
//!
//! The cases call every operation that the plugin declares, by the invocations of its suite.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use o2_core::{Context, ErrorKind, HealthStatus, Plugin, Result};

use super::laws::at_every_await;
use super::{Case, Invocation, Trouble, Verdict, World, holds, same, skip};

const HEALTH: &str = "Whether the backend answers now. Reports trouble in the value; bounded by the caller's timeout.";
const CLOSED: &str = "Gives back what the plugin holds. Idempotent; calls that come later fail with `Unavailable`.";
const OUTAGE: &str = "A backend that does not answer is `Unavailable` or `Timeout`, by the backend's fault; it is never an \
                      empty list and never `NotFound`.";
const DROPPED: &str = "Futures may be dropped at any await.";
const SECRETS: &str = "Secrets never appear in `Debug` output, messages and details.";

/// The most time a caller gives a backend that hangs.
const DEADLINE: Duration = Duration::from_secs(5);

/// What a case looks at.
struct Life<'w, P: ?Sized + Send + Sync + 'static> {
    world: &'w dyn World<P>,
    plugin: Arc<P>,
    context: Context,
    declared: Vec<Invocation<P>>,
}

type Run<P> = for<'w> fn(Life<'w, P>) -> BoxFuture<'w, Verdict>;

/// The cases of plugins `P`.
pub(super) fn cases<P, W>(invocations: &'static [Invocation<P>], world: fn(&W) -> &dyn World<P>) -> Vec<Case<W>>
where
    P: ?Sized + Plugin,
    W: ?Sized + Send + Sync + 'static,
{
    let sentences: [(&str, &'static str, Run<P>); 7] = [
        ("plugin/is_well_without_trouble", HEALTH, |life| {
            Box::pin(is_well_without_trouble(life))
        }),
        ("plugin/health_tells_an_outage", HEALTH, |life| {
            Box::pin(health_tells_an_outage(life))
        }),
        ("plugin/every_operation_tells_an_outage", OUTAGE, |life| {
            Box::pin(every_operation_tells_an_outage(life))
        }),
        ("plugin/a_hanging_backend_can_be_left", DROPPED, |life| {
            Box::pin(a_hanging_backend_can_be_left(life))
        }),
        ("plugin/calls_can_be_dropped", DROPPED, |life| {
            Box::pin(calls_can_be_dropped(life))
        }),
        ("plugin/nothing_is_answered_after_the_end", CLOSED, |life| {
            Box::pin(nothing_is_answered_after_the_end(life))
        }),
        ("plugin/secrets_stay_secret", SECRETS, |life| {
            Box::pin(secrets_stay_secret(life))
        }),
    ];
    let case = |(name, contract, run): (&str, &'static str, Run<P>)| {
        Case::new(name, contract, move |w: &W| {
            let world = world(w);
            let plugin = world.plugin();
            let mut declared = invocations.to_vec();
            declared.retain(|invocation| plugin.capabilities().supports(invocation.operation));
            run(Life {
                world,
                plugin,
                context: Context::new("conformance"),
                declared,
            })
        })
    };
    sentences.into_iter().map(case).collect()
}

impl<P: ?Sized + Plugin> Life<'_, P> {
    async fn call(&self, invocation: &Invocation<P>) -> Result<()> {
        (invocation.call)(&self.plugin, &self.context).await
    }

    async fn bring(&self, trouble: Trouble) -> Verdict {
        if self.world.trouble(Some(trouble)).await {
            Ok(())
        } else {
            skip(format!("the world's backend cannot be {trouble:?}"))
        }
    }
}

/// An operation fails as one whose backend is not there.
fn unavailable(what: &str, result: Result<()>) -> Verdict {
    let told = matches!(&result, Err(error) if error.is(ErrorKind::Unavailable) || error.is(ErrorKind::Timeout));
    holds(what, told, "an error of kind unavailable or timeout", result)
}

async fn is_well_without_trouble<P: ?Sized + Plugin>(life: Life<'_, P>) -> Verdict {
    let health = life.plugin.health(&life.context).await;
    same("the health", health.status, HealthStatus::Healthy)
}

async fn health_tells_an_outage<P: ?Sized + Plugin>(life: Life<'_, P>) -> Verdict {
    life.bring(Trouble::Down).await?;
    let health = life.plugin.health(&life.context).await;
    same(
        "the health while the backend is down",
        health.status,
        HealthStatus::Unhealthy,
    )?;
    life.world.trouble(None).await;
    is_well_without_trouble(life).await
}

async fn every_operation_tells_an_outage<P: ?Sized + Plugin>(life: Life<'_, P>) -> Verdict {
    life.bring(Trouble::Down).await?;
    for invocation in &life.declared {
        let what = format!("{} while the backend is down", invocation.operation.name);
        unavailable(&what, life.call(invocation).await)?;
    }
    Ok(())
}

async fn a_hanging_backend_can_be_left<P: ?Sized + Plugin>(life: Life<'_, P>) -> Verdict {
    life.bring(Trouble::Hanging).await?;
    let clock = life.world.clock();
    for invocation in &life.declared {
        if let Ok(result) = clock.within(DEADLINE, life.call(invocation)).await {
            let what = format!("{} while the backend hangs", invocation.operation.name);
            unavailable(&what, result)?;
        }
    }
    life.world.trouble(None).await;
    is_well_without_trouble(life).await
}

async fn calls_can_be_dropped<P: ?Sized + Plugin>(life: Life<'_, P>) -> Verdict {
    let kind = |result: Result<()>| result.map_err(|error| error.kind());
    for invocation in &life.declared {
        let before = kind(life.call(invocation).await);
        let Some(ended) = at_every_await(|| life.call(invocation)).await else {
            return skip("a call has very many awaits");
        };
        let what = format!("{} after dropped calls", invocation.operation.name);
        same(&what, kind(ended), before)?;
    }
    is_well_without_trouble(life).await
}

async fn nothing_is_answered_after_the_end<P: ?Sized + Plugin>(life: Life<'_, P>) -> Verdict {
    life.plugin.close().await?;
    life.plugin.close().await?;
    for invocation in &life.declared {
        let what = format!("{} after the end", invocation.operation.name);
        let result = life.call(invocation).await;
        let told = matches!(&result, Err(error) if error.is(ErrorKind::Unavailable));
        holds(&what, told, "an error of kind unavailable", result)?;
    }
    let health = life.plugin.health(&life.context).await;
    same("the health after the end", health.status, HealthStatus::Unhealthy)
}

async fn secrets_stay_secret<P: ?Sized + Plugin>(life: Life<'_, P>) -> Verdict {
    let secrets = life.world.secrets();
    if secrets.is_empty() {
        return skip("the world has no secrets");
    }
    let mut shown = vec![format!("{:?}", life.plugin), format!("{:#?}", life.plugin)];
    for trouble in [Trouble::Down, Trouble::Denied] {
        if life.world.trouble(Some(trouble)).await {
            for invocation in &life.declared {
                let failed = life.call(invocation).await.err();
                shown.extend(failed.map(|error| format!("{error} {error:?} {:?}", error.detail())));
            }
            shown.push(format!("{:?}", life.plugin.health(&life.context).await));
            life.world.trouble(None).await;
        }
    }
    let told = secrets
        .iter()
        .find(|secret| shown.iter().any(|text| text.contains(secret.as_str())));
    holds("what is shown of a secret", told.is_none(), "nothing", told)
}
