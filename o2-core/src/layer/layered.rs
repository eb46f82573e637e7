//! A plugin wrapped in layers.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures::FutureExt;
use futures::future::BoxFuture;

use super::{Call, Layer, Next};
use crate::capability::Capabilities;
use crate::context::Context;
use crate::operation::Operation;
use crate::plugin::{Health, Plugin, PluginInfo};
use crate::{Error, Fault, Result};

/// A plugin wrapped in layers, outermost first. Immutable; cheap to clone.
#[derive(Debug)]
pub struct Layered<P: ?Sized> {
    plugin: Arc<P>,
    layers: Arc<[Arc<dyn Layer>]>,
}

impl<P: ?Sized> Clone for Layered<P> {
    fn clone(&self) -> Self {
        Self {
            plugin: Arc::clone(&self.plugin),
            layers: Arc::clone(&self.layers),
        }
    }
}

impl<P: ?Sized + Plugin> Layered<P> {
    /// Wraps `plugin` in `layers`, outermost first.
    pub fn new(plugin: Arc<P>, layers: impl Into<Arc<[Arc<dyn Layer>]>>) -> Self {
        Self {
            plugin,
            layers: layers.into(),
        }
    }

    /// Runs one operation of the plugin through the layers.
    ///
    /// The typed result waits in a slot while the layers, which see only success or failure, return. When a layer ran
    /// the call several times, the last success counts. A panic of the plugin becomes an `Internal` error.
    ///
    /// # Errors
    /// The plugin's, or that of a layer that refused.
    pub async fn call<'a, T: Send>(
        &'a self,
        context: &'a Context,
        operation: &'static Operation,
        target: Option<&'a str>,
        run: impl Fn(&'a P, &'a Context) -> BoxFuture<'a, Result<T>> + Send + Sync,
    ) -> Result<T> {
        let slot = Mutex::new(None);
        {
            let slot = &slot;
            let run = &run;
            let plugin: &'a P = &self.plugin;
            let innermost = move || -> BoxFuture<'_, Result<()>> {
                let call = AssertUnwindSafe(async move { run(plugin, context).await });
                Box::pin(async move {
                    let value = call
                        .catch_unwind()
                        .await
                        .unwrap_or_else(|panic| Err(panicked(&*panic)))?;
                    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
                    Ok(())
                })
            };
            let call = Call {
                context,
                operation,
                plugin: plugin.info(),
                capabilities: plugin.capabilities(),
                target,
            };
            Next {
                layers: &self.layers,
                plugin: &innermost,
            }
            .run(&call)
            .await?;
        }
        let value = slot.into_inner().unwrap_or_else(PoisonError::into_inner);
        value.ok_or_else(|| Error::internal(format!("a layer reported success of {operation} without running it")))
    }
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> Error {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    Error::internal(format!("the plugin panicked: {text}")).with_fault(Fault::Gateway)
}

#[async_trait]
impl<P: ?Sized + Plugin> Plugin for Layered<P> {
    fn info(&self) -> &PluginInfo {
        self.plugin.info()
    }

    fn capabilities(&self) -> &Capabilities {
        self.plugin.capabilities()
    }

    async fn health(&self, context: &Context) -> Health {
        self.plugin.health(context).await
    }

    async fn close(&self) -> Result<()> {
        self.plugin.close().await
    }
}
