//! The work that goes on beside requests, as one future for the host to drive.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Either, join_all, join4, select};
use o2_core::admin::Directory;
use o2_core::registry::HealthChecks;

use crate::Gateway;

/// How often what was kept for long enough is forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(600);
/// How long a plugin may take to close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(10);

impl Gateway {
    /// The work that goes on beside requests: health checks of all plugins, collecting what they have and what changes in
    /// it, telling subscribers, and forgetting what nobody will ask for again. Ends some time after `shutdown` has ended:
    /// notifications under way are waited for, within a limit, and the plugins are closed.
    pub async fn run(&self, shutdown: impl Future<Output = ()> + Send) {
        let shutdown = shutdown.shared();
        let checks = |directory: &Arc<dyn Directory>| -> BoxFuture<'_, ()> {
            let directory = Arc::clone(directory);
            let shutdown = shutdown.clone().boxed();
            async move { directory.run_health(HealthChecks::new(), shutdown).await }.boxed()
        };
        let directories = &self.0.directories;
        let collecting = async {
            match &self.0.collectors {
                Some(collectors) => collectors.run(shutdown.clone()).await,
                None => shutdown.clone().await,
            }
        };
        let checking = join_all(directories.iter().map(checks));
        let telling = self.0.notifications.run(shutdown.clone());
        join4(
            checking,
            self.forget(shutdown.clone()),
            collecting.boxed(),
            telling.boxed(),
        )
        .await;
        let closed = join_all(directories.iter().map(|directory| directory.close(CLOSE_TIMEOUT))).await;
        for (plugin, result) in closed.into_iter().flatten() {
            if let Err(error) = result {
                tracing::warn!(%plugin, %error, detail = error.detail(), "plugin did not close");
            }
        }
    }

    async fn forget(&self, shutdown: impl Future<Output = ()> + Send) {
        let rounds = async {
            loop {
                self.0.clock.sleep(FORGET_EVERY).await;
                if let Err(error) = self.0.idempotency.forget_expired().await {
                    tracing::warn!(%error, detail = error.detail(), "old answers could not be forgotten");
                }
                if let Err(error) = self.0.notifications.forget_expired().await {
                    tracing::warn!(%error, detail = error.detail(), "old subscriptions could not be forgotten");
                }
            }
        };
        match select(std::pin::pin!(rounds), std::pin::pin!(shutdown)).await {
            Either::Left((never, _)) => never,
            Either::Right(((), _)) => {}
        }
    }
}
