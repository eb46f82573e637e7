//! A backend in trouble and calls that are dropped, tried with every operation that a plugin declares: for traits that do
//! more than list things.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use o2_core::{Context, ErrorKind, HealthStatus, Plugin, Result};

use super::laws::at_every_await;
use super::{Case, Invocation, Trouble, Verdict, World, holds, same, skip};

const OUTAGE: &str = "A backend that does not answer is `Unavailable` or `Timeout`, by the backend's fault; it is never an \
                      empty list and never `NotFound`.";
const DROPPED: &str = "Futures may be dropped at any await.";

/// The most time a caller gives a backend that hangs.
const DEADLINE: Duration = Duration::from_secs(5);

/// What a case looks at.
struct Trial<'w, P: ?Sized + Send + Sync + 'static> {
    world: &'w dyn World<P>,
    plugin: Arc<P>,
    context: Context,
    declared: Vec<Invocation<P>>,
}

type Run<P> = for<'w> fn(Trial<'w, P>) -> BoxFuture<'w, Verdict>;

/// The cases of plugins `P`.
pub(super) fn cases<P, W>(invocations: &'static [Invocation<P>], world: fn(&W) -> &dyn World<P>) -> Vec<Case<W>>
where
    P: ?Sized + Plugin,
    W: ?Sized + Send + Sync + 'static,
{
    let sentences: [(&str, &'static str, Run<P>); 3] = [
        ("plugin/every_operation_tells_an_outage", OUTAGE, |trial| {
            Box::pin(every_operation_tells_an_outage(trial))
        }),
        ("plugin/a_hanging_backend_can_be_left", DROPPED, |trial| {
            Box::pin(a_hanging_backend_can_be_left(trial))
        }),
        ("plugin/calls_can_be_dropped", DROPPED, |trial| {
            Box::pin(calls_can_be_dropped(trial))
        }),
    ];
    let case = |(name, contract, run): (&str, &'static str, Run<P>)| {
        Case::new(name, contract, move |w: &W| {
            let world = world(w);
            let plugin = world.plugin();
            let mut declared = invocations.to_vec();
            declared.retain(|invocation| plugin.capabilities().supports(invocation.operation));
            run(Trial {
                world,
                plugin,
                context: Context::new("conformance"),
                declared,
            })
        })
    };
    sentences.into_iter().map(case).collect()
}

impl<P: ?Sized + Plugin> Trial<'_, P> {
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

/// What happened has left no mark.
async fn is_well<P: ?Sized + Plugin>(trial: Trial<'_, P>) -> Verdict {
    let health = trial.plugin.health(&trial.context).await;
    same("the health", health.status, HealthStatus::Healthy)
}

async fn every_operation_tells_an_outage<P: ?Sized + Plugin>(trial: Trial<'_, P>) -> Verdict {
    trial.bring(Trouble::Down).await?;
    for invocation in &trial.declared {
        let what = format!("{} while the backend is down", invocation.operation.name);
        unavailable(&what, trial.call(invocation).await)?;
    }
    Ok(())
}

async fn a_hanging_backend_can_be_left<P: ?Sized + Plugin>(trial: Trial<'_, P>) -> Verdict {
    trial.bring(Trouble::Hanging).await?;
    let clock = trial.world.clock();
    for invocation in &trial.declared {
        if let Ok(result) = clock.within(DEADLINE, trial.call(invocation)).await {
            let what = format!("{} while the backend hangs", invocation.operation.name);
            unavailable(&what, result)?;
        }
    }
    trial.world.trouble(None).await;
    is_well(trial).await
}

async fn calls_can_be_dropped<P: ?Sized + Plugin>(trial: Trial<'_, P>) -> Verdict {
    let kind = |result: Result<()>| result.map_err(|error| error.kind());
    for invocation in &trial.declared {
        let before = kind(trial.call(invocation).await);
        let ended = at_every_await(|| trial.call(invocation)).await;
        let what = format!("{} after dropped calls", invocation.operation.name);
        same(&what, kind(ended), before)?;
    }
    is_well(trial).await
}
