//! A plugin that behaves as the test wants.

use std::fmt;
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::{
    Action, Capabilities, Category, Context, Health, Operation, Plugin, PluginInfo, Result, Timestamp, async_trait,
};

pub(crate) static LIST: Operation = Operation::new(
    Category::Ims,
    "list_resource_pools",
    "resourcePool",
    "resourcePools",
    Action::Read,
);
pub(crate) static CREATE: Operation = Operation::new(
    Category::Ims,
    "create_resource_pool",
    "resourcePool",
    "resourcePools",
    Action::Create,
);

type Answer<T> = Box<dyn Fn() -> BoxFuture<'static, T> + Send + Sync>;

/// Healthy, has every operation, and closes without complaint unless told otherwise.
pub(crate) struct Fake {
    pub(crate) info: PluginInfo,
    capabilities: Capabilities,
    health: Answer<Health>,
    pub(crate) close: Answer<Result<()>>,
}

impl Fake {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            info: PluginInfo::new(Category::Ims, "fake", name, "1").unwrap(),
            capabilities: Capabilities::new([&LIST, &CREATE]),
            health: Box::new(|| ready(Health::healthy(Timestamp::UNIX_EPOCH)).boxed()),
            close: Box::new(|| ready(Ok(())).boxed()),
        }
    }

    pub(crate) fn capabilities(mut self, capabilities: Capabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    pub(crate) fn health(mut self, health: impl Fn() -> BoxFuture<'static, Health> + Send + Sync + 'static) -> Self {
        self.health = Box::new(health);
        self
    }

    pub(crate) fn build(self) -> Arc<dyn Plugin> {
        Arc::new(self)
    }
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fake({})", self.info.name)
    }
}

#[async_trait]
impl Plugin for Fake {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, _: &Context) -> Health {
        (self.health)().await
    }

    async fn close(&self) -> Result<()> {
        (self.close)().await
    }
}
