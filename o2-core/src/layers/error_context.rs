//! Says in every error which plugin and which operation failed.

use async_trait::async_trait;

use crate::Result;
use crate::layer::{Call, Layer, Next};

/// Adds the operation and the plugin's name to every error that lacks them, and changes nothing else.
#[derive(Debug, Clone, Copy, Default)]
pub struct ErrorContextLayer;

#[async_trait]
impl Layer for ErrorContextLayer {
    async fn around(&self, call: &Call<'_>, next: Next<'_>) -> Result<()> {
        next.run(call)
            .await
            .map_err(|error| error.with_operation(call.operation).with_plugin(&call.plugin.name))
    }
}
