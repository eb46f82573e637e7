//! Refuses what the plugin cannot do.

use async_trait::async_trait;

use crate::layer::{Call, Layer, Next};
use crate::{Error, Result};

/// Refuses operations that the plugin's capabilities lack, so that what is advertised is also what works.
#[derive(Debug, Clone, Copy, Default)]
pub struct CapabilityLayer;

#[async_trait]
impl Layer for CapabilityLayer {
    async fn around(&self, call: &Call<'_>, next: Next<'_>) -> Result<()> {
        if call.capabilities.supports(call.operation) {
            next.run(call).await
        } else {
            Err(Error::unsupported(call.operation).with_plugin(&call.plugin.name))
        }
    }
}
