//! The configuration of the lab backend.

use o2_core::ports::Secret;
use o2_core::{Error, Result};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// The configuration of [`Lab`](super::Lab).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct LabConfig {
    /// The root of the controller's API.
    pub endpoint: String,
    /// The token for it.
    pub token: Secret,
    /// The id of the O-Cloud that the pools belong to.
    #[serde(default = "o_cloud_id")]
    pub o_cloud_id: String,
}

fn o_cloud_id() -> String {
    "lab".to_owned()
}

impl LabConfig {
    /// A configuration with the default for everything else.
    #[must_use]
    pub fn new(endpoint: &str, token: Secret) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            token,
            o_cloud_id: o_cloud_id(),
        }
    }

    /// Reads and checks it.
    pub(super) fn read(config: &Value) -> Result<Self> {
        let config: Self = serde_path_to_error::deserialize(config).map_err(|error| {
            let (path, reason) = (error.path().to_string(), error.into_inner());
            Error::config(format!("{path}: {reason}"))
        })?;
        config.check()?;
        Ok(config)
    }

    /// Checks what the types cannot say.
    fn check(&self) -> Result<()> {
        let endpoint = Url::parse(&self.endpoint).ok();
        if !endpoint.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.query().is_none()) {
            return Err(Error::config(
                "endpoint: must be an absolute http or https URL without a query",
            ));
        }
        if self.token.expose().is_empty() || !self.token.expose().chars().all(|c| c.is_ascii_graphic()) {
            return Err(Error::config("token: must be visible ASCII characters"));
        }
        Ok(())
    }
}
