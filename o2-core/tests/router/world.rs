//! Registries for routing tests.

use std::sync::Arc;
use std::time::Duration;

use futures::executor::block_on;
use futures::future::{FutureExt, ready};
use o2_core::registry::{RegisterOptions, Registry};
use o2_core::router::{Router, RoutingTable};
use o2_core::{Capabilities, Context, Health, Operation, Plugin, Timestamp};
use o2_testkit::ManualClock;

use crate::fake::Fake;

/// Plugins that are healthy until [`World::ill`] finds out otherwise.
pub(crate) struct World {
    pub(crate) registry: Arc<Registry<dyn Plugin>>,
}

impl World {
    pub(crate) fn new<const N: usize>(names: [&str; N]) -> Self {
        let registry = Arc::new(Registry::new());
        names.into_iter().fold(Self { registry }, Self::with)
    }

    pub(crate) fn with(self, name: &str) -> Self {
        self.register(Fake::new(name), RegisterOptions::new())
    }

    pub(crate) fn owned(self, name: &str, tenant: &str) -> Self {
        self.register(Fake::new(name), RegisterOptions::new().for_tenants([tenant.into()]))
    }

    pub(crate) fn limited(self, name: &str, operations: &[&'static Operation], features: &[&'static str]) -> Self {
        let capabilities = Capabilities::new(operations.iter().copied());
        let capabilities = features.iter().copied().fold(capabilities, Capabilities::with_feature);
        self.register(Fake::new(name).capabilities(capabilities), RegisterOptions::new())
    }

    fn register(self, plugin: Fake, options: RegisterOptions) -> Self {
        let ill = || ready(Health::unhealthy(Timestamp::UNIX_EPOCH, "no route to host")).boxed();
        self.registry.register(plugin.health(ill).build(), options).unwrap();
        self
    }

    /// Runs the plugin's health check, which fails.
    pub(crate) fn ill(&self, name: &str) {
        let clock = ManualClock::auto();
        let context = Context::new("test");
        block_on(
            self.registry
                .check_health_of(name, &context, &*clock, Duration::from_secs(1)),
        )
        .unwrap();
    }

    pub(crate) fn router(&self, table: RoutingTable) -> Router<dyn Plugin> {
        Router::new(Arc::clone(&self.registry), table)
    }
}
