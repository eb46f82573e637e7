//! The configuration of the aws backend.

use o2_core::ports::Secret;
use o2_core::{Error, Result};
use serde::Deserialize;

/// The configuration of [`Aws`](super::Aws).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct AwsConfig {
    /// The root of the backend's API.
    pub endpoint: String,
    /// The bearer token for it.
    pub token: Secret,
}

impl AwsConfig {
    /// Checks what the types cannot say.
    pub(super) fn check(&self) -> Result<()> {
        let host = ["https://", "http://"]
            .iter()
            .find_map(|scheme| self.endpoint.strip_prefix(scheme));
        if host.is_none_or(str::is_empty) {
            return Err(Error::config("endpoint: must be an absolute http or https URL"));
        }
        Ok(())
    }
}
