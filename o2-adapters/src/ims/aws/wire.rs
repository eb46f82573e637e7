//! What the backend sends. A field that is not used is not declared.

use serde::Deserialize;

/// What it says about itself.
#[derive(Debug, Deserialize)]
pub(super) struct About {
    pub(super) version: String,
}
