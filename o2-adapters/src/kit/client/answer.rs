//! What a call is named in errors, and how its answer is read.

use std::fmt;

use http::Method;
use serde::de::DeserializeOwned;

use crate::kit::redact::complaint;

/// Prints `openstack: GET /servers/{id}`.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallName<'c> {
    pub(super) backend: &'c str,
    pub(super) method: &'c Method,
    pub(super) template: &'c str,
}

impl fmt::Display for CallName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.backend, self.method, self.template)
    }
}

/// Reads JSON, or says where it is wrong.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        format!("{path}: {}", complaint(error.inner()))
    })?;
    json.end().map_err(|error| complaint(&error))?;
    Ok(value)
}
