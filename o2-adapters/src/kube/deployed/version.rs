//! The mark of a deployment's state: made of what is shown, because versions of objects also grow when a controller looks.

use o2_core::model::Version;
use o2_core::query::Fingerprint;
use o2_dms::Deployment;

/// The deployment with the mark of what it shows.
pub(crate) fn with_version(mut deployment: Deployment) -> Deployment {
    let text = serde_json::to_string(&deployment).unwrap_or_default();
    let mark = Fingerprint::new().text(&text).value();
    deployment.version = Some(Version::new(format!("{mark:016x}")));
    deployment
}
