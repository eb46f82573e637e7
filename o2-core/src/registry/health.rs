//! Health checks of all plugins, once or for good, and the orderly end of all plugins.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{Either, select};

use super::concurrent::{Mishap, guarded, in_order};
use super::{Registered, Registry, Status};
use crate::context::Context;
use crate::id::PluginId;
use crate::plugin::{Health, Plugin};
use crate::ports::Clock;
use crate::{Error, ErrorKind, Result};

/// How plugins are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct HealthChecks {
    /// From the end of one round of checks to the beginning of the next.
    pub interval: Duration,
    /// How soon a plugin that is unhealthy is checked again: until it is found well, nobody is sent to it.
    pub recheck: Duration,
    /// How long one check may take. A plugin that needs longer is unhealthy.
    pub timeout: Duration,
    /// How many plugins are checked at the same time.
    pub concurrency: usize,
}

impl HealthChecks {
    /// Every 30 s, those that are unhealthy every 5 s; 5 s for each plugin, 8 plugins at the same time.
    #[must_use]
    pub fn new() -> Self {
        Self {
            interval: Duration::from_secs(30),
            recheck: Duration::from_secs(5),
            timeout: Duration::from_secs(5),
            concurrency: 8,
        }
    }

    /// Sets the time between two rounds.
    #[must_use]
    pub fn with_interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Sets how soon a plugin that is unhealthy is checked again.
    #[must_use]
    pub fn with_recheck(mut self, recheck: Duration) -> Self {
        self.recheck = recheck;
        self
    }

    /// Sets how long one check may take.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how many plugins are checked at the same time.
    #[must_use]
    pub fn with_concurrency(mut self, concurrency: usize) -> Self {
        self.concurrency = concurrency;
        self
    }
}

impl Default for HealthChecks {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: ?Sized + Plugin> Registry<P> {
    /// Checks every plugin that is not disabled, the default one first, and updates their status. A check that hangs or
    /// panics counts as unhealthy.
    pub async fn check_health(
        &self,
        context: &Context,
        clock: &dyn Clock,
        checks: &HealthChecks,
    ) -> Vec<(PluginId, Health)> {
        self.check_those(context, clock, checks, |status| status != Status::Disabled)
            .await
    }

    async fn check_those(
        &self,
        context: &Context,
        clock: &dyn Clock,
        checks: &HealthChecks,
        are_meant: fn(Status) -> bool,
    ) -> Vec<(PluginId, Health)> {
        let mut plugins = self.snapshot().ranked().to_vec();
        plugins.retain(|entry| are_meant(entry.status()));
        let found = in_order(checks.concurrency, &plugins, |entry| {
            self.check(entry, context, clock, checks.timeout).boxed()
        });
        named(found.await)
    }

    /// Checks one plugin, even when it is disabled.
    ///
    /// # Errors
    /// `NotFound` when there is no such plugin.
    pub async fn check_health_of(
        &self,
        name: &str,
        context: &Context,
        clock: &dyn Clock,
        timeout: Duration,
    ) -> Result<Health> {
        let entry = self.get(name).ok_or_else(|| Error::not_found("plugin", name))?;
        Ok(self.check(&entry, context, clock, timeout).await)
    }

    /// Checks all plugins now and then, and more often those that are unhealthy, until `shutdown` ends. The host drives this future.
    pub async fn run_health(&self, clock: &dyn Clock, checks: HealthChecks, shutdown: impl Future<Output = ()> + Send) {
        let rounds = async {
            let context = Context::new("health");
            loop {
                self.check_health(&context, clock, &checks).await;
                let next = clock.monotonic().saturating_add(checks.interval);
                self.recheck_until(next, &context, clock, &checks).await;
            }
        };
        match select(std::pin::pin!(rounds), std::pin::pin!(shutdown)).await {
            Either::Left((never, _)) => never,
            Either::Right(((), _)) => {}
        }
    }

    /// Checks those that are unhealthy again and again, until it is time for the next round.
    async fn recheck_until(&self, next: Duration, context: &Context, clock: &dyn Clock, checks: &HealthChecks) {
        loop {
            let left = next.saturating_sub(clock.monotonic());
            clock.sleep(left.min(checks.recheck)).await;
            if clock.monotonic() >= next {
                return;
            }
            let unhealthy = |status| status == Status::Unhealthy;
            self.check_those(context, clock, checks, unhealthy).await;
        }
    }

    /// Disables all plugins, then closes them, at most `concurrency` at the same time and `timeout` for each.
    ///
    /// A plugin that did not close in time fails with `Timeout`, one that panicked with `Internal`.
    pub async fn close_all(
        &self,
        clock: &dyn Clock,
        timeout: Duration,
        concurrency: usize,
    ) -> Vec<(PluginId, Result<()>)> {
        let plugins = self.disable_all();
        named(in_order(concurrency, &plugins, |entry| close(entry, clock, timeout).boxed()).await)
    }

    fn disable_all(&self) -> Vec<Arc<Registered<P>>> {
        self.change(|plugins| {
            for plugin in plugins.iter_mut() {
                Arc::make_mut(plugin).disable();
            }
            plugins.clone()
        })
    }

    async fn check(&self, entry: &Registered<P>, context: &Context, clock: &dyn Clock, timeout: Duration) -> Health {
        let context = context.clone().with_deadline(clock.monotonic().saturating_add(timeout));
        let health = guarded(clock, timeout, async { entry.plugin().health(&context).await })
            .await
            .unwrap_or_else(|mishap| Health::unhealthy(clock.now(), mishap.to_string()));
        self.set_health(entry, &health);
        health
    }
}

async fn close<P: ?Sized + Plugin>(entry: &Registered<P>, clock: &dyn Clock, timeout: Duration) -> Result<()> {
    let closed = guarded(clock, timeout, async { entry.plugin().close().await }).await;
    closed.unwrap_or_else(|mishap| Err(not_closed(entry.name(), &mishap)))
}

fn not_closed(plugin: &PluginId, mishap: &Mishap) -> Error {
    let kind = match mishap {
        Mishap::Late(_) => ErrorKind::Timeout,
        Mishap::Panic => ErrorKind::Internal,
    };
    Error::new(kind, format!("plugin '{plugin}' did not close: {mishap}")).with_plugin(plugin)
}

fn named<P: ?Sized, R>(outputs: Vec<(&Arc<Registered<P>>, R)>) -> Vec<(PluginId, R)> {
    let named = outputs
        .into_iter()
        .map(|(entry, output)| (entry.name().clone(), output));
    named.collect()
}
