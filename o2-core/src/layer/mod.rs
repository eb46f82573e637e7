//! Layers: cross-cutting treatment of plugin calls. A [`Layer`] decides whether, when and how often a call runs; it sees
//! the operation, plugin, target and outcome, never the payload. [`Layered`] is a plugin wrapped in a stack of them.
//!
//! Every plugin trait has one hand-written `impl XPlugin for Layered<dyn XPlugin>`, three lines per operation:
//!
//! ```ignore
//! async fn get_resource_pool(&self, context: &Context, id: &ResourcePoolId) -> Result<ResourcePool> {
//!     self.call(context, &op::GET_RESOURCE_POOL, Some(id.as_str()), |p, c| p.get_resource_pool(c, id)).await
//! }
//! ```

mod layered;
mod outcome;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;

pub use layered::Layered;
pub use outcome::Outcome;

use crate::Result;
use crate::capability::Capabilities;
use crate::context::Context;
use crate::operation::Operation;
use crate::plugin::PluginInfo;

/// One call of a plugin, as layers see it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Call<'a> {
    /// Who asks, for which tenant, until when.
    pub context: &'a Context,
    /// What is called.
    pub operation: &'static Operation,
    /// Whose it is.
    pub plugin: &'a PluginInfo,
    /// What the plugin can do.
    pub capabilities: &'a Capabilities,
    /// The id of the object it acts on, if it acts on one.
    pub target: Option<&'a str>,
}

/// Treats plugin calls. State lives in the layer value and is shared by all calls.
#[async_trait]
pub trait Layer: fmt::Debug + Send + Sync + 'static {
    /// Runs the call by awaiting `next.run(call)`: not at all, once, or again after a failure.
    ///
    /// The future may be dropped at any await; what the layer holds must be given back by `Drop`.
    ///
    /// # Errors
    /// The call's own, or the layer's when it refuses.
    async fn around(&self, call: &Call<'_>, next: Next<'_>) -> Result<()>;
}

/// The rest of the stack below a layer.
#[derive(Clone, Copy)]
pub struct Next<'a> {
    layers: &'a [Arc<dyn Layer>],
    plugin: &'a (dyn Fn() -> BoxFuture<'a, Result<()>> + Send + Sync),
}

impl<'a> Next<'a> {
    /// Runs the layers below, and the plugin below them.
    ///
    /// # Errors
    /// Whatever they fail with.
    pub fn run<'f>(self, call: &'f Call<'_>) -> BoxFuture<'f, Result<()>>
    where
        'a: 'f,
    {
        match self.layers.split_first() {
            Some((layer, layers)) => layer.around(
                call,
                Next {
                    layers,
                    plugin: self.plugin,
                },
            ),
            None => (self.plugin)(),
        }
    }
}

impl fmt::Debug for Next<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Next")
            .field("layers", &self.layers)
            .finish_non_exhaustive()
    }
}
